package lists

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// A file of whole passwords, all numbers little-endian:
//
//	offset  bytes
//	     0      8  magic "vetopass"
//	     8      4  version, 1
//	    12      4  n, the number of entries
//	    16     32  SHA-256 of everything from offset 64
//	    48      8  zero
//	    56      8  xxhash64 of the bytes 0 to 55
//	    64  4×65,537  directory: bucket b holds the entries d[b] to d[b+1]-1;
//	               d[0] = 0, d[65,536] = n, never falling
//	262,212   5×n  entries, within a bucket ascending and distinct
//	             3  zero, so that an entry can be read as eight bytes
//
// A password's key is the xxhash64 of its folded form. The key's upper 16 bits
// choose the bucket, its next 35 bits are the upper 35 of the entry's 40; the
// lower 5 are the binary logarithm of the password's rank, rounded down. The
// last 13 bits of the key are not stored. A password that is not in the file
// is taken for one with probability n/2^51: 3.9e-10 at n = 887,274.
//
// Of that many entries a bucket holds about 14, 68 bytes, so a lookup is one access to the
// directory and one or two lines of entries, scanned in order.
const (
	passwordMagic   = "vetopass"
	passwordVersion = 1
	headerBytes     = 64
	bucketCount     = 1 << 16
	directoryBytes  = 4 * (bucketCount + 1)
	entryBytes      = 5
	rankBits        = 5
	paddingBytes    = 8 - entryBytes
	entryMask       = 1<<(8*entryBytes) - 1
	prefixBits      = 22
	minSetBytes     = headerBytes + directoryBytes + paddingBytes
)

// ErrCorrupt is wrapped by every error about a damaged file.
var ErrCorrupt = errors.New("corrupt file")

// PasswordSet is a set of whole passwords with their ranks, as laid out by
// CompilePasswords. It is immutable and safe for concurrent use. It implements
// engine.PasswordSet.
type PasswordSet struct {
	// taken tells which prefixes of prefixBits bits begin a key of the set: what
	// most lookups of absent passwords need, small enough for a processor's cache.
	taken     []uint64
	directory []byte
	entries   []byte // with padding
	sum       [sha256.Size]byte
	body      []byte
}

// OpenPasswordSet returns the set in data, which it keeps and which must not
// change. It checks the header, the sizes and the directory, but not the
// checksum of the body: see Verify. It fails with an error that wraps
// ErrCorrupt. Whatever data holds, Lookup does not panic. Cost: one step per
// bucket and entry, and 512 KB of memory.
func OpenPasswordSet(data []byte) (*PasswordSet, error) {
	if len(data) < minSetBytes {
		return nil, corrupt("has %d bytes, fewer than an empty set", len(data))
	}
	n, err := parseHeader(data[:headerBytes])
	if err != nil {
		return nil, err
	}
	if want := minSetBytes + entryBytes*int64(n); int64(len(data)) != want {
		return nil, corrupt("has %d bytes, the header asks for %d", len(data), want)
	}
	s := &PasswordSet{body: data[headerBytes:]}
	copy(s.sum[:], data[16:])
	s.directory, s.entries = s.body[:directoryBytes], s.body[directoryBytes:]
	if err := s.checkDirectory(n); err != nil {
		return nil, err
	}
	if padding := s.entries[len(s.entries)-paddingBytes:]; !isZero(padding) {
		return nil, corrupt("padding is not zero")
	}
	s.take()
	return s, nil
}

// take fills taken from the entries.
func (s *PasswordSet) take() {
	s.taken = make([]uint64, 1<<prefixBits/64)
	const bits = prefixBits - 16 // of the prefix that are in the entry
	for b := range uint64(bucketCount) {
		for i := s.bound(b); i < s.bound(b+1); i++ {
			p := b<<bits | s.entry(i)>>(8*entryBytes-bits)
			s.taken[p>>6] |= 1 << (p & 63)
		}
	}
}

func parseHeader(h []byte) (n uint32, err error) {
	switch {
	case string(h[:8]) != passwordMagic:
		return 0, corrupt("is not a file of passwords")
	case xxhash.Sum64(h[:56]) != binary.LittleEndian.Uint64(h[56:]):
		return 0, corrupt("header checksum differs")
	case binary.LittleEndian.Uint32(h[8:]) != passwordVersion:
		return 0, corrupt("version %d is unknown", binary.LittleEndian.Uint32(h[8:]))
	case !isZero(h[48:56]):
		return 0, corrupt("reserved bytes are not zero")
	}
	return binary.LittleEndian.Uint32(h[12:]), nil
}

func (s *PasswordSet) checkDirectory(n uint32) error {
	if s.bound(0) != 0 || s.bound(bucketCount) != n {
		return corrupt("directory does not cover the entries")
	}
	last := uint32(0)
	for d := s.directory; len(d) >= 4; d = d[4:] {
		next := binary.LittleEndian.Uint32(d)
		if next < last {
			return corrupt("directory is not in order")
		}
		last = next
	}
	return nil
}

func isZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

func corrupt(format string, args ...any) error {
	return fmt.Errorf("lists: passwords: %s: %w", fmt.Sprintf(format, args...), ErrCorrupt)
}

// bound returns the index of bucket b's first entry.
func (s *PasswordSet) bound(b uint64) uint32 {
	return binary.LittleEndian.Uint32(s.directory[4*b:])
}

// entry returns the 40 bits of the i-th entry.
func (s *PasswordSet) entry(i uint32) uint64 {
	return binary.LittleEndian.Uint64(s.entries[entryBytes*int(i):]) & entryMask
}

// Lookup reports whether folded, as made by engine.AppendFold, is in the set,
// and the binary logarithm of its rank, rounded down, at most 31. The chance
// that it takes a password for one in the set is Len/2^51. It does not
// allocate.
func (s *PasswordSet) Lookup(folded []byte) (log2Rank uint8, ok bool) {
	hash := xxhash.Sum64(folded)
	if p := hash >> (64 - prefixBits); s.taken[p>>6]>>(p&63)&1 == 0 {
		return 0, false
	}
	bucket, key := split(hash)
	end := s.bound(bucket + 1)
	for i := s.bound(bucket); i < end; i++ {
		if e := s.entry(i); e >= key {
			return uint8(e & (1<<rankBits - 1)), e>>rankBits == key>>rankBits
		}
	}
	return 0, false
}

// split returns the bucket of a hash, and its entry with rank 0.
func split(hash uint64) (bucket, key uint64) {
	return hash >> 48, hash >> 13 << rankBits & entryMask
}

// Len returns the number of entries.
func (s *PasswordSet) Len() int { return (len(s.entries) - paddingBytes) / entryBytes }

// Digest returns the SHA-256 that the header states for the body.
func (s *PasswordSet) Digest() [sha256.Size]byte { return s.sum }

// Verify checks what OpenPasswordSet leaves out: the checksum of the body and
// the order of the entries. It fails with an error that wraps ErrCorrupt. Cost:
// it reads everything once.
func (s *PasswordSet) Verify() error {
	if sha256.Sum256(s.body) != s.sum {
		return corrupt("checksum differs")
	}
	for b := range uint64(bucketCount) {
		for i := s.bound(b) + 1; i < s.bound(b+1); i++ {
			if s.entry(i-1)>>rankBits >= s.entry(i)>>rankBits {
				return corrupt("entries of bucket %d are not in order", b)
			}
		}
	}
	return nil
}
