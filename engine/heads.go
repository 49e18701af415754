package engine

import "math/bits"

// heads tells where a search for terms may begin, so that few begin in vain. It
// knows how terms begin by the codes of their letters: every position of a
// lattice has one code, whatever it may be read as, and so no reading is
// followed to ask.
type heads struct {
	starts starts // first: what is together is in one line of the cache
	begins uint32 // set of the codes that terms begin with
	// All of the above speaks of all terms of an engine. What follows tells those
	// that New had from those it was amended by.
	base    headSet
	amended *headSet // or nil
}

// headSet knows beginnings in full. Those of terms are a Bloom filter of two bits a key,
// whose line of the cache the first four codes choose, so that all keys that are
// asked for together stand in one.
type headSet struct {
	lines []headBits
	shift uint8 // takes a hash to a line
	edits edits
	// bounds are those of the terms with an edit by their last three codes; some
	// share one.
	bounds [1 << boundBits]bound
}

const boundBits = 12 // some three codes for each of a few thousand terms

// headLine is the size of a line in bits.
const headLine = 1 << headLineBits

const headLineBits = 9

// The kinds of searches, onward from a position or back from behind it. Those for
// terms that an engine was amended by are headAmended further.
const (
	headTerm     = iota
	headTermBack // reversed terms
	headSlip     // terms with an edit
	headSlipBack // the same from their end
	headAmended
	headListed = 2 * headAmended // parts of the password on a password list
	headDate   = headListed + 1  // dates and telephone numbers
	headRare   = headListed + 2  // words of the subject, and what is part of the character in front
	headKinds  = headListed + 3
)

// newHeads returns the heads of the terms of an index, in O(their number).
func newHeads(x *index) *heads {
	h := new(heads)
	h.base.edits = newEdits(&h.starts)
	h.add(&h.base, x)
	return h
}

// amend returns the heads with the terms that an engine is amended by.
func (h *heads) amend(x *index) *heads {
	n := *h
	n.base.edits.rows = &n.starts
	n.amended = &headSet{edits: newEdits(new(starts))}
	n.add(n.amended, x)
	return &n
}

// beginning is how a term begins: its first codes, and how many there are at most
// in a window. first is the code of the very first character.
type beginning struct {
	window
	n     int
	first uint8
	bound // of the term alone, if it is looked for with an edit
}

// beginnings returns how the terms of a trie begin, most ways but once. The codes
// are those without separators if bare is set.
func (t *trie) beginnings(bare bool) (all []beginning) {
	if t == nil {
		return nil
	}
	var runes []rune
	all = make([]beginning, 0, len(t.entries))
	for i := range t.entries {
		runes = t.appendRunes(runes[:0], &t.entries[i])
		b := begin(runes, bare)
		if !bare {
			b.bound = t.entries[i].bound()
		}
		if len(all) == 0 || b != all[len(all)-1] {
			all = append(all, b)
		}
	}
	return all
}

func begin(runes []rune, bare bool) beginning {
	b := beginning{first: codeOf(runes[0])}
	for _, r := range runes {
		c := codeOf(r)
		if bare && c >= codeOther && isSeparator(r) {
			continue
		}
		if b.n == headCodes {
			break
		}
		b.window |= window(c) << (8 * b.n)
		b.n++
	}
	return b
}

// add adds the terms of an index to the heads; s has none before.
func (h *heads) add(s *headSet, x *index) {
	terms, forward, backward := x.terms.beginnings(true), x.slipForward.beginnings(false), x.slipBackward.beginnings(false)
	const bitsEach = 16 // one in four to one in eight is set
	size := max(bits.Len(uint(bitsEach*len(terms))), headLineBits+1) - headLineBits
	s.lines, s.shift = make([]headBits, 1<<size), uint8(64-size)
	for _, b := range terms {
		h.addTerm(s, b)
	}
	for _, b := range forward {
		s.edits.addOrders(editForward, b.window, slipOrders[:])
	}
	for _, b := range backward {
		s.edits.addOrders(editBackward, b.window, slipOrders[:backOrders(int(b.runes))])
		s.bound(b.window).include(b.bound)
	}
}

// slipOrders are the letters of a term, from one of its ends, that five codes may
// be if the edit is behind the third letter or swaps it: none in sight, the fifth
// or fourth missing, the fourth swapped with the third. A position that is too many
// or changed, or one of two later ones that are swapped, is left out of the codes.
var slipOrders = [...][5]int{{0, 1, 2, 3, 4}, {0, 1, 2, 3, 5}, {0, 1, 2, 4, 5}, {0, 1, 3, 2, 4}}

// backOrders returns how many of slipOrders are to be asked for from the end of a term
// of n letters: what has its first three right, or two in front of swapped ones, is
// found onward, so that all but three or four are right at the end.
func backOrders(n int) int {
	switch {
	case n <= slipTerm:
		return 3
	case n == slipTerm+1:
		return 2
	}
	return 1
}

// addOrders adds what an edit makes of the beginning of a term, letters in some of
// slipOrders.
func (e *edits) addOrders(dir int, w window, orders [][5]int) {
	for _, order := range orders {
		var key window
		for k, i := range order {
			key |= window(w.code(i)) << (8 * k)
		}
		e.add(dir, key)
	}
}

