package breach

import (
	"encoding/binary"
	"math/bits"

	"github.com/vetopw/veto/filter"
)

// plainLines says how lines of HASH:COUNT look that are read at full speed. The
// assembly knows the order of its fields.
type plainLines struct {
	width  uint64 // digits of a hash, 40 or 32
	skip   uint64 // of them, those that the lines lack
	prefix uint64 // these digits, the first in the lowest byte
	mask   uint64 // 0xff for each of them
	order  uint64 // all ones if hashes must ascend, else 0
	last   uint64 // first 64 bits of the hash before, 0 without order
}

func newPlainLines(kind filter.Kind, prefix string, ordered bool) *plainLines {
	f := &plainLines{width: uint64(digits(kind)), skip: uint64(len(prefix))}
	for i := range len(prefix) {
		f.prefix |= uint64(prefix[i]) << (8 * i)
		f.mask |= 0xff << (8 * i)
	}
	if ordered {
		f.order = 1<<64 - 1
	}
	return f
}

// after notes the record that the next line follows.
func (f *plainLines) after(r *filter.Record) {
	f.last = binary.BigEndian.Uint64(r.Digest[:]) & f.order
}

// least is the length of the shortest line.
func (f *plainLines) least() int { return int(f.width-f.skip) + len(":1\n") }

// readGeneric reads the lines of buf[at:end] into records, which has room for
// all, up to the first that is not HASH:COUNT with a count of one to seven digits,
// or not greater than the one before. It returns how many it has read and where
// the next one begins. A hash is read with the bytes before it, in the place of
// which it lacks digits, and buf goes on behind end for tailBytes.
func (f *plainLines) readGeneric(records []filter.Record, buf []byte, at, end int) (lines, next int) {
	width, skip := int(f.width), int(f.skip)
	for last := f.last; at < end; lines++ {
		h := buf[at-skip:][:tailBytes]
		x0 := binary.LittleEndian.Uint64(h)&^f.mask | f.prefix
		x1 := binary.LittleEndian.Uint64(h[8:])
		x2 := binary.LittleEndian.Uint64(h[16:])
		x3 := binary.LittleEndian.Uint64(h[24:])
		fault := hexFault(x0) | hexFault(x1) | hexFault(x2) | hexFault(x3)
		var v4 uint64
		if width == 40 {
			x4 := binary.LittleEndian.Uint64(h[32:])
			fault |= hexFault(x4)
			v4 = hexValue(x4)
		}
		head := hexValue(x0) | hexValue(x1)<<32
		count, n := decimal(binary.LittleEndian.Uint64(h[width+1:]))
		stop := width + 1 + n
		if h[stop] == '\r' {
			stop++
		}
		key := bits.ReverseBytes64(head)
		if fault&eachHigh != 0 || h[width] != ':' || h[stop] != '\n' || n == 8 || count == 0 || key <= last {
			break
		}
		last = key & f.order
		r := &records[lines]
		binary.LittleEndian.PutUint64(r.Digest[0:], head)
		binary.LittleEndian.PutUint64(r.Digest[8:], hexValue(x2)|hexValue(x3)<<32)
		binary.LittleEndian.PutUint32(r.Digest[16:], uint32(v4))
		r.Count = uint32(count)
		at += stop - skip + 1
	}
	return lines, at
}
