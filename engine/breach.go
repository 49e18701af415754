package engine

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"math/bits"
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

// BreachFetcher is a BreachSet that waits for memory: the lookups of a check are begun
// together, so that they wait together. Digests lie one behind the other; the slices
// must not be kept, nor the digests changed. LookupAll is asked in place of Lookup and
// has to agree with it: a type that embeds one and changes Lookup changes both.
type BreachFetcher interface {
	BreachSet
	// Fetch asks for the memory that LookupAll of the digests would read, without waiting
	// for it.
	Fetch(digests []byte)
	// LookupAll is Lookup of len(classes) digests, at most 32: bit i of found is set if
	// the i-th is in the set, classes[i] then its class. The error is that of Err, asked
	// behind them.
	LookupAll(classes []uint8, digests []byte) (found uint32, err error)
}

// unfetchedBreaches makes a BreachFetcher of a set that is none.
type unfetchedBreaches struct {
	BreachSet
	size int // bytes of a digest
}

func (unfetchedBreaches) Fetch([]byte) {}

func (u unfetchedBreaches) LookupAll(classes []uint8, digests []byte) (found uint32, err error) {
	for i := range classes {
		class, ok := u.Lookup(digests[i*u.size : (i+1)*u.size])
		if ok {
			classes[i] = class
			found |= 1 << i
		}
	}
	return found, u.Err()
}

