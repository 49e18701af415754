package engine

import "math/bits"

// heads tells where a search for terms may begin, so that few begin in vain. It
// knows how terms begin by the codes of their letters: every position of a
// lattice has one code, whatever it may be read as, and so no reading is
// followed to ask.
type heads struct {
	begins uint32 // set of the codes that terms begin with
	starts starts
	// All of the above speaks of all terms of an engine. What follows tells those
	// that New had from those it was amended by.
	base    headSet
	amended *headSet // or nil
}

// headSet knows beginnings in full: a Bloom filter of two bits a key, whose line of
// the cache the first four codes choose, so that all keys that are asked for
// together stand in one.
type headSet struct {
	lines []headBits
	shift uint8 // takes a hash to a line
	// bounds are those of the terms with an edit by their last three codes; some
	// share one.
	bounds [1 << boundBits]bound
}

const boundBits = 12 // some three codes for each of a few thousand terms

// headLine is the size of a line in bits.
const headLine = 1 << headLineBits

const headLineBits = 9

// starts has for each three codes the set of the fourth that terms begin with and,
// in the bits that are no code, which terms with an edit begin with the three. All
// of it together is one access to memory.
type starts [1 << (3 * codeBits)]uint32

const (
	startForward  = 1 << (codeCount + iota) // onward
	startBackward                           // from their end
	startFour     = 1<<codeCount - 1        // the fourth codes
)

// of returns what begins with three codes.
func (s *starts) of(w window) uint32 { return s[w%window(len(s))] }

// has reports whether terms begin with four codes.
func (s *starts) has(w window) bool { return s.of(w>>codeBits)>>(w&(1<<codeBits-1))&1 != 0 }

// The searches. Those for terms that an engine was amended by are the same,
// amendedShift bits up.
const (
	headTerm         = 1 << iota // terms, onward or reversed
	headSlipForward              // terms with an edit, onward
	headSlipBackward             // the same from their end
	headListed                   // parts of the password on a password list
	amendedShift     = iota
)

// The kinds of beginnings in a headSet: the first codes of terms, up to six, and
// what an edit makes of the first five.
const (
	headFull = iota
	headForward
	headBackward
)

// window holds eight codes in a row, the first in the highest bits; 0 is none. Terms
// are known by up to headCodes.
type window uint64

const (
	codeBits    = 5
	windowCodes = 8
	headCodes   = 6
)

// push puts a code in front.
func (w window) push(code uint8) window {
	return w>>codeBits | window(code)<<((windowCodes-1)*codeBits)
}

// head returns the first n codes.
func (w window) head(n int) window { return w >> ((windowCodes - n) * codeBits) }

// first leaves only the first n codes.
func (w window) first(n int) window { return w &^ (1<<((windowCodes-n)*codeBits) - 1) }

// without leaves out the code at place k; the later ones move up.
func (w window) without(k int) window {
	tail := window(1)<<((windowCodes-k)*codeBits) - 1
	return w&^tail | w<<codeBits&tail
}

// newHeads returns the heads of the terms of an index, in O(their number).
func newHeads(x *index) *heads {
	h := new(heads)
	h.add(&h.base, x)
	return h
}

// amend returns the heads with the terms that an engine is amended by.
func (h *heads) amend(x *index) *heads {
	n := *h
	n.amended = new(headSet)
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
		b.n++
		b.window |= window(c) << ((windowCodes - b.n) * codeBits)
	}
	return b
}

