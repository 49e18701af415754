package engine

import "unicode/utf8"

// maxThread bounds the length of a password that is read in threads.
const maxThread = 64

// threaded reports whether the password may have threads; few have that have none.
func (l *lattice) threaded() bool {
	c := &l.cells
	return l.n >= 2*minListed && l.n <= maxThread && (l.is(1, repeated) ||
		c[0].base == c[2].base && c[0].base == c[4].base || c[1].base == c[3].base && c[1].base == c[5].base ||
		l.ends[0] == 1 && l.ends[1] == 2 && l.ends[2] == 3)
}

// askThreads looks up what is left of a password in which every character stands
// as many times, or every second one says little: ppaassss, p1a2s3s4.
func (sc *scratch) askThreads(e *Engine) {
	l := &sc.lat
	if k := l.times(); k > 1 {
		sc.findThread(e, thread{0, k}, doubledCost+Guesses(k-2)*bit)
	}
	for first := range 2 {
		if cost := l.filling(1 - first); cost > 0 {
			sc.findThread(e, thread{first, 2}, betweenCost+cost)
		}
	}
}

// thread is every so many positions from the first on; the zero value is none.
type thread struct{ first, step int }

// findThread looks a thread up, if it is ASCII: for the whole password.
func (sc *scratch) findThread(e *Engine, t thread, cost Guesses) {
	n := 0
	for i := t.first; i < sc.lat.n; i += t.step {
		r := sc.lat.cells[i].base
		if r >= utf8.RuneSelf {
			return
		}
		sc.keys.bare[n] = byte(r)
		n++
	}
	known := len(sc.listed)
	sc.find(e, ask{part: part{0, n}, bare: true, spelling: cost})
	for i := range sc.listed[known:] {
		h := &sc.listed[known+i]
		h.end, h.thread = uint16(sc.lat.n), t
	}
}

// times returns how many times each character stands: the greatest common divisor
// of the lengths of all runs of one.
func (l *lattice) times() int {
	k := 0
	for i := 0; i < l.n && k != 1; {
		start := i
		for i++; i < l.n && l.cells[i].flags&repeated != 0; i++ {
		}
		for n := i - start; n != 0; {
			k, n = n, k%n
		}
	}
	return k
}

// filling returns what every second character from position at on costs as what
// is put between others: the same letter throughout, or digits between letters.
// It returns 0 for others.
func (l *lattice) filling(at int) Guesses {
	first, step := l.cells[at].base, l.cells[at+2].base-l.cells[at].base
	same, inOrder, digits := l.cells[at].own < symbolDigit, step >= -1 && step <= 1, true
	n := Guesses(0)
	for i := range l.n {
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
