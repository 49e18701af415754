package engine_test

import (
	"math/rand/v2"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// BenchmarkNew builds an engine of a million terms of two words.
func BenchmarkNew(b *testing.B) {
	words, random := lists.GlobalTerms(), rand.New(rand.NewPCG(1, 2))
	own := make([]engine.Term, 1_000_000)
	for i := range own {
		own[i].Text = words[random.IntN(len(words))].Text + words[random.IntN(len(words))].Text
	}
	for b.Loop() {
		if _, err := engine.New(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()}, Terms: []engine.TermList{{Terms: own}}}); err != nil {
			b.Fatal(err)
		}
	}
}
