package engine

// monthNames are the months in English, German, French, Spanish, Italian, Dutch and
// Portuguese, in full and by three letters, without marks, and März with its vowel
// spelled out (Unicode CLDR 48.2, wide and abbreviated).
var monthNames = [...]string{
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
	"mai", "okt", "dez", "fev", "avr", "ene", "abr", "ago", "dic", "gen", "mag", "giu", "lug", "set", "ott", "mrt", "mei", "out",
	"january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december",
	"januar", "februar", "marz", "maerz", "juni", "juli", "oktober", "dezember",
	"janvier", "fevrier", "mars", "avril", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
	"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
	"gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre",
	"januari", "februari", "maart", "augustus",
	"janeiro", "fevereiro", "marco", "maio", "junho", "julho", "setembro", "outubro", "novembro", "dezembro",
}

const leastMonth = 3 // letters of a name

// letterTriples is a set of three letters in a row.
type letterTriples [1 << (leastMonth * codeBits) / 64]uint64

// triple returns the number of three letters, as symbols.
func triple(a, b, c symbol) int { return int(a)<<(2*codeBits) | int(b)<<codeBits | int(c) }

func (t *letterTriples) has(n int) bool { return t[n/64]>>(n%64)&1 != 0 }

// monthFirst and monthLast are the first three letters of the names and the last, by
// which the letters beside digits are told from most others, firstOf and lastOf those of
// each name.
var monthFirst, monthLast, firstOf, lastOf = func() (first, last *letterTriples, firstOf, lastOf [len(monthNames)]int) {
	first, last = new(letterTriples), new(letterTriples)
	for i, name := range monthNames {
		firstOf[i], lastOf[i] = first.add(name[:leastMonth]), last.add(name[len(name)-leastMonth:])
	}
	return
}()

// add adds three small letters, and returns their number.
func (t *letterTriples) add(text string) int {
	n := triple(text[0]-'a', text[1]-'a', text[2]-'a')
	t[n/64] |= 1 << (n % 64)
	return n
}

// monthDates offers the dates with the name of a month beside the digits from
// position i on: 15-Jan-1990, 5may, Jan 15 1990, March2024.
func (s *scorer) monthDates(i int) {
	l := s.lat
	if end := l.end(i); end-i <= 2 && end+leastMonth <= l.n {
		day, _ := l.number(i)
		if at := l.behindSeparator(end); isDay(day, 1) && l.mayBeMonth(at, monthFirst) {
			s.dayMonth(i, at)
		}
	}
	if i < leastMonth || l.is(i-1, digit) {
		return
	}
	end := i - int(l.cells[i-1].flags&separator/separator)
	if l.mayBeMonth(end-leastMonth, monthLast) {
		s.monthDay(i, end)
	}
}

// dayMonth offers the dates whose day begins at position i and whose month at at.
func (s *scorer) dayMonth(i, at int) {
	first := s.lat.triple(at)
	for k, name := range monthNames {
		if firstOf[k] == first && s.lat.spells(at, name) {
			s.date(i, at+len(name), dayCost+orderCost+nameCost)
			s.yearBehind(i, at+len(name), dayCost+orderCost+nameCost)
		}
	}
}

// monthDay offers the dates whose month ends at a position, and whose day or year
// begins at i.
func (s *scorer) monthDay(i, end int) {
	l := s.lat
	last := l.triple(end - leastMonth)
	for k, name := range monthNames {
		start := end - len(name)
		if lastOf[k] != last || !l.spells(start, name) {
			continue
		}
		s.yearBehind(start, i, monthCost+orderCost+nameCost)
		if day, width := l.number(i); isDay(day, 1) {
			s.date(start, i+width, dayCost+orderCost+nameCost)
			s.yearBehind(start, i+width, dayCost+orderCost+nameCost)
		}
	}
}

// yearBehind offers what begins at start and costs that much up to position at with
// a year behind, of two digits or four.
func (s *scorer) yearBehind(start, at int, cost Guesses) {
	s.yearAt(start, s.lat.behindSeparator(at), cost)
}

// behindSeparator returns the position behind a separator at one, or that.
func (l *lattice) behindSeparator(at int) int {
	if at < l.n && l.is(at, separator) {
		at++
	}
	return at
}

// mayBeMonth reports whether the three positions from at on are letters of a set.
func (l *lattice) mayBeMonth(at int, set *letterTriples) bool {
	if at < 0 || at+leastMonth > l.n {
		return false
	}
	return max(l.cells[at].own, l.cells[at+1].own, l.cells[at+2].own) < symbolDigit && set.has(l.triple(at))
}

// triple returns the number of the three letters from position at on.
func (l *lattice) triple(at int) int {
	return triple(l.cells[at].own, l.cells[at+1].own, l.cells[at+2].own)
}

// spells reports whether a name in small letters stands at position at.
func (l *lattice) spells(at int, name string) bool {
	if at < 0 || at+len(name) > l.n {
		return false
	}
	for k := range len(name) {
		if l.cells[at+k].base != rune(name[k]) {
			return false
		}
	}
	return true
}
