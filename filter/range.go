package filter

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"
)

// PrefixBits is the length of the prefix of a range.
const PrefixBits = 20

// Range appends the records whose digests begin with the 20 bits of prefix, in
// the form of the range API of Have I Been Pwned: the other hexadecimal digits in
// upper case, a colon, the count; CRLF between the rows, none after the last. A
// count that is unknown is 1, as 0 stands for padding there. The error is
// ErrNoRanges if the file has no full digests.
func (s *Set) Range(dst []byte, prefix uint32) (body []byte, err error) {
	body = dst
	if err := s.checkRange(prefix); err != nil {
		return body, err
	}
	defer s.leave(s.enter(), &err)
	size := s.header.kind.Size()
	c := s.rows.seek(uint64(prefix) << (64 - PrefixBits))
	for c.nextIn(prefix) {
		r := c.record()
		body = appendRow(body, len(dst), r.Digest[:size], c.count)
	}
	return body, cmp.Or(s.Err(), c.damage())
}

// checkRange returns why there is no range of the prefix, or nil.
func (s *Set) checkRange(prefix uint32) error {
	if prefix >= 1<<PrefixBits {
		return fmt.Errorf("prefix %x has more than %d bits", prefix, PrefixBits)
	}
	if !s.header.ranges {
		return ErrNoRanges
	}
	return s.Err()
}

// records returns the records with the prefix.
func (s *Set) records(prefix uint32) (records []Record, err error) {
	if err := s.checkRange(prefix); err != nil {
		return nil, err
	}
	err = s.read(func() error {
		c := s.rows.seek(uint64(prefix) << (64 - PrefixBits))
		for c.nextIn(prefix) {
			records = append(records, c.record())
		}
		return c.damage()
	})
	return records, err
}

// nextIn is next for the rows with the prefix.
func (c *cursor) nextIn(prefix uint32) bool {
	for c.next() {
		if p := uint32(c.head >> (64 - PrefixBits)); p >= prefix {
			return p == prefix
		}
	}
	return false
}

// appendRow appends a row of a body that begins at start.
func appendRow(dst []byte, start int, digest []byte, count uint32) []byte {
	const digits = "0123456789ABCDEF"
	if len(dst) > start {
		dst = append(dst, '\r', '\n')
	}
	dst = append(dst, digits[digest[PrefixBits/8]&15])
	for _, b := range digest[PrefixBits/8+1:] {
		dst = append(dst, digits[b>>4], digits[b&15])
	}
	dst = append(dst, ':')
	return strconv.AppendUint(dst, uint64(max(count, 1)), 10)
}

// All returns every record, ascending. If the file has no full digests, they have
// Info.KeyBits right bits or more and then zeros or so, may repeat, and counts
// are the least of their class. An error comes last.
func (s *Set) All() iter.Seq2[Record, error] {
	if s.header.ranges {
		return s.allRows()
	}
	return s.allCells()
}

// allRows reads the rows, a block at a time: the caller's code must not run
// between enter and leave.
func (s *Set) allRows() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		block := make([]Record, 0, rowsPerBlock)
		for c := s.rows.begin(); c.index < s.header.keys; {
			s.ahead(sectionRows, c.offset, rowsPerBlock*maxRow)
			block = block[:0]
			err := s.read(func() error {
				for len(block) < rowsPerBlock && c.next() {
					block = append(block, c.record())
				}
				if len(block) < rowsPerBlock {
					return c.damage()
				}
				return nil
			})
			if !yieldAll(yield, block, err) {
				return
			}
		}
	}
}

// allCells is allRows for a file without rows.
func (s *Set) allCells() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		const chunk = 4 * keysPerPage
		records := make([]Record, 0, chunk)
		for c := s.pages.cells(); c.page < s.pages.n; {
			s.ahead(sectionPages, c.page*pageBytes, sumBytes)
			records = records[:0]
			err := s.read(func() error {
				for len(records) < chunk && c.next() {
					records = append(records, c.record())
				}
				return nil
			})
			if !yieldAll(yield, records, err) {
				return
			}
		}
	}
}

// yieldAll yields the records and the error, and reports whether to go on.
func yieldAll(yield func(Record, error) bool, records []Record, err error) bool {
	for _, r := range records {
		if !yield(r, nil) {
			return false
		}
	}
	if err != nil {
		yield(Record{}, err)
	}
	return err == nil
}

// cellCursor walks over the places of digests. The fields cell and class are
// those that next found.
type cellCursor struct {
	pages            *pages
	opened           bool // the page
	page             uint64
	line             uint32
	slot             int
	spill, spillLeft uint64

	cell  cell
	class Prevalence
}

// cells returns a cursor before the first place.
func (p *pages) cells() *cellCursor { return &cellCursor{pages: p} }

// open begins a page.
func (c *cellCursor) open(p page) {
	c.opened, c.line, c.slot, c.spillLeft = true, 0, 0, 0
	first, n := p.spill()
	if total := uint64(len(c.pages.spill) / spillBytes); first <= total && n <= total-first {
		c.spill, c.spillLeft = first, n
	}
}

// next reads a place. It returns false at the end.
func (c *cellCursor) next() bool {
	for c.page < c.pages.n {
		p := c.pages.page(c.page)
		if !c.opened {
			c.open(p)
		}
		if c.line == linesPerPage {
			c.page++
			c.opened = false
			continue
		}
		if c.slot < slotsPerLine {
			x := slot(p.line(c.line), c.slot)
			if x != vacant {
				c.cell, c.class = cell{c.page, c.line, x}, p.class(c.line, c.slot)
				c.slot++
				return true
			}
			c.slot = slotsPerLine
		}
		if c.spillLeft > 0 {
			e := binary.LittleEndian.Uint64(c.pages.spill[c.spill*spillBytes:])
			if e>>36 <= uint64(c.line) {
				c.cell, c.class = cell{c.page, c.line, uint32(e >> 4)}, Prevalence(e&15)
				c.spill++
				c.spillLeft--
				return true
			}
		}
		c.line, c.slot = c.line+1, 0
	}
	return false
}

// record returns the place as a record.
func (c *cellCursor) record() (r Record) {
	binary.BigEndian.PutUint64(r.Digest[:], c.cell.least(c.pages.n))
	r.Count = uint32(c.class.Min())
	return r
}
