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

// maxEdited is the largest length of a term that is looked for with an edit: the
// letters of one comparison are the bits of a word.
const maxEdited = 64

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

// multimap finds terms by keys. Among those found may be a few others.
type multimap struct {
	ends  []uint32 // where the terms of each hash end in terms
	terms []uint32 // indexes of entries, with further bits of the hash above
	shift uint8    // takes a hash to an index of ends
	tagAt uint8    // where the further bits begin
}

// keyed is a term, as the index of its entry, under a key.
type keyed struct {
	key  uint64
	term uint32
}

// newMultimap returns the map of pairs, whose terms are below limit.
func newMultimap(pairs []keyed, limit int) multimap {
	size := max(bits.Len(uint(len(pairs))), 1)
	m := multimap{
		ends: make([]uint32, 1<<size), terms: make([]uint32, len(pairs)),
		shift: uint8(64 - size), tagAt: uint8(bits.Len(uint(limit))),
	}
	for _, p := range pairs {
		m.ends[p.key*hashFactor>>m.shift]++
	}
	total := uint32(0)
	for i, n := range m.ends { // first where each begins
		m.ends[i] = total
		total += n
	}
	for _, p := range pairs {
		hash := p.key * hashFactor
		end := &m.ends[hash>>m.shift]
		m.terms[*end] = p.term | uint32(hash)>>m.tagAt<<m.tagAt
		*end++
	}
	return m
}

// hashFactor spreads keys over the bits of a word: 2^64 by the golden ratio.
const hashFactor = 0x9E3779B97F4A7C15

// find returns what was stored under keys of the same hash; what does not have
// the tag is of another key.
func (m *multimap) find(key uint64) (stored []uint32, tag uint32) {
	hash := key * hashFactor
	at := hash >> m.shift
	first := uint32(0)
	if at > 0 {
		first = m.ends[at-1]
	}
	return m.terms[first:m.ends[at]], uint32(hash) >> m.tagAt
}

// term returns the term of what find returned.
func (m *multimap) term(stored, tag uint32) (term uint32, ok bool) {
	return stored &^ (tag << m.tagAt), stored>>m.tagAt == tag
}

