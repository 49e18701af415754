package lists

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/vetopw/veto/engine"
)

// A file of whole passwords, all numbers little-endian:
//
//	offset  bytes
//	     0      8  magic "vetopass"
//	     8      4  version, 2
//	    12      4  n, the number of entries
//	    16     32  SHA-256 of everything from offset 64
//	    48      8  zero
//	    56      8  xxhash64 of the bytes 0 to 55
//	    64  4×65,537  directory: bucket b holds the entries d[b] to d[b+1]-1;
//	               d[0] = 0, d[65,536] = n, never falling
//	262,212   5×n  entries, within a bucket ascending and distinct
//	             3  zero, so that an entry can be read as eight bytes
//
// A password's key is the engine.Key of its folded form. The key's upper 16 bits
// choose the bucket, its next 35 bits are the upper 35 of the entry's 40; the
// lower 5 are the binary logarithm of the password's rank, rounded down. The
// last 13 bits of the key are not stored. Passwords of 12 characters and more have
// the first sixteenth of the buckets, shorter ones the others; one that is not in the
// file is taken for one with probability n/2^47 by the n long ones, 16/15×n/2^51 by
// the n short ones: 3.1e-10 and 4.0e-10 at 43,940 and 843,334.
//
// Of that many entries a bucket holds about 14, 68 bytes. In memory each bucket
// also has a set of the next six bits of its keys and one of the five behind these, so that
// 13 of 14 lookups of absent passwords are one access, and others begin where the key may
// be.
const (
	passwordMagic   = "vetopass"
	passwordVersion = 2
	headerBytes     = 64
	bucketCount     = 1 << 16
	directoryBytes  = 4 * (bucketCount + 1)
	entryBytes      = 5
	rankBits        = 5
	paddingBytes    = 8 - entryBytes
	entryMask       = 1<<(8*entryBytes) - 1
	takenBits       = 6
	moreBits        = 5
	minSetBytes     = headerBytes + directoryBytes + paddingBytes
)

// ErrCorrupt is wrapped by every error about a damaged file.
var ErrCorrupt = errors.New("corrupt file")

// PasswordSet is a set of whole passwords with their ranks, as laid out by
// CompilePasswords. It is immutable and safe for concurrent use. It implements
// engine.Fetcher.
type PasswordSet struct {
	buckets *[bucketCount + 1]bucket // the last has none
	entries []byte                   // with padding
	sum     [sha256.Size]byte
	body    []byte
}

// bucket holds the keys with the same upper bits. Its size divides that of a line of
// the cache.
type bucket struct {
	taken uint64 // set of the next takenBits bits of its keys
	more  uint32 // set of the moreBits bits behind those
	start uint32 // index of its first entry
}

// OpenPasswordSet returns the set in data, which it keeps and which must not
// change. It checks the header, the sizes and the directory, but not the
// checksum of the body: see Verify. It fails with an error that wraps
// ErrCorrupt. Whatever data holds, Lookup does not panic. Cost: one step per
// bucket and entry, and 1 MB of memory.
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
	s.entries = s.body[directoryBytes:]
	if err := s.readDirectory(s.body[:directoryBytes], n); err != nil {
		return nil, err
	}
	if padding := s.entries[len(s.entries)-paddingBytes:]; !isZero(padding) {
		return nil, corrupt("padding is not zero")
	}
	s.take()
	return s, nil
}

