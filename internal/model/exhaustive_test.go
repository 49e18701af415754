package model

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// texts yields every text over the letters a, b and c of some lengths.
func texts(from, to int, yield func(string)) {
	var grow func(string)
	grow = func(s string) {
		if len(s) >= from {
			yield(s)
		}
		if len(s) < to {
			for _, r := range "abc" {
				grow(s + string(r))
			}
		}
	}
	grow("")
}

// slips returns what one edit makes of a word; outer edits also put a letter in
// front or behind and swap none.
func slips(word string, outer bool) map[string]bool {
	made := map[string]bool{}
	for i := range len(word) + 1 {
		for _, r := range "abc" {
			if outer || i > 0 && i < len(word) {
				made[word[:i]+string(r)+word[i:]] = true
			}
			if i < len(word) {
				made[word[:i]+string(r)+word[i+1:]] = true
			}
		}
		if i < len(word) {
			made[word[:i]+word[i+1:]] = true
		}
		if i+1 < len(word) && !outer {
			made[word[:i]+word[i+1:i+2]+word[i:i+1]+word[i+2:]] = true
		}
	}
	return made
}

// TestEdits compares the edits found with all that can be made.
func TestEdits(t *testing.T) {
	m := &Model{}
	for _, w := range []string{"abcabc", "aababb", "aaaaaa", "abccba"} {
		made := slips(w, false)
		texts(5, 7, func(s string) {
			found := false
			for _, o := range m.occurrences(positions(s), word{letters: []rune(w), usual: true}) {
				found = found || o.start == 0 && o.end == len(s) && (o.spelling == oneEdit || o.spelling == oneEdit+newCharacter || o.spelling == 0)
			}
			if found != made[s] && s != w {
				t.Errorf("%q in %q: found %v", w, s, found)
			}
		})
	}
}

// TestNear compares edit distance 1 with all that one edit makes.
func TestNear(t *testing.T) {
	m := &Model{}
	for _, w := range []string{"abca", "aaaa", "abcab"} {
		made := slips(w, true)
		texts(0, 6, func(s string) {
			if near := m.near(positions(s), []rune(w)); near != (made[s] || s == w) {
				t.Errorf("%q near %q: %v", s, w, near)
			}
		})
	}
}

// TestCheapest compares the dynamic program with a walk over all sequences of
// random segments.
func TestCheapest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := 1 + random.IntN(6)
		var all []segment
		for i := range n {
			all = append(all, segment{i, i + 1, random.IntN(9), 1, blameNone})
		}
		for range random.IntN(10) {
			start := random.IntN(n)
			end := start + 1 + random.IntN(n-start)
			all = append(all, segment{start, end, random.IntN(12), 1, kindsOrder[random.IntN(len(kindsOrder))]})
		}
		best, sets := math.MaxInt, map[kinds]bool{}
		var walk func(at, cost int, k kinds)
		walk = func(at, cost int, k kinds) {
			if at == n && cost < best {
				best, sets = cost, map[kinds]bool{}
			}
			if at == n && cost == best {
				sets[k] = true
			}
			for _, s := range all {
				if s.start == at {
					walk(s.end, cost+s.guesses, k.with(s.blame))
				}
			}
		}
		walk(0, 0, kinds{})
		got := cheapest(all, n, guesses)
		if got.cost != best || len(got.kinds) != len(sets) {
			t.Fatalf("%+v: %+v, want %d, %v", all, got, best, sets)
		}
		for k := range sets {
			if !got.kinds[k] {
				t.Fatalf("%+v: %+v, want %v", all, got, sets)
			}
		}
	}
}

func TestLog2(t *testing.T) {
	for _, x := range []struct {
		x    uint32
		want int
	}{{1, 0}, {2, 64}, {3, 101}, {4, 128}, {10, 212}, {26, 300}, {1 << 31, 31 * 64}, {math.MaxUint32, 32*64 - 1}} {
		if got := Log2(x.x); got != x.want {
			t.Errorf("log2(%d) is %d/64, want %d/64", x.x, got, x.want)
		}
	}
}

func TestCaseCost(t *testing.T) {
	for text, want := range map[string]int{
		"password": 0, "Password": bit, "PASSWORD": bit, "A1": bit, "1A": bit, "passworD": 8 * bit, "pAsSword": 5*bit + log2int(8+28),
		"PASSWORd": 8 * bit, "aB": 6 * bit, "ABCDEFGHabcdefgh": 5*bit + log2int(39202),
	} {
		if got := caseCost(positions(text)); got != want {
			t.Errorf("%q: %d/64, want %d/64", text, got, want)
		}
	}
}

