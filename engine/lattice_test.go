package engine

import (
	"slices"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// lattices draws passwords and reads them.
func lattices(t *rapid.T) *lattice {
	alphabet := rapid.SampledFrom([]string{"a.", "aa.", "aB1.-", "aaaAAb1299 --..!@€Ŀﬁпж日"}).Draw(t, "alphabet")
	longest := rapid.SampledFrom([]int{8, 16, 2 * setSize}).Draw(t, "longest")
	text := rapid.StringOfN(rapid.SampledFrom([]rune(alphabet)), 0, longest, -1).Draw(t, "password")
	l := new(lattice)
	l.load([]byte(text), Profile(rapid.IntRange(0, int(profileCount)-1).Draw(t, "profile")))
	return l
}

// TestMeasure compares what positions are beside others with the plain definitions.
func TestMeasure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := lattices(t)
		kinds := func(i int) uint8 { return l.cells[i].flags & (separator | letter | digit) }
		capitals, letters, separators, readable, wide := 0, 0, 0, uint64(0), false
		for i := range l.n {
			c := &l.cells[i]
			if got := l.capitals(0, i); got != capitals {
				t.Fatalf("%d capitals in front of %d, want %d", got, i, capitals)
			}
			if got := l.letters(0, i); got != letters {
				t.Fatalf("%d letters in front of %d, want %d", got, i, letters)
			}
			end := i + 1
			for end < l.n && kinds(end) == kinds(i) {
				end++
			}
			if l.end(i) != end {
				t.Fatalf("the run of %d ends at %d, want %d", i, l.end(i), end)
			}
			if want := i > 0 && l.cells[i-1].base == c.base; l.is(i, repeated) != want {
				t.Fatalf("%d is repeated: %t", i, !want)
			}
			has := func(of func(places) uint64) bool { return of(l.places[i/setSize])>>(i%setSize)&1 != 0 }
			if has(func(p places) uint64 { return p.separators }) != l.is(i, separator) {
				t.Fatalf("%d is in the set of separators: %t", i, !l.is(i, separator))
			}
			capitals += int(c.flags & upper)
			letters += int(c.flags & letter / letter)
			separators += int(c.flags & separator / separator)
			readable |= c.mask
			wide = wide || c.base > unicode.MaxASCII
		}
		if l.separators != separators || l.readable != readable || l.wide != wide || l.capitals(0, l.n) != capitals || l.letters(0, l.n) != letters {
			t.Fatalf("%d separators, want %d; readable %x, want %x; wide %t, want %t", l.separators, separators, l.readable, readable, l.wide, wide)
		}
	})
}

// TestMayJoin wants separators that may not join parts to change no cost.
func TestMayJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := lattices(t)
		ways := make([]way, l.n+1)
		if l.joints(ways); !l.mayJoin() && slices.ContainsFunc(ways, func(w way) bool { return w != way{} }) {
			t.Fatal("separators join parts")
		}
	})
}

// TestMaySpread wants no run of separated characters where there may be none.
func TestMaySpread(t *testing.T) {
	for text, want := range map[string]bool{"p.a.s.s": true, "-p.a.s.s": true, "p--a--s--s--": true, "1.1.99": false, "p.as.s.w": false} {
		l := new(lattice)
		if l.load([]byte(text), Default); l.spread() != want {
			t.Fatalf("%q is spread: %t", text, !want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		l := lattices(t)
		for i := range l.n {
			if end := l.apart(i, l.n); end > 0 && !l.maySpread() {
				t.Fatalf("the characters from %d to %d stand apart", i, end)
			}
		}
	})
}
