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

// askWhole asks for all of a text that is no longer than a block at once, if the processor
// can.
func (s *headSets) askWhole(h *heads, l *lattice) (a asked, ok bool) {
	if l.n > blockCodes || !cpu.X86.HasAVX2 {
		return asked{}, false
	}
	a.terms, a.opens, a.edits = wholeAVX2(h, l.packed.codes.block(0), s)
	return a, true
}

//go:noescape
func wholeAVX2(h *heads, text *block, s *headSets) (terms, opens, edits uint32)
