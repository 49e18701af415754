package engine

import "golang.org/x/sys/cpu"

// hasVectors reports whether textPlaces is of use.
func hasVectors() bool { return cpu.X86.HasAVX2 }

// textPlaces fills in the places of leastText to mostText ASCII characters, but for the
// edges.
//
//go:noescape
func textPlaces(text []byte, p *places)
