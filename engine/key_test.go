package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestKeys wants the keys of parts to be those of their texts, in each form.
func TestKeys(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019@$!-_ éßж日٣€\x00")), 0, 40, -1)
	rapid.Check(t, func(rt *rapid.T) {
		var (
			l lattice
			k keys
			s speller
		)
		l.load([]byte(text.Draw(rt, "password")), Default)
		k.load(&l)
		for end := range l.n + 1 {
			for start := range end + 1 {
				p := part{start, end}
				folded := []rune(string(s.span(&l, p)))
				if got, want := k.sums.key(p.as(asIs)), Key([]byte(string(folded))); got != want {
					rt.Fatalf("%v of %q: key %x, want %x", p, string(folded), got, want)
				}
				slices.Reverse(folded)
				if got, want := k.sums.key(p.reversed()), Key([]byte(string(folded))); got != want {
					rt.Fatalf("%v, reversed %q: key %x, want %x", p, string(folded), got, want)
				}
				if got, want := k.sums.key(p.as(asUndone)), Key(s.undone(&l, p)); got != want {
					rt.Fatalf("%v, undone %q: key %x, want %x", p, s.undone(&l, p), got, want)
				}
			}
		}
	})
}

// TestSums compares sums and keys with their definitions.
func TestSums(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019@$!-_ ~")), 1, 2*sumPositions, -1)
	rapid.Check(t, func(rt *rapid.T) {
		var (
			l    lattice
			want boundaries
			k    keys
			a    asks
		)
		l.load([]byte(text.Draw(rt, "password")), Default)
		n := max(l.n, sumPositions)
		want.add(l.cells[:n])
		k.load(&l)
		if k.sums != want {
			rt.Fatalf("sums %x, want %x", k.sums[:n+1], want[:n+1])
		}
		for range rapid.IntRange(1, maxAsks).Draw(rt, "asks") {
			start := rapid.IntRange(0, l.n).Draw(rt, "start")
			p := part{start, rapid.IntRange(start, l.n).Draw(rt, "end")}
			a.begin(rapid.SampledFrom([]askedPart{p.as(asIs), p.as(asUndone), p.reversed()}).Draw(rt, "part"), 1)
		}
		generic := a
		a.fill(&k.sums)
		generic.fillGeneric(&k.sums)
		if a != generic {
			rt.Fatalf("keys %x, want %x", a.all(), generic.all())
		}
	})
}

// TestUndone spells passwords with their substitutions undone.
func TestUndone(t *testing.T) {
	for password, want := range map[string]string{"p4$$w0rd-日": "password-日", "2!3€": "ziee", "рassword": "password", "abc": "abc"} {
		var (
			l lattice
			s speller
		)
		l.load([]byte(password), Default)
		if got := string(s.undone(&l, part{0, l.n})); got != want {
			t.Errorf("%s: %s, want %s", password, got, want)
		}
	}
}

// TestKeyOfLength wants the first bits of a key to tell whether the text is long.
func TestKeyOfLength(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringN(0, 2*LongKey, -1).Draw(rt, "text")
		if long := len([]rune(text)) >= LongKey; long != (Key([]byte(text))>>60 == 0) {
			rt.Fatalf("%q has key %x", text, Key([]byte(text)))
		}
	})
}

// TestKeyStays has keys of some texts: files of passwords hold keys, so that others
// need a new version of the file.
func TestKeyStays(t *testing.T) {
	for text, want := range map[string]uint64{
		"": 1 << 60, "password": 0x6196a03ae4aaeb0b, "correcthorse": 0x2949befcabe02eb, "пароль": 0x7a985da0bc15e877, "\ufffd\x00": 0x70ee01c5d648cbc3,
	} {
		if got := Key([]byte(text)); got != want {
			t.Errorf("%q: %#x, want %#x", text, got, want)
		}
	}
}
