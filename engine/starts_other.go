//go:build !amd64

package engine

// asks is asksGeneric.
func (s *starts) asks(text *block, begins uint32) (asks, marked uint32) {
	return s.asksGeneric(text, begins)
}

// askEdits is askEditsGeneric.
func askEdits(forward, backward *edits, text *block) uint32 {
	return askEditsGeneric(forward, backward, text)
}
