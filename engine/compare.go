package engine

import (
	"math/bits"

	"golang.org/x/sys/cpu"
)

// Most terms need not be followed letter by letter: those whose first codes stand in a
// text are compared with it, eight letters in a word, which takes fewer branches that
// are hard to predict. The tries are left what this does not tell: terms with others
// than ASCII letters and digits, very long ones, those that pass over much, and families
// of too many that begin alike. What is reported twice does no harm.

const (
	mostCandidates = 64 // are compared in a search
	stepCandidates = 4  // of these, for a step of the budget
	mostVerified   = 60 // letters of a term of which all readings are looked at
	verifyLetters  = 4  // of these, or in an edit that is tried, for a step
)

// text is what candidates are compared with: eight positions, one in a byte.
type text struct{ codes, signs uint64 }

// text returns the positions from a boundary on in a direction.
func (p *packed) text(pos, dir int) text {
	at := packedFront + pos + packedLetters*(dir>>1)
	return text{inDirection(p.codes.at(at), dir) &^ codeMarks, inDirection(p.signs.at(at), dir)}
}

// care returns the bytes of which signs tell: what is nothing but itself.
func (t text) care() uint64 { return ^(t.signs & highBits >> 7 * 0xFF) }

// wrong returns bits of the letters that the text cannot have in their place.
func (t text) wrong(codes, signs uint64) uint64 {
	return (codes ^ t.codes) | (signs^t.signs)&t.care()
}

// compares reports whether terms may be compared: not where codes don't tell, nor to
// find out how a term is read.
func (w *walker) compares() bool {
	return w.trie.candidates.starts != nil && !w.lat.lookalikes && w.score.trace == nil
}

// candidates returns where in values the candidates for a key are, and whether they are
// few. It counts them as steps.
func (w *walker) candidates(key uint64) (first, end uint32, ok bool) {
	first, end = w.trie.candidates.bounds(key)
	w.steps -= 1 + int(end-first)/stepCandidates
	return first, end, end-first <= mostCandidates
}

// stand returns where in values the candidates for a text are, and the set of those that may
// stand in it. They may be too many. The set may have some behind the last: what is reported
// of those is true as well.
func (w *walker) stand(p *probe) (first uint32, set uint64, ok bool) {
	first, end, ok := w.candidates(p.codes & termCodes)
	if !ok {
		return 0, 0, false
	}
	if cpu.X86.HasAVX2 {
		return first, standAVX2(p, &w.trie.candidates.values[first], int(end-first)), true
	}
	return first, p.stand(w.trie.candidates.values[first:end]), true
}

// compareTerms compares terms with the text t from pos, as start follows them, and reports
// whether that was all. Its gaps may be passed over.
func (w *walker) compareTerms(pos int, t text, g gaps) bool {
	if !w.compares() || g.near() != 0 && !w.compareGaps(pos, t, g) {
		return false
	}
	first, set, ok := w.stand(&probe{text: t, known: ^uint64(0)})
	if !ok {
		return false
	}
	for ; set != 0; set &= set - 1 {
		c := w.trie.candidate(first, set)
		switch {
		case w.steps < 0:
			return false
		case uint64(c.candidateTraits)|c.others(t.signs) == 0 && w.trie.gone == nil:
			w.offer(c, pos+c.n()*w.dir, 0)
		case c.has(candidateMore) && !w.verifiable(c, g):
			return false
		default:
			w.verify(c, pos, t.signs, passed{})
		}
	}
	return true
}

// candidate returns the first of a set behind a place in values.
func (t *trie) candidate(first uint32, set uint64) *candidate {
	return &t.candidates.values[first+uint32(bits.TrailingZeros64(set))]
}

// others returns bits of the letters that a text with some signs does not have as they are.
func (c *candidate) others(signs uint64) uint64 { return (c.signs ^ signs) & c.mask() &^ highBits }

// verifiable reports whether a candidate of more letters than a word is one of ASCII, and not
// too long, and has no gap behind those of a word.
func (w *walker) verifiable(c *candidate, g gaps) bool {
	e := &w.trie.entries[c.term-1]
	return !e.has(traitWide) && e.n <= mostVerified && g.all()&(1<<e.n-1)>>(packedLetters-1) == 0
}

// verify reports c if the positions from pos on may be read as its letters, but for those
// passed over. Its codes stand in the text, whose signs are given.
func (w *walker) verify(c *candidate, pos int, signs uint64, over passed) {
	n, v, others := c.n(), over.variant, 0
	w.steps -= 1 + n/verifyLetters
	for rest := c.others(signs); rest != 0; others++ {
		k := bits.TrailingZeros64(rest) / 8
		rest &^= 0xFF << (8 * k)
		i, s := pos+w.dir>>1+k*w.dir+int(over.front>>(8*k)&0xFF), c.symbol(k)
		if w.lat.cells[i].mask>>s&1 == 0 {
			return
		}
		v += variant(w.lat.spelling(i, s))
	}
	if c.has(candidateMore) {
		syms := w.trie.spelling(w.trie.entries[c.term-1])
		n = len(syms)
		w.steps -= n / verifyLetters
		for k, s := range syms[packedLetters:] {
			i := pos + w.dir>>1 + (packedLetters+k)*w.dir
			if uint(i) >= uint(w.lat.n) || w.lat.cells[i].mask>>s&1 == 0 {
				return
			}
			v = w.read(v, i, s)
		}
	}
	if w.back && v != 0 && !legible(n-others, n) {
		return
	}
	w.hit(c, pos+(n+over.n)*w.dir, v)
}

