package filter

import (
	"encoding/binary"
	"math/bits"
)

// Rows hold records one behind the other, ascending:
//
//	u8     bits 0-2: bytes of the difference less one; bits 3-7: code of the count
//	1-8 B  difference of the first 64 bits to the row before, to 0 in the first row of a block
//	0-4 B  the count, if the code says so
//	tail   the digest from byte 8 on
//
// Blocks have 256 rows; the directory has for each block the first 64 bits of
// its first digest and its offset.
const (
	rowsPerBlock = 256
	rowDirBytes  = 16
	maxTail      = 12
	maxRow       = 1 + 8 + 4 + maxTail + 8 // with what is written and read beyond the end
)

// Codes of counts: below countByte the count itself.
const (
	countByte    = 28 + iota // in one byte
	countShort               // in two
	countLong                // in four
	countRemoved             // in none: Removed
)

// countBytes has the number of bytes by code.
var countBytes = [32]uint8{countByte: 1, countShort: 2, countLong: 4}

func countCode(count uint32) uint8 {
	switch {
	case count < countByte:
		return uint8(count)
	case count < 1<<8:
		return countByte
	case count < 1<<16:
		return countShort
	case count < Removed:
		return countLong
	}
	return countRemoved
}

// encodeRow writes a row at the begin of b, which has room for maxRow, and
// returns its length.
func encodeRow(b []byte, delta uint64, r *Record, tailBytes int) int {
	_ = b[maxRow-1]
	code := countCode(r.Count)
	n := (bits.Len64(delta|1) + 7) / 8
	b[0] = uint8(n-1) | code<<3
	binary.LittleEndian.PutUint64(b[1:], delta)
	binary.LittleEndian.PutUint32(b[1+n:], r.Count)
	n += 1 + int(countBytes[code])
	*(*[maxTail]byte)(b[n:]) = [maxTail]byte(r.Digest[8:]) // a fixed length is faster
	return n + tailBytes
}

// decodeRow reads the row at the begin of b. The length is 0 if b ends before
// the row does.
func decodeRow(b []byte, tailBytes int) (delta uint64, count uint32, tail []byte, n int) {
	if len(b) >= maxRow {
		delta, count, n = decodeFields((*[maxRow]byte)(b))
	} else {
		var padded [maxRow]byte
		copy(padded[:], b)
		delta, count, n = decodeFields(&padded)
	}
	if n += tailBytes; n > len(b) {
		return 0, 0, nil, 0
	}
	return delta, count, b[n-tailBytes : n : n], n
}

// decodeFields reads a row but for the tail, and returns the length of what it
// has read.
func decodeFields(b *[maxRow]byte) (delta uint64, count uint32, n int) {
	d, code := int(b[0]&7)+1, b[0]>>3
	delta = binary.LittleEndian.Uint64(b[1:]) << (64 - 8*d) >> (64 - 8*d)
	n = 1 + d
	if code < countByte {
		return delta, uint32(code), n
	}
	if code == countRemoved {
		return delta, Removed, n
	}
	size := int(countBytes[code])
	count = uint32(uint64(binary.LittleEndian.Uint32(b[n:])) & (1<<(8*size) - 1))
	return delta, count, n + size
}

// rows is the section of rows with its directory.
type rows struct {
	keys  uint64
	kind  Kind
	bytes []byte
	dir   []byte
}

// first returns the first 64 bits of the first digest of a block.
func (r *rows) first(block int) uint64 {
	return binary.LittleEndian.Uint64(r.dir[block*rowDirBytes:])
}

// seek returns a cursor before the first row that begins with head or with
// something greater, or a few rows earlier.
func (r *rows) seek(head uint64) cursor {
	lo, hi := 0, len(r.dir)/rowDirBytes
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if r.first(mid) < head {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return r.block(max(lo-1, 0))
}

// begin returns a cursor before the first row. It reads nothing.
func (r *rows) begin() cursor { return cursor{rows: r} }

// block returns a cursor before the first row of a block.
func (r *rows) block(i int) cursor {
	c := cursor{rows: r, index: uint64(i) * rowsPerBlock}
	if i*rowDirBytes < len(r.dir) {
		offset := binary.LittleEndian.Uint64(r.dir[i*rowDirBytes+8:])
		c.offset = min(offset, uint64(len(r.bytes)))
	}
	return c
}

// find looks a digest up.
func (r *rows) find(head uint64, digest []byte) (count uint32, ok bool) {
	c := r.seek(head)
	for c.next() && c.head <= head {
		if c.head == head && string(c.tail) == string(digest[8:]) {
			return c.count, true
		}
	}
	return 0, false
}

// cursor walks over rows. The fields head, count and tail are those of the row
// that next found.
type cursor struct {
	rows   *rows
	index  uint64 // number of the next row
	offset uint64 // of the next row

	head    uint64
	count   uint32
	tail    []byte
	damaged bool // the next row cannot be read
}

// next reads a row. It returns false at the end and at a damaged row.
func (c *cursor) next() bool {
	if c.index >= c.rows.keys {
		return false
	}
	if c.index%rowsPerBlock == 0 {
		c.head = 0
	}
	delta, count, tail, n := decodeRow(c.rows.bytes[c.offset:], c.rows.kind.Size()-8)
	if n == 0 {
		c.damaged = true
		return false
	}
	c.head += delta
	c.count, c.tail = count, tail
	c.offset += uint64(n)
	c.index++
	return true
}

// record returns the row as a record.
func (c *cursor) record() (r Record) {
	binary.BigEndian.PutUint64(r.Digest[:], c.head)
	copy(r.Digest[8:], c.tail)
	r.Count = c.count
	return r
}

// damage returns the error of the row that next could not read, or nil.
func (c *cursor) damage() error {
	if !c.damaged {
		return nil
	}
	return &CorruptError{Section: sectionRows.String(), Offset: int64(c.offset), Detail: "the row ends behind the section"}
}
