package engine

// The least and the largest number of digits of a telephone number: seven are a
// subscriber's in the North American plan, and ITU-T E.164 admits no more than 15.
const (
	leastPhone = 7
	mostPhone  = 15
)

// mayBePhone reports whether there are enough digits for a telephone number, and
// something to group them.
func (l *lattice) mayBePhone() bool {
	return l.figures >= leastPhone && l.separators > 0
}

// phones offers the telephone numbers whose digits begin at position i, as ITU-T
// E.123 and people write them: a plus or none, then groups of digits, some in
// brackets, with one separator between them. Only the first group may be a single
// digit.
func (s *scorer) phones(i int) {
	l := s.lat
	if i > 0 && l.is(i-1, digit) {
		return
	}
	s.phone(i)
	if i > 0 && l.cells[i-1].base == '(' {
		i--
		s.phone(i)
	}
	if i > 0 && l.cells[i-1].base == '+' {
		s.phone(i - 1)
	}
}

// phone offers the telephone numbers that begin at position i.
func (s *scorer) phone(i int) {
	l := s.lat
	at, cost := i, phoneCost
	if l.cells[i].base == '+' {
		at++
	}
	for total := 0; ; {
		start, end := l.phoneGroup(at, total == 0)
		if end == 0 {
			return
		}
		if total == 0 && l.cells[start].base == '0' && l.cells[i].base != '+' {
			cost -= digitCost // in front of all national numbers, for most countries
		}
		total += l.end(start) - start
		if total > mostPhone {
			return
		}
		if total >= leastPhone && end-i > total {
			s.relax(end, step{pointStep{start: uint16(i), kind: KindDigits}, costs{base: cost + digitCost*Guesses(total), join: s.ways[i].join}})
		}
		if at = end; at < l.n && inPhone(l.cells[at].base) {
			at++
		}
	}
}

// phoneGroup returns where the digits of a group at position i start, and where
// the group ends, with brackets if it has them; 0 if there is none.
func (l *lattice) phoneGroup(i int, first bool) (start, end int) {
	start = i
	bracketed := i < l.n && l.cells[i].base == '('
	if bracketed {
		start++
	}
	if start >= l.n || !l.is(start, digit) {
		return 0, 0
	}
	end = l.end(start)
	if !bracketed {
		if end-start == 1 && !first {
			return 0, 0
		}
		return start, end
	}
	if end == l.n || l.cells[end].base != ')' {
		return 0, 0
	}
	return start, end + 1
}

// inPhone reports whether r separates groups of a telephone number.
func inPhone(r rune) bool { return r == ' ' || r == '-' || r == '.' || r == '/' }
