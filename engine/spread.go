package engine

import (
	"math/bits"
	"slices"
)

// leastSpread is how many characters in a row stand apart by the same separator
// for a password to be spread: p.a.s.s is, a date such as 1.1.99 is not. If
// separators take turns it is as many more, as chance has them at times.
const leastSpread = 4

// Bounds on what stands between characters.
const (
	mostGap   = 3 // separators in a row
	mostTurns = 3 // gaps that take turns
	mostApart = 3 // how many different separators are paid for
)

// apart returns where the run of characters ends that stand apart by gaps of
// separators, the same or some in turn, from position i on; n is the end of
// all. It returns 0 if there are too few of them.
func (l *lattice) apart(i, n int) (end int) {
	if l.is(i, separator) {
		return 0
	}
	for k, at := 1, i; k < leastSpread; k++ { // most have fewer gaps
		if at+1 >= n || !l.is(at+1, separator) {
			return 0
		}
		at = l.end(at + 1)
	}
	for turns := 1; turns <= mostTurns; turns++ {
		end = max(end, l.apartInTurn(i, n, turns))
	}
	return end
}

// apartInTurn is apart for a number of gaps that take turns.
func (l *lattice) apartInTurn(i, n, turns int) (end int) {
	var gaps [mostTurns]part // the last ones
	chars := 1
	for i+1 < n && l.is(i+1, separator) {
		gap, last := part{i + 1, l.end(i + 1)}, &gaps[chars%turns]
		if gap.n() > mostGap || gap.end == n || last.end > 0 && !l.equal(*last, gap) {
			break
		}
		*last, i = gap, gap.end
		chars++
	}
	if chars < leastSpread+turns-1 {
		return 0
	}
	return i + 1
}

// equal reports whether two spans have the same bases.
func (l *lattice) equal(a, b part) bool {
	if a.n() != b.n() {
		return false
	}
	for k := range a.n() {
		if l.cells[a.start+k].base != l.cells[b.start+k].base {
			return false
		}
	}
	return true
}

// maySpread reports whether the password may be spread: all but the first and the
// last of what is have separators on both sides, two at least.
func (l *lattice) maySpread() bool {
	if l.n > setSize {
		return l.separators >= leastSpread-1
	}
	separators, others := l.sets()
	apart := others & (separators << 1) & (separators >> 1)
	return apart&(apart-1) != 0 && l.again() >= leastSpread-2
}

// again returns how many separators stand before, by their symbols: of the gaps of what
// is spread, all but those that take turns.
func (l *lattice) again() int {
	kinds := uint64(0)
	for m := l.places[0].separators; m != 0; m &= m - 1 {
		kinds |= 1 << (l.cells[bits.TrailingZeros64(m)].own % 64)
	}
	return l.separators - bits.OnesCount64(kinds)
}

// spread reports whether the password is spread.
func (l *lattice) spread() bool {
	if !l.maySpread() {
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
// costs: more if there are different ones.
func (l *lattice) closeUp() {
	n, kept := l.n, 0
	var between [mostApart]rune // the different ones
	kinds := 0
	keep := func(i int) {
		l.cells[kept] = l.cells[i]
		l.moveMarks(i, kept)
		l.cells[kept].flags &^= repeated
		l.packed.put(kept, l.cells[kept].pack())
		kept++
	}
	for i := 0; i < n; i++ {
		for end := l.apart(i, n); i+1 < end; {
			keep(i)
			for i++; l.is(i, separator); i++ {
				if r := l.cells[i].base; kinds < mostApart && !slices.Contains(between[:kinds], r) {
					between[kinds] = r
					kinds++
				}
			}
		}
		keep(i)
	}
	l.closed = betweenCost + otherCost*Guesses(kinds-1)
	runes := l.cells[n].origin
	clear(l.cells[kept : n+1])
	clear(l.places[:n/setSize+1])
	l.packed.cut(kept, n)
	l.n = kept
	l.measure(runes)
}
