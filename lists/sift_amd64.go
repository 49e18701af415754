package lists

import "golang.org/x/sys/cpu"

// fetch asks for the memory of the buckets of keys without waiting for it.
//
//go:noescape
func fetch(buckets *[bucketCount + 1]bucket, keys []uint64)

// sift is siftGeneric, and asks for the memory of about where the entries are that the
// buckets tell of: of eights of keys, if the processor can.
func sift(buckets *[bucketCount + 1]bucket, entries []byte, keys []uint64) (may uint32) {
	if !cpu.X86.HasAVX2 || len(keys)%8 != 0 {
		return siftGeneric(buckets, keys)
	}
	return siftAVX2(buckets, entries, keys)
}

// siftAVX2 is sift of eights of keys, the last of which come first.
//
//go:noescape
func siftAVX2(buckets *[bucketCount + 1]bucket, entries []byte, keys []uint64) (may uint32)
