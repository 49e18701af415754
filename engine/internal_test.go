package engine

import (
	"bytes"
	"crypto/sha1"
	"hash"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// TestScratchIsWiped looks at every byte of the working memory after a check.
func TestScratchIsWiped(t *testing.T) {
	p := DefaultPolicy()
	p.Complexity, p.MaxRepeat, p.MaxSequence, p.Allowed = true, 1, 1, "a-z"
	p.Old.Distance, p.Expressions = MaxDistance, []Expression{{Text: "[a-z]+", Required: true}}
	e, err := New(Config{
		Policies:  []Policy{p, EntraPolicy()},
		Terms:     []TermList{{Name: "t", Terms: []Term{{Text: "contoso"}, {Text: "секрет"}}}},
		Passwords: []PasswordList{{Name: "none", Set: nothing{}}, {Name: "half", Set: halved{}}, {Name: "half too", Set: halved{}}},
		Breaches:  []BreachList{{Name: "all", Kind: SHA1, Set: everything{}}, {Name: "all too", Kind: NTLM, Set: everything{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"Contoso2024!", "P4ssw0rdP4ssw0rdP4ssw0rdP4ssw0rdP4ssw0rdP4ssw0rdP4ssw0rdP4ssw0rd!1", "Секре\u0301т-Contpso", "e\u0301e\u0301e\u0301e\u0301zyxwvu\xff", "zyx\x00", "", "p.a-s.s-w.o-rdC o n t o s o", "!QAZ1qaz@WSX212-555-0173", "p1a2s3s4w5o6r7d8", "(p)(A)(s)(s)", "Repytwjdf-ctrhtn", "ыускуе-Сщтещыщ1", "กุ\u0301โฟแชน",
		"a.b.q.k", "q.w.x.k.z.v.ķ", "Wm7-Wm7-Wm7-Wm7-Wm7-osotnoc",
		string(bytes.Repeat([]byte("\U0001D160"), 1024))} {
		for _, policy := range []string{"default", "entra"} {
			sc := new(scratch)
			s := Subject{Account: "ottosontoco", Names: []string{"Mizzi Quark"}, Attributes: []string{"Ann Мария Кузнецова"}, Policy: policy, OldPassword: []byte("vwxyzvwxe\u0301")}
			sc.check(e, []byte(password), &s, new(Verdict))
			sc.wipe()
			if sha := sc.breach.digests[SHA1].lone.sha; sha != nil {
				checkWiped(t, sha)
			}
			sc.clearNumbers()
			raw := unsafe.Slice((*byte)(unsafe.Pointer(sc)), unsafe.Sizeof(*sc))
			for i, b := range raw {
				if b != 0 {
					t.Fatalf("%q, %s: byte %d of %d is %#x", password, policy, i, len(raw), b)
				}
			}
		}
	}
}

// checkWiped looks into the SHA-1: what it buffers, and its state.
func checkWiped(t *testing.T, h hash.Hash) {
	t.Helper()
	if now := reflect.ValueOf(h).Elem(); !now.Equal(reflect.ValueOf(sha1.New()).Elem()) {
		t.Errorf("the hash keeps %v", now)
	}
}

type everything struct{}

func (everything) Lookup([]byte) (uint8, bool) { return 20, true }
func (everything) Err() error                  { return nil }

type nothing struct{}

func (nothing) Find(uint64) (uint8, bool) { return 0, false }

// halved has half of all passwords.
type halved struct{}

func (halved) Find(key uint64) (uint8, bool) { return 9, key>>32&1 != 0 }

// clearNumbers clears what stays by design: pointers to shared tables, and
// counters and costs that tell nothing of the characters.
func (sc *scratch) clearNumbers() {
	sc.score.lat, sc.walk.lat, sc.walk.score, sc.walk.trie = nil, nil, nil, nil
	sc.walk.dir, sc.walk.steps, sc.walk.origin = 0, 0, 0
	sc.walk.back, sc.walk.skips, sc.walk.slips, sc.walk.typed = false, false, false, false
	sc.lat.exact = false
	sc.breach.digests[SHA1].lone.sha = nil
}

// TestLowers follows what a check leaves out: terms with an edit that could lower no
// score. They must not.
func TestLowers(t *testing.T) {
	list := TermList{Name: "t"}
	for i, text := range strings.Fields("hurricane summer monkey sunshine martin martinez silver sylvia german germany purple contoso windows-xp abcdef- a.b.c.") {
		// A rare term is the same but for its first letter.
		list.Terms = append(list.Terms, Term{Text: text, Rank: uint32(1 + 150*i)}, Term{Text: "d" + text[1:], Rank: 60_000})
	}
	e, err := New(Config{Policies: []Policy{DefaultPolicy()}, Terms: []TermList{{Name: "own", Terms: []Term{{Text: "contoso"}}}, list}})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 3))
	found := 0
	sc := new(scratch)
	for range 5000 {
		var password []byte
		for range 1 + random.IntN(3) {
			password = append(password, list.Terms[random.IntN(len(list.Terms))].Text...)
			password[random.IntN(len(password))] = "aeimnostu1-"[random.IntN(11)]
		}
		sc.check(e, password, &Subject{}, new(Verdict))
		for i := 1; i <= sc.lat.n; i++ {
			if !sc.heads.has(headSlipBack, i-1) || sc.lowers(&e.heads.base, i) {
				continue
			}
			was := sc.score.ways[i]
			sc.walk.entry = nil
			sc.slips(e.base.slipBackward, i, -1)
			if sc.walk.start(i); sc.walk.entry != nil {
				found++
			}
			if is := sc.score.ways[i]; is != was {
				t.Fatalf("%s: %+v at %d, with an edit %+v", password, was, i, is)
			}
		}
		sc.wipe()
	}
	if found < 1000 {
		t.Errorf("only %d searches left out would find something", found)
	}
}

// TestHeads compares what is found where searches begin as the heads tell with what
// is found where they begin everywhere: words spelt with others for their letters,
// doubled ones, separators, and an edit.
func TestHeads(t *testing.T) {
	var terms []Term
	for _, text := range strings.Fields("contoso hurricane assassin ill.inois massachusetts abc✓def bookkeeper 50cent") {
		terms = append(terms, Term{Text: text, Ban: true}, Term{Text: text[1:]})
	}
	e, err := New(Config{Policies: []Policy{DefaultPolicy()}, Terms: []TermList{{Name: "own", Terms: terms}}})
	if err != nil {
		t.Fatal(err)
	}
	everywhere := *e
	everywhere.heads = searchEverywhere()
	random := rand.New(rand.NewPCG(5, 5))
	sc, all, found := new(scratch), new(scratch), 0
	for range 30_000 {
		password := disguise(random, terms[random.IntN(len(terms))].Text)
		v, want := Verdict{}, Verdict{}
		sc.check(e, password, &Subject{}, &v)
		all.check(&everywhere, password, &Subject{}, &want)
		if all.walk.steps >= 0 && (v.Reasons != want.Reasons || v.Score != want.Score || sc.score.banned != all.score.banned) {
			t.Fatalf("%s: %v %+v, with searches everywhere %v %+v", password, v.Reasons, v.Score, want.Reasons, want.Score)
		}
		if all.score.banned.End > 0 {
			found++
		}
		sc.wipe()
		all.wipe()
	}
	if found < 5_000 {
		t.Errorf("only %d of 30,000 passwords have a hard-banned term", found)
	}
}

// searchEverywhere returns heads of terms that begin with any three characters.
func searchEverywhere() *heads {
	h := &heads{begins: 1<<32 - 1}
	full, row := headBits{}, [1 << codeBits]uint32{}
	for i := range full {
		full[i] = 1<<64 - 1
	}
	for i := range row {
		row[i] = 1<<32 - 1
	}
	h.base.lines, h.base.shift = []headBits{full, full}, 63
	h.base.edits = newEdits(&h.starts)
	h.base.edits.pairs = append(h.base.edits.pairs, row)
	const code = 1<<codeBits - 1
	for i := range h.starts {
		if i&code != 0 && i>>codeBits&code != 0 && i>>(2*codeBits) != 0 { // three characters
			h.starts[i].fourth = 1<<32 - 1
			h.starts[i].rows = [2]uint16{1, 1}
		}
	}
	for i := range h.base.bounds {
		h.base.bounds[i] = bound{base: -bit << 16, runes: maxTerm}
	}
	return h
}

// disguise spells a word with others for its letters and either with an edit or with
// doubled letters and separators that may be letters.
func disguise(random *rand.Rand, word string) (to []byte) {
	others := map[byte]string{'a': "4@", 'i': "1!|", 's': "5$", 'o': "0", 't': "7+", 'l': "1!|", 'c': "(", 'e': "3"}
	edit, between := random.IntN(len(word)), random.IntN(3) > 0
	for i := range len(word) {
		c := word[i]
		if ways := others[c]; ways != "" && random.IntN(4) == 0 {
			c = ways[random.IntN(len(ways))]
		}
		if between || i != edit {
			to = append(to, c)
		}
		if between && random.IntN(4) == 0 {
			to = append(to, c)
		}
		for between && random.IntN(4) == 0 {
			to = append(to, "$+!-.|("[random.IntN(7)])
		}
	}
	return append(to, "7Xw"[:random.IntN(4)]...)
}

func TestLog2(t *testing.T) {
	for x, want := range map[uint32]Guesses{1: 0, 2: bit, 3: 101, 10: 212, 1000: 637, 99108125: 1700, 1 << 31: 31 * bit, 1<<32 - 1: 32*bit - 1} {
		if got := log2(x); got != want {
			t.Errorf("log2(%d) = %d/64, want %d/64", x, got, want)
		}
	}
}

// TestSpellings has how many ways terms are looked for: those of the Latin script only
// as they are.
func TestSpellings(t *testing.T) {
	for text, want := range map[string]int{
		"contoso": 1, "Zürich": 1, "new york": 2, "naïve-søster": 2, "日本": 1, "さくら": 1, "カラオケ": 1, "ẞ-Werk": 2,
		"кот": 1, "собака": 2, "Щенок": 2, "ёжики": 4, "юноша": 3, "белый кит": 6, "собака 日": 2, "собака♥": 4, "강아지": 2, "λύκος": 3, "λυκος": 2,
	} {
		all, err := appendSpelled(nil, Term{Text: text}, 0, 0)
		if err != nil || len(all) != want {
			t.Errorf("%s: %d spellings, want %d: %v, %v", text, len(all), want, all, err)
		}
	}
}

// TestTypedKeys wants two letters of a layout on one key only with shift and without, and
// the keys of a syllable to be those of its jamo.
func TestTypedKeys(t *testing.T) {
	for _, rows := range typedRows {
		on := map[string]rune{}
		for i, row := range rows {
			if n := len([]rune(row)); n > len(qwertyRows[i]) {
				t.Errorf("%q has %d keys, QWERTY %d", row, n, len(qwertyRows[i]))
			}
			for _, r := range row {
				key := typedKeysOf(r)
				if key != "" && on[key] != 0 {
					t.Errorf("%c and %c are both on %s", r, on[key], key)
				}
				on[key] = r
			}
		}
	}
	for r := rune(hangulS); r < hangulS+hangulLs*hangulVs*hangulTs; r++ {
		whole, _ := appendStrokes(nil, r)
		var parts []stroke
		for _, jamo := range norm.NFD.String(string(r)) {
			parts, _ = appendStrokes(parts, jamo)
		}
		if len(whole) < 2 || len(whole) > 5 || !slices.Equal(whole, parts) {
			t.Errorf("%c is %v, its jamo %v", r, whole, parts)
		}
	}
	for _, r := range "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґабвг" + "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ" + "אבגדהוזחטיכךלמםנןסעפףצץקרשת" +
		"ابتثجحخدذرزسشصضطظعغفقكلمنهويةىءأإآؤئ" + "กขคฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮะาำิีึืุูเแโใไ็่้๊๋์ๆ" {
		if typedKeysOf(r) == "" {
			t.Errorf("%c is on no key", r)
		}
	}
}

// TestNodeCount wants the nodes of a trie to be counted before they are made.
func TestNodeCount(t *testing.T) {
	for name, words := range map[string][]string{
		"none":           nil,
		"one":            {"contoso"},
		"short":          {"a", "b", "ab", "ac"},
		"twice":          {"contoso", "contoso", "contoso"},
		"twice of two":   {"contoso", "contoso", "contosa", "contosa"},
		"prefixes":       {"con", "cont", "conto", "contoso", "co"},
		"apart late":     {"zorbitaniaone", "zorbitaniatwo", "zorbitanix"},
		"classes":        {"секрет", "секунда", "new york", "newyork", "日本"},
		"many":           append(strings.Fields("all of these are words that have nothing in common"), "those", "these", "wor"),
		"letters behind": {"ab", "aba", "abaa", "abaaaaaaaaaaaaaaa", "abaaaaaaaaaaaaaab"},
	} {
		var terms []spelled
		for i, word := range words {
			var err error
			if terms, err = appendSpelled(terms, Term{Text: word}, 0, uint32(i)); err != nil {
				t.Fatal(err)
			}
		}
		for _, backward := range []bool{false, true} {
			trie := newTrie(terms, order(terms, backward, nil), backward)
			if n := len(trie.nodes); n != trie.nodeCount() || n != cap(trie.nodes) {
				t.Errorf("%s, backward %t: %d nodes, room for %d, counted %d", name, backward, n, cap(trie.nodes), trie.nodeCount())
			}
		}
	}
}
