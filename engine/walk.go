package engine

import "math/bits"

// variant is how a reading of a term differs from its plain spelling.
type variant struct {
	spelling Guesses // substitutions, capped when it is used
	between  rune    // the separator skipped, the same throughout; 0 for none
	doubled  bool    // a letter stands twice
	edited   bool    // one letter missing, added, changed or two swapped
	hold     bool    // the position before is passed over: a letter must follow
}

// cost returns what the variant adds to the term.
func (v variant) cost() Guesses {
	c := min(v.spelling, spellingCap)
	if v.between != 0 {
		c += betweenCost
	}
	if v.doubled {
		c += doubledCost
	}
	if v.edited {
		c += editCost
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
	edits  int  // depth from which one edit is allowed; 0 for none
	whole  bool // only occurrences from end to end, one edit allowed
	skips  bool // separators and doubled letters may be passed over
	only   bool // only edited occurrences count: the exact ones are known
	steps  int  // left of the budget
	origin int
	// subject is the word followed without a trie, or empty.
	subject word
	path    [maxTerm]int16 // position read as each letter of the term, or -1
}

// index returns the position read next, and whether there is one.
func (w *walker) index(pos int) (int, bool) {
	if w.dir > 0 {
		return pos, pos < w.lat.n
	}
	return pos - 1, pos > 0
}

// node visits nd, reached after depth letters with pos the next boundary.
func (w *walker) node(nd *node, pos, depth int, v variant) {
	if w.steps--; w.steps < 0 {
		return
	}
	if nd.set == 0 {
		if nd.term != 0 {
			w.rest(w.trie.word(w.trie.entries[nd.term-1]), nd.term, pos, depth, v)
		}
		return
	}
	if nd.term != 0 && !v.hold {
		w.found(nd.term, pos, depth, v)
	}
	i, ok := w.index(pos)
	if ok {
		for m := w.lat.mask[i] & nd.set; m != 0; m &= m - 1 {
			s := symbol(bits.TrailingZeros64(m))
			w.path[depth] = int16(i)
			w.node(w.trie.step(nd, s), pos+w.dir, depth+1, w.read(v, i, s))
		}
		if sv, ok := w.skip(v, i, depth); ok {
			w.node(nd, pos+w.dir, depth, sv)
		}
	}
	if w.mayEdit(v, depth) {
		w.editNode(nd, pos, depth, v)
	}
}

// mayEdit reports whether the one edit may happen after depth letters. Two
// swapped letters may come one earlier: they take a letter from either half.
func (w *walker) mayEdit(v variant, depth int) bool {
	return w.edits > 0 && depth >= w.edits-1 && !v.edited && v.between == 0 && !v.doubled
}

// read returns v after reading position i as s.
func (w *walker) read(v variant, i int, s symbol) variant {
	v.hold = false
	if w.lat.own[i] != s {
		v.spelling += w.lat.spelling(i, s)
	}
	return v
}

// skip returns v after passing over position i, if it may be: a separator, the
// same throughout and one at a time, or a letter written twice.
func (w *walker) skip(v variant, i, depth int) (variant, bool) {
	if !w.skips || depth == 0 || v.hold || v.edited {
		return v, false
	}
	l := w.lat
	if l.flags[i]&separator != 0 && (v.between == 0 || v.between == l.base[i]) {
		v.between, v.hold = l.base[i], true
		return v, true
	}
	if last := i - w.dir; w.path[depth-1] == int16(last) && l.base[last] == l.base[i] {
		v.doubled = true
		return v, true
	}
	return v, false
}

// editNode tries the one edit at nd: a changed, an added, a missing and two
// swapped letters.
func (w *walker) editNode(nd *node, pos, depth int, v variant) {
	v.edited = true
	i, ok := w.index(pos)
	full := depth >= w.edits
	if ok && full {
		w.node(nd, pos+w.dir, depth, w.added(v))
	}
	for m := nd.set; m != 0; m &= m - 1 {
		s := symbol(bits.TrailingZeros64(m))
		c := w.trie.step(nd, s)
		if full {
			w.path[depth] = -1
			w.node(c, pos, depth+1, v) // missing
		}
		if ok && full && w.differs(i, s) {
			w.path[depth] = -1
			w.node(c, pos+w.dir, depth+1, v) // changed
		}
		if j, two := w.index(pos + w.dir); !w.whole && ok && two && w.lat.mask[j]>>s&1 != 0 {
			if c.set != 0 {
				w.swapNode(c, pos, depth, v, s)
			} else {
				w.swapRest(w.trie.word(w.trie.entries[c.term-1]), c.term, pos, depth, v)
			}
		}
	}
}

// swapNode reads the two positions from pos in the other order: the second as
// s, which led to nd, the first as one of nd's children.
func (w *walker) swapNode(nd *node, pos, depth int, v variant, s symbol) {
	i, _ := w.index(pos)
	j, _ := w.index(pos + w.dir)
	v = w.read(v, j, s)
	for m := w.lat.mask[i] & nd.set; m != 0; m &= m - 1 {
		t := symbol(bits.TrailingZeros64(m))
		w.path[depth], w.path[depth+1] = int16(j), int16(i)
		w.node(w.trie.step(nd, t), pos+2*w.dir, depth+2, w.read(v, i, t))
	}
}

// added returns v after a position too many, which stands between two letters.
func (w *walker) added(v variant) variant {
	v.hold = true
	return v
}

// differs reports whether position i may hold another letter than s stands for.
func (w *walker) differs(i int, s symbol) bool {
	return s >= symbolWide || w.lat.mask[i]>>s&1 == 0
}

// rest follows the remaining letters of the one word of a leaf or a subject.
func (w *walker) rest(wd word, term uint32, pos, depth int, v variant) {
	for ; depth < len(wd.syms); depth++ {
		if w.steps--; w.steps < 0 {
			return
		}
		i, ok := w.index(pos)
		if w.mayEdit(v, depth) {
			w.editRest(wd, term, pos, depth, v)
		}
		if !ok {
			return
		}
		if sv, ok := w.skip(v, i, depth); ok {
			w.rest(wd, term, pos+w.dir, depth, sv)
		}
		s := wd.syms[depth]
		if w.lat.mask[i]>>s&1 == 0 {
			return
		}
		w.path[depth] = int16(i)
		v = w.read(v, i, s)
		pos += w.dir
	}
	if v.hold {
		return
	}
	w.found(term, pos, depth, v)
	if i, ok := w.index(pos); ok {
		if sv, ok := w.skip(v, i, depth); ok && !sv.hold { // last letter doubled
			w.found(term, pos+w.dir, depth, sv)
		}
	}
}

// editRest tries the one edit in front of the letter at depth.
func (w *walker) editRest(wd word, term uint32, pos, depth int, v variant) {
	v.edited = true
	w.swapRest(wd, term, pos, depth, v)
	if depth < w.edits {
		return
	}
	i, ok := w.index(pos)
	if ok {
		w.rest(wd, term, pos+w.dir, depth, w.added(v))
	}
	w.path[depth] = -1
	w.rest(wd, term, pos, depth+1, v) // missing
	s := wd.syms[depth]
	if ok && w.differs(i, s) {
		w.path[depth] = -1
		w.rest(wd, term, pos+w.dir, depth+1, v) // changed
	}
}

// swapRest reads the two positions from pos in the other order.
func (w *walker) swapRest(wd word, term uint32, pos, depth int, v variant) {
	i, ok := w.index(pos)
	j, two := w.index(pos + w.dir)
	if w.whole || !ok || !two || depth+1 >= len(wd.syms) {
		return
	}
	s, t := wd.syms[depth], wd.syms[depth+1]
	if w.lat.mask[j]>>s&1 == 0 || w.lat.mask[i]>>t&1 == 0 {
		return
	}
	w.path[depth], w.path[depth+1] = int16(j), int16(i)
	w.rest(wd, term, pos+2*w.dir, depth+2, w.read(w.read(v, j, s), i, t))
}

// found reports the entries of a chain as occurring from the origin to pos.
func (w *walker) found(term uint32, pos, depth int, v variant) {
	if w.whole {
		w.foundWhole(term, pos, v)
		return
	}
	if w.only && !v.edited {
		return
	}
	if term == 0 {
		if w.reads(w.subject.wide) {
			w.score.term(w, KindSubject, 0, subjectCost, pos, v)
		}
		return
	}
	for term != 0 {
		e := &w.trie.entries[term-1]
		term = e.next
		if v.edited && int(e.n) < editedTerm {
			continue
		}
		if len(w.trie.wide) == 0 || w.reads(w.trie.wide[e.start]) {
			w.score.term(w, KindTerm, e.list, e.base, pos, v)
		}
	}
}

// foundWhole reports a term that the whole password lies within one edit of.
func (w *walker) foundWhole(term uint32, pos int, v variant) {
	left := w.lat.n - pos
	if w.dir < 0 {
		left = pos
	}
	if left > 1 || left == 1 && v.edited {
		return
	}
	for term != 0 {
		e := &w.trie.entries[term-1]
		term = e.next
		if len(w.trie.wide) == 0 || w.reads(w.trie.wide[e.start]) {
			w.score.near(e.list)
		}
	}
}

// reads reports whether the path reads the characters of a word that symbols
// alone don't tell apart.
func (w *walker) reads(wide []rune) bool {
	for k, r := range wide {
		if p := w.path[k]; p >= 0 && symbolOf(r) >= symbolWide && w.lat.base[p] != r {
			return false
		}
	}
	return true
}
