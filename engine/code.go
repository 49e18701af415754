package engine

import "unicode/utf8"

const (
	codeOther = 23 // the first of the codes of characters that stand for no letter
	codeCount = 30 // codes are less
)

// codes has the codes of ASCII characters.
var codes = newCodes()

// newCodes gives each letter a code, with all that may stand for it. What may
// stand for two letters joins them: i, l and by way of 7 also t; b, g and q.
func newCodes() (codes [utf8.RuneSelf]uint8) {
	var group [utf8.RuneSelf]rune // one of the characters with the same code
	for r := range group {
		group[r] = rune(r)
	}
	for _, s := range substitutions {
		for _, letter := range s.common + s.rare + s.entra {
			if s.char < utf8.RuneSelf {
				merge(&group, group[letter], group[s.char])
			}
		}
	}
	next := uint8(1)
	for letter := 'a'; letter <= 'z'; letter++ {
		if codes[letter] != 0 {
			continue
		}
		for r := range group {
			if group[r] == group[letter] {
				codes[r] = next
			}
		}
		next++
	}
	for r := range codes {
		if codes[r] == 0 {
			codes[r] = otherCode(rune(r))
		}
	}
	return codes
}

func merge(group *[utf8.RuneSelf]rune, a, b rune) {
	for r := range group {
		if group[r] == b {
			group[r] = a
		}
	}
}

// otherCode spreads characters that stand for no letter over the codes left.
func otherCode(r rune) uint8 {
	return codeOther + uint8(uint32(r)*2654435769>>16%(codeCount-codeOther))
}

// codeOf returns the code of a folded character, from 1: what a letter is as far
// as readings leave it apart from others. Whatever a position may be read as has
// the code of its base, unless it is marked as a look-alike.
func codeOf(r rune) uint8 {
	if r < utf8.RuneSelf {
		return codes[r]
	}
	if look := foldingOf(r).look; look != 0 {
		return codes[look]
	}
	for _, s := range substitutions {
		if s.char == r {
			return codeOf(rune((s.common + s.rare + s.entra)[0]))
		}
	}
	return otherCode(r)
}
