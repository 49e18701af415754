package engine

import "math/bits"

// The search for a term within edit distance 1 of the whole password: one half of
// it, or what is left of it, is right where it is, and leads to the terms.

// multimap finds values by keys. Those found may be of other keys of the same hash.
type multimap[V any] struct {
	starts []uint32 // where those of each hash start in values, and end those of the one before
	values []V
	shift  uint8 // takes a hash to an index of starts
}

// keyed is a value under a key.
type keyed[V any] struct {
	key   uint64
	value V
}

func newMultimap[V any](pairs []keyed[V]) multimap[V] {
	size := max(bits.Len(uint(len(pairs))), 1)
	m := multimap[V]{starts: make([]uint32, 1<<size+2), values: make([]V, len(pairs)), shift: uint8(64 - size)}
	next := m.starts[1:] // of each hash, until all are placed
	for _, p := range pairs {
		next[p.key*hashFactor>>m.shift+1]++
	}
	for i := range next[1:] {
		next[i+1] += next[i]
	}
	for _, p := range pairs {
		at := &next[p.key*hashFactor>>m.shift]
		m.values[*at] = p.value
		*at++
	}
	return m
}

// hashFactor spreads keys over the bits of a word: 2^64 by the golden ratio.
const hashFactor = 0x9E3779B97F4A7C15

// find returns what was stored under keys of the same hash.
func (m *multimap[V]) find(key uint64) []V {
	first, end := m.bounds(key)
	return m.values[first:end]
}

// bounds returns where in values these are.
func (m *multimap[V]) bounds(key uint64) (first, end uint32) {
	at := key * hashFactor >> (m.shift & 63)
	return m.starts[at], m.starts[at+1]
}

// newNear returns the index of the terms that a whole password is compared with, as
// indexes of entries.
func newNear(t *trie) multimap[uint32] {
	pairs := make([]keyed[uint32], 0, 2*len(t.entries))
	var runes []rune
	for i := range t.entries {
		runes = t.appendRunes(runes[:0], &t.entries[i])
		n, half := len(runes), len(runes)/2
		if n < minWord || t.entries[i].has(traitTyped) {
			continue
		}
		for part, of := range [...][]rune{runes[:half], runes[half:]} {
			key := nearKey(n, part)
			for _, r := range of {
				key = nearNext(key, codeOf(r))
			}
			pairs = append(pairs, keyed[uint32]{key, uint32(i)})
		}
	}
	return newMultimap(pairs)
}

// nearKey begins the key under which a term of n letters is found by the codes of
// its first half or of the rest of it.
func nearKey(n, part int) uint64 { return uint64(n)<<1 | uint64(part) }

// nearNext returns a key with one more code.
func nearNext(key uint64, code uint8) uint64 { return key*hashFactor + uint64(code) }

// nearTerms bounds how many terms a password is compared with; behind the last,
// one of so many that have half of it is taken for near.
const nearTerms = 1 << 15

// nearWhole looks for a term within edit distance 1 of the whole password.
func (sc *scratch) nearWhole(e *Engine) {
	left := nearTerms
	sc.nearOf(&e.base, &left)
	if e.change != nil {
		sc.nearOf(&e.change.index, &left)
	}
}

// nearOf looks among the terms of an index, of which left may be compared.
func (sc *scratch) nearOf(x *index, left *int) {
	n, l := sc.lat.n, &sc.lat
	for length := max(n-1, minWord); length <= n+1; length++ {
		half := length / 2
		for part, of := range [...]Span{{0, half}, {n - (length - half), n}} {
			key := nearKey(length, part)
			for i := of.Start; i < of.End; i++ {
				key = nearNext(key, l.cells[i].code)
			}
			for _, at := range x.near.find(key) {
				entry := &x.terms.entries[at]
				if x.terms.gone != nil && x.terms.gone.has(entry) {
					continue
				}
				if *left--; *left < 0 {
					return
				}
				if *left == 0 || l.near(x.terms, entry) {
					sc.score.near(entry.list)
				}
			}
		}
	}
}

// near reports whether all of l is within edit distance 1 of a term.
func (l *lattice) near(t *trie, e *entry) bool {
	syms, wide := t.spelling(*e), t.wide[e.start]
	if len(syms) < l.n-1 || len(syms) > l.n+1 {
		return false
	}
	fits := func(k, i int) bool { // position i may be read as letter k
		s := syms[k]
		return l.cells[i].mask>>s&1 != 0 && (s < symbolWide || l.cells[i].base == wide[k])
	}
	front, back := 0, 0 // letters that are right from either end
	for front < min(len(syms), l.n) && fits(front, front) {
		front++
	}
	for back < min(len(syms), l.n) && fits(len(syms)-1-back, l.n-1-back) {
		back++
	}
	return front+back >= max(len(syms), l.n)-1
}
