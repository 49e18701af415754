package engine

import (
	"testing"

	"golang.org/x/sys/cpu"
)

// TestWithoutVectors repeats tests as on a processor without AVX2.
func TestWithoutVectors(t *testing.T) {
	has := cpu.X86.HasAVX2
	defer func() { cpu.X86.HasAVX2 = has }()
	cpu.X86.HasAVX2 = false
	t.Run("heads", TestHeads)
	t.Run("load", TestLoad)
	t.Run("lowers", TestLowers)
	t.Run("compare", TestCompare)
	t.Run("patterns", TestFound)
}
