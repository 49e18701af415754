package engine

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// maxPositions bounds the folded length of a password that is analyzed; a
// longer one is too long under every policy.
const maxPositions = MaxLength

// maxBytes bounds the input in bytes likewise: NFC text of MaxLength code
// points, and what decomposes to it.
const maxBytes = 4 * MaxLength

// symbol numbers the letters a position may stand for: a to z, 0 to 9, then
// classes into which all other characters are hashed.
type symbol = uint8

const (
	symbolDigit = 26
	symbolWide  = 36
	wideClasses = 64 - symbolWide
)

// wideFactor spreads other characters over the classes: of ASCII as few as can be share
// one, and of the usual ones none.
const wideFactor = 0xF736064B

// symbolOf returns the symbol of a folded character.
func symbolOf(r rune) symbol {
	switch {
	case 'a' <= r && r <= 'z':
		return symbol(r - 'a')
	case '0' <= r && r <= '9':
		return symbol(r-'0') + symbolDigit
	}
	return symbolWide + symbol(uint32(r)*wideFactor>>16%wideClasses)
}

// substitutions is the one table of the letters that a character may stand
// for: those of the substitution rules that hashcat (leetspeak.rule), John the
// Ripper and zxcvbn (matching.coffee, l33t_table) agree on are common; what
// only one or two of them have is rare. entra are the substitutions that
// Microsoft documents.
var substitutions = [...]struct {
	char                rune
	common, rare, entra string
}{
	{'0', "o", "", "o"},
	{'1', "il", "", "l"},
	{'2', "", "z", ""},
	{'3', "e", "", ""},
	{'4', "a", "", ""},
	{'5', "s", "", ""},
	{'6', "", "bg", ""},
	{'7', "t", "l", ""},
	{'8', "b", "", ""},
	{'9', "", "gq", ""},
	{'@', "a", "", "a"},
	{'$', "s", "", "s"},
	{'!', "i", "l", ""},
	{'|', "", "il", ""},
	{'+', "t", "", ""},
	{'(', "", "c", ""},
	{'<', "", "c", ""},
	{'{', "", "c", ""},
	{'[', "", "c", ""},
	{'%', "", "x", ""},
	{'#', "", "h", ""},
	{'€', "", "e", ""},
	{'£', "", "l", ""},
}

func symbolSet(letters string) (set uint64) {
	for _, r := range letters {
		set |= 1 << symbolOf(r)
	}
	return set
}

// reading is what a character may stand for beside itself, as sets of symbols.
type reading struct{ common, rare, entra uint64 }

func readingOf(r rune) reading {
	for _, s := range substitutions {
		if s.char == r {
			return reading{symbolSet(s.common), symbolSet(s.rare), symbolSet(s.entra)}
		}
	}
	return reading{}
}

// lattice holds a password as positions, each with the set of letters it may
// stand for. Every matcher works on it; no spelling is ever enumerated.
type lattice struct {
	n          int
	exact      bool     // all input was taken; false when it was too long
	wide       bool     // some are beyond ASCII
	expanded   bool     // some characters have several
	between    bool     // some are between
	separators int      // how many
	figures    int      // how many digits
	half       int      // length of half of what is the same twice, else 0
	readable   uint64   // set of the symbols that positions may be read as
	classes    classSet // of the input, or beyond if not all of it is ASCII
	// lookalikes tells that some may be read as a letter of another code.
	lookalikes bool
	closed     Guesses                // cost of having been closed up
	cells      [maxPositions + 1]cell // at n the length of the input
	places     [maxPositions/setSize + 1]places
	marked     bool                // some letters had marks
	marks      [maxPositions]uint8 // how many, at most maxMarks
	packed     packed
}

// cell is one position, in 32 bytes.
type cell struct {
	mask    uint64 // set of symbols: own and readings
	common  uint64 // of these, the common substitutions
	base    rune
	origin  uint16 // rune offset in the input
	own     symbol
	flags   uint8
	class   uint8    // of base; see classOfChar
	code    uint8    // see codeOf
	classes classSet // of the character, if it is ASCII
	key     uint8    // see charIndex
	cost    Guesses  // of a character that has none there
}

