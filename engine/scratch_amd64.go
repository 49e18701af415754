package engine

import "golang.org/x/sys/cpu"

// wipeFew is wipeFewGeneric, by as large stores as the processor has.
func (sc *scratch) wipeFew() {
	if cpu.X86.HasAVX2 {
		wipeFewAVX2(sc)
		return
	}
	sc.wipeFewGeneric()
}

//go:noescape
func wipeFewAVX2(sc *scratch)
