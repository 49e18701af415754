package lists

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/vetopw/veto/engine"
)

// digestParts is the number of parts of a list that are hashed by themselves,
// so that a change costs as much as the parts it is in. It is part of what a
// snapshot's id is.
const digestParts = 4096

// termSet is the digests of the terms of a list, in parts: what the digest of the
// list is made of. It is immutable; nil is empty.
type termSet struct {
	parts map[uint16]termPart // those that are not empty
	n     int
}

// termPart has the terms whose digests begin alike.
type termPart struct {
	terms [][sha256.Size]byte // in order
	sum   [sha256.Size]byte   // of the terms
}

// with returns the set with terms removed and others added. Terms to be removed
// that are not there are passed over.
func (s *termSet) with(add, remove []engine.Term) *termSet {
	next := &termSet{parts: map[uint16]termPart{}}
	if s != nil {
		next.parts, next.n = maps.Clone(s.parts), s.n
	}
	changed := map[uint16][][sha256.Size]byte{}
	part := func(digest [sha256.Size]byte) uint16 {
		i := binary.BigEndian.Uint16(digest[:]) % digestParts
		if _, ok := changed[i]; !ok {
			changed[i] = slices.Clone(next.parts[i].terms)
		}
		return i
	}
	for _, t := range remove {
		digest := digestTerm(t)
		i := part(digest)
		if at, ok := slices.BinarySearchFunc(changed[i], digest, compareDigests); ok {
			changed[i] = slices.Delete(changed[i], at, at+1)
			next.n--
		}
	}
	for _, t := range add {
		digest := digestTerm(t)
		i := part(digest)
		changed[i] = append(changed[i], digest)
		next.n++
	}
	for i, terms := range changed {
		delete(next.parts, i)
		if slices.SortFunc(terms, compareDigests); len(terms) > 0 {
			next.parts[i] = termPart{terms, sumDigests(terms)}
		}
	}
	return next
}

// digest returns the SHA-256 over the digests of the parts that hold terms, each
// behind its number, 16 bits little-endian. That of a part is the SHA-256 over the
// digests of its terms in order.
func (s *termSet) digest() [sha256.Size]byte {
	h := sha256.New()
	for i := range uint16(digestParts) {
		if p, ok := s.parts[i]; ok {
			h.Write(binary.LittleEndian.AppendUint16(nil, i))
			h.Write(p.sum[:])
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func compareDigests(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) }

func sumDigests(digests [][sha256.Size]byte) [sha256.Size]byte {
	h := sha256.New()
	for i := range digests {
		h.Write(digests[i][:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// digestTerm is the SHA-256 over the rank, 32 bits little-endian, a byte each for
// Match and Ban, and the text.
func digestTerm(t engine.Term) [sha256.Size]byte {
	buf := make([]byte, 0, 6+MaxTermBytes)
	buf = binary.LittleEndian.AppendUint32(buf, t.Rank)
	buf = append(buf, byte(t.Match), 0)
	if t.Ban {
		buf[len(buf)-1] = 1
	}
	return sha256.Sum256(append(buf, t.Text...))
}
