package engine

import "math/bits"

// headSets holds the searches that may begin at each position of a lattice.
type headSets struct {
	onward [maxPositions]uint8     // from a position on
	back   [maxPositions + 1]uint8 // from a boundary back
	all    windows                 // the codes of all positions
	// bare has the codes of those that are not between, marked, and kept where they
	// stand.
	bare windows
	kept [maxPositions + 1]uint16
}

// load asks for every position; s is empty before.
func (s *headSets) load(h *heads, l *lattice) {
	if l.lookalikes { // the codes don't tell
		for i := range l.n {
			s.onward[i] = h.all(headTerm | headSlipForward)
			s.back[i+1] = h.all(headTerm | headSlipBackward)
		}
		return
	}
	s.read(l)
	for at := 0; at < l.n; at += editCodes {
		s.ask(h, l, at)
		if at+blockCodes >= l.n {
			break
		}
	}
	if h.begins>>codeOther != 0 {
		s.askBetween(h, l)
	}
}

// readGeneric reads the codes of the positions. What cannot be but a separator is left
// out of bare, as it is of the terms; what else may be passed over is marked there,
// but for the last position.
func (s *headSets) readGeneric(l *lattice) {
	k := 0
	cells := l.cells[:l.n]
	for i := range cells {
		c := &cells[i]
		passed := c.flags/separator | c.flags/repeated
		s.all[blockMargin+i] = c.code
		s.bare[blockMargin+k] = c.code | passed<<7
		s.kept[k] = uint16(i)
		k += int(c.flags/between&1 ^ 1)
	}
	s.bare[blockMargin+k] = 0
	if k > 0 && int(s.kept[k-1]) == l.n-1 {
		s.bare[blockMargin+k-1] &= 1<<codeBits - 1
	}
}

// ask asks for all that begins in a block. What reads memory is begun before what
// branches.
func (s *headSets) ask(h *heads, l *lattice, at int) {
	text := s.bare.block(at)
	terms, opens := h.starts.asks(text, h.begins)
	edits := h.base.edits.asks(s.all.block(at))
	s.addTerms(h, text, terms, at)
	s.addEdits(edits, at, 0)
	s.addOpen(h, l, text, opens, at)
	if h.amended != nil {
		s.addEdits(h.amended.edits.asks(s.all.block(at)), at, amendedShift)
	}
}

// addTerms asks for the terms that begin in a block as far as starts knows.
func (s *headSets) addTerms(h *heads, text *block, asks uint32, at int) {
	for m := uint16(asks); m != 0; m &= m - 1 {
		r := bits.TrailingZeros16(m)
		s.onward[s.kept[at+r]] |= h.straight(text.from(r) &^ marks)
	}
	for m := uint16(asks >> blockCodes); m != 0; m &= m - 1 {
		r := bits.TrailingZeros16(m)
		s.back[s.kept[at+r]+1] |= h.straight(text.back(r) &^ marks)
	}
}

// addOpen asks for the terms that begin before what may be passed over.
func (s *headSets) addOpen(h *heads, l *lattice, text *block, opens uint32, at int) {
	for ; opens != 0; opens &= opens - 1 {
		r := bits.TrailingZeros32(opens)
		w := text.from(r) &^ 0x80
		if h.starts.mayPass(w) == 0 {
			continue
		}
		i := int(s.kept[at+r])
		if s.onward[i]&h.all(headTerm) != h.all(headTerm) {
			s.onward[i] |= h.opens(l, i, w)
		}
	}
}

// addEdits adds the searches for terms with an edit, of those New had or the others.
func (s *headSets) addEdits(asks uint32, at int, shift int) {
	for m := asks & (1<<editCodes - 1); m != 0; m &= m - 1 {
		s.onward[at+bits.TrailingZeros32(m)] |= headSlipForward << shift
	}
	for m := asks >> editCodes; m != 0; m &= m - 1 {
		s.back[at+editRest+bits.TrailingZeros32(m)+1] |= headSlipBackward << shift
	}
}

// askBetween asks for terms at what cannot be but a separator, for which terms may
// have it themselves.
func (s *headSets) askBetween(h *heads, l *lattice) {
	k := 0
	for i := range l.n {
		if l.cells[i].flags&between == 0 {
			k++
			continue
		}
		if !h.first(l.cells[i].code) {
			continue
		}
		text := s.bare.block(k)
		w := text.from(0)
		if v := w &^ marks; h.starts.has(v) {
			s.onward[i] |= h.straight(v)
		}
		if w&earlyMarks != 0 && s.onward[i]&h.all(headTerm) != h.all(headTerm) {
			s.onward[i] |= h.opens(l, i, w)
		}
		if v := text.back(-1) &^ marks; h.starts.has(v) {
			s.back[i+1] |= h.straight(v)
		}
	}
}

// wipe clears what a password of n positions left.
func (s *headSets) wipe(n int) {
	wipe(s.onward[:], n)
	wipe(s.back[:], n+1)
	wipe(s.all[blockMargin:], n)
	wipe(s.bare[blockMargin:], n+1)
	wipe(s.kept[:], n+1)
}
