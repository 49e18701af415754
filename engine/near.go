package engine

import "math/bits"

// The search for a term within edit distance 1 of the whole password: one half of
// it, or what is left of it, is right where it is, and leads to the terms.

// multimap finds terms by keys. Those found may be of other keys of the same hash.
type multimap struct {
	ends  []uint32 // where the terms of each hash end in terms
	terms []uint32 // indexes of entries
	shift uint8    // takes a hash to an index of ends
}

// keyed is a term, as the index of its entry, under a key.
type keyed struct {
	key  uint64
	term uint32
}

func newMultimap(pairs []keyed) multimap {
	size := max(bits.Len(uint(len(pairs))), 1)
	m := multimap{ends: make([]uint32, 1<<size), terms: make([]uint32, len(pairs)), shift: uint8(64 - size)}
	for _, p := range pairs {
		m.ends[p.key*hashFactor>>m.shift]++
	}
	total := uint32(0)
	for i, n := range m.ends { // first where each begins
		m.ends[i] = total
		total += n
	}
	for _, p := range pairs {
		end := &m.ends[p.key*hashFactor>>m.shift]
		m.terms[*end] = p.term
		*end++
	}
	return m
}

// hashFactor spreads keys over the bits of a word: 2^64 by the golden ratio.
const hashFactor = 0x9E3779B97F4A7C15

// find returns what was stored under keys of the same hash.
func (m *multimap) find(key uint64) []uint32 {
	at := key * hashFactor >> m.shift
	first := uint32(0)
	if at > 0 {
		first = m.ends[at-1]
	}
	return m.terms[first:m.ends[at]]
}

// newNear returns the index of the terms that a whole password is compared with.
func newNear(t *trie) multimap {
	pairs := make([]keyed, 0, 2*len(t.entries))
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
			pairs = append(pairs, keyed{key, uint32(i)})
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
