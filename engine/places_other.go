//go:build !amd64

package engine

// hasVectors reports that measurePlaces is all there is.
func hasVectors() bool { return false }

func textPlaces([]byte, *places) {}
