package engine

import "fmt"

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