// hit is found for a candidate of which all is known.
func (w *walker) hit(c *candidate, pos int, v variant) {
	if c.has(candidateEntries) || w.trie.gone != nil {
		w.entries(uint32(c.term), pos, v)
		return
	}
	w.offer(c, pos, v.cost(c.n()))
}

// offer offers a candidate whose only entry counts anywhere, with what its spelling costs.
func (w *walker) offer(c *candidate, pos int, spelling Guesses) {
	w.steps--
	if w.back {
		spelling += reversedCost
	}
	s, back := w.score, (pos-w.origin)&(w.dir>>1) // no branch
	start, end := w.origin+back, pos-back
	if s.explains || end > caseLetters {
		s.match(start, end, step{pointStep{kind: KindTerm, list: c.list}, costs{base: Guesses(c.base), spelling: spelling}})
		return
	}
	// The same for what nearly all that is offered is.
	const size = caseLetters + 1
	ways := (*[size]way)(s.ways[:])
	from, to := &ways[uint(start)%size], &ways[uint(end)%size]
	segment := pointStep{uint16(start), KindTerm, c.list}.route()
	cost := Guesses(c.base) + spelling + s.lat.places[0].caseCost(start, end) + from.join
	to.cheapest = min(to.cheapest, from.cheapest.by(segment, cost))
	to.fewest = min(to.fewest, from.fewest.by(segment, 1))
}

// slipText is a text from a boundary on, and from the next position on.
type slipText struct{ here, next text }

// slipText returns the text from a boundary on in a direction.
func (p *packed) slipText(pos, dir int) slipText {
	return slipText{p.text(pos, dir), p.text(pos+dir, dir)}
}

// compareSlips compares terms with the text from pos, as start follows them with an
// edit, and reports whether that was all.
func (w *walker) compareSlips(pos int) bool {
	if !w.compares() {
		return false
	}
	t := w.lat.packed.slipText(pos, w.dir)
	first, end, ok := w.candidates(t.here.codes & slipCodes)
	if !ok {
		return false
	}
	var set uint64
	if cpu.X86.HasAVX2 {
		set = slipsAVX2(&t, &w.trie.candidates.values[first], int(end-first)) & (1<<(end-first) - 1)
	} else {
		set = t.slips(w.trie.candidates.values[first:end])
	}
	for ; set != 0; set &= set - 1 {
		if w.steps < 0 || !w.compareSlip(w.trie.candidate(first, set), pos, &t) {
			return false
		}
	}
	return true
}

// slips returns the set of those of some candidates that the text may hold with an edit.
func (t *slipText) slips(c []candidate) (set uint64) {
	for k := range c {
		if m, mask := t.wrong(&c[k]), c[k].mask(); m.near(mask) {
			set |= isFilled(m.edits(mask)) << k
		}
	}
	return set
}

// misfit has the letters of a candidate that are not right in a text, as bytes: where
// they stand, one place further, or one nearer.
type misfit struct{ here, further, nearer uint64 }

// wrong returns the letters that the text cannot have.
func (t *slipText) wrong(c *candidate) misfit {
	return misfit{t.here.wrong(c.codes, c.signs), t.next.wrong(c.codes, c.signs), t.here.wrong(c.codes>>8, c.signs>>8)}
}

// differs returns the letters that the text does not have as they are.
func (t *slipText) differs(c *candidate) misfit {
	return misfit{c.signs ^ t.here.signs, c.signs ^ t.next.signs, c.signs>>8 ^ t.here.signs}
}

// near reports whether edits may be any, which takes less: behind the letters in front
// that are right, all are but for two, or are one place further or nearer.
func (m misfit) near(mask uint64) bool {
	here := m.here & mask
	first := here & -here // in the first letter that is not right; 0 if there is none
	return min(here&^(first<<16-1), m.further&mask&^(first-1), m.nearer&(mask>>8)&^(first-1)) == 0
}

