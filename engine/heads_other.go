//go:build !amd64

package engine

// read is readGeneric.
func (s *headSets) read(l *lattice) { s.readGeneric(l) }

// asks is asksGeneric.
func (s *starts) asks(text *block, begins uint32) (asks, opens uint32) {
	return s.asksGeneric(text, begins)
}

// asks is asksGeneric.
func (e *edits) asks(text *block) uint32 { return e.asksGeneric(text) }
