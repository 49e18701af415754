package engine

import (
	"fmt"
	"unicode"
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

// CharModel says what a single character costs after the two before it: a
// character-level Markov model of order 2, as used to crack passwords
// (Narayanan and Shmatikov, CCS 2005). It is immutable.
type CharModel struct {
	cost []uint8 // 1/16 bit, index (class of i-2 * CharClasses + of i-1) * CharClasses + of i
}

// ParseCharModel returns the model stored in data: CharClasses^3 bytes, each a
// cost in 1/16 bit, the class of the character itself running fastest and that
// of the one two before it slowest. It keeps data.
func ParseCharModel(data []byte) (*CharModel, error) {
	if want := CharClasses * CharClasses * CharClasses; len(data) != want {
		return nil, &ConfigError{"Chars", fmt.Sprintf("has %d bytes, want %d", len(data), want)}
	}
	return &CharModel{data}, nil
}

// singles fills cost with what each position costs as a single character: the
// lesser of the cost as it is written and, where substitutions inside a run of
// letters can be undone, of the letters meant.
func (m *CharModel) singles(l *lattice, cost []Guesses) {
	before := 0 // classes of the two positions in front
	for i := range cost {
		class := int(l.class[i])
		cost[i] = m.charCost(l, i, before*CharClasses+class)
		before = (before*CharClasses + class) % (CharClasses * CharClasses)
	}
	if l.undo() {
		m.plainSingles(l, cost)
	}
}

// plainSingles lowers cost to that of the letters meant.
func (m *CharModel) plainSingles(l *lattice, cost []Guesses) {
	before := 0
	for i := range cost {
		class := int(l.class[i])
		if l.plain[i] == l.base[i] {
			cost[i] = min(cost[i], m.charCost(l, i, before*CharClasses+class))
		} else {
			s := symbolOf(l.plain[i])
			class = CharClass(l.plain[i])
			cost[i] = min(cost[i], m.letterCost(before*CharClasses+class)+l.spelling(i, s))
		}
		before = (before*CharClasses + class) % (CharClasses * CharClasses)
	}
}

// charCost returns what position i costs; at is its place in the model.
func (m *CharModel) charCost(l *lattice, i, at int) Guesses {
	switch r := l.base[i]; {
	case l.flags[i]&joined != 0:
		return 0
	case l.class[i] != CharClasses-1:
		return m.letterCost(at)
	case r >= 128:
		return wideCost(r)
	default:
		return symbolCost(r)
	}
}

// letterCost returns the cost of a letter or digit: of the model, or without
// one the logarithm of the size of its class.
func (m *CharModel) letterCost(at int) Guesses {
	switch {
	case m != nil:
		return Guesses(m.cost[at]) * (bit / 16)
	case at%CharClasses <= 26:
		return 4*bit + 44 // log2(26)
	}
	return 3*bit + 20 // log2(10)
}

// symbolCost is the cost of an ASCII character that is neither letter nor
// digit. The dozen that people use and that rules append come first. Lists of
// leaked passwords have too few of them for a model: most predate composition
// rules.
func symbolCost(r rune) Guesses {
	switch r {
	case '!', '.', '@', '#', '$', '*', '_', '-', '?', '&', '+', ' ':
		return 9 * bit / 2
	}
	return 6 * bit
}

// wideCost is the cost of a character beyond ASCII: of a script with thousands
// of characters in common use, of an alphabet in running text, or a symbol.
func wideCost(r rune) Guesses {
	switch {
	case unicode.In(r, unicode.Han, unicode.Hangul):
		return 8 * bit
	case unicode.IsLetter(r), unicode.IsMark(r):
		return 7 * bit / 2
	}
	return 7 * bit
}
