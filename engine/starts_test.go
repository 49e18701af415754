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
		asks, opens := s.asks(&text, begins)
		if wantAsks, wantOpens := s.asksGeneric(&text, begins); asks != wantAsks || opens != wantOpens {
			t.Errorf("%x %x, want %x %x", asks, opens, wantAsks, wantOpens)
		}
		if asks, want := e.asks(&text), e.asksGeneric(&text); asks != want {
			t.Errorf("edits %x, want %x", asks, want)
		}
	})
}

// TestRead compares what is read of a short password at once with what it is defined
// by.
func TestRead(t *testing.T) {
	characters := rapid.SampledFrom([]rune("aabcxyz019$@!+ -_.,é✓ß|"))
	rapid.Check(t, func(t *rapid.T) {
		l := new(lattice)
		l.load([]byte(rapid.StringOfN(characters, 0, 20, -1).Draw(t, "password")), Default)
		got, want := new(headSets), new(headSets)
		got.read(l)
		want.readGeneric(l)
		if got.all != want.all || got.bare != want.bare {
			t.Errorf("%x %x, want %x %x", got.all[:32], got.bare[:32], want.all[:32], want.bare[:32])
		}
		for r := 0; want.bare[blockMargin+r] != 0; r++ {
			if got.kept[r] != want.kept[r] {
				t.Errorf("code %d is kept from %d, want %d", r, got.kept[r], want.kept[r])
			}
		}
	})
}