// edits returns the set of the edits with which the text has the letters in the bytes
// of a mask: each at the first letter that is not right, as which it stands for all that
// make the same of the text. Others cost as much, or more.
func (m misfit) edits(mask uint64) (set uint64) {
	here, further, nearer := m.here&mask, m.further&mask, m.nearer&(mask>>8)
	right := bits.TrailingZeros64(here) &^ 7 // bits of the letters in front that are
	at := min(right, bits.Len64(mask>>8)) & 63
	early, none := uint64(right-8*slipDepth)>>63, isNone(here)
	rest := here >> at >> 8
	crossed := (m.further|m.nearer|^(mask>>8))>>at&0xFF | uint64(right-8*(slipDepth-1))>>63
	return isNone(crossed|rest>>8|none)<<editSwapped | isNone(further>>at|early)<<editExtra |
		isNone(nearer>>at|early)<<editMissing | isNone(rest|early|none)<<editChanged
}

// compareSlip reports c where it stands in a text from pos on with an edit. It returns
// whether that was all.
func (w *walker) compareSlip(c *candidate, pos int, t *slipText) bool {
	if c.has(candidateMore) {
		e := &w.trie.entries[c.term-1]
		if e.has(traitWide) || e.n > mostVerified {
			return false
		}
		w.verifySlip(c, pos)
		return true
	}
	n, mask := c.n(), c.mask()
	is, may := t.differs(c).edits(mask), t.wrong(c).edits(mask)
	is &^= isNone(t.here.codes>>(8*(n-1)&63)&0xFF) << editChanged
	for set := is; set != 0; set &= set - 1 {
		how := &slipEdits[bits.TrailingZeros64(set)]
		w.hit(c, pos+w.dir*(n+how.longer), how.variant)
	}
	if may&^is != 0 { // what is not right may be read so
		w.verifySlip(c, pos)
	}
	return true
}

// verifySlip reports c where it stands from pos with an edit, whatever its letters are
// read from.
func (w *walker) verifySlip(c *candidate, pos int) {
	syms := w.trie.spelling(w.trie.entries[c.term-1])
	w.steps -= 1 + len(syms)/verifyLetters
	here, further, nearer := w.places(syms, pos)
	all := uint64(1)<<len(syms) - 1
	right := bits.TrailingZeros64(^here)                                          // letters in front that are right
	from := func(set uint64) uint64 { return ^uint64(0) << bits.Len64(all&^set) } // letters behind all that are not in a set
	// Edits are at letters that are right or the first that is not, but not at the
	// first three; with the third, the fourth may be swapped.
	const first = 1<<slipDepth - 1
	upto := uint64(2)<<right - 1
	w.edits(c, pos, upto&(all>>1)&(from(here)>>2)&further&(nearer>>1)&^(first>>1), editSwapped)
	upto &= all &^ first
	w.edits(c, pos, upto&from(further), editExtra)
	w.edits(c, pos, upto&(from(nearer)>>1), editMissing)
	if here|1<<right == all && w.readable(pos, right) != 0 {
		w.edits(c, pos, upto&(1<<right), editChanged)
	}
}

// places returns the sets of the letters of a word that the text from pos may have at
// their place, one further, or one nearer.
func (w *walker) places(syms []symbol, pos int) (here, further, nearer uint64) {
	before, at := uint64(0), w.readable(pos, 0)
	for k, s := range syms {
		after := w.readable(pos, k+1)
		here |= at >> s & 1 << k
		further |= after >> s & 1 << k
		nearer |= before >> s & 1 << k
		before, at = at, after
	}
	return here, further, nearer
}

// readable returns what position k of the text from pos may be read as.
func (w *walker) readable(pos, k int) uint64 {
	i := pos + w.dir>>1 + k*w.dir
	if uint(i) < uint(w.lat.n) {
		return w.lat.cells[i].mask
	}
	return 0
}

// slipEdit is one of the edits.
type slipEdit uint8

const (
	editSwapped slipEdit = iota
	editExtra
	editMissing
	editChanged
)

// slipEdits has how much longer edits make a text, and what they make of a variant.
var slipEdits = [...]struct {
	longer  int
	variant variant
}{
	editSwapped: {0, edited},
	editExtra:   {1, edited | strange},
	editMissing: {-1, edited},
	editChanged: {0, edited | strange},
}

// edits reports c as it stands from pos with an edit at each of a set of letters.
func (w *walker) edits(c *candidate, pos int, set uint64, edit slipEdit) {
	syms, how := w.trie.spelling(w.trie.entries[c.term-1]), &slipEdits[edit]
	for ; set != 0; set &= set - 1 {
		if w.steps -= 1 + len(syms)/verifyLetters; w.steps < 0 {
			return
		}
		k, v := bits.TrailingZeros64(set), how.variant
		for j, s := range syms {
			if at := edit.place(j, k); at >= 0 {
				v = w.read(v, pos+w.dir>>1+at*w.dir, s)
			}
		}
		w.found(uint32(c.term), pos+w.dir*(len(syms)+how.longer), v)
	}
}

// place returns which position of a text is letter j of a term with the edit at letter
// k, or -1 for none.
func (e slipEdit) place(j, k int) int {
	switch {
	case j < k || e == editSwapped && j > k+1:
		return j
	case e == editSwapped:
		return 2*k + 1 - j
	case j == k && e != editExtra:
		return -1
	}
	return j + slipEdits[e].longer
}
