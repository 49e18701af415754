package engine

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// packed holds what the positions of a lattice are as bytes, so that a word has eight
// of them.
type packed struct {
	codes, signs, kinds packedBytes
}

// packedBytes has bytes of positions between others that are 0, so that words may
// begin in front of a text and end behind it.
type packedBytes [packedFront + maxPositions + packedBehind]uint8

const packedFront, packedBehind = 16, 32

// The high bit of a code tells that the position may be passed over, that of a sign
// that it may be read as others, too. The bit below that of a code tells that the position
// is between. codeMarks are both of eight codes, which those of terms are without.
const (
	highBits    = 0x8080808080808080
	codeBetween = 0x40
	codeMarks   = highBits | highBits>>1
)

// packedCell is the code of a position and, above it, its sign, kind and flags.
type packedCell uint32

// pack returns what a cell is wherever it stands.
func (c *cell) pack() packedCell {
	p := packedCell(c.code) | packedCell(signOf(c.own))<<8 | packedCell(c.kind())<<16 | packedCell(c.flags)<<24
	if c.flags&separator != 0 {
		p |= 0x80
	}
	if c.flags&between != 0 {
		p |= codeBetween
	}
	if c.mask&(c.mask-1) != 0 {
		p |= 0x80 << 8
	}
	return p
}

// put writes a position.
func (p *packed) put(i int, c packedCell) {
	p.codes[packedFront+i], p.signs[packedFront+i], p.kinds[packedFront+i] = uint8(c), uint8(c>>8), uint8(c>>16)
}

// repeat notes that a position repeats the one before.
func (p *packed) repeat(i int) {
	p.codes[packedFront+i] |= 0x80
	if kind := &p.kinds[packedFront+i]; *kind%(1<<kindShape) >= classUsual {
		*kind |= kindAgain
	}
}

// end notes that there are n positions: the last is not passed over, as nothing follows.
func (p *packed) end(n int) { p.codes[packedFront+n-1] &^= 0x80 }

// cut clears the positions from n to end.
func (p *packed) cut(n, end int) {
	clear(p.codes[packedFront+n : packedFront+end])
	clear(p.signs[packedFront+n : packedFront+end])
	clear(p.kinds[packedFront+n : packedFront+end])
}

// packedTable has the cells of an asciiTable as packed.
type packedTable [utf8.RuneSelf + 1]packedCell

// asciiPacked has what the cells of asciiCells are.
var asciiPacked = func() (t [profileCount]packedTable) {
	for profile := range t {
		for r := range utf8.RuneSelf {
			t[profile][r] = asciiCells[profile][r].pack()
		}
	}
	return t
}()

// kind returns the shape of a cell in ASCII and, below it, its class.
func (c *cell) kind() uint8 {
	return (shapeOf[c.flags&shapeFlags]-shapeSmall)<<kindShape | min(c.class, classRare)
}

const (
	kindShape = 6 // where the shape begins
	kindAgain = 3 // makes of the classes of symbols that of one that is repeated
)

// word returns the bytes of eight positions from a boundary in a direction, the first
// in the lowest bits.
func (b *packedBytes) word(pos, dir int) uint64 {
	return inDirection(b.at(packedFront+pos+packedLetters*(dir>>1)), dir)
}

// inDirection returns the bytes of a word as they are in a direction, without a branch.
func inDirection(word uint64, dir int) uint64 {
	return word ^ (word^bits.ReverseBytes64(word))&uint64(dir>>1)
}

// at returns eight bytes from one on, the first in the lowest bits.
func (b *packedBytes) at(i int) uint64 { return binary.LittleEndian.Uint64(b[i : i+packedLetters]) }

// block returns the codes about which is asked at once, from a position on.
func (b *packedBytes) block(i int) *block { return (*block)(b[packedFront-blockMargin+i:]) }

// signOf returns the sign of a symbol, which no symbol of ASCII has as 0, and back.
func signOf(s uint8) uint8 { return ^s & 63 }
