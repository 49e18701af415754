package engine

import "golang.org/x/sys/cpu"

// addFew is add of ASCII, of all positions at once if the processor can.
func (b *boundaries) addFew(cells *[sumPositions]cell) {
	if cpu.X86.HasAVX2 {
		addAVX2(b, cells, &keyWeights, &asciiTerms)
		return
	}
	b.add(cells[:])
}

//go:noescape
func addAVX2(b *boundaries, cells *[sumPositions]cell, w *boundaries, ascii *[1 << 8]terms)

// fill is fillGeneric, four keys at once if the processor can.
func (a *asks) fill(b *boundaries) {
	if cpu.X86.HasAVX2 {
		keysAVX2(b, &keyPowers, &a.parts[0], &a.keys[0], a.n)
		return
	}
	a.fillGeneric(b)
}

//go:noescape
func keysAVX2(b, powers *boundaries, parts *askedPart, keys *uint64, n uint)
