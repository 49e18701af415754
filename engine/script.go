package engine

import (
	"math"
	"math/bits"
	"sort"
)

// script is a writing system beyond ASCII.
type script struct {
	first, last rune   // blocks of Unicode with its usual letters
	letters     uint32 // how many these are, and vowel signs
}

// scripts is in the order of code points. The numbers are of the main exemplar set of
// the language named in Unicode CLDR 48.2, folded; but with й, ё and voiced kana, as
// marks make other letters of these, and Bopomofo, which has no such set, by its chart.
var scripts = [...]script{
	{0x0370, 0x03FF, 25},   // Greek, el
	{0x0400, 0x052F, 33},   // Cyrillic, ru
	{0x0530, 0x058F, 38},   // Armenian, hy
	{0x0590, 0x05FF, 27},   // Hebrew, he
	{0x0600, 0x06FF, 31},   // Arabic, ar
	{0x0700, 0x074F, 28},   // Syriac, syr
	{0x0780, 0x07BF, 24},   // Thaana, dv
	{0x07C0, 0x07FF, 32},   // N'Ko, nqo
	{0x0900, 0x097F, 57},   // Devanagari, hi
	{0x0980, 0x09FF, 56},   // Bengali, bn
	{0x0A00, 0x0A7F, 48},   // Gurmukhi, pa
	{0x0A80, 0x0AFF, 57},   // Gujarati, gu
	{0x0B00, 0x0B7F, 53},   // Odia, or
	{0x0B80, 0x0BFF, 42},   // Tamil, ta
	{0x0C00, 0x0C7F, 58},   // Telugu, te
	{0x0C80, 0x0CFF, 61},   // Kannada, kn
	{0x0D00, 0x0D7F, 51},   // Malayalam, ml
	{0x0D80, 0x0DFF, 65},   // Sinhala, si
	{0x0E00, 0x0E7F, 56},   // Thai, th
	{0x0E80, 0x0EFF, 37},   // Lao, lo
	{0x0F00, 0x0FFF, 37},   // Tibetan, bo
	{0x1000, 0x109F, 47},   // Myanmar, my
	{0x10A0, 0x10FF, 33},   // Georgian, ka
	{0x1200, 0x137F, 282},  // Ethiopic, am
	{0x13A0, 0x13FF, 85},   // Cherokee, chr
	{0x1400, 0x167F, 109},  // Canadian syllabics, iu
	{0x1780, 0x17FF, 58},   // Khmer, km
	{0x1800, 0x18AF, 35},   // Mongolian, mn-Mong
	{0x1C50, 0x1C7F, 36},   // Ol Chiki, sat
	{0x2D30, 0x2D7F, 31},   // Tifinagh, zgh
	{0x3040, 0x309F, 85},   // Hiragana, ja
	{0x30A0, 0x30FF, 89},   // Katakana, ja
	{0x3100, 0x312F, 37},   // Bopomofo, for Mandarin
	{0xA000, 0xA48F, 1165}, // Yi, ii
	{0xA500, 0xA63F, 274},  // Vai, vai
	{0xABC0, 0xABFF, 42},   // Meetei Mayek, mni-Mtei
	{0x104B0, 0x104FF, 36}, // Osage, osa
	{0x10D00, 0x10D3F, 35}, // Hanifi Rohingya, rhg
	{0x11100, 0x1114F, 37}, // Chakma, ccp
	{0x1E900, 0x1E95F, 29}, // Adlam, ff-Adlm
}

// classOfLetter returns the class of a letter or mark beyond ASCII.
func classOfLetter(r rune) uint8 {
	i := sort.Search(len(scripts), func(i int) bool { return r <= scripts[i].last })
	if i == len(scripts) || r < scripts[i].first {
		return classWide
	}
	return uint8(classScript + i)
}

// exhaustScript returns what a password costs an attacker who tries all of its kind,
// if what is beyond ASCII are letters of one script; marks is what its marks cost.
func (l *lattice) exhaustScript(n int, marks Guesses) Guesses {
	mask, last := maskCost, shapeStart
	own, ascii, class := 0, 0, uint8(0) // the shapes of its letters, those of ASCII
	for i := range n {
		c := &l.cells[i]
		s := shapeOf[c.flags&31]
		mask += shapeCosts[last&7][s&7]
		last = s
		switch {
		case c.class < classWide:
			ascii |= 1 << s
			mask += alphabetCosts[1<<s]
		case c.class < classScript || class != 0 && class != c.class:
			return math.MaxInt32
		default:
			own |= 1 << s
			class = c.class
			mask += classCosts[class-classUsual]
		}
	}
	const letters = 1<<shapeSmall | 1<<shapeCapital
	rarity := alphabetRarity[own|ascii]
	if ascii&letters != 0 {
		rarity = mixedRarity
	}
	size := alphabetSize(ascii) + scripts[class-classScript].letters*uint32(bits.OnesCount(uint(own)))
	return min(mask, log2(size)*Guesses(n)+rarity) + l.closed + marks
}