// Flags of a position beside upper and joined.
const (
	separator = 4 << iota // may stand between the letters of a term
	letter                // a letter of any script
	digit                 // 0 to 9
	repeated              // the same base as the position before
	between               // a separator that stands for no letter
)

// load reads text as the profile reads it.
func (l *lattice) load(text []byte, profile Profile) {
	l.exact = true
	var all cell // what the characters are together
	vector := l.loadVector(text, profile, &all)
	if l.n = len(text); !vector {
		l.n = l.loadASCII(text[:min(len(text), maxPositions)], profile, &all)
	}
	l.readable, l.between, l.classes = all.mask, all.flags&between != 0, all.classes
	runes := uint16(l.n)
	if l.n < len(text) {
		l.classes |= beyond
		runes = l.fold(text, profile)
	} else if vector {
		l.cells[l.n] = cell{origin: runes}
		l.packed.end(l.n)
		l.measureFirst()
		l.half = l.halve()
		return
	}
	l.measure(runes)
}

// loadASCII loads the characters of ASCII at the start of text, which need no folder, and
// returns how many these are. It tells what those are together that a cell has as sets.
func (l *lattice) loadASCII(text []byte, profile Profile, all *cell) (n int) {
	for n < len(text) && text[n] < utf8.RuneSelf {
		c := &asciiCells[profile][text[n]]
		l.cells[n] = *c
		l.cells[n].origin = uint16(n)
		all.mask |= c.mask
		all.flags |= c.flags
		all.classes |= c.classes
		l.packed.put(n, asciiPacked[profile][text[n]])
		n++
	}
	return n
}

// fold reads on where ASCII ends, and returns the number of runes read in all.
func (l *lattice) fold(text []byte, profile Profile) (runes uint16) {
	f := folder{text: text, at: l.n, runes: uint16(l.n)}
	for {
		p, ok := f.next()
		if !ok {
			return f.runes
		}
		if l.n == maxPositions {
			l.exact = false
			return f.runes
		}
		c := cellOf(p.base, p.look, profile)
		c.flags |= p.flags
		c.origin = p.origin
		l.between = l.between || c.flags&between != 0
		l.expanded = l.expanded || p.flags&joined != 0
		l.lookalikes = l.lookalikes || p.look != 0 && profile == Default && codeOf(rune(p.look)) != c.code
		l.cells[l.n] = c
		l.packed.put(l.n, c.pack())
		l.n++
	}
}

// measure fills in what positions are beside others, for input of so many runes.
func (l *lattice) measure(runes uint16) {
	cells := l.cells[:l.n]
	readable, last, bases := uint64(0), rune(-1), rune(0)
	for i := range cells {
		c := &cells[i]
		if c.base == last {
			l.repeat(i)
		}
		last = c.base
		readable |= c.mask
		bases |= c.base
	}
	l.cells[l.n] = cell{origin: runes}
	l.packed.end(l.n)
	l.readable, l.wide = readable, bases >= utf8.RuneSelf
	l.measurePlaces()
	l.half = l.halve()
}

// repeat notes that position i repeats the one before.
func (l *lattice) repeat(i int) {
	l.cells[i].flags |= repeated
	l.packed.repeat(i)
}

// is reports whether position i is of a kind: letter, digit or separator.
func (l *lattice) is(i int, kind uint8) bool { return l.cells[i].flags&kind != 0 }

// asciiTable has the cells of ASCII and, behind them, one of no character.
type asciiTable [utf8.RuneSelf + 1]cell

// asciiCells has what ASCII characters are in each profile, wherever they stand.
var asciiCells = func() (t [profileCount]asciiTable) {
	for profile := range t {
		for r := range utf8.RuneSelf {
			f := folder{text: []byte{byte(r)}}
			p, _ := f.next()
			t[profile][r] = cellOf(p.base, 0, Profile(profile))
			t[profile][r].flags |= p.flags
			t[profile][r].classes = asciiClasses[r]
		}
	}
	return t
}()

