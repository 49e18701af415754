package filter

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
)

// Kind is a kind of digest.
type Kind uint8

// The kinds of digests.
const (
	SHA1 Kind = 1 // of the password in UTF-8, 20 bytes
	NTLM Kind = 2 // MD4 of the password in UTF-16LE, 16 bytes
)

// Size returns the length of a digest in bytes, 0 for an unknown kind.
func (k Kind) Size() int {
	switch k {
	case SHA1:
		return 20
	case NTLM:
		return 16
	}
	return 0
}

// String returns "sha1" or "ntlm".
func (k Kind) String() string {
	switch k {
	case SHA1:
		return "sha1"
	case NTLM:
		return "ntlm"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// MarshalText returns what String does.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Record is one digest of a breach corpus.
type Record struct {
	Digest [20]byte // NTLM: the first 16, the rest zero
	Count  uint32   // how often it was seen, saturated below Removed; 0: unknown
}

// Removed is the count of a record in an overlay that takes the digest out.
const Removed = math.MaxUint32

// Prevalence is a logarithmic class of how often a digest was seen: 0 unknown,
// then once, 2 to 3, 4 to 7 and so on, 14 for 8192 and more.
type Prevalence uint8

// maxPrevalence is the last class; the next value of four bits is removedClass.
const (
	maxPrevalence Prevalence = 14
	removedClass  Prevalence = 15
)

// PrevalenceOf returns the class of a count.
func PrevalenceOf(count uint32) Prevalence {
	return min(Prevalence(bits.Len32(count)), maxPrevalence)
}

// Min returns the least count of the class, 0 if unknown.
func (p Prevalence) Min() uint64 {
	if p == 0 {
		return 0
	}
	return 1 << (p - 1)
}

// String returns the range of counts, as "4-7" or "8192+".
func (p Prevalence) String() string {
	switch least := p.Min(); {
	case p == 0:
		return "unknown"
	case p == 1:
		return "1"
	case p >= maxPrevalence:
		return fmt.Sprintf("%d+", maxPrevalence.Min())
	default:
		return fmt.Sprintf("%d-%d", least, 2*least-1)
	}
}

// ID tells index files apart: two files with the same ID hold the same bytes. It
// guards against mistakes, not against forgers: those sign the file.
type ID [32]byte

// String returns the ID in hexadecimal.
func (i ID) String() string { return hex.EncodeToString(i[:]) }

// MarshalText returns what String does, nothing for the zero ID.
func (i ID) MarshalText() ([]byte, error) {
	if i == (ID{}) {
		return nil, nil
	}
	return []byte(i.String()), nil
}
