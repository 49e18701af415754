//go:build !amd64

package engine

// loadVector reports that characters are loaded one by one.
func (l *lattice) loadVector([]byte, Profile, *cell) bool { return false }

// aloneVector reports that costs are found one by one.
func (m *CharModel) aloneVector(*lattice, []way) (mask Guesses, ok bool) { return 0, false }

// stepsVector reports that steps are read one by one.
func (l *lattice) stepsVector() (walks, earlier uint64, ok bool) { return 0, 0, false }