func log2int(x uint32) int { return Log2(x) }

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"ÄÖß": "aoss", "ﬁ": "fi", "İı": "ii", "ＡＢ": "ab", "e\u0301": "e", "Ł": "l", "øØ": "oo", "Ǆ": "dz", "①½": "11\u20442", "Ⅷ": "viii",
		"\u1100\u1161\u11a8": "각", "가\u11a8": "각", "가\u200b\u11a8": "각", "\u1161\u11a8": "\u1161\u11a8", "ΣΑΣ": "σασ", "ꮃᎠ": "ᎳᎠ",
		"\xffa\xed\xa0\x80\xed\x9f\xc0": "\ufffda\ufffd\ufffd\ufffd\ufffd", "\ufdfa": "\ufdfa", "ſ": "s", "ℏ": "h", "ᴘɐ🅿": "pap", "⒫🄐ɔ": "pao", "⒈⑽➋⓿➉㊿": "110201050", "㈠〔": "一〔", "₱🅒🇵": "₱c🇵", "Ꙗ": "ꙗ", "\u0301\ufe0f\U000e0001": "",
	} {
		if got := Fold(text); got != want {
			t.Errorf("%q folds to %+q, want %+q", text, got, want)
		}
	}
	ligature := positions("Ǆ")
	if want := []position{{base: 'd', capital: true, keys: "dz", marks: 1}, {base: 'z', capital: true, joined: true}}; !slices.Equal(ligature, want) {
		t.Errorf("Ǆ is %+v, want %+v", ligature, want)
	}
	if look := positions("Ηρκ₱ж"); look[0].look != 'h' || look[1].look != 'p' || look[2].look != 'k' || look[3].look != 'p' || look[4].look != 0 {
		t.Errorf("look-alikes of Ηρκ₱ж: %+v", look)
	}
}

func TestDate(t *testing.T) {
	const full = dayOfYear + dateOrder + nearYear
	for _, x := range []struct {
		text string
		next rune
		want int // 0: none
	}{
		{"2019", 0, nearYear}, {"1939", 'x', farYear}, {"2070", 0, 0}, {"1231", 0, dayOfYear + dateOrder}, {"1331", 0, 0}, {"3112", '9', dayOfYear + dateOrder},
		{"311219", 0, full}, {"31122019", 0, full}, {"20191231", 0, full}, {"20193112", 0, 0}, {"31122070", 0, 0}, {"31121900", 0, full + farYear - nearYear},
		{"1.2.99", 0, full}, {"1.2-99", 0, 0}, {"1.2.9", 0, 0}, {"99.2.1", 0, full}, {"99.2.1", '2', 0}, {"99.2.12", '2', full}, {"0.2.99", 0, 0},
		{"1\x002\x0099", 0, full}, {"1a2a99", 0, 0}, {"1.2", 0, 0},
		{"15-jan-1990", 0, full + monthName}, {"5mai90", 0, full + monthName}, {"31 mars", 0, full + monthName - nearYear}, {"32mars", 0, 0}, {"15--jan", 0, 0},
		{"jan-15,1990", 0, full + monthName}, {"july4", 0, full + monthName - nearYear}, {"july4", '5', 0}, {"july45", 0, monthOfYear + dateOrder + monthName + nearYear},
		{"march 2024", 0, monthOfYear + dateOrder + monthName + nearYear}, {"march1905", 0, monthOfYear + dateOrder + monthName + farYear}, {"jan5.99", 0, full + monthName},
		{"1janjan", 0, 0}, {"jan599", 0, 0}, {"jan15-", 0, 0}, {"jan", 0, 0},
	} {
		if got, ok := date(x.text, x.next); ok != (x.want > 0) || got != x.want {
			t.Errorf("%q before %q: %d, %v, want %d", x.text, x.next, got, ok, x.want)
		}
	}
}

func TestSubjectWords(t *testing.T) {
	s := Subject{
		Account: "corp\\jdoe42", Names: []string{"Ann Lee ", "Jo"}, Attributes: []string{"Jane Mary Doe", "a1"},
		Mail: "x.y.z.w@mail.example.com", Tenant: "한국은행",
	}
	var got []string
	for _, w := range s.words(false) {
		got = append(got, string(w.letters))
		if w.alone != (len(w.letters) == 3) {
			t.Errorf("%q counts alone: %v", string(w.letters), w.alone)
		}
	}
	want := strings.Fields(`
		corp jdoe42 corpjdoe42 jdoe42corp cjdoe42 jdoe42c jcorp corpj
		ann lee annlee leeann alee leea lann annl
		jane mary doe janemary marydoe janemarydoe doejane jdoe doej djane janed jmdoe doejm mdjane janemd jmd
		xyzw wxyz yzwx
		mail example mailexample examplemail mexample examplem email maile
		한국은행 gksrnrdmsgod`)
	if got, want := set(got), set(want); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	short := Subject{Names: []string{"李明 an"}}
	if len(short.words(false)) != 8 || len(short.words(true)) != 1 { // 李明, and with an, twice in order, or initials
		t.Errorf("%v, %v", short.words(false), short.words(true))
	}
}
