package engine

// leastSpread is how many characters in a row stand apart by the same separator
// for a password to be spread: p.a.s.s is, a date such as 1.1.99 is not. If two
// separators take turns it is one more, as chance has them at times.
const leastSpread = 4

// apart returns where the run of characters ends that stand apart by one
// separator each, the same or two in turn, from position i on; n is the end of
// all. It returns 0 if there are too few of them.
func (l *lattice) apart(i, n int) (end int) {
	start, least := i, leastSpread
	for i+2 < n && l.flags[i+1]&separator != 0 && (l.flags[i]|l.flags[i+2])&separator == 0 {
		if i > start+2 && l.base[i+1] != l.base[i-3] {
			break
		}
		if i > start && l.base[i+1] != l.base[i-1] {
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
	n, runes := l.n, l.origin[l.n]
	l.n, l.latest, l.closed = 0, [64]uint16{}, betweenCost
	between := rune(-1)
	for i := 0; i < n; i++ {
		end := l.apart(i, n)
		for ; i+1 < end; i += 2 {
			if between >= 0 && l.base[i+1] != between {
				l.closed = mixedCost
			}
			between = l.base[i+1]
			l.move(i)
		}
		l.move(i)
	}
	l.clear(l.n, n)
	l.origin[n], l.origin[l.n] = 0, runes
}

// move adds position i once more, at the end of those kept.
func (l *lattice) move(i int) {
	const own = upper | joined
	p := position{base: l.base[i], origin: l.origin[i], flags: l.flags[i] & own}
	l.put(p, &glyph{
		mask: l.mask[i], common: l.common[i], own: l.own[i],
		flags: l.flags[i] & (separator | letter | digit | lookalike | between), class: l.class[i], code: l.code[i],
	})
}
