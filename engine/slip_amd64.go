package engine

import "golang.org/x/sys/cpu"

// slips is slipsGeneric, four candidates at once if the processor can.
func (t *slipText) slips(g *[slipGroup]candidate, n uint32) (set uint32) {
	if cpu.X86.HasAVX2 {
		return slipsAVX2(t, g) & (1<<n - 1)
	}
	return t.slipsGeneric(g, n)
}

//go:noescape
func slipsAVX2(t *slipText, all *[slipGroup]candidate) (set uint32)