// breachFetchers returns the sets of the lists.
func breachFetchers(lists []BreachList) []BreachFetcher {
	sets := make([]BreachFetcher, len(lists))
	for i, list := range lists {
		f, ok := list.Set.(BreachFetcher)
		if !ok {
			f = unfetchedBreaches{list.Set, hashTable[list.Kind].size}
		}
		sets[i] = f
	}
	return sets
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

// maxBreachAsks is the number of spellings that breach lists are asked for: the password
// as it is, and seven for the score.
const maxBreachAsks = digestLanes

// breachSearch is the working memory for lookups in breach lists. These wait for memory:
// all are begun together, and ended where the score needs them.
type breachSearch struct {
	digests [hashKinds]digester   // of the spellings
	asks    [maxBreachAsks]listed // the part that is spelt, the first of the password as it is
	seen    [maxBreachAsks]prevalence
	classes [maxBreachAsks]uint8 // of the list that was asked last
	n       int
	folded  bool // the password as it is, is folded or in small letters: the score needs it, too
	failed  bool // a list cannot tell what is absent
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
	if b.n == 0 {
		return
	}
	for kind := range b.digests {
		if d := &b.digests[kind]; d.added > 0 {
			d.wipe()
		}
	}
	b.asks, b.seen, b.classes, b.n = [maxBreachAsks]listed{}, [maxBreachAsks]prevalence{}, [maxBreachAsks]uint8{}, 0
	b.folded, b.failed = false, false
}

// askBreaches begins to ask the breach lists for the password as it is, for the rule,
// and for the score for what else an attacker makes of a corpus: the password
// folded, without what is around its letters, that with substitutions undone,
// as it is without the digits and symbols at its end, in small letters of its script, and
// half of what is twice the same.
func (sc *scratch) askBreaches(e *Engine, password []byte) {
	p, l := sc.policy, &sc.lat
	if len(e.breaches) == 0 || p.MinBreachCount == 0 {
		return
	}
	sc.beginBreach(e, listed{end: uint16(l.n)}, password)
	if p.Profile == Default && l.n >= minListed {
		sc.askBreachParts(e, password)
	}
	sc.fetchBreaches(e)
}

// askBreachParts begins to ask for what the score needs.
func (sc *scratch) askBreachParts(e *Engine, password []byte) {
	l, b := &sc.lat, &sc.breach
	all, core := part{0, l.n}, l.core()
	folded := sc.speller.span(l, all)
	if b.folded = bytes.Equal(folded, password); !b.folded {
		sc.beginBreach(e, listedPart(all), folded)
	}
	var stem []byte
	written := l.closed == 0 && l.exact // its positions are where they are in the password
	if written {
		stem = l.writtenStem(password)
	}
	tail := len(password) - len(stem) // a position each
	if core.start == 0 && core.end == l.n-tail && len(folded) == len(password) && bytes.HasPrefix(folded, stem) {
		stem = nil // is the core
	}
	if written && l.classes&beyond != 0 {
		sc.askBreachPlain(e, password, folded, stem)
	}
	if core.n() >= minListed {
		sc.askBreachCore(e, core, folded)
	}
	if len(stem) > 0 {
		sc.beginBreach(e, listed{end: uint16(l.n - tail), written: true}, stem)
	}
	if half := password[:len(password)/2]; written && l.half > 0 && bytes.Equal(half, password[len(half):]) {
		sc.beginBreach(e, listed{end: uint16(l.half), written: true}, half)
	}
}

// askBreachPlain begins to ask for a password beyond ASCII in small letters, and for that
// without the ASCII digits and symbols around it: corpora have words with their marks,
// which the fold takes away.
func (sc *scratch) askBreachPlain(e *Engine, password, folded, stem []byte) {
	b, n := &sc.breach, sc.lat.n
	text, ok := sc.normal.plain(password)
	if !ok || bytes.Equal(text, folded) {
		return
	}
	if bytes.Equal(text, password) {
		b.folded = true
	} else {
		sc.beginBreach(e, listedPart(part{0, n}), text)
	}
	start, end := leading(text), trimmed(text)
	middle := part{start, n - (len(text) - end)} // what is around is a position each
	if middle.n() < n && middle.n() >= minListed && !bytes.Equal(text[start:end], stem) {
		sc.beginBreach(e, listedPart(middle), text[start:end])
	}
}

// askBreachCore begins to ask for the core, and for it with substitutions undone.
func (sc *scratch) askBreachCore(e *Engine, core part, folded []byte) {
	l, text := &sc.lat, folded
	if core.n() < l.n {
		if l.wide {
			text = sc.speller.span(l, core)
		} else {
			text = folded[core.start:core.end]
		}
		sc.beginBreach(e, listedPart(core), text)
	}
	if sc.undoes(core) > 0 {
		undone := listedPart(core)
		undone.spelling = l.undoneCost(core)
		sc.beginBreach(e, undone, sc.speller.undone(l, core))
	}
}

// listedPart returns what is found of a part, without what a list says of it.
func listedPart(p part) listed { return listed{start: uint16(p.start), end: uint16(p.end)} }

// writtenStem returns the password as it is without the ASCII digits and symbols at its
// end, or nothing if that is all or too short: corpora have names with capitals.
func (l *lattice) writtenStem(password []byte) []byte {
	n := trimmed(password)
	if n == len(password) || l.n-(len(password)-n) < minListed {
		return nil
	}
	return password[:n]
}

// trimmed returns the length of a text without the ASCII digits and symbols at its end.
func trimmed(text []byte) int {
	n := len(text)
	for n > 0 && text[n-1] < utf8.RuneSelf && !isLetter(text[n-1]) {
		n--
	}
	return n
}

// leading returns how many ASCII digits and symbols are at the start of a text.
func leading(text []byte) (n int) {
	for n < len(text) && text[n] < utf8.RuneSelf && !isLetter(text[n]) {
		n++
	}
	return n
}

// isLetter reports whether a character of ASCII is a letter.
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// beginBreach begins to ask every list for a part that is spelt so.
func (sc *scratch) beginBreach(e *Engine, part listed, text []byte) {
	b := &sc.breach
	for kind := SHA1; kind < hashKinds; kind++ {
		if e.breachKinds>>kind&1 != 0 {
			b.digests[kind].add(kind, text)
		}
	}
	b.asks[b.n] = part
	b.n++
}

// fetchBreaches makes the digests and asks for the memory that their lookups will read:
// all at once, for where a page of memory lies is waited for, too.
func (sc *scratch) fetchBreaches(e *Engine) {
	b := &sc.breach
	for kind := SHA1; kind < hashKinds; kind++ {
		if e.breachKinds>>kind&1 != 0 {
			b.digests[kind].sum(kind)
		}
	}
	for i, list := range e.breaches {
		e.breachSets[i].Fetch(b.digests[list.Kind].digests(list.Kind))
	}
}

// answerBreaches ends what askBreaches began: it notes what was found for the score.
func (sc *scratch) answerBreaches(e *Engine) {
	b := &sc.breach
	if b.n == 0 {
		return
	}
	for i, list := range e.breaches {
		b.answer(uint16(i), e.breachSets[i], b.digests[list.Kind].digests(list.Kind), uint8(bits.Len(uint(sc.policy.MinBreachCount))))
	}
	for i := range b.n {
		if seen := b.seen[i]; seen.found && (i > 0 || b.folded) {
			part := b.asks[i]
			part.kind, part.list, part.base = KindBreached, seen.list, seen.cost()
			sc.listed = append(sc.listed, part)
		}
	}
}

// answer looks all spellings up in a list. An entry that was seen less often than least
// tells is none.
func (b *breachSearch) answer(list uint16, set BreachFetcher, digests []byte, least uint8) {
	all := uint32(1)<<b.n - 1
	b.classes = [maxBreachAsks]uint8{} // not what the list before told
	found, err := set.LookupAll(b.classes[:b.n:b.n], digests)
	found &= all
	b.failed = b.failed || err != nil && found != all
	for ; found != 0; found &= found - 1 {
		k := bits.TrailingZeros32(found) % maxBreachAsks
		class, p := b.classes[k], &b.seen[k]
		if (class == 0 || class >= least) && (!p.found || class > p.class) {
			*p = prevalence{true, class, list}
		}
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
	var d loneDigester
	var digest [sha1.Size]byte
	d.sha1(nil, digest[:])
	return binary.BigEndian.Uint64(digest[:]) == 0xda39a3ee5e6b4b0d
}
