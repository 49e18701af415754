package engine

import "math/bits"

// dated are sets of the digits from which dates and telephone numbers are looked for. Those
// of a password of more than setSize positions tell nothing: they have all.
type dated struct {
	plain  uint64 // four are in a row
	parted uint64 // all if separators stand between digits twice
	months uint64 // three letters beside them may name a month
	phones uint64 // all if there may be telephone numbers
}

// dateDigits returns the digits from which dates may be offered.
func (l *lattice) dateDigits() (d dated) {
	digits, separators := l.places[0].digits, l.places[0].separators
	if l.mayBePhone() {
		d.phones = ^uint64(0)
	}
	if l.n > setSize {
		d.plain, d.parted, d.months = ^uint64(0), ^uint64(0), ^uint64(0)
		return d
	}
	d.phones &= digits
	between := separators & (digits << 1) & (digits >> 1)
	d.parted = digits & -isFilled(between&(between-1))
	letters := l.places[0].letters
	names := letters & (letters >> 1) & (letters >> 2) // where three letters begin
	ends := names << leastMonth                        // and end
	names |= separators & (names >> 1)
	ends |= (separators & ends) << 1
	two := digits & (digits >> 1)
	d.plain = two & (two >> 2)
	behind, front := names&(digits<<1), digits&ends
	at := bits.TrailingZeros64(behind) % setSize
	if l.mayBeOne(behind, at+int(separators>>at&1), monthFirst) {
		d.months |= digits&(behind>>1) | two&(behind>>2)
	}
	at = bits.TrailingZeros64(front) % setSize
	if l.mayBeOne(front, at-leastMonth-int(separators<<1>>at&1), monthLast) {
		d.months |= front
	}
	return d
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

// any returns the digits from which anything is looked for.
func (d *dated) any() uint64 { return d.plain | d.rare() }

// rare returns those from which anything but plain dates is.
func (d *dated) rare() uint64 { return d.parted | d.months | d.phones }

// dates offers the years, dates and telephone numbers that begin at position i, or go on
// there with the name of a month in front.
func (s *scorer) dates(i int) {
	d, at := &s.dated, uint(i)%setSize
	if d.plain>>at&1 != 0 {
		s.plainDates(i)
	}
	if d.rare()>>at&1 == 0 {
		return
	}
	if d.parted>>at&1 != 0 {
		s.separatedDates(i)
	}
	if d.months>>at&1 != 0 {
		s.monthDates(i)
	}
	if d.phones>>at&1 != 0 {
		s.phones(i)
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
		s.dateIfAny(i, second+1+width, dayOf(c, b)+yearCost(l.fourDigits(i)))
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
	s.dateIfAny(start, at+4, cost+yearCost(s.lat.fourDigits(at)))
}

// plainDates offers what the four digits from position i on may mean, and those behind
// them: a year, a day and month in either order, these with a year of two or four digits
// behind, or year, month and day. Digits are as often one as another: one branch for each
// end tells whether they mean any.
func (s *scorer) plainDates(i int) {
	l := s.lat
	n := l.end(i) - i
	if n < 4 {
		return
	}
	a, b := l.pair(i), l.pair(i+2)
	year, day := yearCost(100*a+b), min(dayOf(a, b), dayOf(b, a))
	s.dateIfAny(i, i+4, min(year, day))
	if n < 6 {
		return
	}
	c := l.pair(i + 4)
	s.dateIfAny(i, i+6, min(day, dayOf(c, b))+yearNearCost)
	if n < 8 {
		return
	}
	d := l.pair(i + 6)
	s.dateIfAny(i, i+8, min(day+yearCost(100*c+d), dayOf(d, c)+year))
}

// never costs more than any match.
const never Guesses = 1 << 24

// dateIfAny is date if there is one.
func (s *scorer) dateIfAny(i, end int, cost Guesses) {
	if cost < never {
		s.date(i, end, cost)
	}
}

// dayOf returns what a date of this day and month costs, at least never if it is none.
func dayOf(day, month int) Guesses {
	cost := dayCost + orderCost
	if uint(day-1) >= 31 {
		cost = never
	}
	if uint(month-1) >= 12 {
		cost = never
	}
	return cost
}

func isDay(day, month int) bool { return dayOf(day, month) < never }

// pair returns the number of the two digits at position i.
func (l *lattice) pair(i int) int {
	return int(l.cells[i].base-'0')*10 + int(l.cells[i+1].base-'0')
}

// twoDigits returns the number of two digits at position i, or -1.
func (l *lattice) twoDigits(i int) int {
	if i+2 > l.n || l.cells[i].flags&l.cells[i+1].flags&digit == 0 {
		return -1
	}
	return l.pair(i)
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

// yearCost returns the cost of a year that people choose, never for others.
func yearCost(y int) Guesses {
	cost := never
	if uint(y-1900) < 170 {
		cost = yearFarCost
	}
	if uint(y-1940) < 90 {
		cost = yearNearCost
	}
	return cost
}
