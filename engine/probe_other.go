//go:build !amd64

package engine

// standAVX2 is not called, as there is no AVX2.
func standAVX2(*probe, *candidate, int) uint64 { return 0 }
