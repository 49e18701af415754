package engine

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
	if l.separators > 1 && l.dateSeparated(i) {
		for _, order := range separatedOrders {
			if end, cost, ok := s.separated(i, order); ok {
				s.date(i, end, cost)
			}
		}
	}
}

// dateSeparated reports whether one, two or four digits, a separator and a digit
// begin at position i.
func (l *lattice) dateSeparated(i int) bool {
	k := min(l.end(i), i+4)
	return k != i+3 && k+1 < l.n && l.is(k, separator) && l.is(k+1, digit)
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

// separatedOrders are the orders of day, month and year with separators: Y has
// four digits, y two, d and m one or two.
var separatedOrders = [...]string{"dmY", "mdY", "Ymd", "dmy", "mdy", "ymd"}

// separated reads a date with the same separator twice at position at.
func (s *scorer) separated(at int, order string) (end int, cost Guesses, ok bool) {
	l := s.lat
	var day, month int
	var between rune
	cost = dayCost + orderCost
	for k := range len(order) {
		if k > 0 {
			if at >= l.n || !l.is(at, separator) || k > 1 && l.cells[at].base != between {
				return 0, 0, false
			}
			between = l.cells[at].base
			at++
		}
		n, width := l.field(at, order[k])
		at += width
		switch order[k] {
		case 'd':
			day = n
		case 'm':
			month = n
		case 'y':
			ok = width > 0
			cost += yearNearCost
		case 'Y':
			var year Guesses
			year, ok = yearCost(n)
			cost += year
		}
	}
	return at, cost, ok && isDay(day, month)
}

// field reads one number of a date and its width in positions; 0 for none.
func (l *lattice) field(at int, kind byte) (n, width int) {
	n = l.twoDigits(at)
	switch {
	case kind == 'Y':
		if low := l.twoDigits(at + 2); n >= 0 && low >= 0 {
			return 100*n + low, 4
		}
	case n >= 0:
		return n, 2
	case kind != 'y' && at < l.n && l.is(at, digit):
		return int(l.cells[at].base - '0'), 1
	}
	return 0, 0
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
