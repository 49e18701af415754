package lists

// fetch asks for the memory of the buckets of keys without waiting for it.
//
//go:noescape
func fetch(buckets *[bucketCount + 1]bucket, keys []uint64)

// sift is siftGeneric, and asks for the memory of about where the entries are that the
// buckets tell of.
//
//go:noescape
func sift(buckets *[bucketCount + 1]bucket, entries []byte, keys []uint64) (may uint32)
