package engine

import (
	"unicode"
	"unicode/utf8"
)

// layout is a keyboard: the key of each character.
type layout struct {
	slanted bool       // each row is shifted by half a key against the next
	cost    Guesses    // on top of that of a walk
	keys    [256]uint8 // by charIndex; 0: none, else 1 + (row<<5 | column<<1 | shifted)
}

const (
	layoutCount  = 7
	russian      = 5
	cyrillicKeys = utf8.RuneSelf // the index of а
	charCount    = cyrillicKeys + 'я' - 'а' + 1
)

// charIndex numbers the characters that are on keys; all others are 0.
func charIndex(r rune) uint8 {
	if r >= 'а' && r <= 'я' {
		r -= 'а' - cyrillicKeys
	} else if r >= utf8.RuneSelf {
		r = 0
	}
	return uint8(r)
}

// charAt returns the character that charIndex numbers so.
func charAt(index rune) rune {
	if index >= cyrillicKeys {
		return index - cyrillicKeys + 'а'
	}
	return index
}

// The rows of QWERTY, United States, and of ЙЦУКЕН, GOST 6431-90 as Windows has it.
var (
	qwertyRows = []string{
		"`1234567890-=", "~!@#$%^&*()_+", " qwertyuiop[]\\", " QWERTYUIOP{}|",
		" asdfghjkl;'", " ASDFGHJKL:\"", " zxcvbnm,./", " ZXCVBNM<>?"}
	cyrillicRows = []string{
		"ё1234567890-=", " !\"№;%:?*()_+", " йцукенгшщзхъ\\", "             /",
		" фывапролджэ", "", " ячсмитьбю.", "          ,"}
)

// layouts are the keyboards whose walks attackers try: the rows of ISO/IEC
// 9995-2 keyboards as sold for each language, and the numeric pad.
var layouts = [layoutCount]layout{
	newLayout(0, true, qwertyRows...),
	newLayout(bit, true, // QWERTZ, Germany
		"^1234567890", " !\" $%&/()=?", " qwertzuiop +", " QWERTZUIOP *",
		" asdfghjkl  #", " ASDFGHJKL  '", " yxcvbnm,.-", " YXCVBNM;:_"),
	newLayout(bit, true, // AZERTY, France
		" &  \"'(- _  )=", " 1234567890 +", " azertyuiop^$", " AZERTYUIOP  ",
		" qsdfghjklm *", " QSDFGHJKLM%  ", " wxcvbn,;:!", " WXCVBN?./ "),
	newLayout(3*bit, true, // Dvorak
		"`1234567890[]", "~!@#$%^&*(){}", " ',.pyfgcrl/=\\", " \"<>PYFGCRL?+|",
		" aoeuidhtns-", " AOEUIDHTNS_", " ;qjkxbmwvz", " :QJKXBMWVZ"),
	newLayout(0, false, // numeric pad
		"789", "   ", "456", "   ", "123", "   ", "0  ", "   "),
	newLayout(0, true, cyrillicRows...), // й and ё fold to other keys' letters
	newLayout(3*bit, true, // Colemak, but for the row of digits, which is QWERTY's
		"", "", " qwfpgjluy;[]\\", " QWFPGJLUY:{}|",
		" arstdhneio'", " ARSTDHNEIO\"", " zxcvbkm,./", " ZXCVBKM<>?"),
}

// newLayout takes the rows from the top, each plain and shifted. A space is a
// key left out.
func newLayout(cost Guesses, slanted bool, rows ...string) layout {
	k := layout{slanted: slanted, cost: cost}
	for i, row := range rows {
		for column, r := range []rune(row) {
			if c := charIndex(r); r != ' ' && c != 0 && k.keys[c] == 0 {
				k.keys[c] = 1 + (uint8(i/2)<<5 | uint8(column)<<1 | uint8(i%2))
			}
		}
	}
	return k
}

// place returns the row, column and shift of a key that the layout has.
func (k *layout) place(index uint8) (row, column int, shifted bool) {
	c := k.keys[index] - 1
	return int(c >> 5), int(c >> 1 & 15), c&1 != 0
}

// adjacent reports whether two different characters are on the same key or on
// keys that touch.
func (k *layout) adjacent(a, b uint8) bool {
	if k.keys[a] == 0 || k.keys[b] == 0 || a == b {
		return false
	}
	r1, c1, _ := k.place(a)
	r2, c2, _ := k.place(b)
	dr, dc := r2-r1, c2-c1
	switch {
	case dr == 0:
		return dc >= -1 && dc <= 1
	case dr != 1 && dr != -1:
		return false
	case k.slanted:
		return dc == 0 || dc == -dr
	}
	return dc >= -1 && dc <= 1
}

