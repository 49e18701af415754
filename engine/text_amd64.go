package engine

import "golang.org/x/sys/cpu"

// blockText is how many characters are told of at once.
const blockText = 16

// The lengths of the texts whose characters are loaded so.
const (
	leastText = 8
	mostText  = setSize - 1
)

// loadVector does what load does for ASCII up to measure, but for the numbers and edges of
// places and the ends, and tells what the cells are together. It reports whether it can: if
// the text has a usual length and nothing below the space.
func (l *lattice) loadVector(text []byte, profile Profile, all *cell) bool {
	return len(text) >= leastText && len(text) <= mostText && cpu.X86.HasAVX2 &&
		loadAVX2(l, text, &asciiCells[profile], &asciiPacked[profile], all)
}

//go:noescape
func loadAVX2(l *lattice, text []byte, cells *asciiTable, packs *packedTable, all *cell) bool

// aloneVector is alone and repeatedSymbols of at most blockText positions, all of ASCII.
func (m *CharModel) aloneVector(l *lattice, ways []way) (mask Guesses, ok bool) {
	if l.n > blockText || l.wide || cap(ways) < blockText || !cpu.X86.HasAVX2 {
		return 0, false
	}
	halves := aloneAVX2((*[blockText]uint8)(l.packed.kinds[packedFront:]), l.n, m.cost, &halfChanges, (*[blockText]way)(ways[:blockText]))
	return maskCost + half*Guesses(halves), true
}

//go:noescape
func aloneAVX2(kinds *[blockText]uint8, n int, costs *modelCosts, changes *changes, ways *[blockText]way) (mask int)

// stepsVector is read of at most blockText positions.
func (l *lattice) stepsVector() (walks, earlier uint64, ok bool) {
	if l.n > blockText || !cpu.X86.HasAVX2 {
		return 0, 0, false
	}
	w, e := stepsAVX2((*[blockText]uint8)(l.packed.signs[packedFront:]), &touches)
	all := uint32(1)<<(uint(l.n)%32) - 1
	return uint64(w & all), uint64(e & all), true
}

//go:noescape
func stepsAVX2(signs *[blockText]uint8, touches *[64 + 1][64]uint8) (walks, earlier uint32)
