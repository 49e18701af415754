package engine

import (
	"fmt"
	"math/bits"
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
	cost *modelCosts // 1/16 bit, index (class of i-2 * CharClasses + of i-1) * CharClasses + of i
}

// modelCosts has a cost for each three classes.
type modelCosts [CharClasses * CharClasses * CharClasses]uint8

// ParseCharModel returns the model stored in data: CharClasses^3 bytes, each a
// cost in 1/16 bit, the class of the character itself running fastest and that
// of the one two before it slowest. The costs of the last class are not used.
// It keeps data.
func ParseCharModel(data []byte) (*CharModel, error) {
	if want := len(modelCosts{}); len(data) != want {
		return nil, &ConfigError{"Chars", fmt.Sprintf("has %d bytes, want %d", len(data), want)}
	}
	return &CharModel{(*modelCosts)(data)}, nil
}

// uniformChars is the model of those who give none: every letter and every digit
// costs the logarithm of how many there are.
var uniformChars = func() *CharModel {
	m := &CharModel{new(modelCosts)}
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
	classUsual  = CharClasses - 1 + iota // a symbol that people use
	classRare                            // another of ASCII
	classWide                            // a letter beyond ASCII
	classHan                             // of a script with thousands of them in common use
	classSign                            // no letter, beyond ASCII
	classScript                          // a letter of the first of the scripts, and so on
)

