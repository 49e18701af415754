package main

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
)

// A set is a corpus of uniform digests, of which the layouts know the first 64
// bits, with questions in random order.
type set struct {
	heads        []uint64 // ascending
	hits, misses []uint64
}

// questions is how many there are of each kind, so that no cache holds what they
// touch.
const questions = 1 << 20

func newSet(n int) *set {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	s := &set{heads: make([]uint64, n)}
	for i := range s.heads {
		s.heads[i] = random.Uint64()
	}
	slices.Sort(s.heads)
	for range questions {
		s.hits = append(s.hits, s.heads[random.IntN(n)])
		s.misses = append(s.misses, random.Uint64())
	}
	return s
}

// digest makes a digest of a head.
func digest(d *[20]byte, head uint64) []byte {
	binary.BigEndian.PutUint64(d[:], head)
	binary.BigEndian.PutUint64(d[8:], head*0xd6e8feb86659fd93)
	return d[:]
}
