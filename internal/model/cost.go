package model

import (
	"math/big"
	"strings"
	"unicode"
	"unicode/utf8"
)

// bit is one bit in the unit of all costs.
const bit = 64

// The costs of docs/DECISION.md.
const (
	ownTerm     = 3 * bit
	listed      = 1 * bit // on top of the logarithm of the rank
	subjectWord = 2 * bit
	firstJoin   = 1 * bit
	laterJoin   = 1 * bit // on top of the change of shape

	oddCapitals    = 5 * bit
	commonReading  = 1 * bit
	rareReading    = 3*bit + bit/2
	readingsCap    = 9 * bit
	separators     = 6 * bit
	otherSeparator = 4 * bit // on top, for each but the first of up to three
	someOnly       = 8 * bit // on top, if not between all letters
	doubling       = 3 * bit
	oneEdit        = 7 * bit
	newCharacter   = 3 * bit // on top, if the edit brought one
	reversal       = 2 * bit
	otherLayout    = 1 * bit
	turned         = 2 * bit

	sequenceStart = 2 * bit // on top of the first position as a character
	walkStart     = 12 * bit
	turn          = 5 * bit
	anyShift      = 3 * bit // on top of one for each key
	parallelStart = 8 * bit // on top of the logarithm of the distance
	twice         = 2 * bit
	copyStart     = 4 * bit // on top of the logarithm of the distance
	nearYear      = 5 * bit
	farYear       = 7*bit + bit/2
	dayOfYear     = 8*bit + bit/2
	dateOrder     = 1 * bit
	monthOfYear   = 3*bit + bit/2
	monthName     = 3 * bit
	phoneNumber   = 5 * bit
	phoneDigit    = 212

	usualSymbol  = 3 * bit
	rareSymbol   = 7 * bit
	oneMark      = 1 * bit
	sameSymbol   = bit / 2
	lastSymbol   = 4 * bit // less
	sameJoint    = 1 * bit
	firstJoint   = 3 * bit // less
	ideograph    = 8 * bit
	otherLetter  = 4*bit + bit/2
	otherRune    = 7 * bit
	maskChoice   = 1 * bit
	uniformAlpha = 4*bit + 44
	uniformDigit = 3*bit + 20
)

// Log2 returns the binary logarithm of x > 0, rounded down to 1/64 bit: the
// greatest k with 2^k <= x^64.
func Log2(x uint32) int { return log2(big.NewInt(int64(x))) }

func log2(x *big.Int) int {
	power := new(big.Int).Exp(x, big.NewInt(64), nil)
	return power.BitLen() - 1
}

// caseCost returns what the capitals of a span cost.
func caseCost(span []position) int {
	capitals, letters := 0, 0
	for _, p := range span {
		if p.capital {
			capitals++
		}
		if isLetter(p.base) {
			letters++
		}
	}
	switch {
	case capitals == 0:
		return 0
	case capitals >= letters, capitals == 1 && span[0].capital:
		return 1 * bit
	}
	ways := new(big.Int)
	for i := 1; i <= min(capitals, letters-capitals); i++ {
		ways.Add(ways, new(big.Int).Binomial(int64(letters), int64(i)))
	}
	if ways.Cmp(big.NewInt(2)) < 0 {
		ways.SetInt64(2)
	}
	if most := big.NewInt(1 << 31); ways.Cmp(most) > 0 {
		ways = most
	}
	return oddCapitals + log2(ways)
}

// shapeChanges is what a character costs after another, by the shape in front
// and its own, in half bits: ^ start, a small letter, A capital, 0 digit, ! other.
var shapeChanges = map[string]int{
	"^a": 0, "^A": 6, "^0": 3, "^!": 12,
	"aa": 0, "aA": 18, "a0": 5, "a!": 16,
	"Aa": 6, "AA": 4, "A0": 10, "A!": 14,
	"0a": 8, "0A": 16, "00": 0, "0!": 16,
	"!a": 6, "!A": 8, "!0": 6, "!!": 7,
}

// shape returns the letter that shapeChanges has for a position.
func shape(p position) string {
	switch {
	case isDigit(p.base):
		return "0"
	case !isLetter(p.base):
		return "!"
	case p.capital:
		return "A"
	}
	return "a"
}

// change returns what the change of shape to position i costs.
func change(text []position, i int) int {
	last := "^"
	if i > 0 {
		last = shape(text[i-1])
	}
	return shapeChanges[last+shape(text[i])] * bit / 2
}

