package engine

import (
	"bytes"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/cpu"
)

// TestCompare has passwords judged with terms compared, and with all of them followed
// through the tries: words as they are, reversed, misspelt, spelt with others for their
// letters, doubled, with separators, and of lengths around those of a word.
func TestCompare(t *testing.T) {
	compared, followed := compareEngines(t)
	random := rand.New(rand.NewPCG(8, 8))
	words := compareWords()
	a, b, found := new(scratch), new(scratch), 0
	for range 60_000 {
		password := []byte(words[random.IntN(len(words))])
		if random.IntN(2) == 0 {
			password = disguise(random, string(password))
		}
		if random.IntN(2) == 0 {
			password = slip(random, password)
		}
		for range random.IntN(4) {
			at := random.IntN(len(password)) + 1
			password = slices.Insert(password, at, (string(password[at-1]) + "-.$")[random.IntN(4)])
		}
		if random.IntN(4) == 0 {
			password = append(password, disguise(random, words[random.IntN(len(words))])...)
		}
		if random.IntN(1000) == 0 { // up to the end of the working memory
			password = append(bytes.Repeat([]byte("8x;"), MaxLength)[:max(MaxLength-len(password), 0)], password...)
		}
		v, want := Verdict{}, Verdict{}
		explains := random.IntN(2) == 0
		a.score.explains, b.score.explains = explains, explains
		a.check(compared, password, &Subject{}, &v)
		b.check(followed, password, &Subject{}, &want)
		n := b.lat.n
		if v.Reasons != want.Reasons || v.Score != want.Score || a.score.banned != b.score.banned || !reflect.DeepEqual(a.score.ways[:n+1], b.score.ways[:n+1]) {
			t.Fatalf("%s: %v %+v, by tries alone %v %+v", password, v.Reasons, v.Score, want.Reasons, want.Score)
		}
		if b.walk.steps < 0 {
			t.Errorf("%s: out of steps", password)
		}
		for i := range n {
			got, want := a.score.last(i+1), b.score.last(i+1)
			if got != want {
				t.Fatalf("%s: %+v at %d, by tries alone %+v", password, got, i+1, want)
			}
			if want.kind == KindTerm {
				found++
			}
		}
		a.wipe()
		b.wipe()
	}
	if found < 30_000 {
		t.Errorf("only %d terms in 60,000 passwords", found)
	}
}

