package engine

// candidate is a spelling of a trie as texts are compared with it.
type candidate struct {
	codes uint64 // of its first letters, one in a byte, the first in the lowest
	signs uint64 // those of the same letters; see packed
	term  uint16 // index+1 of its first entry
	base  uint16 // of this, if it is the only one
	list  uint16 // likewise
	shift uint8  // takes the bytes of the letters to the highest
	candidateTraits
}

// candidateTraits are what is special about a candidate, as flags.
type candidateTraits uint8

const (
	candidateMore    candidateTraits = 1 << iota // it has more letters, or others than of ASCII
	candidateEntries                             // it has several entries, or one with traits
)

const (
	packedLetters = 8       // of a word
	mostCompared  = 1 << 15 // keys of a trie with candidates; they take 28 to 32 bytes each
)

// candidateOf returns entry i of a trie, whose characters are given.
func (t *trie) candidateOf(i int, runes []rune) candidate {
	e := &t.entries[i]
	n := min(len(runes), packedLetters)
	c := candidate{term: uint16(i + 1), base: e.base, list: e.list, shift: uint8(64 - 8*n)}
	for k, r := range runes[:n] {
		c.codes |= uint64(codeOf(r)) << (8 * k)
		c.signs |= uint64(signOf(symbolOf(r))) << (8 * k)
	}
	if len(runes) > n || e.has(traitWide) {
		c.candidateTraits |= candidateMore
	}
	if e.traits != 0 || e.next != 0 {
		c.candidateTraits |= candidateEntries
	}
	return c
}

// has reports whether a trait is set.
func (t candidateTraits) has(trait candidateTraits) bool { return t&trait != 0 }

// mask returns the bytes of the letters.
func (c *candidate) mask() uint64 { return ^uint64(0) >> (c.shift & 63) }

// n returns how many letters c has, if not more than packedLetters.
func (c *candidate) n() int { return packedLetters - int(c.shift)/8 }

// symbol returns that of letter k.
func (c *candidate) symbol(k int) symbol { return signOf(uint8(c.signs >> (8 * k))) }

// newCandidates returns the candidates of a trie under the keys that appendKeys has for
// the codes and the length of each; none if there are none for one of them, or if there
// would be too many.
func newCandidates(t *trie, appendKeys func(to []uint64, codes uint64, n int) []uint64) (none multimap[candidate]) {
	if len(t.entries) > mostCompared {
		return none
	}
	pairs := make([]keyed[candidate], 0, 2*len(t.entries))
	var runes []rune
	var keys []uint64
	for i := range t.entries {
		// The same symbols, and so, but for characters that share one, the same codes.
		if i > 0 && t.entries[i-1].next == uint32(i)+1 && !t.entries[i].has(traitWide) {
			continue
		}
		runes = t.appendRunes(runes[:0], &t.entries[i])
		c := t.candidateOf(i, runes)
		keys = appendKeys(keys[:0], c.codes, len(runes))
		if len(keys) == 0 || len(pairs)+len(keys) > mostCompared {
			return none
		}
		for _, key := range keys {
			pairs = append(pairs, keyed[candidate]{key, c})
		}
	}
	m := newMultimap(pairs)
	for range probed { // so many are compared in any case
		m.values = append(m.values, candidate{codes: ^uint64(0), signs: ^uint64(0)})
	}
	return m
}

// The codes of a word that are a key: the first three, and the first four.
const (
	slipCodes = 1<<(8*slipDepth) - 1
	termCodes = 1<<(8*termDepth) - 1
	termDepth = slipDepth + 1
)

// slipCandidates returns the candidates for terms with an edit: under their first
// three codes, and what these are with the third and fourth swapped.
func slipCandidates(t *trie) multimap[candidate] {
	return newCandidates(t, func(to []uint64, codes uint64, _ int) []uint64 {
		const front = slipCodes >> 8
		right, swapped := codes&slipCodes, codes&front|codes>>8&(slipCodes&^front)
		if to = append(to, right); swapped != right {
			to = append(to, swapped)
		}
		return to
	})
}

// termCandidates returns the candidates for terms as they are: under their first four
// codes, those of three letters under whatever follows. Shorter ones have no key.
func termCandidates(t *trie) multimap[candidate] {
	return newCandidates(t, func(to []uint64, codes uint64, n int) []uint64 {
		switch {
		case n >= termDepth:
			to = append(to, codes&termCodes)
		case n == slipDepth:
			for code := range uint64(codeCount) {
				to = append(to, codes|code<<(8*slipDepth))
			}
		}
		return to
	})
}
