package engine

import (
	"fmt"
	"math"
	"unicode"
	"unicode/utf8"
)

// CharClasses is the number of character classes of a CharModel: 0 for the
// start of the password, 1 to 26 for a to z, 27 to 36 for 0 to 9, 37 for
// everything else.
const CharClasses = 38

// CharClass returns the class of a folded rune in a CharModel, 1 to 37.
func CharClass(r rune) int {
	switch {
	case 'a' <= r && r <= 'z':
		return int(r-'a') + 1
	case '0' <= r && r <= '9':
		return int(r-'0') + 27
	}
	return CharClasses - 1
}

// CharModel says what a letter among letters, or a digit among digits, costs
// after the two characters before it: a character-level Markov model of order
// 2, as used to crack passwords (Narayanan and Shmatikov, CCS 2005). It is
// immutable.
type CharModel struct {
	cost []uint8 // 1/16 bit, index (class of i-2 * CharClasses + of i-1) * CharClasses + of i
}

// ParseCharModel returns the model stored in data: CharClasses^3 bytes, each a
// cost in 1/16 bit, the class of the character itself running fastest and that
// of the one two before it slowest. The costs of the last class are not used.
// It keeps data.
func ParseCharModel(data []byte) (*CharModel, error) {
	if want := CharClasses * CharClasses * CharClasses; len(data) != want {
		return nil, &ConfigError{"Chars", fmt.Sprintf("has %d bytes, want %d", len(data), want)}
	}
	return &CharModel{data}, nil
}

// uniformChars is the model of those who give none: every letter and every digit
// costs the logarithm of how many there are.
var uniformChars = func() *CharModel {
	m := &CharModel{make([]uint8, CharClasses*CharClasses*CharClasses)}
	for i := range m.cost {
		if m.cost[i] = 4*16 + 11; i%CharClasses > 26 { // log2(26)
			m.cost[i] = 3*16 + 5 // log2(10)
		}
	}
	return m
}()

// The classes of characters that have no model, on from that which they share in
// one: what each costs depends on nothing but whether it stands twice.
const (
	classUsual = CharClasses - 1 + iota // a symbol that people use
	classRare                           // another of ASCII
	classWide                           // a letter beyond ASCII
	classHan                            // of a script with thousands of them in common use
	classSign                           // no letter, beyond ASCII
)

// classCosts has what a character of these classes costs. Lists of leaked
// passwords have too few symbols for a model: most predate composition rules.
var classCosts = [...]Guesses{
	classUsual - classUsual: 3 * bit,
	classRare - classUsual:  11 * bit / 2,
	classWide - classUsual:  9 * bit / 2,
	classHan - classUsual:   8 * bit,
	classSign - classUsual:  7 * bit,
}

// classOfChar returns the class of a folded character.
func classOfChar(r rune) uint8 {
	switch class := CharClass(r); {
	case class < classUsual:
		return uint8(class)
	case usual(r):
		return classUsual
	case r < utf8.RuneSelf:
		return classRare
	case unicode.In(r, unicode.Han, unicode.Hangul):
		return classHan
	case unicode.IsLetter(r), unicode.IsMark(r):
		return classWide
	}
	return classSign
}

// shape is the kind of a character in the structure of a password.
type shape = uint8

// The shapes. A password begins as after a shape of its own.
const (
	shapeStart shape = iota
	shapeSmall       // a letter of any script that is no capital
	shapeCapital
	shapeDigit
	shapeSymbol
	shapeCount
)

// half is half a bit.
const half = bit / 2

// shapeCosts is what a character of a shape costs after one of another, by the
// shape in front and its own: as often as in the million list, where letters and
// digits go on for 0.2 bits, but symbols are too rare, as most of its sites asked
// for none.
var shapeCosts = [8][8]Guesses{
	shapeStart:   {shapeSmall: 0, shapeCapital: 4 * half, shapeDigit: 3 * half, shapeSymbol: 7 * half},
	shapeSmall:   {shapeSmall: 0, shapeCapital: 15 * half, shapeDigit: 5 * half, shapeSymbol: 14 * half},
	shapeCapital: {shapeSmall: 5 * half, shapeCapital: 2 * half, shapeDigit: 8 * half, shapeSymbol: 14 * half},
	shapeDigit:   {shapeSmall: 8 * half, shapeCapital: 16 * half, shapeDigit: 0, shapeSymbol: 14 * half},
	shapeSymbol:  {shapeSmall: 4 * half, shapeCapital: 8 * half, shapeDigit: 4 * half, shapeSymbol: 7 * half},
}

