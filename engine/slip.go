package engine

import (
	"math/bits"
	"slices"
)

// The search for terms with one edit. Whatever edit a term has, three letters in
// a row are right at one of its ends, or two and the edit swaps the third. Five
// codes beside the edit lead to the terms that it may be, and each is compared
// letter by letter.

// slipOrders are the letters of a term, from one of its ends, that five codes may
// be if the edit is behind the third letter or swaps it: none in sight, the fifth
// or fourth missing, the fifth or fourth swapped with the one before. A position
// that is too many or changed is left out of the codes.
var slipOrders = [...][5]int{{0, 1, 2, 3, 4}, {0, 1, 2, 3, 5}, {0, 1, 2, 4, 5}, {0, 1, 2, 4, 3}, {0, 1, 3, 2, 4}}

// appendSlips appends the keys of a term.
func appendSlips(to []keyed, term uint32, runes []rune) []keyed {
	for _, order := range slipOrders {
		var key window
		for _, i := range order {
			key = key<<codeBits | window(codeOf(runes[i]))
		}
		to = append(to, keyed{uint64(key), term})
	}
	return to
}

// multimap finds terms by keys. Among those found may be others, whose keys have
// the same hash.
type multimap struct {
	ends  []uint32 // where the terms of each hash end in terms
	terms []uint32
	shift uint8
}

// keyed is a term, as the index of its entry, under a key.
type keyed struct {
	key  uint64
	term uint32
}

func newMultimap(pairs []keyed) multimap {
	size := max(bits.Len(uint(2*len(pairs))), 1)
	m := multimap{ends: make([]uint32, 1<<size), terms: make([]uint32, len(pairs)), shift: uint8(64 - size)}
	for _, p := range pairs {
		m.ends[m.hash(p.key)]++
	}
	total := uint32(0)
	for i, n := range m.ends { // first where each begins
		m.ends[i] = total
		total += n
	}
	for _, p := range pairs {
		end := &m.ends[m.hash(p.key)]
		m.terms[*end] = p.term
		*end++
	}
	return m
}

// hashFactor spreads keys over the bits of a word: 2^64 by the golden ratio.
const hashFactor = 0x9E3779B97F4A7C15

func (m *multimap) hash(key uint64) uint64 { return key * hashFactor >> m.shift }

func (m *multimap) find(key uint64) []uint32 {
	at := m.hash(key)
	first := uint32(0)
	if at > 0 {
		first = m.ends[at-1]
	}
	return m.terms[first:m.ends[at]]
}

// slip offers the terms that stand from a boundary on, in a direction, with an
// edit behind their third letter or that swaps it.
func (sc *scratch) slip(e *Engine, origin, dir int) {
	c := newComparison(&sc.lat, e.terms, origin, dir)
	sc.walk.head(nil, origin, dir)
	terms, kind := &e.heads.onward, headForward
	if dir < 0 {
		terms, kind = &e.heads.back, headBackward
	}
	w := c.window()
	var seen [4]uint32 // 1 + term
	n := 0
	for _, key := range [...]window{w.head(5), w.without(3).head(5), w.without(4).head(5)} {
		if !e.heads.has(kind, key) {
			continue
		}
		for _, term := range terms.find(uint64(key)) {
			if slices.Contains(seen[:], term+1) { // often the same under all keys
				continue
			}
			seen[n%len(seen)] = term + 1
			n++
			sc.compare(&c, term)
		}
	}
}

// compare offers one term with each edit that it may have.
func (sc *scratch) compare(c *comparison, term uint32) {
	c.take(term)
	sc.walk.steps--
	right, n := c.right(), c.n
	if right < slipDepth-1 { // another term of the same hash
		return
	}
	most := min(right, n-1)
	even := c.tail(0)
	if c.exists(right) && right >= slipDepth && right < n && even <= right+1 { // changed
		sc.edited(c, 0, c.spelling(0, right, 0)+c.spelling(right+1, n, 0))
	}
	for d := max(slipDepth, c.tail(1)); d <= most; d++ { // a position too many
		sc.edited(c, 1, c.spelling(0, d, 0)+c.spelling(d, n, 1))
	}
	for d := max(slipDepth, c.tail(-1)-1); d <= most; d++ { // a letter missing
		sc.edited(c, -1, c.spelling(0, d, 0)+c.spelling(d+1, n, -1))
	}
	for d := max(slipDepth-1, right-1); d <= min(right, n-2); d++ { // two letters swapped
		if even <= d+2 && c.fits(d, 1) && c.fits(d+1, -1) {
			sc.edited(c, 0, c.spelling(0, d, 0)+c.spelling(d, d+1, 1)+c.spelling(d+1, d+2, -1)+c.spelling(d+2, n, 0))
		}
	}
}

