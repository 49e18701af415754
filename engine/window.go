package engine

import (
	"encoding/binary"
	"math/bits"
)

// window holds eight codes in a row, the first in the lowest byte; 0 is none. Terms
// are known by up to headCodes. The highest bit of a byte marks a code that may be
// passed over.
type window uint64

const (
	codeBits    = 5
	windowCodes = 8
	headCodes   = 6

	marks       window = 0x80_80_80_80_80_80_80_80
	earlyMarks         = marks & (1<<(8*headCodes) - 1)
	lateMarks          = marks &^ earlyMarks
	passedMarks        = earlyMarks &^ 0x80       // the first is not passed over
	nextMarks          = passedMarks<<8 | 0x80_00 // and the next, which takes the last place if one is
)

// code returns the code at place k.
func (w window) code(k int) uint8 { return uint8(w >> (8 * k) & (1<<codeBits - 1)) }

// first leaves only the first n codes.
func (w window) first(n int) window { return w & (1<<(8*n) - 1) }

// pass leaves out the code with a mark; the later ones move up.
func (w window) pass(mark window) window {
	before := mark>>7 - 1
	return w&before | w>>8&^before
}

// three returns the first three codes as one number.
func (w window) three() int {
	const one = 1<<codeBits - 1
	return int(w&one | w>>(8-codeBits)&(one<<codeBits) | w>>(2*(8-codeBits))&(one<<(2*codeBits)))
}

// block is the codes of blockCodes positions, about which is asked at once, and of
// those before and behind in their windows.
type block [blockMargin + blockCodes + blockMargin]uint8

const (
	blockCodes  = 16
	blockMargin = windowCodes
)

// from returns the window from position i of the block on.
func (b *block) from(i int) window {
	return window(binary.LittleEndian.Uint64(b[blockMargin+i:]))
}

// back returns the window from position i back.
func (b *block) back(i int) window {
	return window(binary.BigEndian.Uint64(b[blockMargin+i-(windowCodes-1):]))
}

// window returns the window from position i on, or back if all bits of flip are set, not
// none.
func (b *block) window(i, flip uint) window {
	w := binary.LittleEndian.Uint64(b[blockMargin+i-(windowCodes-1)&flip:])
	return window(w ^ (w^bits.ReverseBytes64(w))&uint64(flip))
}
