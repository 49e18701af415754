//go:build !amd64 && !arm64

package memory

// Prefetch does nothing.
func Prefetch(*byte) {}
