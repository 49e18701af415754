package engine

// dates offers the years and dates that begin at position i: four-digit years,
// and days in the usual orders, with or without separators.
func (s *scorer) dates(i int) {
	l := s.lat
	if i+4 > l.n || l.flags[i]&digit == 0 || !l.digitsAhead(i) {
		return
	}
	if y, ok := s.number(i, 4); ok {
		if cost, ok := yearCost(y); ok {
			s.date(i, i+4, cost)
		}
	}
	for _, f := range dateForms {
		s.dateForm(i, f)
	}
}

// digitsAhead reports whether what follows position i may be a date: four digits
// in a row, or one or two and a separator and a digit.
func (l *lattice) digitsAhead(i int) bool {
	k := i + 1
	for k < l.n && k < i+4 && l.flags[k]&digit != 0 {
		k++
	}
	return k == i+4 || k <= i+2 && k+1 < l.n && l.flags[k]&separator != 0 && l.flags[k+1]&digit != 0
}

// dateForms are the orders of day, month and year (Y four, y two digits).
// Without separators day and month have two digits, with separators one or
// two.
var dateForms = [...]string{"dmY", "mdY", "Ymd", "dmy", "mdy", "ymd", "dm", "md"}

// dateForm offers the date of one order at position i, plain and separated.
func (s *scorer) dateForm(i int, form string) {
	if end, cost, ok := s.parseDate(i, form, false); ok {
		s.date(i, end, cost)
	}
	if len(form) == 3 {
		if end, cost, ok := s.parseDate(i, form, true); ok {
			s.date(i, end, cost)
		}
	}
}

func (s *scorer) date(i, end int, cost Guesses) {
	s.relax(end, step{start: uint16(i), kind: KindDate, base: cost, join: joinCost})
}

// parseDate reads a date of the form at position at; separated ones have the
// same separator twice and may drop leading zeros.
func (s *scorer) parseDate(at int, form string, separated bool) (end int, cost Guesses, ok bool) {
	var day, month int
	var between rune
	cost = dayCost + orderCost
	for k := range len(form) {
		if separated && k > 0 {
			if at >= s.lat.n || s.lat.flags[at]&separator == 0 || k > 1 && s.lat.base[at] != between {
				return 0, 0, false
			}
			between = s.lat.base[at]
			at++
		}
		n, width, found := s.field(at, form[k], separated)
		if !found {
			return 0, 0, false
		}
		at += width
		switch form[k] {
		case 'd':
			day = n
		case 'm':
			month = n
		case 'y':
			cost += yearNearCost
		case 'Y':
			c, known := yearCost(n)
			if !known {
				return 0, 0, false
			}
			cost += c
		}
	}
	return at, cost, day >= 1 && day <= 31 && month >= 1 && month <= 12
}

// field reads one number of a date and its width in positions.
func (s *scorer) field(at int, kind byte, separated bool) (n, width int, ok bool) {
	if kind == 'Y' {
		n, ok = s.number(at, 4)
		return n, 4, ok
	}
	if n, ok = s.number(at, 2); ok {
		return n, 2, true
	}
	if separated && kind != 'y' {
		n, ok = s.number(at, 1)
		return n, 1, ok
	}
	return 0, 0, false
}

// number reads width digits at position at.
func (s *scorer) number(at, width int) (n int, ok bool) {
	if at+width > s.lat.n {
		return 0, false
	}
	for _, r := range s.lat.base[at : at+width] {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, true
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
