package filter

import (
	"bytes"
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

// Verify reads the whole file: all checksums, the order and the number of
// records, and that the sections agree. The probes of the Bloom filter can be
// compared with the digests only where these are kept; else its checksum
// vouches for it. The errors are ErrCorrupt, ErrChanged and ErrClosed. Progress,
// if not nil, is told the bytes done, about every megabyte.
func (s *Set) Verify(progress func(done, total int64)) error {
	v := verification{set: s, progress: progress, total: verifyBytes(s)}
	for i := section(0); i < sectionSums; i++ {
		if err := v.sums(i); err != nil {
			return err
		}
	}
	if err := s.read(s.verifyGaps); err != nil {
		return err
	}
	if err := v.pages(); err != nil {
		return err
	}
	if err := v.rows(); err != nil {
		return err
	}
	v.report(v.total - v.done)
	return nil
}

// verifyBytes is what Verify reads: sections of records twice.
func verifyBytes(s *Set) int64 {
	h := &s.header
	return int64(h.bytes + h.spans[sectionPages].bytes + h.spans[sectionRows].bytes)
}

// verification is the state of Verify.
type verification struct {
	set         *Set
	progress    func(done, total int64)
	done, total int64
}

func (v *verification) report(n int64) {
	v.done += n
	if v.progress != nil {
		v.progress(v.done, v.total)
	}
}

// chunkSums is the number of checksums between two reports.
const chunkSums = 16

func (v *verification) sums(i section) error {
	span := v.set.header.spans[i]
	for from := uint64(0); from < span.sums(); from += chunkSums {
		to := min(from+chunkSums, span.sums())
		part := span.of(v.set.bytes)[from*sumBytes : min(to*sumBytes, span.bytes)]
		v.set.ahead(i, from*sumBytes, uint64(len(part)))
		if err := v.set.read(func() error { return v.set.verifySums(i, from, to) }); err != nil {
			return err
		}
		v.report(int64(len(part)))
	}
	return nil
}

// verifySums compares the checksums of some blocks of a section.
func (s *Set) verifySums(i section, from, to uint64) error {
	first := uint64(0)
	for _, span := range s.header.spans[:i] {
		first += span.sums()
	}
	sums := s.header.spans[sectionSums].of(s.bytes)[8*first:]
	b := s.header.spans[i].of(s.bytes)
	for k := from; k < to; k++ {
		block := b[k*sumBytes : min((k+1)*sumBytes, uint64(len(b)))]
		if xxhash.Sum64(block) != binary.LittleEndian.Uint64(sums[8*k:]) {
			return s.corrupt(i, k*sumBytes, "the checksum of a block does not match")
		}
	}
	return nil
}

// verifyGaps checks that nothing hides between the sections.
func (s *Set) verifyGaps() error {
	end := uint64(headerBytes)
	for i, span := range s.header.spans {
		for at := end; at < span.offset; at++ {
			if s.bytes[at] != 0 {
				return s.corrupt(section(i), at-span.offset, "not zero before the section")
			}
		}
		end = span.end()
	}
	return nil
}

// pages checks the pages, a few hundred at a time.
func (v *verification) pages() error {
	s := v.set
	keys, spilled := uint64(0), uint64(0)
	const chunk = chunkSums * sumBytes / pageBytes
	for from := uint64(0); from < s.pages.n; from += chunk {
		to := min(from+chunk, s.pages.n)
		s.ahead(sectionPages, from*pageBytes, chunk*pageBytes)
		err := s.read(func() error {
			for i := from; i < to; i++ {
				n, spill, err := s.verifyPage(i, spilled)
				if err != nil {
					return err
				}
				keys += n
				spilled += spill
			}
			return nil
		})
		if err != nil {
			return err
		}
		v.report(int64((to - from) * pageBytes))
	}
	if s.pages.n > 0 && (keys != s.header.keys || spilled*spillBytes != uint64(len(s.pages.spill))) {
		return s.corrupt(sectionPages, 0, "the number of keys differs from the header")
	}
	return nil
}

// verifyPage returns the numbers of keys in a page and of those among them that
// spilled.
func (s *Set) verifyPage(i, spilled uint64) (keys, spill uint64, err error) {
	bad := func(detail string) (uint64, uint64, error) {
		return 0, 0, s.corrupt(sectionPages, i*pageBytes, detail)
	}
	p := s.pages.page(i)
	first, n := p.spill()
	if total := uint64(len(s.pages.spill) / spillBytes); first != spilled || n > total-first {
		return bad("its spilled entries do not follow those of the page before")
	}
	if len(bytes.Trim(p[16:lineBytes], "\x00")) > 0 {
		return bad("not zero behind the head of the page")
	}
	for line := range uint32(linesPerPage) {
		used := 0
		for used < slotsPerLine && slot(p.line(line), used) != vacant {
			used++
		}
		for k := range slotsPerLine {
			switch x := slot(p.line(line), k); {
			case k >= used && (x != vacant || p.class(line, k) != 0):
				return bad("a vacant slot is not empty")
			case k > 0 && k < used && x < slot(p.line(line), k-1):
				return bad("remainders do not ascend")
			case p.class(line, k) == removedClass:
				return bad("a removal")
			}
		}
		keys += uint64(used)
	}
	return keys + n, n, s.verifySpill(p, i)
}

// verifySpill checks the spilled entries of a page.
func (s *Set) verifySpill(p page, i uint64) error {
	first, n := p.spill()
	last := uint64(0)
	for k := first; k < first+n; k++ {
		e := binary.LittleEndian.Uint64(s.pages.spill[k*spillBytes:])
		line, remainder := e>>36, uint32(e>>4)
		if line >= linesPerPage || e&^15 < last || Prevalence(e&15) == removedClass {
			return s.corrupt(sectionSpill, k*spillBytes, "entries do not ascend")
		}
		if end := slot(p.line(uint32(line)), slotsPerLine-1); remainder != vacant && (end == vacant || remainder < end) {
			return s.corrupt(sectionSpill, k*spillBytes, "an entry belongs into its line")
		}
		last = e &^ 15
	}
	return nil
}

// rows checks the rows, a block at a time.
func (v *verification) rows() error {
	s := v.set
	state := rowState{first: true}
	c := s.rows.begin()
	for c.index < s.header.keys && s.header.ranges {
		before := c.offset
		if c.index/rowsPerBlock%chunkSums == 0 {
			s.ahead(sectionRows, before, chunkSums*rowsPerBlock*maxRow)
		}
		if err := s.read(func() error { return s.verifyRows(&c, &state) }); err != nil {
			return err
		}
		v.report(int64(c.offset - before))
	}
	if c.offset != uint64(len(s.rows.bytes)) || s.header.ranges && state.removed != s.header.removed {
		return s.corrupt(sectionRows, c.offset, "the number of rows differs from the header")
	}
	return nil
}

// rowState is what the check of a block of rows needs of those before.
type rowState struct {
	last    [20]byte
	first   bool
	removed uint64
}

func (s *Set) verifyRows(c *cursor, state *rowState) error {
	block := int(c.index / rowsPerBlock)
	if at := s.rows.block(block); at.offset != c.offset {
		return s.corrupt(sectionRowDir, uint64(block)*rowDirBytes, "the offset of a block is wrong")
	}
	for range min(rowsPerBlock, s.header.keys-c.index) {
		at := c.offset
		if !c.next() {
			return s.corrupt(sectionRows, at, "the row ends behind the section")
		}
		r := c.record()
		switch {
		case (c.index-1)%rowsPerBlock == 0 && c.head != s.rows.first(block):
			return s.corrupt(sectionRowDir, uint64(block)*rowDirBytes, "the first digest of a block is wrong")
		case !state.first && bytes.Compare(r.Digest[:], state.last[:]) <= 0:
			return s.corrupt(sectionRows, at, "rows do not ascend")
		case s.bloom.n > 0 && !s.bloom.mayContain(c.head):
			return s.corrupt(sectionRows, at, "the Bloom filter denies a row")
		case s.pages.n > 0 && !s.pages.contains(cellOf(c.head, s.pages.n)):
			return s.corrupt(sectionRows, at, "the pages deny a row")
		}
		if r.Count == Removed {
			state.removed++
		}
		state.last, state.first = r.Digest, false
	}
	return nil
}

// ahead asks for the reading of a part of a section that is about to be used in
// order, as reading ahead is switched off.
func (s *Set) ahead(i section, from, bytes uint64) {
	if span := s.header.spans[i]; s.mapped && from < span.bytes {
		start := (span.offset + from) / sumBytes * sumBytes // any page size divides it
		willNeed(s.bytes[start:min(span.offset+from+bytes, span.end())])
	}
}
