package engine

import "golang.org/x/sys/cpu"

// stand is standGeneric, four candidates at once if the processor can. Then it tells of some
// behind the last, too: what is reported of those is true as well.
func (p *probe) stand(c []candidate, n int) uint64 {
	if cpu.X86.HasAVX2 {
		return standAVX2(p, &c[0], n)
	}
	return p.standGeneric(c, n)
}

//go:noescape
func standAVX2(p *probe, c *candidate, n int) uint64
