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
