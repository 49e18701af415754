package engine

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// Reading is one way in which a segment differs from what the list has. It tells
// where, never which character.
type Reading struct {
	Kind ReadingKind
	// Span has the runes concerned. It is empty, between two runes, for a
	// letter that is missing.
	Span Span
	// Guesses is what the reading adds; the sum over a segment is its Spelling.
	// The first of several separators or doubled letters pays for all, and
	// substitutions beyond the most that they cost together are free.
	Guesses Guesses
}

// ReadingKind is what a Reading consists in.
type ReadingKind uint8

// The kinds of readings; the last four are edits.
const (
	ReadSubstitution ReadingKind = iota // a character that stands for a letter
	ReadLookalike                       // a letter of another script that looks like it
	ReadSeparator                       // a separator between the letters, or what is put there like one
	ReadDoubled                         // a letter twice
	ReadReversed                        // the whole from its end to its start
	ReadTyped                           // the whole on the keys of another layout
	ReadExtra                           // a character too many
	ReadMissing                         // a letter left out
	ReadChanged                         // another character for a letter
	ReadSwapped                         // two letters in each other's place
	readingCount
)

var readingNames = [readingCount]string{
	ReadSubstitution: "substitution", ReadLookalike: "lookalike", ReadSeparator: "separator", ReadDoubled: "doubled", ReadReversed: "reversed", ReadTyped: "typed",
	ReadExtra: "extra", ReadMissing: "missing", ReadChanged: "changed", ReadSwapped: "swapped",
}

// String returns the kind's name, such as "substitution".
func (k ReadingKind) String() string { return readingNames[k] }

// trace finds out how the cheapest segmentation reads one of its words, which
// the search itself does not keep: the word is looked for once more, and the
// first occurrence of the same costs is taken.
type trace struct {
	scratch  *scratch
	want     step
	end      int
	found    bool
	left     Guesses // that substitutions may still cost
	readings []Reading
}

