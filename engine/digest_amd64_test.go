package engine

import (
	"testing"

	"golang.org/x/sys/cpu"
)

// TestDigesterWithout repeats tests as on a processor without the instructions for SHA-1,
// and without AVX2.
func TestDigesterWithout(t *testing.T) {
	avx2, sha := cpu.X86.HasAVX2, hasSHA
	defer func() { cpu.X86.HasAVX2, hasSHA = avx2, sha }()
	hasSHA = false
	t.Run("sha", TestDigester)
	cpu.X86.HasAVX2 = false
	t.Run("avx2", TestDigester)
}

// BenchmarkDigesterAVX2 is BenchmarkDigester without the instructions for SHA-1.
func BenchmarkDigesterAVX2(b *testing.B) {
	defer func(has bool) { hasSHA = has }(hasSHA)
	hasSHA = false
	BenchmarkDigester(b)
}
