package fuzz_test

import (
	"math"
	"sort"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

// TestRanks compares the logarithm of ranks where it steps to the next 1/64
// bit: at every x whose predecessor has a smaller one.
func TestRanks(t *testing.T) {
	list := engine.TermList{Name: "ranks"}
	for k := 1; k < 32*64; k++ {
		x := sort.Search(math.MaxUint32, func(x int) bool { return x > 0 && model.Log2(uint32(x)) >= k })
		for _, rank := range []int{x - 1, x} {
			list.Terms = append(list.Terms, engine.Term{Text: scrambled(len(list.Terms)), Rank: uint32(rank)})
		}
	}
	list.Terms[0].Rank = 1
	e := trial{policy: engine.EntraPolicy(), lists: []engine.TermList{list}}.engine(t)
	for _, term := range list.Terms {
		x := e.Explain([]byte(term.Text), engine.Subject{})
		want := engine.Guesses(model.Log2(term.Rank) + 64)
		if len(x.Segments) != 1 || x.Segments[0].Base != want {
			t.Fatalf("rank %d: %+v, want a base of %d", term.Rank, x.Segments, want)
		}
	}
}

// scrambled returns the n-th word of 12 letters.
func scrambled(n int) string {
	word := make([]byte, 12)
	for i := range word {
		n = n*1103515245 + 12345
		word[i] = 'a' + byte(n>>16&0x7fff)%26
	}
	return string(word)
}
