package engine

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// TestWipeFew clears a scratch in which no byte is 0 in both ways.
func TestWipeFew(t *testing.T) {
	if !cpu.X86.HasAVX2 {
		t.Skip("without AVX2")
	}
	full := func() (raw []byte, sc *scratch) {
		words := make([]uint64, unsafe.Sizeof(scratch{})/8) // the collector finds no pointers in them
		raw = unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 8*len(words))
		for i := range raw {
			raw[i] = 0xFF
		}
		return raw, (*scratch)(unsafe.Pointer(&words[0]))
	}
	got, sc := full()
	wipeFewAVX2(sc)
	want, sc := full()
	sc.wipeFewGeneric()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("byte %d of %d is %#x, want %#x", i, len(want), got[i], want[i])
		}
	}
}
