//go:build !amd64

package engine

// textPlaces reports that measurePlaces is all there is.
func textPlaces([]byte, *places) bool { return false }
