package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	//lint:ignore SA1019 Active Directory's NTLM hash is MD4
	"golang.org/x/crypto/md4"
)

// A hashSet describes digests as in a breach corpus: ascending, uniform, each
// with a count. Equal descriptions make equal sets.
type hashSet struct {
	keys int
	ntlm bool // MD4 of UTF-16LE, else SHA-1
	seed uint64
	// shuffled sets don't ascend.
	shuffled bool
}

// A hashRecord is a digest and how often it was seen. Of an NTLM hash the last
// four bytes are zero.
type hashRecord struct {
	digest [sha1.Size]byte
	count  uint32
}

// size returns the bytes of a digest.
func (s hashSet) size() int {
	if s.ntlm {
		return md4.Size
	}
	return sha1.Size
}

// known returns how many of the digests are those of passwords. The others are
// random.
func (s hashSet) known() int { return min(1<<20, s.keys/4) }

// passwordLength is the length of the passwords, in characters.
const passwordLength = 12

// password returns the i-th password. Those from known() on aren't in the set.
func (s hashSet) password(i int) []byte {
	p := strconv.AppendInt(make([]byte, 0, passwordLength), int64(i), 36)
	return append(p, "------------"[len(p):]...)
}

// hash returns the digest of a password of ASCII.
func (s hashSet) hash(password []byte) (digest [sha1.Size]byte) {
	if !s.ntlm {
		return sha1.Sum(password)
	}
	h := md4.New()
	for _, c := range password {
		h.Write([]byte{c, 0})
	}
	h.Sum(digest[:0])
	return digest
}

// all yields the records, in ascending order unless shuffled. Memory doesn't
// grow with keys.
func (s hashSet) all() iter.Seq[hashRecord] {
	return func(yield func(hashRecord) bool) {
		known := s.knownRecords()
		for r := range s.random(s.keys - len(known)) {
			for len(known) > 0 && compareRecords(known[0], r) < 0 {
				if !yield(known[0]) {
					return
				}
				known = known[1:]
			}
			if !yield(r) {
				return
			}
		}
		for _, r := range known {
			if !yield(r) {
				return
			}
		}
	}
}

func (s hashSet) knownRecords() []hashRecord {
	random := rand.New(rand.NewPCG(s.seed, 1))
	records := make([]hashRecord, s.known())
	for i := range records {
		records[i] = hashRecord{s.hash(s.password(i)), timesSeen(random)}
	}
	if !s.shuffled {
		slices.SortFunc(records, compareRecords)
	}
	return records
}

func compareRecords(a, b hashRecord) int { return bytes.Compare(a.digest[:], b.digest[:]) }

// random yields n records, ascending without being sorted: the least of n
// uniform numbers is distributed like 1-U^(1/n). Bentley and Saxe, "Generating
// sorted lists of random numbers", 1980.
func (s hashSet) random(n int) iter.Seq[hashRecord] {
	return func(yield func(hashRecord) bool) {
		source := rand.NewPCG(s.seed, 2)
		random := rand.New(source)
		head := uint64(0)
		for left := uint64(n); left > 0; left-- {
			space := math.MaxUint64 - head - left // leaves room for the others
			gap := float64(space) * -math.Expm1(-random.ExpFloat64()/float64(left))
			if head += 1 + min(space, uint64(gap)); s.shuffled {
				head = source.Uint64()
			}
			if !yield(hashRecord{s.digest(head, source), timesSeen(random)}) {
				return
			}
		}
	}
}

// digest returns one that begins with head.
func (s hashSet) digest(head uint64, source *rand.PCG) (d [sha1.Size]byte) {
	binary.BigEndian.PutUint64(d[:], head)
	binary.BigEndian.PutUint64(d[8:], source.Uint64())
	if !s.ntlm {
		binary.BigEndian.PutUint32(d[16:], uint32(source.Uint64()))
	}
	return d
}

// misses returns a source of digests that aren't in the set, but for accidents
// of one in 2^64 per key.
func (s hashSet) misses(stream uint64) func() [sha1.Size]byte {
	source := rand.NewPCG(s.seed, 1<<32+stream)
	return func() [sha1.Size]byte { return s.digest(source.Uint64(), source) }
}

// timesSeen returns a count with a heavy tail: half of them 1, one in 160 above
// 100, and at most about the count of the most frequent password.
func timesSeen(random *rand.Rand) uint32 {
	return uint32(min(2e8, math.Exp(0.9*random.ExpFloat64())))
}
