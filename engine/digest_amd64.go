package engine

import "golang.org/x/sys/cpu"

// hasSHA tells whether the processor has the instructions for SHA-1, of which
// x/sys/cpu knows nothing.
var hasSHA = cpu.X86.HasAVX2 && cpuSHA()

// cpuSHA asks the processor, which must have AVX2.
func cpuSHA() bool

func hasVectors() bool { return cpu.X86.HasAVX2 }

// sumBlocks hashes the blocks and clears them.
func (d *digester) sumBlocks(kind HashKind) {
	switch {
	case kind == NTLM:
		md4AVX2(d)
	case hasSHA:
		sha1SHA(d)
	default:
		sha1AVX2(d)
	}
}

//go:noescape
func md4AVX2(d *digester)

//go:noescape
func sha1AVX2(d *digester)

//go:noescape
func sha1SHA(d *digester)
