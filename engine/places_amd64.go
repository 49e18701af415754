package engine

import "golang.org/x/sys/cpu"

// hasVectors reports whether textPlaces is of use.
func hasVectors() bool { return cpu.X86.HasAVX2 }

// textPlaces fills in the places of n ASCII characters, but for the edges; behind them
// are zeros.
//
//go:noescape
func textPlaces(text *[vectorSize]byte, n int, p *places)