// take fills the sets of the buckets from the entries.
func (s *PasswordSet) take() {
	for k := range bucketCount {
		b := &s.buckets[k]
		for i := b.start; i < s.buckets[k+1].start; i++ {
			e := s.entry(i)
			b.taken |= 1 << (e >> (8*entryBytes - takenBits))
			b.more |= 1 << (e >> (8*entryBytes - takenBits - moreBits) % (1 << moreBits))
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
		return 0, corrupt("version is %d, not %d: compile the passwords anew", binary.LittleEndian.Uint32(h[8:]), passwordVersion)
	case !isZero(h[48:56]):
		return 0, corrupt("reserved bytes are not zero")
	}
	return binary.LittleEndian.Uint32(h[12:]), nil
}

func (s *PasswordSet) readDirectory(directory []byte, n uint32) error {
	s.buckets = new([bucketCount + 1]bucket)
	start := binary.LittleEndian.Uint32(directory)
	if start != 0 || binary.LittleEndian.Uint32(directory[4*bucketCount:]) != n {
		return corrupt("directory does not cover the entries")
	}
	for b := range s.buckets {
		next := binary.LittleEndian.Uint32(directory[4*b:])
		if next < start {
			return corrupt("directory is not in order")
		}
		s.buckets[b].start, start = next, next
	}
	return nil
}

func isZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

func corrupt(format string, args ...any) error {
	return fmt.Errorf("lists: passwords: %s: %w", fmt.Sprintf(format, args...), ErrCorrupt)
}

// entry returns the 40 bits of the i-th entry.
func (s *PasswordSet) entry(i uint32) uint64 {
	return binary.LittleEndian.Uint64(s.entries[entryBytes*int(i):]) & entryMask
}

// Lookup reports whether folded, as made by engine.AppendFold, is in the set,
// and the binary logarithm of its rank, rounded down, at most 31. The chance
// that it takes a password for one in the set is Len/2^47 at most; in the embedded
// one 4.0e-10. It does not allocate.
func (s *PasswordSet) Lookup(folded []byte) (log2Rank uint8, ok bool) {
	return s.Find(engine.Key(folded))
}

// Fetch asks for the memory of the buckets of keys.
func (s *PasswordSet) Fetch(keys []uint64) { fetch(s.buckets, keys) }

// Sift returns which of at most 32 keys may be in the set, as their buckets tell, and
// asks for the memory of the entries of these.
func (s *PasswordSet) Sift(keys []uint64) (may uint32) {
	return sift(s.buckets, s.entries, keys)
}

// Find is Lookup of the text that engine.Key made the key of. Of keys that Sift passes it
// takes no branch on whether they are there, which is hard to predict.
func (s *PasswordSet) Find(key uint64) (log2Rank uint8, ok bool) {
	at, entry := split(key)
	b, end := &s.buckets[at], s.buckets[at+1].start
	if b.may(key) == 0 {
		return 0, false
	}
	i := b.first(key)
	first := entryBytes * int(i)
	if first+fewBytes > len(s.entries) {
		return s.search(i, end, entry)
	}
	few := (*[fewBytes]byte)(s.entries[first:])
	among, behind := among(few, entry)
	if among|behind == 0 {
		return s.search(i+fewEntries, end, entry)
	}
	which := uint32(bits.TrailingZeros64(among | 1<<(fewEntries-1)))
	return few[entryBytes*which] % (1 << rankBits), among&-less(i+which, end) != 0
}

// search is Find among the entries from i to end.
func (s *PasswordSet) search(i, end uint32, entry uint64) (log2Rank uint8, ok bool) {
	for ; i < end; i++ {
		if e := s.entry(i); e >= entry {
			return uint8(e % (1 << rankBits)), e>>rankBits == entry>>rankBits
		}
	}
	return 0, false
}

// less returns 1 if a number is less than another, else 0.
func less(a, b uint32) uint64 { return (uint64(a) - uint64(b)) >> 63 }

// fewEntries is how many entries a key is compared with at once: where it is, if it is, is
// hard to predict. fewBytes is what they take.
const (
	fewEntries = 4
	fewBytes   = fewEntries*entryBytes + paddingBytes
)

// among returns the set of a few entries that are that of a key, whatever their rank, and
// 1 if the last of them is no smaller, else 0.
func among(few *[fewBytes]byte, entry uint64) (set, behind uint64) {
	set = same(few[:], entry) | same(few[entryBytes:], entry)<<1 | same(few[2*entryBytes:], entry)<<2 | same(few[3*entryBytes:], entry)<<3
	last := binary.LittleEndian.Uint64(few[3*entryBytes:]) & entryMask
	return set, ^(last - entry) >> 63
}

// same returns 1 if an entry is that of a key, whatever its rank, else 0.
func same(have []byte, entry uint64) uint64 {
	const above = 64 - 8*entryBytes
	return ((binary.LittleEndian.Uint64(have)^entry)<<above>>(above+rankBits) - 1) >> 63
}

// split returns the bucket of a key, and its entry with rank 0.
func split(key uint64) (bucket, entry uint64) {
	return key >> 48, key >> 13 << rankBits & entryMask
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
	for k := range bucketCount {
		for i := s.buckets[k].start + 1; i < s.buckets[k+1].start; i++ {
			if s.entry(i-1)>>rankBits >= s.entry(i)>>rankBits {
				return corrupt("entries of bucket %d are not in order", k)
			}
		}
	}
	return nil
}