// edited offers a term that ends shift positions further on for the edit.
func (sc *scratch) edited(c *comparison, shift int, spelling Guesses) {
	sc.walk.steps--
	end := sc.walk.origin + c.dir*(c.n+shift)
	st := step{pointStep{kind: KindTerm, list: c.e.list}, costs{base: c.e.base}}
	sc.score.term(&sc.walk, st, end, edited|variant(spelling))
}

// newNear returns the index of the terms that a whole password is compared with.
func newNear(t *trie) multimap {
	var pairs []keyed
	var runes []rune
	var codes []uint8
	for i := range t.entries {
		runes = t.appendRunes(runes[:0], &t.entries[i])
		if len(runes) < minWord {
			continue
		}
		codes = codes[:0]
		for _, r := range runes {
			codes = append(codes, codeOf(r))
		}
		half := len(codes) / 2
		pairs = append(pairs,
			keyed{nearKey(len(codes), 0, codes[:half]), uint32(i)},
			keyed{nearKey(len(codes), 1, codes[half:]), uint32(i)})
	}
	return newMultimap(pairs)
}

// nearKey is the key under which a term of n letters is found by the codes of its
// first half or of the rest of it.
func nearKey(n, part int, codes []uint8) uint64 {
	key := uint64(n)<<1 | uint64(part)
	for _, c := range codes {
		key = key*hashFactor + uint64(c)
	}
	return key
}

// nearWhole looks for a term within edit distance 1 of the whole password: one
// half of it is right.
func (sc *scratch) nearWhole(e *Engine) {
	n, codes := sc.lat.n, sc.lat.code[:sc.lat.n]
	c := newComparison(&sc.lat, e.terms, 0, 1)
	for length := max(n-1, minWord); length <= n+1; length++ {
		half := length / 2
		for part, of := range [...][]uint8{codes[:half], codes[n-(length-half):]} {
			for _, term := range e.near.find(nearKey(length, part, of)) {
				if c.take(term); c.near() {
					sc.score.near(c.e.list)
					return
				}
			}
		}
	}
}

// comparison is one of terms with the positions from a boundary on, in a
// direction, in which the terms are read, too. Letters and positions count from
// the boundary.
type comparison struct {
	lat   *lattice
	trie  *trie
	dir   int
	first int // place of position 0 in the lattice
	// The term, and the place of letter 0 in it.
	e     *entry
	n     int
	begin int
	syms  []symbol
	wide  []rune
}

func newComparison(l *lattice, t *trie, origin, dir int) comparison {
	return comparison{lat: l, trie: t, dir: dir, first: origin + (dir-1)/2}
}

// take chooses a term.
func (c *comparison) take(term uint32) {
	c.e = &c.trie.entries[term]
	c.n, c.begin, c.wide = int(c.e.n), 0, nil
	if c.dir < 0 {
		c.begin = c.n - 1
	}
	c.syms = c.trie.spelling(*c.e)
	if c.e.wide {
		c.wide = c.trie.wide[c.e.start]
	}
}

// exists reports whether there is a position k.
func (c *comparison) exists(k int) bool { return uint(c.first+c.dir*k) < uint(c.lat.n) }

// fits reports whether position k+shift may be read as letter k.
func (c *comparison) fits(k, shift int) bool {
	i, at := c.first+c.dir*(k+shift), c.begin+c.dir*k
	return uint(i) < uint(c.lat.n) && c.lat.mask[i]>>(c.syms[at]&63)&1 != 0 && (c.wide == nil || c.same(i, at))
}

// same reports whether letter at, if its symbol stands for others, too, is the
// base of position i.
func (c *comparison) same(i, at int) bool {
	return c.syms[at] < symbolWide || c.lat.base[i] == c.wide[at]
}

// right returns how many letters are right in front of the first edit.
func (c *comparison) right() (k int) {
	for k < c.n && c.fits(k, 0) {
		k++
	}
	return k
}

// tail returns the first of the letters that are right to the end of the term, if
// they stand shift positions further on than without an edit.
func (c *comparison) tail(shift int) (k int) {
	for k = c.n; k > 0 && c.fits(k-1, shift); {
		k--
	}
	return k
}

// spelling returns what reading letters from up to another costs.
func (c *comparison) spelling(from, to, shift int) (sum Guesses) {
	for k := from; k < to; k++ {
		sum += c.lat.spelling(c.first+c.dir*(k+shift), c.syms[c.begin+c.dir*k])
	}
	return sum
}

// window returns the codes of the next positions.
func (c *comparison) window() (w window) {
	for k := windowCodes - 1; k >= 0; k-- {
		code := uint8(0)
		if c.exists(k) {
			code = c.lat.code[c.first+c.dir*k]
		}
		w = w.push(code)
	}
	return w
}

// near reports whether the whole lattice is within edit distance 1 of the term.
func (c *comparison) near() bool {
	right := c.right()
	switch c.lat.n - c.n {
	case 0:
		return right == c.n || c.tail(0) <= right+1
	case 1:
		return c.tail(1) <= right
	case -1:
		return c.tail(-1)-1 <= right
	}
	return false
}
