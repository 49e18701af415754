//go:build !amd64

package engine

// loadVector reports that characters are loaded one by one.
func (l *lattice) loadVector([]byte, Profile, *cell) bool { return false }
