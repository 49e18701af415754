package engine

// slipsAVX2 is slips for n candidates from one on, eight at once, and tells of some behind
// the last.
//
//go:noescape
func slipsAVX2(t *slipText, c *candidate, n int) uint64