// readings returns how the segment that ends at a position is read.
func (sc *scratch) readings(e *Engine, end int, st step) []Reading {
	if st.spelling == 0 {
		return nil
	}
	t := &trace{scratch: sc, want: st, end: end, left: spellingCap}
	switch {
	case t.hit():
	case st.kind == KindPassword || st.kind == KindBreached:
		t.undone()
	default:
		t.search(e)
	}
	slices.SortStableFunc(t.readings, func(a, b Reading) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return t.readings
}

// hit notes how a part is looked up that is read from its end, by its keys or as a
// thread, if it is one.
func (t *trace) hit() bool {
	want := t.want
	for _, h := range t.scratch.listed {
		switch {
		case h.start != want.start || int(h.end) != t.end || h.list != want.list || h.kind != want.kind || h.base != want.base || h.spelling != want.spelling:
		case h.back:
			t.note(ReadReversed, int(want.start), t.end, reversedCost)
			return true
		case h.typed:
			t.note(ReadTyped, int(want.start), t.end, turnedCost)
			return true
		case h.thread.step > 0:
			t.thread(h.thread)
			return true
		}
	}
	return false
}

// undone notes the substitutions of a listed part.
func (t *trace) undone() {
	l := &t.scratch.lat
	for i := int(t.want.start); i < t.end; i++ {
		if s, ok := l.cells[i].meant(); ok && l.cells[i].own >= symbolDigit {
			t.letter(i, s)
		}
	}
}

// thread notes the positions that are not in a thread; the first pays for all.
func (t *trace) thread(th thread) {
	l, cost := &t.scratch.lat, t.want.spelling
	for i := range int(th.end) {
		if i%int(th.step) == int(th.first) {
			continue
		}
		kind := ReadSeparator
		if i > 0 && l.is(i, repeated) {
			kind = ReadDoubled
		}
		t.note(kind, i, i+1, cost)
		cost = 0
	}
}

// search follows the words that begin or end where the segment does, as the
// search for the segmentation did.
func (t *trace) search(e *Engine) {
	sc := t.scratch
	full := sc.policy.Profile == Default
	sc.score.trace = t
	defer func() { sc.score.trace = nil }()
	sc.walk.steps = sc.lat.budget()
	sc.words(e, int(t.want.start), full)
	if full {
		sc.backward(e, t.end)
	}
}

// take notes how an occurrence of a word is read, if it is the one.
func (t *trace) take(w *walker, at Span, st step) {
	st.start, st.kase, st.join = t.want.start, t.want.kase, t.want.join
	if t.found || at != (Span{int(st.start), t.end}) || st != t.want {
		return
	}
	t.found = true
	syms, typed := w.subject.syms, w.subject.typed
	if st.kind == KindTerm {
		syms, typed = w.trie.spelling(*w.entry), w.entry.has(traitTyped)
	}
	path := w.path[:len(syms)]
	if typed {
		t.note(ReadTyped, at.Start, at.End, typedCost)
	}
	t.letters(syms, path)
	switch {
	case w.variant.has(edited):
		t.edit(path, w.dir, w.variant)
	case w.back:
		t.note(ReadReversed, at.Start, at.End, reversedCost)
	default:
		t.passed(path, w.variant)
	}
}

// letters notes the letters of a word that are not written as themselves, path
// having the position of each, or -1 for none.
func (t *trace) letters(syms []symbol, path []int16) {
	for k, i := range path {
		if i >= 0 && t.scratch.lat.cells[i].own != syms[k] {
			t.letter(int(i), syms[k])
		}
	}
}

func (t *trace) letter(i int, s symbol) {
	l := &t.scratch.lat
	kind := ReadSubstitution
	if l.cells[i].base >= utf8.RuneSelf && l.cells[i].common>>s&1 != 0 {
		kind = ReadLookalike
	}
	cost := min(l.spelling(i, s), t.left)
	t.left -= cost
	t.note(kind, i, i+1, cost)
}

// passed notes the positions of the segment that are not in the path.
func (t *trace) passed(path []int16, v variant) {
	l := &t.scratch.lat
	costs := [readingCount]Guesses{ReadSeparator: betweenCost, ReadDoubled: doubledCost}
	if v.passed() < len(path)-1 {
		costs[ReadSeparator] += someCost
	}
	last := 0
	for i := int(t.want.start); i < t.end; i++ {
		if slices.Contains(path, int16(i)) {
			last = i
			continue
		}
		kind := ReadSeparator
		if l.cells[i].base == l.cells[last].base {
			kind = ReadDoubled
		}
		t.note(kind, i, i+1, costs[kind])
		costs[kind] = 0
	}
}

// edit notes the edit of a word, read in a direction: a position that no letter
// has, a letter that has no position, both, or neither and two in each other's
// place.
func (t *trace) edit(path []int16, dir int, v variant) {
	cost := editCost
	if v.has(strange) {
		cost += strangeCost
	}
	missing := slices.Index(path, -1)
	extra := int(t.want.start)
	for extra < t.end && slices.Contains(path, int16(extra)) {
		extra++
	}
	switch {
	case extra < t.end && missing >= 0:
		t.note(ReadChanged, extra, extra+1, cost)
	case extra < t.end:
		t.note(ReadExtra, extra, extra+1, cost)
	case missing >= 0:
		at := int(path[missing-1]) + (dir+1)/2
		t.note(ReadMissing, at, at, cost)
	default:
		for k := 1; k < len(path); k++ {
			if at := int(min(path[k-1], path[k])); int(path[k]-path[k-1]) == -dir {
				t.note(ReadSwapped, at, at+2, cost)
			}
		}
	}
}

func (t *trace) note(kind ReadingKind, start, end int, cost Guesses) {
	span := Span{int(t.scratch.lat.cells[start].origin), int(t.scratch.lat.cells[start].origin)}
	if end > start {
		span = t.scratch.span(start, end)
	}
	t.readings = append(t.readings, Reading{kind, span, cost})
}
