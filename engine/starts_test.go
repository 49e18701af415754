package engine

import (
	"testing"

	"pgregory.net/rapid"
)

// TestAsks compares what is asked of all positions of a block at once with what it is
// defined by.
func TestAsks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := new(starts)
		e := new(edits)
		seed := rapid.Uint32().Draw(t, "seed") | 1
		next := func() uint32 {
			seed ^= seed << 13
			seed ^= seed >> 17
			seed ^= seed << 5
			return seed
		}
		for i := range s {
			s[i] = next()
		}
		e.pairs = make([][1 << codeBits]uint32, 1+rapid.IntRange(0, 1<<10).Draw(t, "rows"))
		for i := range e.rows {
			e.rows[i] = uint16(next() >> 8 % uint32(len(e.pairs)))
		}
		for i := range e.pairs {
			for k := range e.pairs[i] {
				e.pairs[i][k] = next() & next()
			}
		}
		var text block
		copy(text[:], rapid.SliceOfN(rapid.Byte(), len(text), len(text)).Draw(t, "text"))
		begins := rapid.Uint32().Draw(t, "begins")
		asks, marked := s.asks(&text, begins)
		if wantAsks, wantMarked := s.asksGeneric(&text, begins); asks != wantAsks || marked != wantMarked {
			t.Errorf("%x %x, want %x %x", asks, marked, wantAsks, wantMarked)
		}
		if asks, want := e.asks(&text), e.asksGeneric(&text); asks != want {
			t.Errorf("edits %x, want %x", asks, want)
		}
	})
}