// newNear returns the index of the terms that a whole password is compared with.
func newNear(t *trie) multimap {
	var pairs []keyed
	var runes []rune
	var codes []uint8
	for i := range t.entries {
		runes = t.appendRunes(runes[:0], &t.entries[i])
		if len(runes) < minWord || len(runes) > maxEdited {
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
	return newMultimap(pairs, len(t.entries))
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
		stored, tag := terms.find(uint64(key))
		for _, t := range stored {
			term, ok := terms.term(t, tag)
			if !ok || slices.Contains(seen[:], term+1) { // often the same under all keys
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
	sc.walk.steps--
	if c.take(term); !c.ends() {
		return
	}
	c.align()
	right, n := c.right(), c.n
	if right < slipDepth-1 { // another term of the same hash
		return
	}
	most := min(right, n-1)
	even := c.tail(c.here)
	if right >= slipDepth && right < n && even <= right+1 && c.exists(right) { // changed
		sc.edited(c, 0, strange, c.spelling(0, right, 0)+c.spelling(right+1, n, 0))
	}
	for d := max(slipDepth, c.tail(c.next)); d <= most; d++ { // a position too many
		sc.edited(c, 1, strange, c.spelling(0, d, 0)+c.spelling(d, n, 1))
	}
	for d := max(slipDepth, c.tail(c.before)-1); d <= most; d++ { // a letter missing
		sc.edited(c, -1, 0, c.spelling(0, d, 0)+c.spelling(d+1, n, -1))
	}
	for d := max(slipDepth-1, right-1); d <= min(right, n-2); d++ { // two letters swapped
		if even <= d+2 && c.next>>d&1 != 0 && c.before>>(d+1)&1 != 0 {
			sc.edited(c, 0, 0, c.spelling(0, d, 0)+c.spelling(d, d+1, 1)+c.spelling(d+1, d+2, -1)+c.spelling(d+2, n, 0))
		}
	}
}

// edited offers a term that ends shift positions further on for the edit.
func (sc *scratch) edited(c *comparison, shift int, strange variant, spelling Guesses) {
	sc.walk.steps--
	v := edited | strange | variant(spelling)
	st := step{pointStep{kind: KindTerm, list: c.e.list}, costs{base: c.e.base, spelling: v.cost(c.n)}}
	sc.score.term(&sc.walk, st, sc.walk.origin+c.dir*(c.n+shift))
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
			stored, tag := e.near.find(nearKey(length, part, of))
			for _, t := range stored {
				if term, ok := e.near.term(t, tag); !ok {
					continue
				} else if c.take(term); c.near() {
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
	// The letters that the position of their number may be read as, the one
	// behind it, and the one in front of it.
	here, next, before uint64
}

func newComparison(l *lattice, t *trie, origin, dir int) comparison {
	return comparison{lat: l, trie: t, dir: dir, first: origin + (dir-1)/2}
}

// take chooses a term, of at most maxEdited letters.
func (c *comparison) take(term uint32) {
	c.e = &c.trie.entries[term]
	c.n, c.begin = int(c.e.n), 0
	if c.dir < 0 {
		c.begin = c.n - 1
	}
	c.syms = c.trie.spelling(*c.e)
}

// ends reports whether the positions about the end of the term have its last
// letter, or the last but one in its place: many terms of a list may begin alike.
func (c *comparison) ends() bool {
	last, before := c.letter(c.n-1), c.letter(c.n-2)
	return (c.mask(c.n-2)|c.mask(c.n-1)|c.mask(c.n))>>last&1 != 0 || c.mask(c.n-2)>>before&1 != 0
}

// letter returns the symbol of letter k.
func (c *comparison) letter(k int) symbol { return c.syms[c.begin+c.dir*k] & 63 }

// align compares the term letter by letter.
func (c *comparison) align() {
	var before, here, next uint64
	at := c.mask(c.n - 1)
	behind := c.mask(c.n)
	for k := c.n - 1; k >= 0; k-- { // no branch depends on what fits
		front := c.mask(k - 1)
		s := c.letter(k)
		before, here, next = before<<1|front>>s&1, here<<1|at>>s&1, next<<1|behind>>s&1
		at, behind = front, at
	}
	c.before, c.here, c.next = before, here, next
	if c.e.wide {
		c.here, c.next, c.before = c.same(c.here, 0), c.same(c.next, 1), c.same(c.before, -1)
	}
}

// mask returns the readings of position k, or none if there is no such position.
func (c *comparison) mask(k int) uint64 {
	if !c.exists(k) {
		return 0
	}
	return c.lat.mask[c.first+c.dir*k]
}

// exists reports whether there is a position k.
func (c *comparison) exists(k int) bool { return uint(c.first+c.dir*k) < uint(c.lat.n) }

// same returns those of the letters whose symbol stands for no others, or that
// are the base of their position, shift places on.
func (c *comparison) same(letters uint64, shift int) uint64 {
	wide := c.trie.wide[c.e.start]
	for m := letters; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		at := c.begin + c.dir*k
		if c.syms[at] >= symbolWide && c.lat.base[c.first+c.dir*(k+shift)] != wide[at] {
			letters &^= 1 << k
		}
	}
	return letters
}

// right returns how many letters are right in front of the first edit.
func (c *comparison) right() int { return bits.TrailingZeros64(^c.here) }

// tail returns the first of the letters that, with all behind it, are in a set.
func (c *comparison) tail(letters uint64) int {
	return bits.Len64(^letters & (1<<c.n - 1))
}

// spelling returns what reading letters from up to another costs.
func (c *comparison) spelling(from, to, shift int) (sum Guesses) {
	for k := from; k < to; k++ {
		sum += c.lat.spelling(c.first+c.dir*(k+shift), c.letter(k))
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
	c.align()
	right := c.right()
	switch c.lat.n - c.n {
	case 0:
		return right == c.n || c.tail(c.here) <= right+1
	case 1:
		return c.tail(c.next) <= right
	case -1:
		return c.tail(c.before)-1 <= right
	}
	return false
}