// joins returns what a match that begins at each position costs for being one
// more part.
func joins(text []position) []int {
	var costs []int
	for i := range text {
		cost := laterJoin + change(text, i)
		if i > 0 && joint(text, i-1) != noJoint {
			cost = laterJoin
		}
		costs = append(costs, cost)
		costs[0] = firstJoin
	}
	return costs
}

// characterCosts returns what each position costs as a single character.
func (m *Model) characterCosts(text []position) []int {
	costs := make([]int, len(text))
	for i := range text {
		if text[i].joined {
			continue
		}
		costs[i] = m.characterCost(text, i) + change(text, i) + text[i].marksCost()
		switch joint(text, i) {
		case usualJoint:
			costs[i] -= firstJoint
		case repeatedJoint:
			costs[i] = sameJoint
		}
	}
	ends := []int{len(text)}
	if isTwice(text) {
		ends = append(ends, len(text)/2)
	}
	for _, n := range ends {
		first := n - 1
		for first > 0 && text[first-1].base == text[n-1].base {
			first--
		}
		if first > 0 && isUsual(text[first].base) && !isSeparator(text[first-1].base) {
			costs[first] = max(costs[first]-lastSymbol, min(costs[first], sameJoint))
		}
	}
	return costs
}

// alphabetSizes has the number of ASCII characters of a shape.
var alphabetSizes = map[string]uint32{"a": 26, "A": 26, "0": 10, "!": 33}

// alphabetRarity is what an attacker who tries all strings puts the shapes of a
// text behind small letters, in half bits; combinations it lacks cost 20.
var alphabetRarity = map[string]int{
	"a": 0, "a0": 0, "0": 3, "aA0": 5, "aA": 7, "A": 9, "A0": 11, "a!": 13, "a0!": 14, "aA0!": 16, "aA!": 18,
}

// exhausted returns what a text costs as one of all of its length that are made
// of its shapes of ASCII characters and letters of one other script, or that have
// each shape at its place.
func exhausted(text []position) (cost int, ok bool) {
	marks := 0
	masks, alphabet := maskChoice, map[string]uint32{} // sizes by shape, with + behind that of a script
	var letters []block
	for i, p := range text {
		marks += p.marksCost()
		masks += change(text, i)
		if p.base < utf8.RuneSelf {
			alphabet[shape(p)] = alphabetSizes[shape(p)]
			masks += Log2(alphabetSizes[shape(p)])
			continue
		}
		b, known := scriptOf(p.base)
		if letters = append(letters, b); !known || b != letters[0] {
			return 0, false
		}
		alphabet[shape(p)+"+"] = b.letters
		masks += b.cost()
	}
	if len(text) == 0 {
		return 0, false
	}
	shapes, size := "", uint32(0)
	for _, s := range []string{"a", "A", "0", "!"} {
		if alphabet[s]+alphabet[s+"+"] > 0 {
			shapes += s
			size += alphabet[s] + alphabet[s+"+"]
		}
	}
	rarity, known := alphabetRarity[shapes]
	if mixed := len(letters) > 0 && alphabet["a"]+alphabet["A"] > 0; mixed || !known {
		rarity = 20
	}
	return min(masks, Log2(size)*len(text)+rarity*bit/2) + marks, true
}

// characterCost returns what position i costs among those of its shape.
func (m *Model) characterCost(text []position, i int) int {
	r := text[i].base
	switch {
	case r >= 'a' && r <= 'z', isDigit(r):
		return m.modelCost(text, i)
	case r < utf8.RuneSelf && i > 0 && text[i-1].base == r:
		return sameSymbol
	case r < utf8.RuneSelf:
		if isUsual(r) {
			return usualSymbol
		}
		return rareSymbol
	case unicode.In(r, unicode.Han, unicode.Hangul):
		return ideograph
	case isLetter(r):
		if b, known := scriptOf(r); known {
			return b.cost()
		}
		return otherLetter
	}
	return otherRune
}

func isUsual(symbol rune) bool { return strings.ContainsRune("!.@#$*_-?&+ ", symbol) }

// modelCost returns what a letter or digit costs after the two in front.
func (m *Model) modelCost(text []position, i int) int {
	if m.config.Chars == nil && isDigit(text[i].base) {
		return uniformDigit
	}
	if m.config.Chars == nil {
		return uniformAlpha
	}
	class := func(i int) int {
		switch {
		case i < 0:
			return 0
		case text[i].base >= 'a' && text[i].base <= 'z':
			return 1 + int(text[i].base-'a')
		case isDigit(text[i].base):
			return 27 + int(text[i].base-'0')
		}
		return 37
	}
	return int(m.config.Chars[(class(i-2)*38+class(i-1))*38+class(i)]) * bit / 16
}