// cellOf returns what a folded character with an ASCII look-alike, if look is not
// 0, is wherever it stands.
func cellOf(base rune, look byte, profile Profile) cell {
	own := symbolOf(base)
	r := readingOf(base)
	c := cell{base: base, own: own, flags: class(base, own), class: classOfChar(base), code: codeOf(base), key: charIndex(base)}
	if c.class >= classUsual {
		c.cost = classCosts[c.class-classUsual]
	}
	if profile == Entra {
		r = reading{common: r.entra}
	} else if look != 0 {
		r.common |= 1 << symbolOf(rune(look))
	}
	if c.flags&separator != 0 && c.code >= codeOther {
		c.flags |= between
	}
	c.mask, c.common = 1<<own|r.common|r.rare, r.common
	return c
}

// alike reports whether two positions have the same base and readings.
func (l *lattice) alike(i, j int) bool {
	a, b := &l.cells[i], &l.cells[j]
	return a.base == b.base && a.mask == b.mask && a.common == b.common
}

// halve returns the length of half the positions if they are the same twice, else 0.
func (l *lattice) halve() int {
	h := l.n / 2
	if h < minListed || l.cells[0].base != l.cells[h].base || l.n%2 != 0 { // parity is hard to predict
		return 0
	}
	for i := range h {
		if l.cells[i].base != l.cells[h+i].base {
			return 0
		}
	}
	return h
}

// recurs reports whether the positions are the first ones, so many, again and again.
func (l *lattice) recurs(unit int) bool {
	same := l.n%unit == 0
	for i := unit; same && i < l.n; i++ {
		same = l.cells[i].base == l.cells[i-unit].base
	}
	return same
}

// alone reports whether [start,end) is letters that stand alone: in one case but
// perhaps for the first, beside no letter but where a capital is behind a small one.
func (l *lattice) alone(start, end int) bool {
	if end > l.n || l.letters(start, end) != end-start {
		return false
	}
	capitals := l.capitals(start, end)
	one := capitals == 0 || capitals == end-start || capitals == 1 && l.cells[start].flags&upper != 0
	return one && l.parts(start) && l.parts(end)
}

// parts reports whether no word goes on over boundary i.
func (l *lattice) parts(i int) bool {
	return i == 0 || i == l.n || !l.is(i-1, letter) || !l.is(i, letter) || !l.is(i-1, upper) && l.is(i, upper)
}

// class returns the flags of a folded character.
func class(r rune, own symbol) uint8 {
	switch {
	case own < symbolDigit:
		return letter
	case own < symbolWide:
		return digit
	case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsMark(r)):
		return letter
	}
	return separator
}

// isSeparator reports whether a folded character is neither a letter nor a digit.
func isSeparator(r rune) bool { return class(r, symbolOf(r)) == separator }

// spelling returns what reading position i as symbol s costs.
func (l *lattice) spelling(i int, s symbol) Guesses {
	switch {
	case l.cells[i].own == s:
		return 0
	case l.cells[i].common>>s&1 != 0:
		return commonCost
	}
	return rareCost
}

// meant returns the letter that a position most likely stands for if it is not
// one: its first common reading, else its first rare one.
func (c *cell) meant() (s symbol, ok bool) {
	const letters = 1<<symbolDigit - 1
	set := c.mask & letters
	if common := c.common & letters; common != 0 {
		set = common
	}
	return symbol(bits.TrailingZeros64(set)), set != 0
}

// wipe clears what is known of n positions together, and their marks.
func (l *lattice) wipe(n int) {
	if l.marked {
		clear(l.marks[:n])
	}
	l.n, l.separators, l.figures, l.half, l.readable, l.classes, l.closed = 0, 0, 0, 0, 0, 0, 0
	l.wide, l.expanded, l.between, l.lookalikes, l.marked = false, false, false, false, false
}

// log2 returns the binary logarithm of x > 0 in 1/64 bit, rounded down, in
// integer arithmetic so that it is the same everywhere.
func log2(x uint32) Guesses {
	g := Guesses(bits.Len32(x) - 1)
	m := uint64(x) << (63 - g) // fixed point, 1 to 2
	for range 6 {
		m, _ = bits.Mul64(m, m) // 1/4 of the square, of 1 to 4
		g <<= 1
		if m>>63 != 0 {
			g |= 1
		} else {
			m <<= 1
		}
	}
	return g
}
