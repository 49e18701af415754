package engine

// standAVX2 is stand for n candidates from one on, four at once, and tells of some behind
// the last.
//
//go:noescape
func standAVX2(p *probe, c *candidate, n int) uint64