// addTerm adds a term by its codes without separators, which it is also spelled
// without.
func (h *heads) addTerm(s *headSet, b beginning) {
	h.begins |= 1 << b.first
	h.addFull(s, b.window, b.n)
}

// addFull adds a window of n codes, with whatever may follow up to four.
func (h *heads) addFull(s *headSet, w window, n int) {
	if n < 4 {
		for c := range window(codeCount) {
			h.addFull(s, w|c<<(8*n), n+1)
		}
		return
	}
	h.starts[w.three()].fourth |= 1 << w.code(3)
	s.put(w)
}

// bound returns the bound of the terms whose last codes are the first three of w.
func (s *headSet) bound(w window) *bound {
	return &s.bounds[uint64(w.first(3))*hashFactor>>(64-boundBits)]
}

// headBits are the bits of a line.
type headBits [headLine / 64]uint64

// line returns where beginnings with the first four codes of w stand.
func (s *headSet) line(w window) *headBits {
	return &s.lines[uint64(w.first(4))*hashFactor>>(s.shift%64)]
}

func (s *headSet) put(w window) {
	at, one, other := w.bits()
	s.line(w)[at] |= 1<<one | 1<<other
}

// has reports, as the lowest of its bits, whether a line may have a beginning.
func (b *headBits) has(w window) uint64 {
	at, one, other := w.bits()
	return b[at] >> one & (b[at] >> other)
}

// bits returns the word of a beginning in its line, and its bits there.
func (w window) bits() (at, one, other uint64) {
	h := uint64(w) * hashFactor
	return h >> (64 - headLineBits + 6), h >> 49 % 64, h >> 43 % 64
}

// first reports whether terms begin with a code.
func (h *heads) first(c uint8) bool { return h.begins>>(c%(1<<codeBits))&1 != 0 }

// goes reports, as 1 or 0, whether a term may begin with the codes of w, of which
// starts has the first four.
func (s *headSet) goes(w window) uint64 {
	line := s.line(w)
	return (line.has(w.first(headCodes)) | line.has(w.first(5)) | line.has(w.first(4))) & 1
}

// apart reports whether a term may begin with what is left of w without some of
// the codes marked. As long as six codes are left for certain, that is all of what
// is known of terms.
func (h *heads) apart(w window) bool {
	codes, skips := w&^marks, w&earlyMarks
	if bits.OnesCount64(uint64(skips)) > windowCodes-headCodes+1 { // too many to try all
		return true
	}
	for out := skips; out != 0; out = (out - 1) & skips {
		v, left := codes, windowCodes
		for m := out; m != 0; left-- {
			last := window(1) << (bits.Len64(uint64(m)) - 1)
			v = v.pass(last)
			m ^= last
		}
		if left < headCodes && w&lateMarks != 0 { // the fourth code may be passed over
			if h.starts.of(v) != 0 {
				return true
			}
		} else if h.starts.has(v) && (left < headCodes || w&lateMarks != 0 || h.straight(v)) {
			return true
		}
	}
	return false
}

// straight reports whether terms may begin with w, of which starts has the first four.
func (h *heads) straight(w window) bool {
	return h.base.goes(w) != 0 || h.amended != nil && h.amended.goes(w) != 0
}

// full reports whether the codes of w, at most six, may be all of a term or its
// first six.
func (h *heads) full(w window) bool {
	return h.base.line(w).has(w)&1 != 0 || h.amended != nil && h.amended.line(w).has(w)&1 != 0
}

// opens reports whether terms may begin at position i and with w, without some of the
// codes marked.
func (h *heads) opens(l *lattice, i int, w window) bool {
	if !h.apart(w) {
		return false
	}
	r := reach{h, l, reachSteps}
	return r.from(i, 0, 0, 0)
}

// reach follows what may be the beginning of a term, where letters may be
// separators or doubled.
type reach struct {
	*heads
	*lattice
	steps int // left; behind the last, a term is taken for there
}

// reachSteps bounds a reach: far more than words take, less than what is made to
// last takes.
const reachSteps = 16

// from reports whether a term may go on at a position with n codes read, last in
// w. Behind what was passed over, a letter is read; only a separator may follow a
// doubled letter. passed is what was passed over last, as flags of a position.
func (r *reach) from(at int, w window, n int, passed uint8) bool {
	began := n > 0
	for i := at; i < r.n; i++ {
		if r.steps--; r.steps < 0 {
			return true
		}
		if r.cells[i].flags&between != 0 {
			passed, began = 0, true // a term may have it
			continue
		}
		if began && (r.is(i, separator) && passed != separator && r.from(i+1, w, n, separator) ||
			r.cells[i].flags&repeated != 0 && passed == 0 && r.from(i+1, w, n, repeated)) {
			return true
		}
		passed, began = 0, true
		w |= window(r.cells[i].code) << (8 * n)
		switch n++; n {
		case 3:
			if r.starts.of(w) == 0 {
				return false
			}
		case 4:
			if whole := r.full(w); whole || !r.starts.has(w) {
				return whole
			}
		case 5:
			if r.full(w) {
				return true
			}
		case 6:
			return r.full(w)
		}
	}
	return n < 4 && r.full(w)
}
