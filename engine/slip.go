package engine

import (
	"math"
	"math/bits"
)

// The walker's search for words with one edit: it follows their first letters
// exactly and tries the edit from a certain depth on. Whatever edit a word has,
// one of its halves is exact, so that a forward and a backward search, each with
// the edit in the farther half, find it. What follows the edit is exact again,
// and nothing is passed over.

// slip tries the one edit at nd, reached exactly after depth letters. Swapped
// letters may come one letter earlier than other edits: they take one from
// either half.
func (w *walker) slip(nd *node, pos, depth int, v variant) {
	v |= edited
	w.swap(nd, pos, depth, v)
	if depth >= slipDepth {
		w.edit(nd, pos, depth, v)
	}
}

// swap reads the two positions from pos in the other order.
func (w *walker) swap(nd *node, pos, depth int, v variant) {
	i, _ := w.index(pos)
	j := i + w.dir
	mask, next := w.ahead(pos)
	for m := next & nd.set; m != 0; m &= m - 1 {
		s := symbol(bits.TrailingZeros64(m))
		c := w.trie.step(nd, s)
		sv := w.read(v, j, s)
		if c.leaf() {
			wd := c.word(depth + 1)
			if t := symbol(wd.packed & 63); depth+1 < wd.n && mask>>t&1 != 0 {
				w.path[depth], w.path[depth+1] = int16(j), int16(i)
				w.rest(wd, pos+2*w.dir, depth+2, w.read(sv, i, t))
			}
			continue
		}
		for m := mask & c.set; m != 0; m &= m - 1 {
			t := symbol(bits.TrailingZeros64(m))
			w.path[depth], w.path[depth+1] = int16(j), int16(i)
			w.node(w.trie.step(c, t), pos+2*w.dir, depth+2, w.read(sv, i, t))
		}
	}
}

// edit tries a position too many, a missing and a changed letter at nd. Before
// it visits a node it looks whether the next position can go on from there.
func (w *walker) edit(nd *node, pos, depth int, v variant) {
	i, ok := w.index(pos)
	mask, next := w.ahead(pos)
	if nd.set&next != 0 {
		w.node(nd, pos+w.dir, depth, v|hold|strange)
	}
	w.path[depth] = -1
	for m := nd.set; m != 0; m &= m - 1 {
		s := symbol(bits.TrailingZeros64(m))
		c := w.trie.step(nd, s)
		if leads(c, mask) {
			w.node(c, pos, depth+1, v)
		}
		if ok && w.differs(i, s) && leads(c, next) {
			w.path[depth] = -1
			w.node(c, pos+w.dir, depth+1, v|strange)
		}
		w.path[depth] = -1
	}
}

// ahead returns what this and the next position may be read as.
func (w *walker) ahead(pos int) (mask, next uint64) {
	if i, ok := w.index(pos); ok {
		mask = w.lat.cells[i].mask
	}
	if j, ok := w.index(pos + w.dir); ok {
		next = w.lat.cells[j].mask
	}
	return mask, next
}

// differs reports whether position i may hold another letter than s stands for.
func (w *walker) differs(i int, s symbol) bool {
	return s >= symbolWide || w.lat.cells[i].mask>>s&1 == 0
}

// slipRest tries the one edit in front of the letter at depth of a word.
func (w *walker) slipRest(wd word, pos, depth int, v variant) {
	v |= edited
	s := w.at(&wd, depth)
	last := depth+1 == wd.n
	i, ok := w.index(pos)
	mask, next := w.ahead(pos)
	missing, changed := last, last // what follows s goes on here, or one position later
	if !last {
		t := w.at(&wd, depth+1)
		missing, changed = mask>>t&1 != 0, next>>t&1 != 0
		if missing && next>>s&1 != 0 { // swapped
			j := i + w.dir
			w.path[depth], w.path[depth+1] = int16(j), int16(i)
			w.rest(wd, pos+2*w.dir, depth+2, w.read(w.read(v, j, s), i, t))
		}
	}
	if depth < slipDepth {
		return
	}
	if next>>s&1 != 0 { // too many
		w.rest(wd, pos+w.dir, depth, v|hold|strange)
	}
	w.path[depth] = -1
	if missing {
		w.rest(wd, pos, depth+1, v)
	}
	if ok && changed && w.differs(i, s) {
		w.path[depth] = -1
		w.rest(wd, pos+w.dir, depth+1, v|strange)
	}
}

// bound says what occurrences of some terms with an edit come to at least.
type bound struct {
	base  Guesses
	runes uint16 // length of the longest
	list  uint16 // the first of theirs
}

// bound returns the bound of a term alone. A hard ban is never to be passed over.
func (e *entry) bound() bound {
	if e.has(traitBan) {
		return bound{-math.MaxInt32 / 2, e.n, e.list}
	}
	return bound{Guesses(e.base), e.n, e.list}
}

// include makes b the bound of another's terms, too; no terms have the zero value.
func (b *bound) include(other bound) {
	if b.runes > 0 {
		other = bound{min(b.base, other.base), max(b.runes, other.runes), min(b.list, other.list)}
	}
	*b = other
}

// lowers reports whether a term with an edit that is read back from boundary i may
// change a score.
func (sc *scratch) lowers(s *headSet, i int) bool {
	l := &sc.lat
	if l.lookalikes { // the codes don't tell
		return true
	}
	return sc.score.lowers(i, s.bound(window(l.packed.codes.word(i, -1)&^codeMarks)))
}

// lowers reports whether terms of a bound that end at a position may change its score,
// from wherever they begin: what costs more than what is known does not.
func (s *scorer) lowers(end int, b *bound) bool {
	to := &s.ways[end]
	for start := max(end-int(b.runes)-1, 0); start <= end-slipTerm+1; start++ {
		from, st := &s.ways[start], pointStep{uint16(start), KindTerm, b.list}
		more, less := from.cost()+from.join+editCost+b.base-to.cost(), from.fewest.by(st.route(), 1)-to.fewest
		if route(more-1)|less < 0 { // one of them is: by one branch
			return true
		}
	}
	return false
}
