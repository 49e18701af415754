package engine

import "math/bits"

// variant is how a reading of a term differs from its plain spelling, in one
// word that stays in a register: the cost of the substitutions in its low 16
// bits, flags, the number of separators passed over, and in the upper half 1 +
// the separator, the same throughout.
type variant uint64

// The flags of a variant.
const (
	doubled      variant = 1 << (16 + iota) // a letter stands twice
	edited                                  // one letter missing, added, changed or two swapped
	hold                                    // the position before is passed over: a letter must follow
	strange                                 // the edit brought a character
	passedOne                               // unit of the number of separators
	betweenShift = 32
	spellingBits = 1<<16 - 1
)

// has reports whether a flag is set.
func (v variant) has(flag variant) bool { return v&flag != 0 }

// between returns 1 + the separator passed over, or 0 for none.
func (v variant) between() variant { return v >> betweenShift }

// plain reports whether nothing but substitutions makes the variant.
func (v variant) plain() bool { return v <= spellingBits }

// passed returns the number of separators passed over.
func (v variant) passed() int { return int(v & (1<<betweenShift - 1) / passedOne) }

// cost returns what the variant adds to a term of n letters.
func (v variant) cost(n int) Guesses {
	c := min(Guesses(v&spellingBits), spellingCap)
	if v.between() != 0 {
		c += betweenCost
		if v.passed() < n-1 {
			c += someCost
		}
	}
	if v.has(doubled) {
		c += doubledCost
	}
	if v.has(edited) {
		c += editCost
		if v.has(strange) {
			c += strangeCost
		}
	}
	return c
}

// walker follows terms through a lattice from one position on, in one
// direction, and reports each occurrence to its scorer. It explores all
// readings at once: a step is a trie node, not a spelling.
type walker struct {
	lat    *lattice
	trie   *trie
	score  *scorer
	dir    int  // +1 reads onward from the origin, -1 back
	back   bool // a term read backward: the password has it reversed
	skips  bool // separators and doubled letters may be passed over
	slips  bool // one edit is looked for; what has none is known
	typed  bool // words count as they are typed with another layout on, too
	steps  int  // left of the budget
	origin int
	// entry and variant are of the occurrence found last; a word of the subject
	// has no entry.
	entry   *entry
	variant variant
	// subject is the word followed without a trie, or empty.
	subject subjectWord
	path    [maxTerm]int16 // position read as each letter of the term, or -1
}

// index returns the position read next, and whether there is one.
func (w *walker) index(pos int) (int, bool) {
	i := pos + w.dir>>1
	return i, uint(i) < uint(w.lat.n)
}

// has reports whether the position read next may be s.
func (w *walker) has(pos int, s symbol) bool {
	i, ok := w.index(pos)
	return ok && w.lat.cells[i].mask>>s&1 != 0
}

// open returns the symbols that may be read next: all of them if the position
// may be passed over.
func (w *walker) open(pos int) uint64 {
	i, ok := w.index(pos)
	switch {
	case !ok:
		return 0
	case w.skips && w.lat.cells[i].flags&(separator|repeated) != 0:
		return ^uint64(0)
	}
	return w.lat.cells[i].mask
}

// leads reports whether c ends a term or goes on with a symbol of mask.
func leads(c *node, mask uint64) bool {
	if c.leaf() {
		return c.child == leafBit || mask>>(c.set&63)&1 != 0
	}
	return c.term != 0 || c.set&mask != 0
}

// at returns the symbol of a word at depth.
func (w *walker) at(wd *word, depth int) symbol {
	if k := depth - wd.from; k < packedSymbols {
		return symbol(wd.packed >> (6 * k) & 63)
	}
	if wd.term == 0 {
		return w.subject.syms[depth]
	}
	return w.trie.spelling(w.trie.entries[wd.term-1])[depth]
}

// head makes the walker ready for a search from a boundary in a direction:
// for terms as they are, without anything passed over.
func (w *walker) head(t *trie, origin, dir int) {
	w.trie, w.origin, w.dir = t, origin, dir
	w.back, w.skips, w.slips = false, false, false
}

