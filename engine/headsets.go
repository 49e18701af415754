package engine

import "math/bits"

// headSets holds the searches that may begin at each position of a lattice.
type headSets struct {
	onward [maxPositions]uint8     // from a position on
	back   [maxPositions + 1]uint8 // from a boundary back
	bare   packedBytes             // the codes of positions that are not between, if some are
	kept   [maxPositions + 1]uint16
	read   int // codes of bare that have been written
}

// bareCodes are the codes of positions that are not between, as those of terms are
// known, and where they stand.
type bareCodes struct {
	*packedBytes
	kept *[maxPositions + 1]uint16
}

// everyPosition is where codes stand if none is left out.
var everyPosition = func() (t [maxPositions + 1]uint16) {
	for i := range t {
		t[i] = uint16(i)
	}
	return t
}()

// load asks for every position; s is empty before.
func (s *headSets) load(h *heads, l *lattice) {
	if l.lookalikes { // the codes don't tell
		for i := range l.n {
			s.onward[i] = h.all(headTerm | headSlipForward)
			s.back[i+1] = h.all(headTerm | headSlipBackward)
		}
		return
	}
	bare := s.leaveOut(l)
	for at := 0; at < l.n; at += editCodes {
		s.ask(h, l, bare, at)
		if at+blockCodes >= l.n {
			break
		}
	}
	if l.between && h.begins>>codeOther != 0 {
		s.askBetween(h, l)
	}
}

// leaveOut returns the bare codes: what cannot be but a separator is left out, as it is of
// the terms.
func (s *headSets) leaveOut(l *lattice) bareCodes {
	if !l.between {
		return bareCodes{&l.packed.codes, &everyPosition}
	}
	k := 0
	for i, c := range l.packed.codes[packedFront:][:l.n] {
		s.bare[packedFront+k], s.kept[k] = c, uint16(i)
		k += int(l.cells[i].flags/between&1 ^ 1)
	}
	s.bare[packedFront+k] = 0
	s.read = k + 1
	return bareCodes{&s.bare, &s.kept}
}

// ask asks for all that begins in a block. What reads memory is begun before what
// branches.
func (s *headSets) ask(h *heads, l *lattice, bare bareCodes, at int) {
	text := bare.block(at)
	terms, opens := h.starts.asks(text, h.begins)
	edits := h.base.edits.asks(l.packed.codes.block(at))
	kept := bare.kept[at:]
	s.addTerms(h, text, terms, kept)
	s.addEdits(edits, at, 0)
	s.addOpen(h, l, text, opens, kept)
	if h.amended != nil {
		s.addEdits(h.amended.edits.asks(l.packed.codes.block(at)), at, amendedShift)
	}
}

// addTerms asks for the terms that begin in a block, whose codes stand where kept says,
// as far as starts knows.
func (s *headSets) addTerms(h *heads, text *block, asks uint32, kept []uint16) {
	for m := uint16(asks); m != 0; m &= m - 1 {
		r := bits.TrailingZeros16(m)
		s.onward[kept[r]] |= h.straight(text.from(r) &^ marks)
	}
	for m := uint16(asks >> blockCodes); m != 0; m &= m - 1 {
		r := bits.TrailingZeros16(m)
		s.back[kept[r]+1] |= h.straight(text.back(r) &^ marks)
	}
}

// addOpen asks for the terms that begin before what may be passed over.
func (s *headSets) addOpen(h *heads, l *lattice, text *block, opens uint32, kept []uint16) {
	for ; opens != 0; opens &= opens - 1 {
		r := bits.TrailingZeros32(opens)
		w := text.from(r) &^ 0x80
		if h.starts.mayPass(w) == 0 {
			continue
		}
		i := int(kept[r])
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
	clear(s.bare[packedFront:][:s.read])
	clear(s.kept[:s.read])
	s.read = 0
}