// add adds the terms of an index to the heads; s is empty before.
func (h *heads) add(s *headSet, x *index) {
	terms, forward, backward := x.terms.beginnings(true), x.slipForward.beginnings(false), x.slipBackward.beginnings(false)
	const bitsEach = 16 // one in four to one in eight is set
	size := max(bits.Len(uint(bitsEach*(len(terms)+len(slipOrders)*(len(forward)+len(backward))))), headLineBits+1) - headLineBits
	s.lines, s.shift = make([]headBits, 1<<size), uint8(64-size)
	for _, b := range terms {
		h.addTerm(s, b)
	}
	for _, b := range forward {
		h.addSlip(s, b.window, headForward, slipOrders[:])
	}
	for _, b := range backward {
		h.addSlip(s, b.window, headBackward, slipOrders[:backOrders(int(b.runes))])
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

// addSlip adds what an edit makes of the beginning of a term, letters in some of
// slipOrders.
func (h *heads) addSlip(s *headSet, w window, kind int, orders [][5]int) {
	for _, order := range orders {
		var key window
		for _, i := range order {
			key = key<<codeBits | w.head(i+1)&(1<<codeBits-1)
		}
		h.starts[key>>(2*codeBits)] |= startForward << (kind - headForward)
		s.put(kind, key<<((windowCodes-5)*codeBits))
	}
}

// addTerm adds a term by its codes without separators, which it is also spelled
// without.
func (h *heads) addTerm(s *headSet, b beginning) {
	h.begins |= 1 << b.first
	if b.n > 4 {
		h.addFour(b.head(4))
		s.put(headFull, b.window)
		return
	}
	for k := range window(1) << ((4 - b.n) * codeBits) { // whatever follows
		if key := b.head(4) | k; key&(1<<codeBits-1) < codeCount {
			h.addFour(key)
			s.put(headFull, key<<((windowCodes-4)*codeBits))
		}
	}
}

func (h *heads) addFour(w window) {
	h.starts[w>>codeBits] |= 1 << (w & (1<<codeBits - 1))
}

// bound returns the bound of the terms whose last codes are the first three of w.
func (s *headSet) bound(w window) *bound {
	return &s.bounds[uint64(w.head(3))*hashFactor>>(64-boundBits)]
}

// headBits are the bits of a line.
type headBits [headLine / 64]uint64

// line returns where beginnings with the first four codes of w stand.
func (s *headSet) line(kind int, w window) *headBits {
	four := uint64(w.head(4)) | uint64(kind)<<(4*codeBits)
	return &s.lines[four*hashFactor>>s.shift]
}

func (s *headSet) put(kind int, w window) {
	at, mask := w.bits()
	s.line(kind, w)[at] |= mask
}

func (b *headBits) has(w window) bool {
	at, mask := w.bits()
	return b[at]&mask == mask
}

// bits returns the word of a beginning in its line, and its bits there.
func (w window) bits() (at, mask uint64) {
	h := uint64(w) * hashFactor
	return h >> (64 - headLineBits + 6), 1<<(h>>49%64) | 1<<(h>>43%64)
}

// first reports whether terms begin with a code.
func (h *heads) first(c uint8) bool { return h.begins>>(c%(1<<codeBits))&1 != 0 }

// goes reports whether a term may begin with the codes of w, of which starts has
// the first four.
func (s *headSet) goes(w window) bool {
	line := s.line(headFull, w)
	return line.has(w.first(headCodes)) || line.has(w.first(5)) || line.has(w.first(4))
}

// all returns a search with that for the terms amended by, if there are any.
func (h *heads) all(search uint8) uint8 {
	if h.amended != nil {
		search |= search << amendedShift
	}
	return search
}

// apart reports whether a term may begin with what is left of w without some of
// the places marked. As long as six codes are left for certain, that is all of what
// is known of terms.
func (h *heads) apart(w window, marks uint8) bool {
	const early = 1<<windowCodes - 1<<(windowCodes-headCodes)
	skips := marks & early
	if bits.OnesCount8(skips) > windowCodes-headCodes+1 { // too many to try all
		return true
	}
	for out := skips; out != 0; out = (out - 1) & skips {
		v, left := w, windowCodes
		for m := out; m != 0; m &= m - 1 { // the last place has the lowest mark
			v = v.without(windowCodes - 1 - bits.TrailingZeros8(m))
			left--
		}
		if left < headCodes && marks&^early != 0 { // the fourth code may be passed over
			if h.starts.of(v.head(3))&startFour != 0 {
				return true
			}
		} else if h.starts.has(v.head(4)) && (left < headCodes || marks&^early != 0 || h.straight(v) != 0) {
			return true
		}
	}
	return false
}

// slip reports whether a term with an edit may begin with the codes of w, of
// which the fourth or fifth may be one too many or changed.
func (s *headSet) slip(w window, kind int) bool {
	line, fourth := s.line(kind, w), w.without(3)
	return line.has(w.first(5)) || line.has(w.without(4).first(5)) || s.line(kind, fourth).has(fourth.first(5))
}

// slips returns which terms with an edit may begin with the codes of w, as a
// search of 1: those that New had, and those amended by.
func (h *heads) slips(w window, kind int) (found uint8) {
	if h.base.slip(w, kind) {
		found = 1
	}
	if h.amended != nil && h.amended.slip(w, kind) {
		found |= 1 << amendedShift
	}
	return found
}

// straight returns the searches for terms that may begin with w, of which starts has
// the first four.
func (h *heads) straight(w window) (found uint8) {
	if h.base.goes(w) {
		found = headTerm
	}
	if h.amended != nil && h.amended.goes(w) {
		found |= headTerm << amendedShift
	}
	return found
}

// full reports whether n codes, at most six, may be all of a term or its first six.
func (h *heads) full(w window, n int) bool {
	w <<= (windowCodes - n) * codeBits
	return h.base.line(headFull, w).has(w) || h.amended != nil && h.amended.line(headFull, w).has(w)
}

// headSets holds the searches that may begin at each position of a lattice.
type headSets struct {
	onward [maxPositions]uint8     // from a position on
	back   [maxPositions + 1]uint8 // from a boundary back
}

// load asks for every position; s is empty before.
func (s *headSets) load(h *heads, l *lattice) {
	if !l.lookalikes {
		s.loadOnward(h, l)
		s.loadBack(h, l)
		return
	}
	for i := range l.n { // the codes don't tell
		s.onward[i] = h.all(headTerm | headSlipForward)
		s.back[i+1] = h.all(headTerm | headSlipBackward)
	}
}

// loadOnward asks for the searches onward. What cannot be but a separator is left
// out, as it is of the terms. What a position is decides little by branches,
// which would be hard to predict.
func (s *headSets) loadOnward(h *heads, l *lattice) {
	var bare, straight window
	var skips uint8   // places of bare that may be passed over
	var follows uint8 // the first place, but at the last position
	cells, onward := l.cells[:l.n], s.onward[:l.n]
	for i := len(cells) - 1; i >= 0; i-- {
		c, flags := cells[i].code, cells[i].flags
		straight = straight.push(c)
		keep := window(flags/between) - 1
		bare ^= (bare ^ bare.push(c)) & keep
		skip := (flags/separator | flags/repeated) << (windowCodes - 1) & follows
		follows = 1 << (windowCodes - 1)
		skips ^= (skips ^ (skips>>1 | skip)) & uint8(keep)
		found := uint8(0)
		if h.starts.has(bare.head(4)) && h.first(c) {
			found = h.straight(bare)
		}
		// The first is not passed over, unless a term's own separator stands here.
		inner := skips &^ (uint8(keep) & (1 << (windowCodes - 1)))
		if inner>>(windowCodes-headCodes) != 0 && h.first(c) && found != h.all(headTerm) {
			found |= h.opens(l, i, bare, inner)
		}
		if h.starts.of(straight.head(3))&startForward != 0 {
			found |= h.slips(straight, headForward) * headSlipForward
		}
		onward[i] = found
	}
}

// opens returns the searches for terms that may begin at position i and with w,
// without some of the places marked.
func (h *heads) opens(l *lattice, i int, w window, skips uint8) uint8 {
	if h.apart(w, skips) {
		if r := (reach{h, l, reachSteps}); r.from(i, 0, 0, 0) {
			return h.all(headTerm)
		}
	}
	return 0
}

// loadBack asks for the searches from the end, in which terms stand letter by
// letter.
func (s *headSets) loadBack(h *heads, l *lattice) {
	var bare, straight window
	cells, back := l.cells[:l.n], s.back[1:][:l.n]
	for i := range cells {
		c := cells[i].code
		straight = straight.push(c)
		keep := window(cells[i].flags/between) - 1
		bare ^= (bare ^ bare.push(c)) & keep
		found := uint8(0)
		if h.starts.has(bare.head(4)) && h.first(c) {
			found = h.straight(bare)
		}
		if h.starts.of(straight.head(3))&startBackward != 0 {
			found |= h.slips(straight, headBackward) * headSlipBackward
		}
		back[i] = found
	}
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
		w = w<<codeBits | window(r.cells[i].code)
		switch n++; n {
		case 3:
			if r.starts.of(w)&startFour == 0 {
				return false
			}
		case 4:
			if whole := r.full(w, 4); whole || !r.starts.has(w) {
				return whole
			}
		case 5:
			if r.full(w, 5) {
				return true
			}
		case 6:
			return r.full(w, 6)
		}
	}
	return n < 4 && r.full(w, n)
}

// wipe clears what a password of n positions left.
func (s *headSets) wipe(n int) {
	wipe(s.onward[:], n)
	wipe(s.back[:], n+1)
}
