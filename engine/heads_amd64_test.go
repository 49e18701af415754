package engine

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"
	"pgregory.net/rapid"
)

// TestWithoutVectors repeats tests as on a processor without AVX2.
func TestWithoutVectors(t *testing.T) {
	has := cpu.X86.HasAVX2
	defer func() { cpu.X86.HasAVX2 = has }()
	cpu.X86.HasAVX2 = false
	t.Run("heads", TestHeads)
	t.Run("load", TestLoad)
	t.Run("lowers", TestLowers)
	t.Run("compare", TestCompare)
	t.Run("patterns", TestFound)
}

// TestKnown compares the terms that are known of a block with what is added one by one.
func TestKnown(t *testing.T) {
	if !vectors() {
		t.Skip("no AVX2")
	}
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		size := rapid.IntRange(1, 5).Draw(t, "size")
		terms := headSet{lines: make([]headBits, 1<<size), shift: uint8(64 - size)}
		for i := range terms.lines {
			for k := range terms.lines[i] {
				terms.lines[i][k] = r.Uint64() | r.Uint64()&r.Uint64()
			}
		}
		var text block
		var kept [blockCodes]uint16
		for i := range text {
			text[i] = uint8(r.Uint32()) &^ 0x60
		}
		for i, k := range r.Perm(blockCodes) {
			kept[i] = uint16(k)
		}
		asks := r.Uint64() & r.Uint64() >> (64 - 3*blockCodes)
		got, want := knownAVX2(&terms, &text, &kept, asks), new(headSets)
		want.addTerms(&terms, bareBlock{&text, &kept}, asks, 0)
		if s := &want.sets[0]; uint64(got) != s[headTerm]|s[headTermBack]<<blockCodes {
			t.Fatalf("%x, want %x and %x", got, s[headTerm], s[headTermBack])
		}
	})
}
