package engine

import "golang.org/x/sys/cpu"

// asks is asksGeneric, eight positions at once if the processor can.
func (s *starts) asks(text *block, begins uint32) (asks, opens uint32) {
	if cpu.X86.HasAVX2 {
		return asksAVX2(s, text, begins)
	}
	return s.asksGeneric(text, begins)
}

//go:noescape
func asksAVX2(s *starts, text *block, begins uint32) (asks, opens uint32)

// asks is asksGeneric likewise.
func (e *edits) asks(text *block) uint32 {
	if cpu.X86.HasAVX2 {
		return editsAVX2(e, text)
	}
	return e.asksGeneric(text)
}

//go:noescape
func editsAVX2(e *edits, text *block) uint32

// vectors reports whether the processor can do what addWhole takes.
func vectors() bool { return cpu.X86.HasAVX2 && cpu.X86.HasBMI1 }

// addWhole adds what begins in a text that is no longer than a block, and reports whether
// the processor can.
func (s *headSets) addWhole(h *heads, l *lattice) bool {
	if l.n > blockCodes || !vectors() {
		return false
	}
	text, bare := l.packed.codes.block(0), bareCodes{&s.bare, &s.kept}.block(0)
	terms, opens, edits := wholeAVX2(h, text, s)
	asks := askedTerms(terms, opens)
	s.sets[0].add(0, knownAVX2(&h.base, bare.block, bare.kept, asks), edits)
	if h.amended != nil {
		s.sets[0].add(headAmended, knownAVX2(h.amended, bare.block, bare.kept, asks), editsAVX2(&h.amended.edits, text))
	}
	s.addOpen(h, l, bare, opens>>blockCodes)
	return true
}

// add adds the terms that begin at positions of a block, and those with an edit.
func (s *searches) add(kind int, terms, edits uint32) {
	s[kind+headTerm] = uint64(terms % (1 << blockCodes))
	s[kind+headTermBack] = uint64(terms >> blockCodes)
	s[kind+headSlip] = uint64(edits % (1 << editCodes))
	s[kind+headSlipBack] = uint64(edits >> editCodes << editRest)
}

//go:noescape
func wholeAVX2(h *heads, text *block, s *headSets) (terms, opens, edits uint32)

// knownAVX2 returns the positions from which onward terms begin of which starts knows, as
// addTerms tells, above them those from which back they do; kept is below blockCodes.
//
//go:noescape
func knownAVX2(s *headSet, text *block, kept *[blockCodes]uint16, asks uint64) uint32
