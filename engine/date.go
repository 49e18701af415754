package engine

import "math/bits"

// dateDigits returns the set of the digits, of those among the first setSize positions,
// from which dates may be offered: where four are in a row, all if separators stand
// between digits twice, and beside three letters, which may name a month.
func (l *lattice) dateDigits() uint64 {
	digits, separators := l.places[0].digits, l.places[0].separators
	if l.n > setSize {
		return digits
	}
	between := separators & (digits << 1) & (digits >> 1)
	if between&(between-1) != 0 {
		return digits
	}
	letters := l.places[0].letters
	names := letters & (letters >> 1) & (letters >> 2) // where three letters begin
	ends := names << leastMonth                        // and end
	names |= separators & (names >> 1)
	ends |= (separators & ends) << 1
	two := digits & (digits >> 1)
	dated := two & (two >> 2)
	behind, front := names&(digits<<1), digits&ends
	at := bits.TrailingZeros64(behind) % setSize
	if l.mayBeOne(behind, at+int(separators>>at&1), monthFirst) {
		dated |= digits&(behind>>1) | two&(behind>>2)
	}
	at = bits.TrailingZeros64(front) % setSize
	if l.mayBeOne(front, at-leastMonth-int(separators<<1>>at&1), monthLast) {
		dated |= front
	}
	return dated
}

// mayBeOne reports whether one position is beside letters and the three from at on are of
// a set, or more positions are. Most passwords have neither: one branch on the answer is
// predicted best.
func (l *lattice) mayBeOne(beside uint64, at int, set *letterTriples) bool {
	i := uint(at) % setSize
	a, b, c := l.cells[i].own, l.cells[i+1].own, l.cells[i+2].own
	n := triple(a, b, c) % (64 * len(set))
	return beside&(beside-1)|set[n/64]>>(n%64)&isFilled(beside) != 0
}

// mayDate reports whether dates or telephone numbers may begin at position i, or a
// date go on there.
func (s *scorer) mayDate(i int) bool {
	return s.dated>>i&1 != 0 || i >= setSize && s.lat.is(i, digit)
}

// dates offers the years and dates that begin at position i: four-digit years,
// and days in the usual orders, with or without separators.
func (s *scorer) dates(i int) {
	l := s.lat
	if i+4 > l.n || !l.is(i, digit) {
		return
	}
	if l.end(i) >= i+4 {
		s.plainDates(i, l.twoDigits(i), l.twoDigits(i+2))
	}
	if l.separators > 1 {
		s.separatedDates(i)
	}
}

// separatedDates offers the dates with the same separator twice: day, month and year
// in the usual orders, the year of two or four digits, the others of one or two.
func (s *scorer) separatedDates(i int) {
	l := s.lat
	first := min(l.end(i), i+4) // where the separators are
	if first == i+3 || first+1 >= l.n || !l.is(first, separator) || !l.is(first+1, digit) {
		return
	}
	b, width := l.number(first + 1)
	second := first + 1 + width
	if second+1 >= l.n || l.cells[second].base != l.cells[first].base || !l.is(second+1, digit) {
		return
	}
	c, width := l.number(second + 1)
	if first == i+4 {
		if year, ok := yearCost(l.fourDigits(i)); ok && isDay(c, b) {
			s.date(i, second+1+width, dayCost+orderCost+year)
		}
		return
	}
	if a, _ := l.number(i); isDay(a, b) || isDay(b, a) {
		s.yearAt(i, second+1, dayCost+orderCost)
	}
	if first == i+2 && isDay(c, b) {
		s.date(i, second+1+width, dayCost+orderCost+yearNearCost)
	}
}

// yearAt offers what begins at start and costs that much up to position at, with a
// year there of two digits or four.
func (s *scorer) yearAt(start, at int, cost Guesses) {
	if s.lat.twoDigits(at) >= 0 {
		s.date(start, at+2, cost+yearNearCost)
	}
	if year, ok := yearCost(s.lat.fourDigits(at)); ok {
		s.date(start, at+4, cost+year)
	}
}

// plainDates offers what the digits from position i on may mean, a and b being
// the first two numbers of two digits: a year, a day and month in either order,
// these with a year of two or four digits behind, or year, month and day.
func (s *scorer) plainDates(i, a, b int) {
	l := s.lat
	year, isYear := yearCost(100*a + b)
	if isYear {
		s.date(i, i+4, year)
	}
	day := isDay(a, b) || isDay(b, a)
	if day {
		s.date(i, i+4, dayCost+orderCost)
	}
	c := l.twoDigits(i + 4)
	if c < 0 {
		return
	}
	if day || isDay(c, b) {
		s.date(i, i+6, dayCost+orderCost+yearNearCost)
	}
	d := l.twoDigits(i + 6)
	if d < 0 {
		return
	}
	if cost, ok := yearCost(100*c + d); ok && day {
		s.date(i, i+8, dayCost+orderCost+cost)
	}
	if isYear && isDay(d, c) {
		s.date(i, i+8, dayCost+orderCost+year)
	}
}

func isDay(day, month int) bool { return day >= 1 && day <= 31 && month >= 1 && month <= 12 }

// twoDigits returns the number of two digits at position i, or -1.
func (l *lattice) twoDigits(i int) int {
	if i+2 > l.n || l.cells[i].flags&l.cells[i+1].flags&digit == 0 {
		return -1
	}
	return int(l.cells[i].base-'0')*10 + int(l.cells[i+1].base-'0')
}

func (s *scorer) date(i, end int, cost Guesses) {
	s.relax(end, step{pointStep{start: uint16(i), kind: KindDate}, costs{base: cost, join: s.ways[i].join}})
}

// number reads a number of one or two digits at position i and its width; 0 for none.
func (l *lattice) number(i int) (n, width int) {
	if n = l.twoDigits(i); n >= 0 {
		return n, 2
	}
	if i < l.n && l.is(i, digit) {
		return int(l.cells[i].base - '0'), 1
	}
	return 0, 0
}

// fourDigits returns the number of four digits at position i, or -1.
func (l *lattice) fourDigits(i int) int {
	high, low := l.twoDigits(i), l.twoDigits(i+2)
	if high < 0 || low < 0 {
		return -1
	}
	return 100*high + low
}

// yearCost returns the cost of a year that people choose.
func yearCost(y int) (Guesses, bool) {
	switch {
	case y >= 1940 && y < 2030:
		return yearNearCost, true
	case y >= 1900 && y < 2070:
		return yearFarCost, true
	}
	return 0, false
}