// TestCompareSharedSymbols has terms of the same symbols whose codes differ, as @ may be
// read as a letter and ? may not: each of them is found.
func TestCompareSharedSymbols(t *testing.T) {
	terms := []string{"c?ntoso", "c@ntoso"}
	for range 2 {
		e, err := New(Config{Policies: []Policy{DefaultPolicy()}, Terms: []TermList{{Terms: []Term{{Text: terms[0], Ban: true}, {Text: terms[1], Ban: true}}}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, term := range terms {
			for _, password := range []string{term, term[:5] + term[6:]} {
				if v := e.Check([]byte("7Gk2"+password+"vRw9Yx4Bz"), Subject{}); !v.Reasons.Has(BannedTerm) {
					t.Errorf("%s: %v", password, v.Reasons)
				}
			}
		}
		slices.Reverse(terms)
	}
}

// TestSlips compares the sets of candidates that may stand in a text with an edit with
// those found one by one.
func TestSlips(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("no AVX2")
	}
	compared, _ := compareEngines(t)
	random := rand.New(rand.NewPCG(9, 9))
	words, sc, some := compareWords(), new(scratch), 0
	for range 20_000 {
		password := slip(random, disguise(random, words[random.IntN(len(words))]))
		sc.lat.load(password, Default)
		w := walker{lat: &sc.lat, trie: compared.base.slipForward, dir: 1}
		if random.IntN(2) == 0 {
			w.trie, w.dir = compared.base.slipBackward, -1
		}
		pos := min(random.IntN(4)*random.IntN(2), sc.lat.n)
		if w.dir < 0 {
			pos = sc.lat.n - pos
		}
		text := w.lat.packed.slipText(pos, w.dir)
		for all := w.trie.candidates.values; len(all) > probed; {
			n := random.IntN(min(len(all)-probed, mostCandidates) + 1)
			set, want := slipsAVX2(&text, &all[0], n), text.slips(all[:n])
			if set &= 1<<n - 1; set != want {
				t.Fatalf("%s from %d, %d candidates before the last %d: %#x, not %#x", password, pos, n, len(all), set, want)
			}
			some += bits.OnesCount64(set)
			all = all[max(n, 1):]
		}
		sc.wipe()
	}
	if some < 2_000 {
		t.Errorf("only %d may stand", some)
	}
}

// compareWords returns terms of 3 to 12 letters, some of which begin or end alike.
func compareWords() []string {
	return strings.Fields("ibm sap till tilt toil lilo list boss assa anna summer summers monkey monkeys donkey german germany " +
		"starac starte password passport contoso contosos illinois illusion baseball football fabrikam balloons moonlight sunflower hurricane bookkeeper consolidated covid19 50cent")
}

// compareEngines returns an engine with some of its terms amended, and the same without
// candidates.
func compareEngines(t *testing.T) (compared, followed *Engine) {
	t.Helper()
	var own, ranked, added []Term
	for i, word := range compareWords() {
		switch {
		case i%5 == 0:
			added = append(added, Term{Text: word})
		case i%5 == 1:
			own = append(own, Term{Text: word, Ban: i%2 == 0, Match: Match(i % int(matchCount))})
		}
		ranked = append(ranked, Term{Text: word, Rank: uint32(1 + 10*i)})
	}
	for i := range 3 * mostCandidates { // more than are compared
		own = append(own, Term{Text: fmt.Sprintf("star%c%c", 'a'+i%26, 'a'+i/26)})
	}
	own = append(own, Term{Text: "new york"}, Term{Text: "пароль"}, Term{Text: "a✓b✓c✓d"})
	e, err := New(Config{Policies: []Policy{DefaultPolicy()}, Terms: []TermList{{Name: "own", Terms: own}, {Name: "ranked", Terms: ranked}}})
	if err != nil {
		t.Fatal(err)
	}
	if compared, err = e.Amend("", Delta{List: "added", Add: added}, Delta{List: "ranked", Remove: []Term{{Text: "donkey"}}}); err != nil {
		t.Fatal(err)
	}
	n, change := *compared, *compared.change
	n.base, change.index = n.base.followed(t), change.index.followed(t)
	n.change = &change
	return compared, &n
}

// followed returns an index without candidates.
func (x index) followed(t *testing.T) index {
	t.Helper()
	for _, trie := range []**trie{&x.terms, &x.slipForward, &x.slipBackward} {
		if len((*trie).candidates.values) == 0 {
			t.Fatal("a trie without candidates")
		}
		c := **trie
		c.candidates = multimap[candidate]{}
		*trie = &c
	}
	return x
}

// TestPacked compares the bytes of positions with these, also where separators have been
// taken out.
func TestPacked(t *testing.T) {
	sc := new(scratch)
	for _, profile := range []Profile{Default, Entra} {
		for _, password := range []string{"Passw0rd!", "p.a.s.s.w.o.r.d", "ñandú€7-x", "пароль12", strings.Repeat("ab1!", 256)} {
			l := &sc.lat
			l.load([]byte(password), profile)
			for range 2 {
				for i := range l.n {
					code, sign := l.packed.codes.word(i, 1), l.packed.signs.word(i, 1)
					c := &l.cells[i]
					if uint8(code)&^0xC0 != c.code || code&codeBetween != 0 != l.is(i, between) || code&0x80 != 0 != (l.is(i, separator|repeated) && i < l.n-1) || uint8(sign)&^0x80 != signOf(c.own) || sign&0x80 != 0 != (c.mask&(c.mask-1) != 0) {
						t.Fatalf("%s: %#x and %#x at %d", password, uint8(code), uint8(sign), i)
					}
					if back := l.packed.codes.word(i+1, -1); uint8(back) != uint8(code) || i > 0 && back>>8&0xFF != uint64(uint8(l.packed.codes.word(i-1, 1))) || i == 0 && back>>8 != 0 {
						t.Fatalf("%s: %#x back from %d", password, back, i+1)
					}
				}
				if behind := l.packed.codes.word(l.n, 1); behind != 0 {
					t.Fatalf("%s: %#x behind it", password, behind)
				}
				l.closeUp()
			}
			sc.wipe()
		}
	}
}

// slip makes an edit at random.
func slip(random *rand.Rand, password []byte) []byte {
	if len(password) < 2 {
		return password
	}
	at, char := random.IntN(len(password)-1), "aeilmnost01!-x"[random.IntN(14)]
	switch random.IntN(4) {
	case 0:
		return append(password[:at], password[at+1:]...)
	case 1:
		return append(password[:at+1], append([]byte{char}, password[at+1:]...)...)
	case 2:
		password[at] = char
	default:
		password[at], password[at+1] = password[at+1], password[at]
	}
	return password
}
