package filter

import "golang.org/x/sys/cpu"

// match returns the set of slots of a line that hold x, slot 0 in bit 0.
func match(line *[lineBytes]byte, x uint32) uint32 {
	if cpu.X86.HasAVX2 {
		return matchAVX2(line, x)
	}
	return matchGeneric(line, x)
}

//go:noescape
func matchAVX2(line *[lineBytes]byte, x uint32) uint32

// setProbes is setProbesGeneric.
func setProbes(b *[wordsPerBlock]uint64, heads []uint64, last uint64) int {
	if cpu.X86.HasAVX2 {
		return setProbesAVX2(b, heads, last)
	}
	return setProbesGeneric(b, heads, last)
}

//go:noescape
func setProbesAVX2(b *[wordsPerBlock]uint64, heads []uint64, last uint64) int

// hasProbes is hasProbesGeneric.
func hasProbes(b *[lineBytes]byte, p uint64) bool {
	if cpu.X86.HasAVX2 {
		return hasProbesAVX2(b, p)
	}
	return hasProbesGeneric(b, p)
}

//go:noescape
func hasProbesAVX2(b *[lineBytes]byte, p uint64) bool
