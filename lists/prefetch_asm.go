//go:build amd64 || arm64

package lists

// prefetch asks for the memory of a bucket without waiting for it.
//
//go:noescape
func prefetch(b *bucket)
