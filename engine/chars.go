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

// charCost returns what position i costs as a single character.
func (m *CharModel) charCost(l *lattice, i int) Guesses {
	if l.flags[i]&joined != 0 {
		return 0
	}
	r := l.base[i]
	if r >= 128 {
		return wideCost(r)
	}
	if m == nil {
		return uniformCost(r)
	}
	at := CharClass(r)
	if i > 0 {
		at += CharClass(l.base[i-1]) * CharClasses
		if i > 1 {
			at += CharClass(l.base[i-2]) * CharClasses * CharClasses
		}
	}
	return Guesses(m.cost[at]) * (bit / 16)
}

// uniformCost is the cost of an ASCII character without a model: the logarithm
// of the size of its class.
func uniformCost(r rune) Guesses {
	switch {
	case 'a' <= r && r <= 'z':
		return 4*bit + 45 // log2(26)
	case '0' <= r && r <= '9':
		return 3*bit + 20 // log2(10)
	}
	return 5 * bit // 33 symbols
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
