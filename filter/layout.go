package filter

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// streamBytes is the size of a buffer, a multiple of sumBytes and pageBytes.
const streamBytes = 4 * sumBytes

// stream writes a part of a file in large pieces and takes the checksums of its
// blocks. Several streams write to one file at different offsets.
type stream struct {
	file   io.WriterAt
	offset uint64 // in the file, of the buffer
	used   int    // bytes of the buffer
	spool  bool   // no checksums: it is read once, at once
	sums   []uint64
	buffer [streamBytes + pageBytes]byte
}

func newStream(f io.WriterAt, offset uint64) *stream { return &stream{file: f, offset: offset} }

// room returns the free part of the buffer, at least n bytes, n at most
// pageBytes. The caller adds what it has filled to used.
func (s *stream) room(n int) ([]byte, error) {
	if s.used+n > len(s.buffer) {
		if err := s.write(streamBytes); err != nil {
			return nil, err
		}
	}
	return s.buffer[s.used:], nil
}

// write writes the first n bytes of the buffer, which are whole blocks or the
// last of the section.
func (s *stream) write(n int) error {
	if !s.spool {
		s.sums = sumBlocks(s.sums, s.buffer[:n])
	}
	if _, err := s.file.WriteAt(s.buffer[:n], int64(s.offset)); err != nil {
		return err
	}
	s.offset += uint64(n)
	s.used = copy(s.buffer[:], s.buffer[n:s.used])
	return nil
}

// flush writes the rest.
func (s *stream) flush() error {
	for s.used >= streamBytes {
		if err := s.write(streamBytes); err != nil {
			return err
		}
	}
	return s.write(s.used)
}

// layout writes all sections but the rows from records in ascending order.
type layout struct {
	header  header
	file    file
	streams [sectionCount]*stream
	sums    [sectionCount][]uint64

	old     []byte // blocks of a Bloom filter to start from, or nil
	block   uint64 // number of the block under construction
	inBlock uint64 // the greatest head of that block
	words   [wordsPerBlock]uint64

	at      uint64 // number of the page under construction
	inPage  uint64 // the greatest head of that page
	page    [pageBytes]byte
	blank   [pageBytes]byte // a page without keys
	line    lineState
	spilled uint64 // entries of all pages
	spill   uint64 // of them, those of this page
}

// lineState is the line under construction.
type lineState struct {
	number  uint64
	classes uint64 // of its slots
	slot    uint   // its next slot, times 4
}

// newLayout returns the layout of a file whose sections from the rows to the
// pages have the sizes that h implies.
func newLayout(f file, h header) *layout {
	h.spans[sectionBloom].bytes = h.blocks * lineBytes
	h.spans[sectionPages].bytes = h.pages * pageBytes
	h.place(0)
	l := &layout{header: h, file: f}
	for _, s := range []section{sectionRowDir, sectionBloom, sectionPages, sectionSpill} {
		l.streams[s] = newStream(f, h.spans[s].offset)
	}
	for i := lineBytes; i < classesAt; i++ {
		l.blank[i] = 0xff
	}
	l.page = l.blank
	l.inBlock, l.inPage = greatest(0, h.blocks), greatest(0, h.pages)
	return l
}

// greatest returns the greatest head in part i of n parts of all heads.
func greatest(i, n uint64) uint64 {
	if i+1 >= n {
		return math.MaxUint64
	}
	h, rest := bits.Div64(i+1, 0, n)
	if rest == 0 {
		h--
	}
	return h
}

// rowBlock adds a block to the directory of rows.
func (l *layout) rowBlock(first, offset uint64) error {
	if l.header.spans[sectionRowDir].bytes == 0 {
		return nil
	}
	if err := putUint64(l.streams[sectionRowDir], first); err != nil {
		return err
	}
	return putUint64(l.streams[sectionRowDir], offset)
}

// add adds digests, by their heads and classes, to the Bloom filter and the pages.
func (l *layout) add(heads []uint64, classes []Prevalence) error {
	if l.header.blocks > 0 {
		if err := l.probe(heads); err != nil {
			return err
		}
	}
	if l.header.pages == 0 {
		return nil
	}
	return l.put(heads, classes)
}

// probe adds digests to the Bloom filter.
func (l *layout) probe(heads []uint64) error {
	for {
		heads = heads[setProbes(&l.words, heads, l.inBlock):]
		if len(heads) == 0 {
			return nil
		}
		for block, _ := blockOf(heads[0], l.header.blocks); l.block < block; {
			if err := l.endBlock(); err != nil {
				return err
			}
		}
		l.inBlock = greatest(l.block, l.header.blocks)
	}
}

