package lists

import "math/bits"

// siftGeneric returns the set of the keys, at most 32, that may be in buckets as what
// these have taken tells: bit i for key i.
func siftGeneric(buckets *[bucketCount + 1]bucket, keys []uint64) (may uint32) {
	for i, key := range keys {
		may |= uint32(buckets[key>>48].may(key)) << i
	}
	return may
}

// nextBits returns the bits of a key behind those of its bucket.
func nextBits(key uint64) uint64 { return key >> (48 - takenBits) % (1 << takenBits) }

// may returns 1 if a key may be in its bucket, else 0.
func (b *bucket) may(key uint64) uint64 {
	return b.taken >> nextBits(key) & uint64(b.more>>(key>>(48-takenBits-moreBits)%(1<<moreBits))) & 1
}

// first returns the index of the first entry of a bucket that may be that of a key: each
// smaller one in the set has an entry at least.
func (b *bucket) first(key uint64) uint32 {
	return b.start + uint32(bits.OnesCount64(b.taken&(1<<nextBits(key)-1)))
}
