package model

import (
	"math/big"
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
	join        = 1 * bit

	commonReading = 1 * bit
	rareReading   = 2 * bit
	readingsCap   = 5 * bit
	separators    = 5 * bit
	doubling      = 3 * bit
	oneEdit       = 7 * bit
	reversal      = 2 * bit

	sequenceStart = 2 * bit // on top of the first position as a character
	walkStart     = 9 * bit
	turn          = 3*bit + bit/2
	copyStart     = 4 * bit // on top of the logarithm of the distance
	nearYear      = 6 * bit
	farYear       = 7*bit + bit/2
	dayOfYear     = 8*bit + bit/2
	dateOrder     = 1 * bit

	usualSymbol  = 4*bit + bit/2
	rareSymbol   = 6 * bit
	ideograph    = 8 * bit
	otherLetter  = 3*bit + bit/2
	otherRune    = 7 * bit
	loneCapital  = bit + bit/2
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
	return log2(ways)
}

// characterCosts returns what each position costs as a single character, its
// capital aside: as written, or as the letters meant where that is cheaper.
func (m *Model) characterCosts(text []position) []int {
	costs := make([]int, len(text))
	meant := m.meant(text)
	for i := range text {
		costs[i] = m.characterCost(text, i)
		substituted := m.characterCost(meant, i)
		if meant[i].base != text[i].base {
			substituted += m.readings(text[i])[meant[i].base]
		}
		costs[i] = min(costs[i], substituted)
	}
	return costs
}

// meant returns the text with one or two successive positions that stand for
// letters, between letters or at the start before one, written as these.
func (m *Model) meant(text []position) []position {
	out := append([]position(nil), text...)
	for start := range text {
		for end := start + 1; end <= start+2 && end < len(text); end++ {
			if start > 0 && !isLetter(text[start-1].base) || !isLetter(text[end].base) {
				continue
			}
			var letters []rune
			for _, p := range text[start:end] {
				if r, ok := m.likeliest(p); ok && !isLetter(p.base) {
					letters = append(letters, r)
				}
			}
			if len(letters) < end-start {
				continue
			}
			for k, r := range letters {
				out[start+k].base = r
			}
		}
	}
	return out
}

// characterCost returns what position i costs as it is written.
func (m *Model) characterCost(text []position, i int) int {
	r := text[i].base
	switch {
	case text[i].joined:
		return 0
	case r >= 'a' && r <= 'z', isDigit(r):
		return m.modelCost(text, i)
	case r < utf8.RuneSelf:
		for _, usual := range "!.@#$*_-?&+ " {
			if r == usual {
				return usualSymbol
			}
		}
		return rareSymbol
	case unicode.In(r, unicode.Han, unicode.Hangul):
		return ideograph
	case unicode.IsLetter(r), unicode.IsMark(r):
		return otherLetter
	}
	return otherRune
}

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
