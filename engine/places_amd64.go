package engine

import "golang.org/x/sys/cpu"

// The lengths of the texts whose characters are compared all at once.
const (
	leastText = 8
	mostText  = 32
)

// textPlaces fills in the places of an ASCII text as measurePlaces does, but for the
// edges and numbers, and reports whether it can: if the text has a usual length.
func textPlaces(text []byte, p *places) bool {
	if len(text) < leastText || len(text) > mostText || !cpu.X86.HasAVX2 {
		return false
	}
	textPlacesAVX2(text, p)
	return true
}

//go:noescape
func textPlacesAVX2(text []byte, p *places)
