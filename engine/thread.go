package engine

// minThread and maxThread bound the length of what is read in threads, maxUnits how many
// of such lengths a password of up to MaxLength positions may be a multiple of: 840 is of these.
const (
	minThread = 2 * minListed
	maxThread = 64
	maxUnits  = 15
)

// threaded reports whether the password may have threads, by the beginning that all of
// them have: no character stands alone, or every second one is the same, or a digit
// between letters. One branch tells that most have none.
func (l *lattice) threaded() bool {
	const first = 1<<minThread - 1
	const even, odd = first / 3, first / 3 * 2
	c, p := &l.cells, &l.places[0]
	alone := ^(p.repeats | p.repeats>>1) & (first >> 1)
	evens := uint64((c[0].base ^ c[2].base) | (c[0].base ^ c[4].base) | (c[0].base ^ c[6].base))
	odds := uint64((c[1].base ^ c[3].base) | (c[1].base ^ c[5].base) | (c[1].base ^ c[7].base))
	filled := min(((p.digits^even)|(p.letters^odd))&first, ((p.digits^odd)|(p.letters^even))&first)
	return min(alone, evens, odds, filled) == 0 && l.n >= minThread
}

// threadEnd returns where threads of the first n positions end: in front of the
// separators that people append.
func (l *lattice) threadEnd(n int) int {
	end := n
	for end > 0 && l.is(end-1, separator) {
		end--
	}
	return end
}

// askThreads looks up, in lists and among words, what is left of a password in which
// every character stands as many times, or every second one says little: ppaassss,
// p1a2s3s4; and of each part that it is several times.
func (sc *scratch) askThreads(e *Engine) {
	for unit := min(sc.lat.n, maxThread); unit >= minThread; unit-- {
		if sc.lat.recurs(unit) {
			sc.askThreadsTo(e, unit)
		}
	}
}

// askThreadsTo does of the first n positions.
func (sc *scratch) askThreadsTo(e *Engine, n int) {
	l := &sc.lat
	end := l.threadEnd(n)
	if end < minThread {
		return
	}
	if k := l.times(end); k > 1 {
		sc.findThread(e, thread{0, uint16(end), uint16(k), doubledCost + Guesses(k-2)*bit})
	}
	for first := range 2 {
		if cost := l.filling(1-first, end); cost > 0 {
			sc.findThread(e, thread{uint16(first), uint16(end), 2, betweenCost + cost})
		}
	}
}

// thread is every so many positions from the first on, with what reading them so
// costs; the zero value is none.
type thread struct {
	first, end, step uint16
	cost             Guesses
}

// findThread looks a thread up, if it is ASCII: for all that it goes through.
func (sc *scratch) findThread(e *Engine, t thread) {
	text, ok := sc.speller.thread(&sc.lat, t)
	if !ok || len(text) < minListed {
		return
	}
	found := sc.findText(e, part{0, int(t.end)}, t.cost, text)
	for i := range found {
		found[i].thread = t
	}
}

// findText looks a part up in lists and among words, read as an ASCII text at a cost,
// and returns what was found.
func (sc *scratch) findText(e *Engine, p part, cost Guesses, text []byte) []listed {
	known := len(sc.listed)
	sc.find(e, Key(text), listed{})
	sc.wordOf(e, p, cost, text)
	found := sc.listed[known:]
	for i := range found {
		h := &found[i]
		h.start, h.end, h.spelling = uint16(p.start), uint16(p.end), cost
	}
	return found
}

// wordOf adds the term that a part comes to, read as an ASCII text at a cost, or the
// word of the subject. Of several terms the cheapest is kept, then that of the first list.
func (sc *scratch) wordOf(e *Engine, p part, cost Guesses, text []byte) {
	best := sc.termOf(e.base.terms, p, cost, text, nil)
	if e.change != nil {
		best = sc.termOf(e.change.terms, p, cost, text, best)
	}
	if best != nil {
		sc.listed = append(sc.listed, listed{kind: KindTerm, list: best.list, base: Guesses(best.base)})
	}
	for _, w := range sc.subject.list[:sc.subject.n] {
		if !w.typed && spells(sc.subject.text.runes[w.at.start:w.at.end], text) {
			sc.listed = append(sc.listed, listed{kind: KindSubject, base: subjectCost})
			if sc.score.subject.End == 0 {
				sc.score.subject = Span{p.start, p.end}
			}
			break
		}
	}
}

// termOf returns the better of a term and those of a trie that a part comes to, and
// notes hard-banned ones.
func (sc *scratch) termOf(of *trie, p part, cost Guesses, text []byte, best *entry) *entry {
	for term := of.whole(text); term != 0; {
		have := &of.entries[term-1]
		term = have.next
		switch {
		case have.has(traitTyped), !have.fits(p.start, p.end, sc.lat.n), of.gone != nil && of.gone.has(have), have.has(traitWide) && !spells(of.wide[have.start], text):
			continue
		case have.has(traitBan):
			sc.score.ban(ban{Span{p.start, p.end}, have.list, cost})
		}
		if best == nil || have.base < best.base || have.base == best.base && have.list < best.list {
			best = have
		}
	}
	return best
}

// spells reports whether an ASCII text has these characters.
func spells(runes []rune, text []byte) bool {
	if len(runes) != len(text) {
		return false
	}
	for i, r := range runes {
		if r != rune(text[i]) {
			return false
		}
	}
	return true
}

// times returns how many times each character up to end stands: the greatest common
// divisor of the lengths of all runs of one.
func (l *lattice) times(end int) int {
	k := 0
	for i := 0; i < end && k != 1; {
		start := i
		for i++; i < end && l.cells[i].flags&repeated != 0; i++ {
		}
		for n := i - start; n != 0; {
			k, n = n, k%n
		}
	}
	return k
}

// filling returns what every second character from position at to end costs as what
// is put between others: the same letter throughout, or digits between letters.
// It returns 0 for others.
func (l *lattice) filling(at, end int) Guesses {
	first, step := l.cells[at].base, l.cells[at+2].base-l.cells[at].base
	same, inOrder, digits := l.cells[at].own < symbolDigit, step >= -1 && step <= 1, true
	n := Guesses(0)
	for i := range end {
		c := &l.cells[i]
		if i%2 != at {
			digits = digits && c.flags&letter != 0
		} else {
			same = same && c.base == first
			inOrder = inOrder && c.base == first+rune(n)*step
			digits = digits && c.flags&digit != 0
			n++
		}
		if !same && !digits {
			return 0
		}
	}
	switch {
	case same:
		return alphabetCosts[1<<shapeSmall]
	case inOrder && step == 0:
		return digitCost
	case inOrder:
		return digitCost + bit
	}
	return digitCost * n
}
