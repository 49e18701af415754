package main

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"sort"
	"time"

	"github.com/FastFilter/xorfilter"
	"github.com/bits-and-blooms/bloom/v3"
)

// lookupPeers builds the peers from the set and returns them, the Bloom filter
// for the given false-positive rate.
func lookupPeers(s hashSet, q *stocks, falsePositive float64) ([]lookup, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	keys := make([]uint64, 0, s.keys)
	for r := range s.all() {
		keys = append(keys, binary.BigEndian.Uint64(r.digest[:]))
	}
	peers := []lookup{q.peer(sortSearch, s, 8, 0, func(digest []byte) bool {
		key := binary.BigEndian.Uint64(digest)
		i := sort.Search(len(keys), func(i int) bool { return keys[i] >= key })
		return i < len(keys) && keys[i] == key
	})}
	f := bloom.NewWithEstimates(uint(len(keys)), falsePositive)
	build := perKey(len(keys), func() {
		b := make([]byte, 8)
		for _, k := range keys {
			binary.BigEndian.PutUint64(b, k)
			f.Add(b)
		}
	})
	peers = append(peers, q.peer(peerBloom, s,
		float64(f.Cap())/8/float64(s.keys), build, func(digest []byte) bool { return f.Test(digest[:8]) }))
	fuse8, err := fuse[uint8](q, s, keys, "BinaryFuse8")
	if err != nil {
		return nil, err
	}
	fuse16, err := fuse[uint16](q, s, keys, "BinaryFuse16")
	return append(peers, fuse8, fuse16), err
}

// fuse builds a binary fuse filter. It may reorder the keys.
func fuse[T xorfilter.Unsigned](q *stocks, s hashSet, keys []uint64, name string) (lookup, error) {
	var f *xorfilter.BinaryFuse[T]
	var err error
	build := perKey(len(keys), func() { f, err = xorfilter.NewBinaryFuse[T](keys) })
	if err != nil {
		return lookup{}, fmt.Errorf("%s: %w", name, err)
	}
	runtime.GC()
	size := float64(binary.Size(f.Fingerprints)) / float64(s.keys)
	return q.peer("FastFilter/xorfilter "+name, s, size, build, func(digest []byte) bool {
		return f.Contains(binary.BigEndian.Uint64(digest))
	}), nil
}

func (q *stocks) peer(name string, s hashSet, bytesPerKey float64, build time.Duration, contains func([]byte) bool) lookup {
	return lookup{name, ask(contains, &q.hits, s.size()), ask(contains, &q.misses, s.size()), bytesPerKey, build}
}

// perKey returns the processor time of the locked thread for each key.
func perKey(keys int, build func()) time.Duration {
	start := cpuClock()
	build()
	return (cpuClock() - start) / time.Duration(max(1, keys))
}
