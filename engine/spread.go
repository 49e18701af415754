package engine

import "unicode/utf8"

// leastSpread is how many characters in a row stand apart by the same separator
// for a password to be spread: p.a.s.s is, a date such as 1.1.99 is not. If two
// separators take turns it is one more, as chance has them at times.
const leastSpread = 4

// apart returns where the run of characters ends that stand apart by one
// separator each, the same or two in turn, from position i on; n is the end of
// all. It returns 0 if there are too few of them.
func (l *lattice) apart(i, n int) (end int) {
	start, least := i, leastSpread
	for i+2 < n && l.is(i+1, separator) && (l.cells[i].flags|l.cells[i+2].flags)&separator == 0 {
		if i > start+2 && l.cells[i+1].base != l.cells[i-3].base {
			break
		}
		if i > start && l.cells[i+1].base != l.cells[i-1].base {
			least = leastSpread + 1
		}
		i += 2
	}
	if i < start+2*(least-1) {
		return 0
	}
	return i + 1
}

// spread reports whether the password is spread.
func (l *lattice) spread() bool {
	if l.separators < leastSpread-1 {
		return false
	}
	for i := 0; i+2*leastSpread-1 <= l.n; i++ {
		if l.apart(i, l.n) > 0 {
			return true
		}
	}
	return false
}

// closeUp takes the separators out of all that is spread, and notes what that
// costs.
func (l *lattice) closeUp() {
	n, runes := l.n, l.cells[l.n].origin
	l.n, l.latest, l.closed, l.wide = 0, [64]uint16{}, betweenCost, false
	between := rune(-1)
	for i := 0; i < n; i++ {
		end := l.apart(i, n)
		for ; i+1 < end; i += 2 {
			if between >= 0 && l.cells[i+1].base != between {
				l.closed = mixedCost
			}
			between = l.cells[i+1].base
			l.move(i)
		}
		l.move(i)
	}
	clear(l.cells[l.n+1 : n+1])
	clear(l.ends[l.n:n])
	last := &l.cells[l.n]
	*last = cell{origin: runes, capitals: last.capitals, letters: last.letters}
	l.measure()
}

// move adds position i once more, at the end of those kept.
func (l *lattice) move(i int) {
	c := l.cells[i]
	c.flags &^= repeated
	l.wide = l.wide || c.base >= utf8.RuneSelf
	l.put(&c, c.origin)
}
