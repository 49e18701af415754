package filter

import (
	"encoding/binary"
	"math/bits"

	"github.com/vetopw/veto/internal/memory"
)

// The pages hold the leading bits of all digests. A page is what a disk reads at
// once:
//
//	  0  u64 number of the first spilled entry, u64 how many; 48 zero bytes
//	 64  56 lines of 16 remainders u32, ascending; vacant ones are 2^32-1
//	3648  56 times 16 prevalence classes of 4 bits
//
// The page, the line and the remainder of a digest are the digits of its first
// 64 bits, read as a fraction, in the mixed base (pages, 56, 2^32). So they
// ascend with the digests.
const (
	pageBytes    = 4096
	lineBytes    = 64 // a cache line
	linesPerPage = 56
	slotsPerLine = 16
	classesAt    = lineBytes + linesPerPage*lineBytes // offset in the page
	spillBytes   = 8

	// keysPerLine is the mean: 5.6 bytes a key, and 3.4 % of keys spill.
	keysPerLine = 13
	keysPerPage = keysPerLine * linesPerPage

	// vacant fills a line; a digest with this remainder is always spilled.
	vacant = 1<<32 - 1
)

// pagesFor returns the number of pages for a number of keys.
func pagesFor(keys uint64) uint64 { return max(1, (keys+keysPerPage-1)/keysPerPage) }

// head returns the first 64 bits of a digest.
func head(digest []byte) uint64 { return binary.BigEndian.Uint64(digest) }

// cell is the place of a digest.
type cell struct {
	page      uint64
	line      uint32
	remainder uint32
}

// cellOf returns the place of the digest that begins with head.
func cellOf(head, pages uint64) cell {
	page, rest := bits.Mul64(head, pages)
	line, rest := bits.Mul64(rest, linesPerPage)
	return cell{page, uint32(line), uint32(rest >> 32)}
}

// least returns the first head with that place.
func (c cell) least(pages uint64) uint64 {
	rest, mod := bits.Div64(uint64(c.line), uint64(c.remainder)<<32, linesPerPage)
	if mod > 0 {
		rest++ // cannot overflow: line is below linesPerPage
	}
	h, mod := bits.Div64(c.page, rest, pages)
	if mod > 0 {
		h++
	}
	return h
}

// spilled returns the entry of a spilled digest without its class: they are
// sorted by it.
func (c cell) spilled() uint64 { return uint64(c.line)<<36 | uint64(c.remainder)<<4 }

// before reports whether c precedes d in the order of digests.
func (c cell) before(d cell) bool {
	if c.page != d.page {
		return c.page < d.page
	}
	return c.spilled() < d.spilled()
}

// page is the bytes of one page.
type page []byte

// line returns the bytes of a line.
func (p page) line(i uint32) *[lineBytes]byte {
	return (*[lineBytes]byte)(p[lineBytes+i*lineBytes:])
}

// class returns the prevalence class of a slot.
func (p page) class(line uint32, slot int) Prevalence {
	return Prevalence(p[classesAt+int(line)*8+slot/2] >> (slot % 2 * 4) & 15)
}

// spill returns the range of entries of the spill section.
func (p page) spill() (first, n uint64) {
	return binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
}

// slot returns the remainder in a slot of a line.
func slot(line *[lineBytes]byte, i int) uint32 {
	return binary.LittleEndian.Uint32(line[4*i:])
}

// pages is the section of pages with what spilled.
type pages struct {
	n     uint64
	bytes []byte
	spill []byte
}

func (p *pages) page(i uint64) page {
	return page(p.bytes[i*pageBytes : i*pageBytes+pageBytes : i*pageBytes+pageBytes])
}

// find looks a place up.
func (p *pages) find(c cell) (Prevalence, bool) {
	page := p.page(c.page)
	line := page.line(c.line)
	if c.remainder != vacant {
		if m := match(line, c.remainder); m != 0 {
			return page.class(c.line, bits.TrailingZeros32(m)), true
		}
		if c.remainder < slot(line, slotsPerLine-1) {
			return 0, false
		}
	}
	return p.findSpilled(c)
}

// fetch asks for the memory that find reads first.
func (p *pages) fetch(c cell) { memory.Prefetch(&p.page(c.page).line(c.line)[0]) }

// contains is find without the class, which saves a cache line.
func (p *pages) contains(c cell) bool {
	line := p.page(c.page).line(c.line)
	if c.remainder != vacant {
		if match(line, c.remainder) != 0 {
			return true
		}
		if c.remainder < slot(line, slotsPerLine-1) {
			return false
		}
	}
	_, ok := p.findSpilled(c)
	return ok
}

// findSpilled looks among the entries of the page by binary search.
func (p *pages) findSpilled(c cell) (Prevalence, bool) {
	first, n := p.page(c.page).spill()
	if total := uint64(len(p.spill) / spillBytes); first > total || n > total-first {
		return 0, false // corrupt: Verify tells
	}
	entries := p.spill[first*spillBytes : (first+n)*spillBytes]
	key, lo, hi := c.spilled(), 0, int(n)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if binary.LittleEndian.Uint64(entries[mid*spillBytes:]) < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == int(n) {
		return 0, false
	}
	e := binary.LittleEndian.Uint64(entries[lo*spillBytes:])
	return Prevalence(e & 15), e&^15 == key
}

// matchGeneric returns the set of slots of a line that hold x, slot 0 in bit 0.
func matchGeneric(line *[lineBytes]byte, x uint32) (m uint32) {
	for i := range slotsPerLine {
		d := uint64(binary.LittleEndian.Uint32(line[4*i:]) ^ x)
		m |= uint32((d-1)>>63) << i
	}
	return m
}
