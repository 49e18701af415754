package lists

import "math/bits"

// siftGeneric returns the set of the keys, at most 32, that may be in buckets as what
// these have taken tells: bit i for key i.
func siftGeneric(buckets *[bucketCount]bucket, keys []uint64) (may uint32) {
	for i, key := range keys {
		may |= uint32(buckets[key>>48].taken>>nextBits(key)&1) << i
	}
	return may
}

// nextBits returns the bits of a key behind those of its bucket.
func nextBits(key uint64) uint64 { return key >> (48 - takenBits) % (1 << takenBits) }

// first returns the index of the first entry of a bucket that may be that of a key: each
// smaller one in the set has an entry at least.
func (b *bucket) first(key uint64) uint32 {
	return b.start + uint32(bits.OnesCount64(b.taken&(1<<nextBits(key)-1)))
}