func (l *layout) endBlock() error {
	s := l.streams[sectionBloom]
	room, err := s.room(lineBytes)
	if err != nil {
		return err
	}
	for i, word := range l.words {
		if l.old != nil {
			word |= binary.LittleEndian.Uint64(l.old[l.block*lineBytes+uint64(i)*8:])
		}
		binary.LittleEndian.PutUint64(room[8*i:], word)
	}
	s.used += lineBytes
	l.words = [wordsPerBlock]uint64{}
	l.block++
	return nil
}

// put adds digests to the pages.
func (l *layout) put(heads []uint64, classes []Prevalence) error {
	for {
		n, err := l.putInPage(heads, classes)
		heads, classes = heads[n:], classes[n:]
		if len(heads) == 0 || err != nil {
			return err
		}
		for c := cellOf(heads[0], l.header.pages); l.at < c.page; {
			if err := l.endPage(); err != nil {
				return err
			}
		}
		l.inPage = greatest(l.at, l.header.pages)
	}
}

// putInPage adds those digests that belong into the page under construction and
// returns their number.
func (l *layout) putInPage(heads []uint64, classes []Prevalence) (n int, err error) {
	classes = classes[:len(heads)]
	state, pages, last := l.line, l.header.pages, l.inPage
	for ; n < len(heads) && heads[n] <= last; n++ {
		h := heads[n]
		line, rest := bits.Mul64(h*pages, linesPerPage) // as cellOf
		remainder := uint32(rest >> 32)
		if line != state.number {
			l.endLine(state)
			state = lineState{number: line}
		}
		if state.slot == 4*slotsPerLine || remainder == vacant {
			l.spill++
			entry := cell{line: uint32(line), remainder: remainder}.spilled() | uint64(classes[n])
			if err := putUint64(l.streams[sectionSpill], entry); err != nil {
				return n, err
			}
		} else {
			binary.LittleEndian.PutUint32(l.page[lineBytes+line*lineBytes+uint64(state.slot):], remainder)
			state.classes |= uint64(classes[n]) << state.slot
			state.slot += 4
		}
	}
	l.line = state
	return n, nil
}

// endLine completes a line.
func (l *layout) endLine(s lineState) {
	binary.LittleEndian.PutUint64(l.page[classesAt+s.number*8:], s.classes)
}

func (l *layout) endPage() error {
	l.endLine(l.line)
	s := l.streams[sectionPages]
	room, err := s.room(pageBytes)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(l.page[:], l.spilled)
	binary.LittleEndian.PutUint64(l.page[8:], l.spill)
	l.spilled += l.spill
	s.used += copy(room, l.page[:])
	l.at++
	l.page, l.line, l.spill = l.blank, lineState{}, 0
	return nil
}

// endSections completes the Bloom filter and the pages.
func (l *layout) endSections() error {
	for l.block < l.header.blocks {
		if err := l.endBlock(); err != nil {
			return err
		}
	}
	for l.at < l.header.pages {
		if err := l.endPage(); err != nil {
			return err
		}
	}
	return nil
}

// finish writes what is left and returns what is in the file.
func (l *layout) finish(o Options, keys, removed uint64) (Info, error) {
	if err := l.endSections(); err != nil {
		return Info{}, err
	}
	for i, s := range l.streams {
		if s == nil {
			continue
		}
		if err := s.flush(); err != nil {
			return Info{}, err
		}
		l.sums[i] = s.sums
	}
	l.header.keys, l.header.removed = keys, removed
	l.header.spans[sectionSpill].bytes = l.spilled * spillBytes
	meta, err := encodeProvenance(o)
	if err != nil {
		return Info{}, err
	}
	if err := l.end(meta); err != nil {
		return Info{}, err
	}
	_, id := l.header.encode()
	return newInfo(&l.header, id, provenance{o.Date, o.Sources}), nil
}

// end writes the provenance, the checksums and the header.
func (l *layout) end(meta []byte) error {
	h := &l.header
	h.spans[sectionMeta].bytes = uint64(len(meta))
	l.sums[sectionMeta] = sumBlocks(nil, meta)
	var sums bytes.Buffer
	for _, s := range l.sums {
		for _, sum := range s {
			sums.Write(binary.LittleEndian.AppendUint64(nil, sum))
		}
	}
	h.spans[sectionSums].bytes = uint64(sums.Len())
	h.sums = xxhash.Sum64(sums.Bytes())
	h.place(sectionSpill)
	b, _ := h.encode()
	for _, part := range []struct {
		bytes  []byte
		offset uint64
	}{{meta, h.spans[sectionMeta].offset}, {sums.Bytes(), h.spans[sectionSums].offset}, {b[:], 0}} {
		if _, err := l.file.WriteAt(part.bytes, int64(part.offset)); err != nil {
			return err
		}
	}
	return nil
}
