package engine

import "golang.org/x/sys/cpu"

// The lengths of the texts whose characters are loaded sixteen at once.
const (
	leastText = 8
	mostText  = setSize - 1
)

// loadVector does what load does for ASCII up to measure, but for the numbers and edges of
// places and the ends, and tells what the cells are together. It reports whether it can: if
// the text has a usual length and no control characters.
func (l *lattice) loadVector(text []byte, profile Profile, all *cell) bool {
	return len(text) >= leastText && len(text) <= mostText && cpu.X86.HasAVX2 &&
		loadAVX2(l, text, &asciiCells[profile], &asciiPacked[profile], all)
}

//go:noescape
func loadAVX2(l *lattice, text []byte, cells *asciiTable, packs *packedTable, all *cell) bool
