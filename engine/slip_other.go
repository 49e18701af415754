//go:build !amd64

package engine

// slipsAVX2 is not called, as there is no AVX2.
func slipsAVX2(*slipText, *candidate, int) uint64 { return 0 }
