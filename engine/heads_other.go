//go:build !amd64

package engine

// asks is asksGeneric.
func (s *starts) asks(text *block, begins uint32) (asks, opens uint32) {
	return s.asksGeneric(text, begins)
}

// asks is asksGeneric.
func (e *edits) asks(text *block) uint32 { return e.asksGeneric(text) }

// addWhole cannot.
func (s *headSets) addWhole(*heads, *lattice) bool { return false }
