package engine

import (
	"math/rand/v2"
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
			p, ordered := &l.places[i/setSize], i > 0 && (c.base-l.cells[i-1].base == 1 || l.cells[i-1].base-c.base == 1)
			for name, set := range map[string]struct {
				of   uint64
				want bool
			}{
				"capitals": {p.capitals, l.is(i, upper)}, "letters": {p.letters, l.is(i, letter)}, "digits": {p.digits, l.is(i, digit)},
				"separators": {p.separators, l.is(i, separator)}, "repeats": {p.repeats, l.is(i, repeated)}, "ordered": {p.ordered, ordered},
			} {
				if set.of>>(i%setSize)&1 != 0 != set.want {
					t.Fatalf("%d is in the set of %s: %t", i, name, !set.want)
				}
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

// TestLoadVector loads and measures ASCII in both ways; nothing else of a check tells them apart.
func TestLoadVector(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		char := rapid.SampledFrom([]*rapid.Generator[byte]{rapid.ByteMax(unicode.MaxASCII), rapid.SampledFrom([]byte("abBC109/:@[`{-.\x00\x7f"))}).Draw(t, "char")
		text := rapid.SliceOfN(char, 0, 2*setSize).Draw(t, "password")
		profile := Profile(rapid.IntRange(0, int(profileCount)-1).Draw(t, "profile"))
		got, want := new(lattice), new(lattice)
		got.load(text, profile)
		for i, c := range text {
			want.cells[i] = asciiCells[profile][c]
			want.cells[i].origin = uint16(i)
			want.classes |= asciiClasses[c]
			want.packed.put(i, asciiPacked[profile][c])
		}
		want.n, want.exact, want.between = len(text), true, got.between
		want.measure(uint16(len(text)))
		if *got != *want {
			t.Fatalf("%q: %+v, want %+v", text, got.places[0], want.places[0])
		}
	})
}

// TestAlone finds the costs of characters in both ways.
func TestAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, m := lattices(t), &CharModel{new(modelCosts)}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range m.cost {
			m.cost[i] = uint8(r.Uint32())
		}
		got, want := make([]way, l.n+1, maxPositions+1), make([]way, l.n+1)
		mask, ok := m.aloneVector(l, got)
		all := m.alone(l.cells[:l.n], want)
		l.repeatedSymbols(want)
		if ok && (mask != all || !slices.Equal(got[:l.n], want[:l.n])) {
			t.Fatalf("%d for %+v, want %d for %+v", mask, got, all, want)
		}
	})
}

// TestFound compares where patterns are looked for with what is said of each position.
func TestFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, p := lattices(t), new(patterns)
		p.load(l)
		in := func(set uint64, i int) bool { return set>>(i%setSize)&1 != 0 }
		earlier := func(i int) bool {
			return slices.ContainsFunc(l.cells[:i], func(c cell) bool { return c.own == l.cells[i].own })
		}
		copied := func(i int) bool { // with the two in front
			for k := 2; k < i; k++ {
				if l.cells[k-2].own == l.cells[i-2].own && l.cells[k-1].own == l.cells[i-1].own && l.cells[k].own == l.cells[i].own {
					return true
				}
			}
			return false
		}
		row := func(i int) uint8 { return touches[l.cells[i-1].own][l.cells[i].own] }
		for i := range l.n {
			is, f := &l.places[i/setSize], &p.found[i/setSize]
			before := &l.places[max(0, i-1)/setSize]
			two := func(a, b uint64) bool { return i > 0 && in(a, i) && in(b, i-1) }
			copies := i > 1 && (copied(i) || l.n > setSize && earlier(i) && earlier(i-1) && earlier(i-2)) || two(is.repeats, before.repeats)
			if got, want := in(f.sequences, i), two(is.ordered, before.ordered); got != want {
				t.Fatalf("%d ends a sequence: %t", i, got)
			}
			if got, want := in(f.walks, i), i > 1 && row(i)&row(i-1) != 0; got != want {
				t.Fatalf("%d ends a walk: %t", i, got)
			}
			if i > 1 && l.touching(i-1)&l.touching(i) != 0 && !in(f.walks, i) {
				t.Fatalf("%d ends no walk", i)
			}
			if got := in(f.copies, i); got != copies {
				t.Fatalf("%d ends a copy: %t", i, got)
			}
			if got, want := in(f.digits, i), two(is.digits, before.digits); got != want {
				t.Fatalf("%d ends digits: %t", i, got)
			}
			any := in(f.sequences|f.walks|f.copies, i) || i == l.n-1 && l.half > 0
			if in(f.any, i) != any {
				t.Fatalf("%d ends anything: %t", i, !any)
			}
		}
	})
}

// TestJoints wants the same of sets as of one separator after the other.
func TestJoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := lattices(t)
		got, want := make([]way, l.n+1), make([]way, l.n+1)
		l.joints(got)
		if l.eachJoint(want); !slices.Equal(got, want) {
			t.Fatalf("joints cost %v, not %v", got, want)
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

// TestThreaded wants no threads where there may be none.
func TestThreaded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := new(lattice)
		l.load([]byte(rapid.StringMatching(`(aa|bb|11|aaa|\.\.){4,8}|((aabb|a1b1|aaabbb){2,3}){1,9}|([ab][12]){4,8}|([12][ab]){4,8}|x?([abA-][xX]){4,8}|[ab12!.]{4,24}`).Draw(t, "password")), Default)
		for n := minThread; n <= min(l.n, maxThread); n++ {
			if !l.recurs(n) {
				continue
			}
			end := l.threadEnd(n)
			if end >= minThread && max(Guesses(l.times(end)-1), l.filling(0, end), l.filling(1, end)) > 0 && !l.threaded() {
				t.Fatalf("threads in the first %d positions", end)
			}
		}
	})
}

// TestShapes tells shapes by the classes of the input and by the places.
func TestShapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.ByteMax(unicode.MaxASCII), 0, 8).Draw(t, "password")
		l := new(lattice)
		l.load(text, Profile(rapid.IntRange(0, int(profileCount)-1).Draw(t, "profile")))
		got := l.shapes()
		if l.classes |= beyond; got != l.shapes() {
			t.Fatalf("%q: %b, want %b", text, got, l.shapes())
		}
	})
}
