//go:build amd64 || arm64

package memory

// Prefetch asks for the line of the cache that holds *p, without waiting for it. What
// cannot be read is no error.
//
//go:noescape
func Prefetch(p *byte)