// classCosts has what a character of these classes costs, in their order. Lists of
// leaked passwords have too few symbols for a model: most predate composition rules.
// No alphabet in use has fewer than 22 letters. Where a script has hundreds of
// syllables, text uses few of them most of the time, as it does of ideographs.
var classCosts = func() [classScript - classUsual + len(scripts)]Guesses {
	t := [classScript - classUsual + len(scripts)]Guesses{3 * bit, 7 * bit, 9 * bit / 2, 8 * bit, 7 * bit}
	for i, s := range scripts {
		t[classScript-classUsual+i] = min(log2(s.letters), t[classHan-classUsual])
	}
	return t
}()

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
		return classOfLetter(r)
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
// shape in front and its own: about as often as in the million list, where letters
// and digits go on for 0.2 bits, but symbols cost less, as most of its sites asked
// for none, and capitals behind the first letter more: there they are mostly of
// random passwords.
var shapeCosts = [8][8]Guesses{
	shapeStart:   {shapeSmall: 0, shapeCapital: 6 * half, shapeDigit: 3 * half, shapeSymbol: 12 * half},
	shapeSmall:   {shapeSmall: 0, shapeCapital: 18 * half, shapeDigit: 5 * half, shapeSymbol: 16 * half},
	shapeCapital: {shapeSmall: 6 * half, shapeCapital: 4 * half, shapeDigit: 10 * half, shapeSymbol: 14 * half},
	shapeDigit:   {shapeSmall: 8 * half, shapeCapital: 16 * half, shapeDigit: 0, shapeSymbol: 16 * half},
	shapeSymbol:  {shapeSmall: 6 * half, shapeCapital: 8 * half, shapeDigit: 6 * half, shapeSymbol: 7 * half},
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

// shapeFlags are the flags of a position that tell its shape.
const shapeFlags = 1<<5 - 1

// changeCosts has what a position costs behind another by the flags of both, 0 in front
// of the first.
var changeCosts = func() (t [shapeFlags + 1][shapeFlags + 1]Guesses) {
	for behind := range t {
		for f := range t[behind] {
			before := shapeOf[behind]
			if behind == 0 {
				before = shapeStart
			}
			t[behind][f] = shapeCosts[before][shapeOf[f]]
		}
	}
	return t
}()

// changes has, in half bits, what sixteen positions are costed by at once: the costs of
// changes to each shape, in front of the first position and behind another shape, and
// what symbols cost that are usual, 1, rare, 2, and repeated, 3.
type changes struct{ first, behind, symbol [16]uint8 }

var halfChanges = func() (t changes) {
	for s := range shapeCount - shapeSmall {
		t.first[s] = uint8(shapeCosts[shapeStart][shapeSmall+s] / half)
		for before := range shapeCount - shapeSmall {
			t.behind[before*(shapeCount-shapeSmall)+s] = uint8(shapeCosts[shapeSmall+before][shapeSmall+s] / half)
		}
	}
	t.symbol[1], t.symbol[2], t.symbol[3] = uint8(classCosts[0]/half), uint8(classCosts[classRare-classUsual]/half), uint8(againCost/half)
	return t
}()

// singles fills ways, one for each position and one for the end, with what going
// on costs: with the position as a character, and with a match. Only the start is
// reached. It returns what the password costs an attacker who tries all of its kind.
func (m *CharModel) singles(l *lattice, ways []way) (exhaust Guesses) {
	n := len(ways) - 1
	mask, ok := m.aloneVector(l, ways)
	if !ok {
		mask = m.alone(l.cells[:n], ways)
		l.repeatedSymbols(ways)
	}
	ways[n].cheapest, ways[n].fewest = unreached, unreached
	ways[0].cheapest, ways[0].fewest = 0, 0
	l.joints(ways)
	if n > 0 {
		ways[0].join = joinCost + l.closed
		l.closing(ways, n)
	}
	if h := l.half; h > 0 {
		l.closing(ways, h)
	}
	if l.expanded {
		l.freeJoined(ways)
	}
	marks := l.chargeMarks(ways)
	if l.wide {
		return l.exhaustScript(n, marks)
	}
	mask += alphabetCosts[1<<shapeSmall]*Guesses(n-l.figures-l.separators) + alphabetCosts[1<<shapeSymbol]*Guesses(l.separators) +
		alphabetCosts[1<<shapeDigit]*Guesses(l.figures)
	shapes := l.shapes()
	return min(mask, alphabetCosts[shapes]*Guesses(n)+alphabetRarity[shapes]) + l.closed + marks
}

// alone fills ways with what positions cost where nothing but the characters in
// front counts, symbols as if none were repeated. It returns what their shapes cost.
func (m *CharModel) alone(cells []cell, ways []way) (mask Guesses) {
	costs, ways := m.cost, ways[:len(cells)]
	mask = maskCost
	before, pair, last := 0, 0, uint8(0) // the class of the character before, and of the two before as one number
	for i := range cells {
		c, w := &cells[i], &ways[i]
		change := changeCosts[last&shapeFlags][c.flags&shapeFlags]
		last = c.flags
		mask += change
		w.cheapest, w.fewest = unreached, unreached
		w.join = partCost + change
		class := int(min(c.class, classUsual))
		modeled := Guesses((class - classUsual) >> 8) // all bits, else none: no branch, it would be hard to predict
		w.single = change + Guesses(costs[pair*CharClasses+class])*(bit/16)&modeled + c.cost
		before, pair = class, before*CharClasses+class
	}
	return mask
}

// repeatedSymbols lowers the costs of symbols that stand twice.
func (l *lattice) repeatedSymbols(ways []way) {
	for b := range l.places[:l.n/setSize+1] {
		p := &l.places[b]
		for m := p.repeats & p.separators; m != 0; m &= m - 1 {
			i := b*setSize + bits.TrailingZeros64(m)
			if c := &l.cells[i]; c.class <= classRare {
				ways[i].single += againCost - c.cost
			}
		}
	}
}

// shapes returns the set of the shapes of the positions.
func (l *lattice) shapes() (set uint64) {
	if l.classes&beyond == 0 && l.closed == 0 {
		return l.classes.shapes()
	}
	for b := range l.places[:l.n/setSize+1] {
		p := &l.places[b]
		set |= isFilled(p.letters&^p.capitals)<<shapeSmall | isFilled(p.letters&p.capitals)<<shapeCapital |
			isFilled(p.digits)<<shapeDigit | isFilled(p.separators)<<shapeSymbol
	}
	return set
}

// freeJoined lets positions cost nothing that are part of the character before.
func (l *lattice) freeJoined(ways []way) {
	for i := range l.cells[:l.n] {
		if l.cells[i].flags&joined != 0 {
			ways[i].single = 0
		}
	}
}

// closing lowers the cost of a usual symbol that ends the first n positions, once
// or repeated, but not below that of a joint, which it may be, too.
func (l *lattice) closing(ways []way, n int) {
	first := n - 1
	for first > 0 && l.cells[first].flags&repeated != 0 {
		first--
	}
	front := l.cells[max(first-1, 0)].flags / separator & 1 // of the first itself, too: it is hard to predict
	ends := isNone(uint64(l.cells[first].class^classUsual)) &^ uint64(front)
	single := &ways[first].single
	*single = max(*single-lastCost*Guesses(ends), min(*single, jointCost))
}

// alphabetSize returns the number of ASCII characters of a set of shapes.
func alphabetSize(set int) (size uint32) {
	for shape, n := range [shapeCount]uint32{shapeSmall: 26, shapeCapital: 26, shapeDigit: 10, shapeSymbol: 33} {
		size += n * uint32(set>>shape&1)
	}
	return size
}

// alphabetCosts has the logarithm of the size for each set of shapes.
var alphabetCosts = func() (t [1 << shapeCount]Guesses) {
	for set := range t {
		t[set] = log2(max(alphabetSize(set), 1))
	}
	return t
}()

// mixedRarity is the rarity of sets that attackers have no use for.
const mixedRarity = 20 * half

// alphabetRarity is how much later an attacker turns to the strings of a set of
// shapes than to those of small letters: how much rarer they are in the million
// list.
var alphabetRarity = func() (t [1 << shapeCount]Guesses) {
	const small, capital, digit, symbol = 1 << shapeSmall, 1 << shapeCapital, 1 << shapeDigit, 1 << shapeSymbol
	for set := range t {
		t[set] = mixedRarity
	}
	t[small], t[small|digit], t[digit] = 0, 0, 3*half
	t[small|capital|digit], t[small|capital] = 5*half, 7*half
	t[capital], t[capital|digit] = 9*half, 11*half
	t[small|symbol], t[small|digit|symbol] = 13*half, 14*half
	t[small|capital|digit|symbol], t[small|capital|symbol] = 16*half, 18*half
	return t
}()

// usual reports whether r is one of the dozen symbols that people use and that
// rules append.
func usual(r rune) bool {
	switch r {
	case '!', '.', '@', '#', '$', '*', '_', '-', '?', '&', '+', ' ':
		return true
	}
	return false
}