// start follows all terms of the trie from pos, for which heads has been asked.
// The first two letters are one look-up unless something may be passed over
// between them.
func (w *walker) start(pos int) {
	w.steps--
	t := w.trie
	i, _ := w.index(pos)
	j, ok := w.index(pos + w.dir)
	if t.short || ok && w.skips && w.lat.cells[j].flags&(separator|repeated) != 0 {
		w.node(&t.nodes[0], pos, 0, 0)
		return
	}
	if !ok {
		return
	}
	next := w.open(pos + 2*w.dir)
	for m := w.lat.cells[i].mask; m != 0; m &= m - 1 {
		a := symbol(bits.TrailingZeros64(m))
		for m := w.lat.cells[j].mask & t.seconds[a&63]; m != 0; m &= m - 1 {
			b := symbol(bits.TrailingZeros64(m))
			nd := t.pair(a, b)
			if !w.slips && !leads(nd, next) {
				continue
			}
			w.path[0], w.path[1] = int16(i), int16(j)
			w.node(nd, pos+2*w.dir, pairDepth, w.read(w.read(0, i, a), j, b))
		}
	}
}

// node visits nd, reached after depth letters with pos the next boundary, and
// what follows.
func (w *walker) node(nd *node, pos, depth int, v variant) {
	for {
		if w.steps--; w.steps < 0 {
			return
		}
		if nd.leaf() {
			w.rest(nd.word(depth), pos, depth, v)
			return
		}
		if nd.term != 0 && !v.has(hold) {
			w.found(nd.term, pos, v)
		}
		if w.slips && depth >= slipDepth-1 && v.plain() {
			w.slip(nd, pos, depth, v)
		}
		i, ok := w.index(pos)
		if !ok {
			return
		}
		if w.skips && w.lat.cells[i].flags&(separator|repeated) != 0 {
			w.skip(nd, pos, depth, v)
		}
		m := w.lat.cells[i].mask & nd.set
		if m == 0 {
			return
		}
		w.path[depth] = int16(i)
		pos += w.dir
		depth++
		for m&(m-1) != 0 {
			s := symbol(bits.TrailingZeros64(m))
			m &= m - 1
			w.node(w.trie.step(nd, s), pos, depth, w.read(v, i, s))
			w.path[depth-1] = int16(i)
		}
		s := symbol(bits.TrailingZeros64(m))
		nd = w.trie.step(nd, s)
		v = w.read(v, i, s)
	}
}

// skip visits nd again behind a position that may be passed over.
func (w *walker) skip(nd *node, pos, depth int, v variant) {
	i, _ := w.index(pos)
	if sv, ok := w.between(v, i, depth); ok {
		w.node(nd, pos+w.dir, depth, sv)
	}
	if sv, ok := w.double(v, i, depth); ok {
		w.node(nd, pos+w.dir, depth, sv)
	}
}

// rest follows the remaining letters of a word.
func (w *walker) rest(wd word, pos, depth int, v variant) {
	for ; depth < wd.n; depth++ {
		if w.steps--; w.steps < 0 {
			return
		}
		if w.slips && depth >= slipDepth-1 && v.plain() {
			w.slipRest(wd, pos, depth, v)
		}
		i, ok := w.index(pos)
		if !ok {
			return
		}
		if w.skips && w.lat.cells[i].flags&(separator|repeated) != 0 {
			if sv, ok := w.between(v, i, depth); ok {
				w.rest(wd, pos+w.dir, depth, sv)
			}
			if sv, ok := w.double(v, i, depth); ok {
				w.rest(wd, pos+w.dir, depth, sv)
			}
		}
		s := w.at(&wd, depth)
		if w.lat.cells[i].mask>>s&1 == 0 {
			return
		}
		w.path[depth] = int16(i)
		v = w.read(v, i, s)
		pos += w.dir
	}
	if v.has(hold) {
		return
	}
	w.found(wd.term, pos, v)
	if i, ok := w.index(pos); ok && w.skips {
		if sv, ok := w.double(v, i, depth); ok {
			w.found(wd.term, pos+w.dir, sv)
		}
	}
}

