package engine

import (
	"bytes"
	"crypto/sha1"
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// HashKind names the digests that a breach list holds.
type HashKind uint8

// The kinds of digests.
const (
	SHA1 HashKind = iota + 1 // SHA-1 of the password's bytes
	NTLM                     // MD4 of the password as UTF-16, little-endian
	hashKinds
)

var hashTable = [hashKinds]struct {
	name string
	size int // bytes of a digest
}{SHA1: {"sha1", sha1.Size}, NTLM: {"ntlm", md4Size}}

// String returns "sha1" or "ntlm".
func (k HashKind) String() string { return hashTable[k].name }

// BreachList is a named breach corpus: the digests of passwords that were seen
// in data breaches.
type BreachList struct {
	Name string
	Kind HashKind
	Set  BreachSet
}

// BreachSet answers whether a digest is in a breach corpus. Its methods must
// not allocate and must be safe for concurrent use.
type BreachSet interface {
	// Lookup reports whether the digest, of the list's kind, is in the set, and
	// the number of bits of its count: class k stands for 2^(k-1) to 2^k-1
	// times, 0 for an unknown count. It must not keep the slice or change it.
	Lookup(digest []byte) (class uint8, ok bool)
	// Err returns why an answer of Lookup that a digest is absent means
	// nothing, or nil. Once not nil, it stays so.
	Err() error
}

// MaxBreachCount is the largest count that a policy may ask for: corpora tell
// larger ones no further apart.
const MaxBreachCount = 8192

// What an attacker who tries a breach corpus in the order of its counts pays
// for an entry; docs/DECISION.md argues the figures.
const (
	corpusCost Guesses = 30 * bit    // seen once: all of the corpus
	seenSaving Guesses = 5 * bit / 4 // for each doubling of the count
)

// maxBreachParts is the number of parts, beside the password as it is, that
// breach lists are asked for.
const maxBreachParts = 4

// breachSearch is the working memory for lookups in breach lists.
type breachSearch struct {
	sha    hash.Hash // made when first needed
	block  [sha1.BlockSize]byte
	state  [128]byte // of sha, with the digest
	md4    md4
	digest [hashKinds][sha1.Size]byte
	whole  prevalence
	parts  [maxBreachParts]listed
	n      int
	asked  bool
	failed bool // a list cannot tell what is absent
}

// prevalence is what the breach lists say of one spelling.
type prevalence struct {
	found bool
	class uint8
	list  uint16 // index of the list that has the largest class
}

// cost returns the base cost of a spelling that was found.
func (p prevalence) cost() Guesses {
	return max(0, corpusCost-seenSaving*Guesses(max(p.class, 1)-1)) + listCost
}

func (b *breachSearch) wipe() {
	if !b.asked {
		return
	}
	if b.sha != nil {
		b.sha.Reset()
	}
	*b = breachSearch{sha: b.sha}
}

// askBreaches asks the breach lists for the password as it is, for the rule,
// and for the score for what else an attacker makes of a corpus: the password
// folded, without what is around its letters, that with substitutions undone, and
// as it is without the digits and symbols at its end.
func (sc *scratch) askBreaches(e *Engine, password []byte) {
	p, l := sc.policy, &sc.lat
	if len(e.breaches) == 0 || p.MinBreachCount == 0 {
		return
	}
	sc.breach.asked = true
	whole := sc.seen(e, password)
	sc.breach.whole = whole
	if p.Profile != Default || l.n < minListed {
		return
	}
	if folded := sc.speller.span(l, part{0, l.n}); !bytes.Equal(folded, password) {
		whole = sc.seen(e, folded)
	}
	sc.breach.add(listed{end: uint16(l.n)}, whole)
	core := l.core()
	part := listed{start: uint16(core.start), end: uint16(core.end)}
	if core.n() >= minListed {
		if core.n() < l.n {
			sc.breach.add(part, sc.seen(e, sc.speller.span(l, core)))
		}
		if sc.undoes(core) > 0 {
			part.spelling = l.undoneCost(core)
			sc.breach.add(part, sc.seen(e, sc.speller.undone(l, core)))
		}
	}
	sc.askStem(e, password)
}

// askStem asks for the password as it is without the ASCII digits and symbols at
// its end, unless that is the folded core: corpora have names with capitals.
func (sc *scratch) askStem(e *Engine, password []byte) {
	l := &sc.lat
	stem := bytes.TrimRightFunc(password, func(r rune) bool { return r < utf8.RuneSelf && !unicode.IsLetter(r) })
	end := l.n - (len(password) - len(stem)) // each is a position
	if end == l.n || end < minListed || l.closed != 0 || !l.exact {
		return
	}
	if l.core().start == 0 && bytes.Equal(stem, sc.speller.span(l, part{0, end})) {
		return
	}
	sc.breach.add(listed{end: uint16(end), written: true}, sc.seen(e, stem))
}

// add records for the score what was found of a part.
func (b *breachSearch) add(part listed, p prevalence) {
	if !p.found {
		return
	}
	part.kind, part.list, part.base = KindBreached, p.list, p.cost()
	b.parts[b.n] = part
	b.n++
}

// seen asks every list for one spelling. An entry that was seen less often than
// the policy asks for is none.
func (sc *scratch) seen(e *Engine, text []byte) (p prevalence) {
	b := &sc.breach
	least := uint8(bits.Len(uint(sc.policy.MinBreachCount)))
	var have [hashKinds]bool
	for i, list := range e.breaches {
		digest := b.digest[list.Kind][:hashTable[list.Kind].size]
		if !have[list.Kind] {
			have[list.Kind] = true
			b.hash(list.Kind, text, digest)
		}
		class, ok := list.Set.Lookup(digest)
		if !ok {
			b.failed = b.failed || list.Set.Err() != nil
		} else if (class == 0 || class >= least) && (!p.found || class > p.class) {
			p = prevalence{true, class, uint16(i)}
		}
	}
	return p
}

// hash writes the digest of text to dst.
func (b *breachSearch) hash(kind HashKind, text, dst []byte) {
	if kind == NTLM {
		b.md4.hash(text, dst)
		return
	}
	b.sha1(text, dst)
}

// sha1 pads the message itself and takes the digest from the state of the hash:
// so neither that nor a stack frame keeps a copy of text.
func (b *breachSearch) sha1(text, dst []byte) {
	if b.sha == nil {
		b.sha = sha1.New()
	}
	b.sha.Reset()
	length := uint64(len(text)) * 8
	for ; len(text) >= len(b.block); text = text[len(b.block):] {
		copy(b.block[:], text)
		b.sha.Write(b.block[:])
	}
	n := copy(b.block[:], text)
	b.block[n] = 0x80
	clear(b.block[n+1:])
	if n >= len(b.block)-8 {
		b.sha.Write(b.block[:])
		clear(b.block[:])
	}
	binary.BigEndian.PutUint64(b.block[len(b.block)-8:], length)
	b.sha.Write(b.block[:])
	appender, ok := b.sha.(encoding.BinaryAppender)
	if !ok {
		return
	}
	const magic = 4 // bytes in front of the digest
	if state, err := appender.AppendBinary(b.state[:0]); err == nil && len(state) >= magic+len(dst) {
		copy(dst, state[magic:])
	}
}

func validateBreaches(breaches []BreachList) error {
	for i, list := range breaches {
		field := fmt.Sprintf("Breaches[%d]", i)
		switch {
		case list.Kind == 0 || list.Kind >= hashKinds:
			return &ConfigError{field + ".Kind", fmt.Sprintf("unknown kind %d", list.Kind)}
		case list.Set == nil:
			return &ConfigError{field + ".Set", "is nil"}
		case list.Kind == SHA1 && !hasSHA1():
			return &ConfigError{field + ".Kind", "SHA-1 is not available: is GODEBUG=fips140=only set?"}
		}
	}
	return nil
}

// hasSHA1 reports whether crypto/sha1 works as sha1 uses it, by the digest of
// nothing (FIPS 180 example values).
func hasSHA1() bool {
	var b breachSearch
	digest := b.digest[SHA1][:]
	b.sha1(nil, digest)
	return binary.BigEndian.Uint64(digest) == 0xda39a3ee5e6b4b0d
}
