package engine

import "math/bits"

// gaps are the positions of a text that terms may pass over, as sets: bit k is the position
// that is k+1 behind the first.
type gaps struct {
	separators uint64
	repeats    uint64 // of the position in front
}

// gaps returns those of the text from pos on. The last position is no separator between others.
func (l *lattice) gaps(pos int) gaps {
	b, i := uint(pos+1)/setSize, uint(pos+1)%setSize
	p := &l.places[b]
	g := gaps{p.separators >> i, p.repeats >> i}
	if b < uint(l.n)/setSize {
		p = &l.places[b+1]
		g.separators |= p.separators << (setSize - i)
		g.repeats |= p.repeats << (setSize - i)
	}
	g.separators &^= 1 << uint(l.n-2-pos)
	return g
}

// all returns the set of all gaps.
func (g gaps) all() uint64 { return g.separators | g.repeats }

// near returns the set of those that terms of a word may pass over: a separator between its
// letters, a repeat of its last one, too.
func (g gaps) near() uint64 {
	const word = 1<<packedLetters - 1
	return g.separators&(word>>1) | g.repeats&word
}

// gap returns how far behind the first position the first of a set of gaps is.
func gap(set uint64) int { return bits.TrailingZeros64(set) + 1 }

// repeat reports whether the position that is k behind the first repeats the one in front.
func (g gaps) repeat(k int) bool { return g.repeats>>(k-1)&1 != 0 }

// must returns the byte of the last letter that terms that pass over k have in any case: of
// the one doubled, or the one behind a separator.
func (g gaps) must(k int) uint64 { return 0xFF << (8 * (uint(k) - uint(g.repeats>>(k-1)&1))) }

// front returns the bytes of the first n letters.
func front(n int) uint64 { return 1<<(8*uint(n)) - 1 }

// without returns the text without position k, of which next is the text from the next
// position on.
func (t text) without(k int, next text) text {
	front := front(k)
	return text{t.codes&front | next.codes&^front, t.signs&front | next.signs&^front}
}

// compareGaps compares terms with the text t from pos that pass over the first gap, the
// second or both, and reports whether no others pass over any.
func (w *walker) compareGaps(pos int, t text, g gaps) bool {
	all := g.all()
	rest := all & (all - 1)
	last := rest & (rest - 1)
	a, b, end := gap(all), gap(rest), gap(last)
	next := w.lat.packed.text(pos+1, 1)
	one := t.without(a, next)
	if g.near()&rest == 0 {
		return w.compareOver(pos, &probe{one, front(b - 1), g.must(a)}, b-1, g.without(rest))
	}
	if g.near()&last != 0 {
		if end < termDepth {
			return false
		}
		if _, set, ok := w.stand(&probe{t, front(end), g.must(end)}); set != 0 || !ok {
			return false
		}
	}
	two := t.without(b, next)
	if !w.compareOver(pos, &probe{one, front(end - 1), g.must(a)}, end-1, g.without(rest)) ||
		!w.compareOver(pos, &probe{two, front(end - 1), g.must(b)}, end-1, g.without(^rest|last)) {
		return false
	}
	if b == a+1 && (g.repeat(b) || !g.repeat(a)) { // not both: a letter is between them
		return true
	}
	both := one.without(b-1, w.lat.packed.text(pos+2, 1))
	return w.compareOver(pos, &probe{both, front(end - 2), g.must(b) >> 8}, end-2, g.without(last))
}

// without returns the gaps but for a set.
func (g gaps) without(set uint64) gaps { return gaps{g.separators &^ set, g.repeats &^ set} }

// passed is what is passed over.
type passed struct {
	front   uint64 // how many positions in front of each letter of a word, in its byte
	n       int
	variant variant
}

// passed returns what is passed over with all of some gaps of the text from pos on, and
// whether that may be: separators are the same.
func (w *walker) passed(pos int, g gaps) (p passed, ok bool) {
	ok = true
	for rest := g.all(); rest != 0; rest &= rest - 1 {
		k := gap(rest)
		p.front += eachByte & ^front(k-p.n)
		p.n++
		if g.repeat(k) {
			p.variant |= doubled
			continue
		}
		this, before := variant(w.lat.cells[pos+k].base+1), p.variant.between()
		p.variant = (p.variant&(1<<betweenShift-1) | this<<betweenShift) + passedOne
		ok = ok && (before == 0 || before == this)
	}
	return p, ok
}

// eachByte is 1 in each byte.
const eachByte = ^uint64(0) / 0xFF

// compareOver compares terms with what is left of the text from pos when all of some gaps
// are passed over, and reports whether that was all: none have as many letters as are known.
func (w *walker) compareOver(pos int, p *probe, known int, g gaps) bool {
	if known < termDepth {
		return false
	}
	first, set, ok := w.stand(p)
	if set == 0 {
		return ok
	}
	over, ok := w.passed(pos, g)
	for ; ok && set != 0; set &= set - 1 {
		c := w.trie.candidate(first, set)
		if c.has(candidateMore) || c.n() >= known || w.steps < 0 {
			return false
		}
		w.verify(c, pos, p.signs, over)
	}
	return true
}