// signature returns that of the step to position i from an adjacent key: its direction
// and whether the key arrived at is shifted.
func (k *layout) signature(l *lattice, i int) uint8 {
	a, b := &l.cells[i-1], &l.cells[i]
	r1, c1, _ := k.place(a.key)
	r2, c2, _ := k.place(b.key)
	return uint8((r2-r1+1)*3+c2-c1+1)<<1 | (k.keys[b.key]-1|b.flags&upper)&1
}

// direction returns the signature of the step to position i without shift.
func (k *layout) direction(l *lattice, i int) uint8 { return k.signature(l, i) &^ 1 }

// spots are where the keys of a character are, a byte for each layout: row and column as
// one number of six bits.
type spots uint64

// spotsOf has the spots of each character, and shiftedOn the set of layouts on which its
// key is shifted.
var spotsOf, shiftedOn = func() (at [256]spots, shifted [256]uint8) {
	for c := range charCount {
		for i := range layouts {
			if key := layouts[i].keys[c]; key != 0 {
				at[c] |= spots((key-1)>>1) << (8 * i)
				shifted[c] |= (key - 1) & 1 << i
			}
		}
	}
	return
}()

// equal returns the set of the layouts on which sums of two spots are the same.
func (a spots) equal(b spots) uint8 {
	const ones = 0x0101010101010101
	same := ^((a ^ b) + 0x7f*ones) >> 7 & ones
	return uint8(same * 0x0102040810204080 >> 56) // the lowest bits of all bytes
}

// shifted returns the set of the layouts on which the key of a position is shifted.
func (c *cell) shifted() uint8 { return shiftedOn[c.key] | -(c.flags & upper) }

// straight returns what a walk of the three keys in front of end, which touch on the
// layouts given, costs at least: never if they are in a straight line on none.
func (l *lattice) straight(end int, on uint8) Guesses {
	c := l.cells[end-3 : end]
	on &= (spotsOf[c[0].key] + spotsOf[c[2].key]).equal(2 * spotsOf[c[1].key])
	turned := c[1].shifted() ^ c[2].shifted()
	return walkCost + min(leastCosts[on&^turned], leastCosts[on&turned]+turnCost)
}

// four returns what a walk of the four keys in front of end, which touch on the layouts
// given, costs at least without changes of shift, and whether there are such.
func (l *lattice) four(end int, on uint8) (cost Guesses, shifts bool) {
	c := l.cells[end-4 : end]
	p, q, r, t := spotsOf[c[0].key], spotsOf[c[1].key], spotsOf[c[2].key], spotsOf[c[3].key]
	second, third, back := (p + r).equal(2*q), (q + t).equal(2*r), (p + t).equal(q+r) // as the step before, or the first
	none, both := on&second&third, on&^(second|third|back)
	cost = walkCost + min(leastCosts[none], leastCosts[on&^none&^both]+turnCost, leastCosts[both]+2*turnCost)
	shifted := c[2].shifted()
	return cost, on&((c[1].shifted()^shifted)|(c[3].shifted()^shifted)) != 0
}

// leastCosts has the least cost of each set of layouts.
var leastCosts = func() (t [1 << layoutCount]Guesses) {
	for set := range t {
		t[set] = never
		for i := range layouts {
			if set>>i&1 != 0 {
				t[set] = min(t[set], layouts[i].cost)
			}
		}
	}
	return t
}()

// touching returns the set of layouts on which the key of position i touches the one
// before or is the same.
func (l *lattice) touching(i int) uint8 {
	return neighbors[l.cells[i-1].key][l.cells[i].key]
}

// touches has, for each pair of symbols, the set of layouts on which keys with these
// touch or are the same: most pairs have none, and this stays in the nearest cache. The
// last row is that of no symbol. Capitals are no characters of a lattice.
var touches = func() (t [64 + 1][64]uint8) {
	for a := range charCount {
		for b := range charCount {
			if x, y := charAt(a), charAt(b); !unicode.IsUpper(x) && !unicode.IsUpper(y) {
				t[symbolOf(x)][symbolOf(y)] |= neighbors[a][b]
			}
		}
	}
	return t
}()

// neighbors has, for each pair of characters, the set of layouts on which their keys
// touch or are the same. Steps between two of ASCII are left to QWERTY, not ЙЦУКЕН.
var neighbors = func() (t [256][256]uint8) {
	for i := range layouts {
		for a := range charCount {
			for b := range charCount {
				if layouts[i].adjacent(uint8(a), uint8(b)) && (i != russian || max(a, b) >= cyrillicKeys) {
					t[a][b] |= 1 << i
				}
			}
		}
	}
	return t
}()