// shapeOf has the shape of a position by its flags upper, letter and digit.
var shapeOf = func() (t [32]shape) {
	for f := range t {
		switch {
		case f&letter != 0 && f&upper != 0:
			t[f] = shapeCapital
		case f&letter != 0:
			t[f] = shapeSmall
		case f&digit != 0:
			t[f] = shapeDigit
		default:
			t[f] = shapeSymbol
		}
	}
	return t
}()

// singles fills ways, one for each position, with what going on costs: with a
// character, the lesser of its cost as it is written and, where substitutions
// inside a run of letters can be undone, of the letter meant, and with a match. It
// returns what the password costs as one of all strings of its length and shapes.
func (m *CharModel) singles(l *lattice, ways []way) (exhaust Guesses) {
	cells := l.cells[:len(ways)]
	last, at := shapeStart, 0 // at is the place in the model of the characters so far
	shapes := 0
	for i := range cells {
		c := &cells[i]
		s := shapeOf[c.flags&31]
		change := shapeCosts[last&7][s&7]
		at = next(at, c.class)
		ways[i].join = partCost + change
		if ways[i].single = m.charCost(c, at) + change; c.flags&joined != 0 {
			ways[i].single = 0
		}
		shapes |= 1 << (s & 7)
		last = s
	}
	if l.undo() {
		m.plainSingles(l, ways)
	}
	if shapes&(1<<shapeSymbol) != 0 && len(cells) > 2*leastJoined {
		l.joints(ways)
	}
	n := len(ways)
	if n > 0 {
		ways[0].join = joinCost + l.closed
	}
	l.closing(ways, n)
	if h := l.half(); h > 0 {
		l.closing(ways, h)
	}
	if l.wide {
		return math.MaxInt32
	}
	return alphabetCosts[shapes]*Guesses(n) + l.closed
}

// closing lowers the cost of a usual symbol that ends the first n positions.
func (l *lattice) closing(ways []way, n int) {
	if n > 1 && l.cells[n-1].class == classUsual && l.cells[n-2].flags&separator == 0 {
		ways[n-1].single -= lastCost
	}
}

// alphabetCosts has, for each set of shapes, the logarithm of the number of
// their ASCII characters.
var alphabetCosts = func() (t [1 << shapeCount]Guesses) {
	sizes := [shapeCount]uint32{shapeSmall: 26, shapeCapital: 26, shapeDigit: 10, shapeSymbol: 33}
	for set := range t {
		size := uint32(0)
		for shape, n := range sizes {
			size += n * uint32(set>>shape&1)
		}
		t[set] = log2(max(size, 1))
	}
	return t
}()

// plainSingles lowers what characters cost to that of the letters meant.
func (m *CharModel) plainSingles(l *lattice, ways []way) {
	last, at := shapeStart, 0
	for i := range ways {
		c, plain := &l.cells[i], l.plain[i]
		s, char := shapeOf[c.flags&31], Guesses(0)
		if plain == c.base {
			at = next(at, c.class)
			char = m.charCost(c, at)
		} else {
			s, at = shapeSmall, next(at, uint8(CharClass(plain)))
			char = Guesses(m.cost[at])*(bit/16) + l.spelling(i, symbolOf(plain))
		}
		ways[i].single = min(ways[i].single, char+shapeCosts[last&7][s&7])
		last = s
	}
}

// next returns the place in a model of a character of a class, behind those that
// lead to at.
func next(at int, class uint8) int {
	return at%(CharClasses*CharClasses)*CharClasses + min(int(class), CharClasses-1)
}

// charCost returns what a position costs among those of its shape; at is its
// place in the model.
func (m *CharModel) charCost(c *cell, at int) Guesses {
	switch {
	case c.class < classUsual:
		return Guesses(m.cost[at]) * (bit / 16)
	case c.class <= classRare && c.flags&repeated != 0:
		return againCost
	}
	return classCosts[c.class-classUsual]
}

// usual reports whether r is one of the dozen symbols that people use and that
// rules append.
func usual(r rune) bool {
	switch r {
	case '!', '.', '@', '#', '$', '*', '_', '-', '?', '&', '+', ' ':
		return true
	}
	return false
}
