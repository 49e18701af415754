//go:build !amd64

package engine

// slips is slipsGeneric.
func (t *slipText) slips(g *[slipGroup]candidate, n uint32) (set uint32) {
	return t.slipsGeneric(g, n)
}
