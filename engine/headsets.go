package engine

import "math/bits"

// headSets holds the searches that may begin at each position of a lattice.
type headSets struct {
	sets [maxPositions/setSize + 1]searches
	bare packedBytes // the codes of positions that are not between, if some are
	kept keptPositions
}

// searches has for each kind of search the set of the positions where it may begin:
// onward from in front of them, or back from behind them.
type searches [headKinds]uint64

// onward returns the positions from which on any search may begin.
func (s *searches) onward() uint64 {
	return s[headTerm] | s[headSlip] | s[headDate] | s[headListed] | s.rare()
}

// rare returns the positions from which on what seldom begins may.
func (s *searches) rare() uint64 {
	return s[headTerm+headAmended] | s[headSlip+headAmended] | s[headRare]
}

// back returns the positions from behind which any search back may begin.
func (s *searches) back() uint64 {
	return s[headTermBack] | s[headSlipBack] | s[headTermBack+headAmended] | s[headSlipBack+headAmended]
}

// at returns the searches at position i, and where it is in their sets.
func (s *headSets) at(i int) (*searches, uint) { return &s.sets[uint(i)/setSize], uint(i) % setSize }

// has reports whether a search of a kind may begin at position i.
func (s *headSets) has(kind, i int) bool {
	sets, at := s.at(i)
	return sets[kind]>>at&1 != 0
}

// add adds position i to a kind of search if the lowest bit of found is 1.
func (s *headSets) add(kind, i uint, found uint64) {
	s.sets[i/setSize][kind] |= found & 1 << (i % setSize)
}

// addSet adds the positions of a set that begins at position i.
func (s *headSets) addSet(kind, i int, set uint64) {
	b, up := uint(i)/setSize, uint(i)%setSize
	s.sets[b][kind] |= set << up
	if next := set >> 1 >> (setSize - 1 - up); next != 0 {
		s.sets[b+1][kind] |= next
	}
}

// bareCodes are the codes of positions that are not between, as those of terms are
// known, and where they stand.
type bareCodes struct {
	*packedBytes
	kept *keptPositions
}

// block returns those of a block from the place of a position on.
func (b bareCodes) block(at int) bareBlock {
	return bareBlock{b.packedBytes.block(at), (*[blockCodes]uint16)(b.kept[at:])}
}

// bareBlock is a block of bare codes.
type bareBlock struct {
	*block
	kept *[blockCodes]uint16
}

// keptPositions are where codes stand, and more that are not read.
type keptPositions [maxPositions + blockCodes]uint16

// everyPosition is where codes stand if none is left out.
var everyPosition = func() (t keptPositions) {
	for i := range t {
		t[i] = uint16(i)
	}
	return t
}()

// load asks for every position; s is empty before.
func (s *headSets) load(h *heads, l *lattice) {
	if l.lookalikes { // the codes don't tell
		s.fill(h, l.n)
		return
	}
	if !s.addWhole(h, l) {
		s.askBlocks(h, l)
	}
	if h.begins>>codeOther != 0 && l.between {
		s.askBetween(h, l)
	}
}

// fill has all searches for terms begin at each of n positions.
func (s *headSets) fill(h *heads, n int) {
	kinds := headAmended
	if h.amended != nil {
		kinds *= 2
	}
	for i := range n {
		for kind := range kinds {
			s.add(uint(kind), uint(i), 1)
		}
	}
}

// asked is what is known of a block at once, of terms as asksGeneric of starts returns it
// and of those with an edit as that of edits does.
type asked struct{ terms, opens, edits uint32 }

// askBlocks asks block by block.
func (s *headSets) askBlocks(h *heads, l *lattice) {
	bare := s.leaveOut(l)
	for at := 0; at < l.n; at += editCodes {
		var a asked
		a.terms, a.opens = h.starts.asks(bare.packedBytes.block(at), h.begins)
		a.edits = h.base.edits.asks(l.packed.codes.block(at))
		s.addBlock(h, l, bare, at, a)
		if at+blockCodes >= l.n {
			break
		}
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
		k += int(c/codeBetween&1 ^ 1)
	}
	s.bare[packedFront+k] = 0
	return bareCodes{&s.bare, &s.kept}
}

// addBlock adds what begins in a block.
func (s *headSets) addBlock(h *heads, l *lattice, bare bareCodes, at int, a asked) {
	b := bare.block(at)
	s.addEdits(a.edits, at, 0)
	terms := askedTerms(a.terms, a.opens)
	s.addTerms(&h.base, b, terms, 0)
	if h.amended != nil {
		s.addEdits(h.amended.edits.asks(l.packed.codes.block(at)), at, headAmended)
		s.addTerms(h.amended, b, terms, headAmended)
	}
	s.addOpen(h, l, b, a.opens>>blockCodes)
}

// askedTerms returns what starts.asks does but for several codes marked as one set: onward,
// above them back, and onward without the only code marked.
func askedTerms(terms, opens uint32) uint64 {
	return uint64(terms) | uint64(uint16(opens))<<(2*blockCodes)
}

// addTerms adds the terms that begin in a block as far as starts knows: onward, above them
// back, and onward without the only code marked.
func (s *headSets) addTerms(terms *headSet, b bareBlock, asks uint64, kind uint) {
	for ; asks != 0; asks &= asks - 1 {
		r := uint(bits.TrailingZeros64(asks))
		i, way := r%blockCodes, r/blockCodes
		w := b.window(i, -(way & 1))
		w = w.pass(w&passedMarks&-window(way>>1)) &^ marks
		line := terms.line(w) // as goes does: a call takes long
		found := line.has(w.first(headCodes)) | line.has(w.first(5)) | line.has(w.first(4))
		s.add(kind+way&1, uint(b.kept[i]), found)
	}
}

// addOpen adds the terms that begin before several codes that may be passed over.
func (s *headSets) addOpen(h *heads, l *lattice, b bareBlock, opens uint32) {
	for ; opens != 0; opens &= opens - 1 {
		r := bits.TrailingZeros32(opens)
		if w := b.from(r) &^ 0x80; h.starts.mayPass(w) != 0 {
			s.open(h, l, int(b.kept[r%blockCodes]), w)
		}
	}
}

// open adds the terms that begin at position i and with w without some of the codes
// marked.
func (s *headSets) open(h *heads, l *lattice, i int, w window) {
	if s.has(headTerm, i) && (h.amended == nil || s.has(headTerm+headAmended, i)) || !h.opens(l, i, w) {
		return
	}
	s.add(headTerm, uint(i), 1)
	if h.amended != nil {
		s.add(headTerm+headAmended, uint(i), 1)
	}
}

// addEdits adds the searches for terms with an edit that begin in a block.
func (s *headSets) addEdits(asks uint32, at, kind int) {
	s.addSet(kind+headSlip, at, uint64(asks&(1<<editCodes-1)))
	s.addSet(kind+headSlipBack, at+editRest, uint64(asks>>editCodes))
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
		s.addStraight(h, headTerm, uint(i), w&^marks)
		if w&earlyMarks != 0 {
			s.open(h, l, i, w)
		}
		s.addStraight(h, headTermBack, uint(i), text.back(-1)&^marks)
	}
}

// addStraight adds the terms that begin at position i and with w.
func (s *headSets) addStraight(h *heads, kind, i uint, w window) {
	if !h.starts.has(w) {
		return
	}
	s.add(kind, i, h.base.goes(w))
	if h.amended != nil {
		s.add(kind+headAmended, i, h.amended.goes(w))
	}
}