// read returns v after reading position i as s.
func (w *walker) read(v variant, i int, s symbol) variant {
	v &^= hold
	if w.lat.cells[i].own != s {
		v += variant(w.lat.spelling(i, s))
	}
	return v
}

// between returns v after passing over the separator at position i, if it may
// be: the same throughout and one at a time.
func (w *walker) between(v variant, i, depth int) (variant, bool) {
	this := variant(w.lat.cells[i].base + 1)
	if depth > 0 && w.lat.cells[w.path[depth-1]].base == w.lat.cells[i].base {
		return v, false // that is a letter doubled
	}
	if depth == 0 || v.has(hold|edited) || !w.lat.is(i, separator) || v.between() != 0 && v.between() != this {
		return v, false
	}
	return (v&(1<<betweenShift-1) | this<<betweenShift | hold) + passedOne, true
}

// double returns v after passing over position i, if it repeats the letter read
// last. In a run of one character the letters doubled come first: which of them
// are is the same.
func (w *walker) double(v variant, i, depth int) (variant, bool) {
	last := i - w.dir
	if depth == 0 || v.has(hold|edited) || w.path[depth-1] != int16(last) || w.lat.cells[last].base != w.lat.cells[i].base {
		return v, false
	}
	if before := last - w.dir; depth > 1 && w.path[depth-2] == int16(before) && w.lat.alike(before, last) {
		return v, false
	}
	return v | doubled, true
}

// found reports the entries of a chain as occurring from the origin to pos.
func (w *walker) found(term uint32, pos int, v variant) {
	if w.slips && !v.has(edited) || w.back && v != 0 && !w.legible(term) {
		return
	}
	if term == 0 {
		if w.reads(w.subject.wide) {
			w.variant = v
			w.score.term(w, step{pointStep{kind: KindSubject}, costs{base: subjectCost, spelling: v.cost(w.subject.n) + typedSpelling(w.subject.typed)}}, pos)
		}
		return
	}
	w.entries(term, pos, v)
}

// entries reports those of a chain that count as occurring from the origin to pos.
func (w *walker) entries(term uint32, pos int, v variant) {
	for term != 0 {
		e := &w.trie.entries[term-1]
		term = e.next
		if e.traits != 0 && !w.counts(e, pos) || w.trie.gone != nil && w.trie.gone.has(e) {
			continue
		}
		w.steps--
		w.entry, w.variant = e, v
		w.score.term(w, step{pointStep{kind: KindTerm, list: e.list}, costs{base: Guesses(e.base), spelling: v.cost(int(e.n)) + typedSpelling(e.has(traitTyped))}}, pos)
	}
}

// legible reports whether the word that was followed is legible as it is read.
func (w *walker) legible(term uint32) bool {
	syms := w.subject.syms
	if term != 0 {
		syms = w.trie.spelling(w.trie.entries[term-1])
	}
	plain := 0
	for k, s := range syms {
		if w.lat.cells[w.path[k]].own == s {
			plain++
		}
	}
	return legible(plain, len(syms))
}

// legible reports whether a word of n letters that is both reversed and respelled is more
// than what random characters come to: long, or with enough of its letters as they are.
func legible(plain, n int) bool { return plain >= legibleLetters || n >= legibleWord }

// counts reports whether a term that was followed to pos stands where it must, and
// is the one that was read.
func (w *walker) counts(e *entry, pos int) bool {
	return (w.typed || !e.has(traitTyped)) && e.fits(min(w.origin, pos), max(w.origin, pos), w.lat.n) &&
		(!e.has(traitWide) || w.reads(w.trie.wide[e.start]))
}

// reads reports whether the path reads the characters of a word that symbols
// alone don't tell apart.
func (w *walker) reads(wide []rune) bool {
	for k, r := range wide {
		if p := w.path[k]; p >= 0 && symbolOf(r) >= symbolWide && w.lat.cells[p].base != r {
			return false
		}
	}
	return true
}
