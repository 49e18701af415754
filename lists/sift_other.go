//go:build !amd64

package lists

import (
	"math/bits"
	"unsafe"

	"github.com/vetopw/veto/internal/memory"
)

// fetch asks for the memory of the buckets of keys without waiting for it.
func fetch(buckets *[bucketCount + 1]bucket, keys []uint64) {
	for _, key := range keys {
		memory.Prefetch((*byte)(unsafe.Pointer(&buckets[key>>48])))
	}
}

// sift is siftGeneric, and asks for the memory of the entries that the buckets tell of.
func sift(buckets *[bucketCount + 1]bucket, entries []byte, keys []uint64) (may uint32) {
	may = siftGeneric(buckets, keys)
	for left := may; left != 0; left &= left - 1 {
		key := keys[bits.TrailingZeros32(left)]
		memory.Prefetch(&entries[entryBytes*int(buckets[key>>48].first(key))])
	}
	return may
}
