package filter

import (
	"bytes"
	"encoding/binary"
	"io"

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
	for b := s.buffer[:n]; len(b) > 0; b = b[min(len(b), sumBytes):] {
		s.sums = append(s.sums, xxhash.Sum64(b[:min(len(b), sumBytes)]))
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

	old   []byte // blocks of a Bloom filter to start from, or nil
	block uint64 // number of the block under construction
	words [wordsPerBlock]uint64

	at      uint64 // number of the page under construction
	page    [pageBytes]byte
	blank   [pageBytes]byte // a page without keys
	line    uint32          // the line under construction
	slot    int             // its next slot
	classes uint64          // of its slots
	spilled uint64          // entries of all pages
	spill   uint64          // of them, those of this page
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
	return l
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

// add adds a digest to the Bloom filter and the pages.
func (l *layout) add(head uint64, count uint32) error {
	if l.header.blocks > 0 {
		if err := l.probe(head); err != nil {
			return err
		}
	}
	if l.header.pages == 0 {
		return nil
	}
	return l.put(cellOf(head, l.header.pages), PrevalenceOf(count))
}

// probe adds a digest to the Bloom filter.
func (l *layout) probe(head uint64) error {
	block, probes := blockOf(head, l.header.blocks)
	for l.block < block {
		if err := l.endBlock(); err != nil {
			return err
		}
	}
	setProbes(&l.words, probes)
	return nil
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

// put adds a place to the pages.
func (l *layout) put(c cell, p Prevalence) error {
	for l.at < c.page {
		if err := l.endPage(); err != nil {
			return err
		}
	}
	if c.line != l.line {
		l.endLine()
		l.line = c.line
	}
	if l.slot == slotsPerLine || c.remainder == vacant {
		l.spill++
		return putUint64(l.streams[sectionSpill], c.spilled()|uint64(p))
	}
	binary.LittleEndian.PutUint32(l.page[lineBytes+int(l.line)*lineBytes+4*l.slot:], c.remainder)
	l.classes |= uint64(p) << (4 * l.slot)
	l.slot++
	return nil
}

// endLine completes the line under construction.
func (l *layout) endLine() {
	binary.LittleEndian.PutUint64(l.page[classesAt+int(l.line)*8:], l.classes)
	l.slot, l.classes = 0, 0
}

func (l *layout) endPage() error {
	l.endLine()
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
	l.page, l.line, l.spill = l.blank, 0, 0
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
