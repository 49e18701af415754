package engine

import (
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestAsks compares what is asked of all positions of a block at once with what it is
// defined by.
func TestAsks(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	pairs := make([][1 << codeBits]uint32, 1<<16) // as many as rows can tell
	for i := range pairs {
		for k := range pairs[i] {
			pairs[i][k] = random.Uint32() & random.Uint32()
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := new(starts)
		e := newEdits(s)
		seed := rapid.Uint32().Draw(t, "seed") | 1
		next := func() uint32 {
			seed ^= seed << 13
			seed ^= seed >> 17
			seed ^= seed << 5
			return seed
		}
		for i := range s {
			s[i].fourth = next()
		}
		e.pairs = pairs[:rapid.IntRange(1, len(pairs)).Draw(t, "rows")]
		for i := range e.rows {
			for dir := range e.rows[i].rows {
				e.rows[i].rows[dir] = uint16(next() >> 8 % uint32(len(e.pairs)))
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

// TestLoad compares the searches of passwords of any length with those that windows
// tell position by position, for terms that begin with separators, too, and with
// terms that an engine was amended by.
func TestLoad(t *testing.T) {
	list := TermList{Name: "own"}
	for _, text := range strings.Fields("contoso hurricane assassin ill.inois massachusetts abc✓def -dash 50cent xyz trey lamna") {
		list.Terms = append(list.Terms, Term{Text: text})
	}
	e, err := New(Config{Policies: []Policy{DefaultPolicy()}, Terms: []TermList{list}})
	if err != nil {
		t.Fatal(err)
	}
	more := []Term{{Text: "bookkeeper"}, {Text: "+plus"}}
	amended, err := e.Amend("amended", Delta{List: "own", Add: more, Remove: list.Terms[:2]})
	if err != nil {
		t.Fatal(err)
	}
	terms := append(more, list.Terms...)
	random := rand.New(rand.NewPCG(7, 7))
	found := [2]int{}
	for range 20_000 {
		var password []byte
		for n := 1 + random.IntN(80); len(password) < n; {
			password = append(password, disguise(random, terms[random.IntN(len(terms))].Text)...)
			password = append(password, "aaoc7-✓."[random.IntN(8)])
		}
		l := new(lattice)
		l.load(password[:random.IntN(len(password))], Default)
		for k, h := range []*heads{e.heads, amended.heads} {
			s := new(headSets)
			s.load(h, l)
			for i := range l.n {
				want, any := h.plain(l, i), false
				for kind, has := range want {
					if s.has(kind, i) != has {
						t.Fatalf("%q at %d: search %d is %t", password, i, kind, !has)
					}
					any = any || has
				}
				if any {
					found[k]++
				}
			}
		}
	}
	if min(found[0], found[1]) < 10_000 {
		t.Errorf("searches begin at %d positions only", found)
	}
}

// plain returns the searches from a position on, and back from behind it.
func (h *heads) plain(l *lattice, at int) (found [headKinds]bool) {
	read := func(dir int, bare bool) (w window) {
		n := 0
		for i := at; i >= 0 && i < l.n && n < windowCodes; i += dir {
			flags := l.cells[i].flags
			if bare && flags&between != 0 {
				continue
			}
			c := l.cells[i].code
			if bare && flags&(separator|repeated) != 0 && i != at && i != l.n-1 {
				c |= 0x80
			}
			w |= window(c) << (8 * n)
			n++
		}
		return w
	}
	for kind, s := range map[int]*headSet{0: &h.base, headAmended: h.amended} {
		if s == nil {
			continue
		}
		if l.lookalikes {
			copy(found[kind:][:headAmended], []bool{true, true, true, true})
			continue
		}
		found[kind+headSlip] = s.edits.has(editForward, read(1, false)) != 0
		found[kind+headSlipBack] = s.edits.has(editBackward, read(-1, false)) != 0
		if !h.first(l.cells[at].code) {
			continue
		}
		goes := func(w window) bool { return h.starts.has(w) && s.goes(w) != 0 }
		found[kind+headTermBack] = goes(read(-1, true) &^ marks)
		w := read(1, true)
		found[kind+headTerm] = goes(w &^ marks)
		skips := w & nextMarks
		if l.cells[at].flags&between == 0 && skips&passedMarks != 0 && skips&(skips-1) == 0 {
			found[kind+headTerm] = found[kind+headTerm] || goes(w.pass(skips)&^marks)
		} else if w&earlyMarks != 0 && !found[kind+headTerm] {
			found[kind+headTerm] = h.opens(l, at, w)
		}
	}
	return found
}
