package engine

import (
	"math/bits"
	"slices"
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

// symbolOf returns the symbol of a folded character.
func symbolOf(r rune) symbol {
	switch {
	case 'a' <= r && r <= 'z':
		return symbol(r - 'a')
	case '0' <= r && r <= '9':
		return symbol(r-'0') + symbolDigit
	}
	return symbolWide + symbol(uint32(r)*2654435769>>16%wideClasses)
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
	n      int
	exact  bool                 // all input was taken; false when it was too long
	closed Guesses              // cost of having been closed up
	mask   [maxPositions]uint64 // set of symbols: own and readings
	common [maxPositions]uint64 // of these, the common substitutions
	own    [maxPositions]symbol
	base   [maxPositions]rune
	origin [maxPositions + 1]uint16 // rune offset in the input; at n its length
	flags  [maxPositions]uint8
	code   [maxPositions]uint8 // see codeOf
	class  [maxPositions]uint8 // CharClass of base
	// earlier has 1 + the last position before each with the same own symbol,
	// latest the same for the end.
	earlier [maxPositions]uint16
	latest  [64]uint16
	// capitals and letters count in front of each position.
	capitals, letters [maxPositions + 1]uint16
}

// Flags of a position beside upper and joined.
const (
	separator = 4 << iota // may stand between the letters of a term
	letter                // a letter of any script
	digit                 // 0 to 9
	repeated              // the same base as the position before
	lookalike             // may be read as a letter of another code
	between               // a separator that stands for no letter
)

// load reads text as the profile reads it.
func (l *lattice) load(text []byte, profile Profile) {
	l.n, l.closed = 0, 0
	l.exact = true
	table := &asciiGlyphs[profile]
	f := folder{text: text}
	for _, c := range text[:min(len(text), maxPositions)] { // ASCII at the start needs no folder
		if c >= utf8.RuneSelf {
			break
		}
		p := position{base: rune(c), origin: uint16(l.n)}
		if 'A' <= c && c <= 'Z' {
			p.base, p.flags = rune(c)+'a'-'A', upper
		}
		l.put(p, &table[p.base])
	}
	f.at, f.runes = l.n, uint16(l.n)
	for {
		p, ok := f.next()
		if !ok {
			break
		}
		if l.n == maxPositions {
			l.exact = false
			break
		}
		g := glyphOf(p.base, p.look, profile)
		l.put(p, &g)
	}
	l.origin[l.n] = f.runes
}

// glyph is how a folded character is read.
type glyph struct {
	mask, common uint64
	own          symbol
	flags        uint8
	class        uint8
	code         uint8
}

// asciiGlyphs has the glyphs of ASCII characters in each profile.
var asciiGlyphs = func() (t [profileCount][utf8.RuneSelf]glyph) {
	for profile := range t {
		for r := range t[profile] {
			t[profile][r] = glyphOf(rune(r), 0, Profile(profile))
		}
	}
	return t
}()

// glyphOf returns the glyph of a folded character with an ASCII look-alike, if
// look is not 0.
func glyphOf(base rune, look byte, profile Profile) glyph {
	own := symbolOf(base)
	r := readingOf(base)
	g := glyph{own: own, flags: class(base, own), class: uint8(CharClass(base)), code: codeOf(base)}
	if profile == Entra {
		r = reading{common: r.entra}
	} else if look != 0 {
		r.common |= 1 << symbolOf(rune(look))
		if codeOf(rune(look)) != g.code {
			g.flags |= lookalike
		}
	}
	if g.flags&separator != 0 && g.code >= codeOther {
		g.flags |= between
	}
	g.mask, g.common = 1<<own|r.common|r.rare, r.common
	return g
}

// put adds a position.
func (l *lattice) put(p position, g *glyph) {
	i := l.n
	l.own[i], l.base[i], l.origin[i] = g.own, p.base, p.origin
	l.mask[i], l.common[i], l.class[i], l.code[i] = g.mask, g.common, g.class, g.code
	l.earlier[i], l.latest[g.own] = l.latest[g.own], uint16(i+1)
	flags := p.flags | g.flags
	if i > 0 && l.base[i-1] == p.base {
		flags |= repeated
	}
	l.flags[i] = flags
	l.capitals[i+1] = l.capitals[i] + uint16(flags&upper)
	l.letters[i+1] = l.letters[i] + uint16(flags&letter/letter)
	l.n++
}

// before returns the last position before i with the same base, or one that is
// more than maxDistance away, or -1.
func (l *lattice) before(i int) int {
	at := int(l.earlier[i]) - 1
	for at >= 0 && i-at <= maxDistance && l.base[at] != l.base[i] { // another of the same symbol
		at = int(l.earlier[at]) - 1
	}
	return at
}

// half returns the length of half the password if it is the same twice, else 0.
func (l *lattice) half() int {
	h := l.n / 2
	if h < minListed || l.n%2 != 0 || l.base[0] != l.base[h] || !slices.Equal(l.base[:h], l.base[h:l.n]) {
		return 0
	}
	return h
}

// class returns the flags of a folded character.
func class(r rune, own symbol) uint8 {
	switch {
	case own < symbolDigit:
		return letter
	case own < symbolWide:
		return digit
	case r >= utf8.RuneSelf && unicode.IsLetter(r):
		return letter
	}
	return separator
}

// spelling returns what reading position i as symbol s costs.
func (l *lattice) spelling(i int, s symbol) Guesses {
	switch {
	case l.own[i] == s:
		return 0
	case l.common[i]>>s&1 != 0:
		return commonCost
	}
	return rareCost
}

// meant returns the letter that position i most likely stands for if it is not
// one: its first common reading, else its first rare one.
func (l *lattice) meant(i int) (s symbol, ok bool) {
	const letters = 1<<symbolDigit - 1
	set := l.mask[i] & letters
	if common := l.common[i] & letters; common != 0 {
		set = common
	}
	return symbol(bits.TrailingZeros64(set)), set != 0
}

// clear clears what put wrote from position i to before j.
func (l *lattice) clear(i, j int) {
	clear(l.mask[i:j])
	clear(l.common[i:j])
	clear(l.own[i:j])
	clear(l.base[i:j])
	clear(l.origin[i:j])
	clear(l.flags[i:j])
	clear(l.class[i:j])
	clear(l.code[i:j])
	clear(l.earlier[i:j])
	clear(l.capitals[i+1 : j+1])
	clear(l.letters[i+1 : j+1])
}

// wipe clears what load wrote.
func (l *lattice) wipe() {
	l.clear(0, l.n)
	l.origin[l.n] = 0
	l.latest = [64]uint16{}
	l.n, l.closed = 0, 0
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
