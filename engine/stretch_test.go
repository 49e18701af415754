package engine

import (
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// TestSymbols wants the usual characters that are neither letters nor digits to have
// symbols of their own.
func TestSymbols(t *testing.T) {
	all, ordinary := uint64(0), uint64(0)
	for r := ' '; r < unicode.MaxASCII; r++ {
		if set := uint64(1) << symbolOf(r); isSeparator(r) && !unicode.IsUpper(r) {
			all |= set
			if usual(r) && ordinary&set != 0 {
				t.Errorf("%q shares its symbol with another", r)
			} else if usual(r) {
				ordinary |= set
			}
		}
	}
	if all>>symbolWide != 1<<wideClasses-1 {
		t.Errorf("symbols %b are of no character", ^all>>symbolWide)
	}
}

// TestTouches wants keys that touch to be told by their symbols, and by few others.
func TestTouches(t *testing.T) {
	touching, told := 0, 0
	for a := range rune(unicode.MaxASCII) {
		for b := range rune(unicode.MaxASCII) {
			on, by := neighbors[a][b], touches[symbolOf(a)][symbolOf(b)]
			if unicode.IsUpper(a) || unicode.IsUpper(b) {
				continue
			}
			if on&^by != 0 {
				t.Errorf("%q and %q touch on %b, told is %b", a, b, on, by)
			}
			if on != 0 {
				touching++
			}
			if by != 0 && a >= ' ' && b >= ' ' {
				told++
			}
		}
	}
	if told > touching*3/2 {
		t.Errorf("%d pairs are told to touch, %d do", told, touching)
	}
}

// TestWalkEnds compares what is known of the ends of walks with all of them.
func TestWalkEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w walkEnds
		all := map[int]uint8{}
		for end := 2; end < 100; {
			end += rapid.SampledFrom([]int{1, 1, 1, 2, 3, 16, 17, 31, 32, 33, 64}).Draw(t, "distance")
			all[end] = rapid.Uint8Range(1, 1<<layoutCount-1).Draw(t, "layouts")
			if got := w.add(all[end], end); got != all[end-1] {
				t.Fatalf("before %d walks on %b, want %b", end, got, all[end-1])
			}
			for on := range layoutCount {
				want := uint32(0)
				for d := leastParallel; d <= mostParallel; d++ {
					want |= uint32(all[end-d]>>on&1) << d
				}
				if got := w.tries(on); got != want {
					t.Fatalf("%d on %d tries %b, want %b", end, on, got, want)
				}
			}
		}
	})
}
