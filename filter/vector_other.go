//go:build !amd64

package filter

// match returns the set of slots of a line that hold x, slot 0 in bit 0.
func match(line *[lineBytes]byte, x uint32) uint32 { return matchGeneric(line, x) }

// setProbes is setProbesGeneric.
func setProbes(b *[wordsPerBlock]uint64, heads []uint64, last uint64) int {
	return setProbesGeneric(b, heads, last)
}

// hasProbes is hasProbesGeneric.
func hasProbes(b *[lineBytes]byte, p uint64) bool { return hasProbesGeneric(b, p) }
