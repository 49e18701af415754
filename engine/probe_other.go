//go:build !amd64

package engine

// stand is standGeneric.
func (p *probe) stand(c []candidate, n int) uint64 { return p.standGeneric(c, n) }
