package filter

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"
)

// A file is a header of 320 bytes and the sections in the order of the constants
// below, all integers little-endian; docs/FORMAT.md has the layout with an
// example. Sections begin at multiples of 64 bytes, the pages at a multiple of
// 4096; gaps are zero.
const (
	magic       = "\x89VIX\r\n\x1a\n" // spoiled by transfers as text
	version     = 1
	headerBytes = 320
	spansOffset = 136       // of the spans in the header
	idOffset    = 64        // of the ID in the header
	sumBytes    = 64 * 1024 // bytes under one checksum
)

// section numbers the sections in the order of the file.
type section int

const (
	sectionRows   section = iota // full digests and counts
	sectionRowDir                // where blocks of rows begin
	sectionBloom                 // blocks of the Bloom filter
	sectionPages                 // pages of lines of remainders
	sectionSpill                 // remainders that found no room in their line
	sectionMeta                  // provenance as JSON
	sectionSums                  // checksums of the blocks of all sections above
	sectionCount
)

// String returns the name of the section.
func (s section) String() string {
	return [...]string{"rows", "row directory", "bloom", "pages", "spill", "provenance", "checksums", "header"}[s]
}

// align returns the boundary at which the section begins.
func (s section) align() uint64 {
	if s == sectionPages {
		return pageBytes
	}
	return lineBytes
}

// span is the place of a section in the file. An absent section has no bytes.
type span struct{ offset, bytes uint64 }

func (s span) end() uint64 { return s.offset + s.bytes }

// of returns the bytes of the span in the file b.
func (s span) of(b []byte) []byte { return b[s.offset:s.end():s.end()] }

// sums returns the number of checksums of the section.
func (s span) sums() uint64 { return (s.bytes + sumBytes - 1) / sumBytes }

// header is the first part of a file.
type header struct {
	kind    Kind
	ranges  bool
	bytes   uint64 // of the whole file
	keys    uint64
	removed uint64 // those of keys that are removals
	pages   uint64
	blocks  uint64 // of the Bloom filter
	base    ID
	sums    uint64 // checksum of the section of checksums
	spans   [sectionCount]span
}

// place sets the offset of every section from s on, and the size of the file,
// by the numbers of bytes.
func (h *header) place(s section) {
	end := uint64(headerBytes)
	if s > 0 {
		end = h.spans[s-1].end()
	}
	for ; s < sectionCount; s++ {
		align := s.align()
		if h.spans[s].bytes == 0 {
			align = 1
		}
		h.spans[s].offset = (end + align - 1) / align * align
		end = h.spans[s].end()
	}
	h.bytes = end
}

// encode returns the bytes of the header and the ID, which is the SHA-256 of the
// header with zeros in its place. As the header holds the checksum of all
// checksums, the ID covers the file.
func (h *header) encode() (b [headerBytes]byte, id ID) {
	copy(b[:], magic)
	le := binary.LittleEndian
	le.PutUint32(b[8:], version)
	b[12] = byte(h.kind)
	if h.ranges {
		b[13] = 1
	}
	for i, v := range []uint64{h.bytes, h.keys, h.removed, h.pages, h.blocks} {
		le.PutUint64(b[16+8*i:], v)
	}
	copy(b[96:], h.base[:])
	le.PutUint64(b[128:], h.sums)
	for i, s := range h.spans {
		le.PutUint64(b[spansOffset+16*i:], s.offset)
		le.PutUint64(b[spansOffset+16*i+8:], s.bytes)
	}
	id = sha256.Sum256(b[:])
	copy(b[idOffset:], id[:])
	return b, id
}

// parseHeader reads and checks the header of a file of the given size, of which
// b is the begin.
func parseHeader(b []byte, size uint64) (h header, id ID, err error) {
	if len(b) < headerBytes {
		if known := min(len(b), len(magic)); string(b[:known]) == magic[:known] {
			return h, id, fmt.Errorf("%w: %d bytes are less than a header", ErrTruncated, size)
		}
		return h, id, ErrNotIndex
	}
	if string(b[:len(magic)]) != magic {
		return h, id, ErrNotIndex
	}
	le := binary.LittleEndian
	if v := le.Uint32(b[8:]); v > version {
		return h, id, fmt.Errorf("%w: version %d, this program reads %d; update it or compile the index anew", ErrVersion, v, version)
	}
	h.kind, h.ranges = Kind(b[12]), b[13] == 1
	h.bytes = le.Uint64(b[16:])
	h.keys = le.Uint64(b[24:])
	h.removed = le.Uint64(b[32:])
	h.pages = le.Uint64(b[40:])
	h.blocks = le.Uint64(b[48:])
	copy(h.base[:], b[96:])
	h.sums = le.Uint64(b[128:])
	for i := range h.spans {
		h.spans[i] = span{le.Uint64(b[spansOffset+16*i:]), le.Uint64(b[spansOffset+16*i+8:])}
	}
	canonical, id := h.encode()
	if !bytes.Equal(canonical[:], b[:headerBytes]) {
		return h, id, headerError("its checksum does not match")
	}
	return h, id, h.check(size)
}

func headerError(detail string) error {
	return &CorruptError{Section: sectionCount.String(), Detail: detail}
}

// check compares the fields of a header with each other and with the size of
// the file, so that every section can be read without looking at sizes again.
func (h *header) check(size uint64) error {
	if size < h.bytes {
		return fmt.Errorf("%w: %d of %d bytes", ErrTruncated, size, h.bytes)
	}
	if size > h.bytes || size > math.MaxInt64 {
		return headerError(fmt.Sprintf("%d bytes follow the end of the index", size-h.bytes))
	}
	if h.kind.Size() == 0 {
		return headerError(fmt.Sprintf("unknown kind of digest %d", h.kind))
	}
	for _, s := range h.spans {
		if s.bytes > size {
			return headerError("a section is larger than the file")
		}
	}
	placed := *h
	placed.place(0)
	if placed != *h {
		return headerError("the sections do not follow each other")
	}
	blocks := uint64(0)
	if h.ranges {
		blocks = (h.keys + rowsPerBlock - 1) / rowsPerBlock
	}
	sums := uint64(0)
	for _, s := range h.spans[:sectionSums] {
		sums += s.sums()
	}
	switch {
	case h.keys > maxKeys || h.removed > h.keys:
		return headerError("impossible number of keys")
	case h.spans[sectionRowDir].bytes != blocks*rowDirBytes,
		h.spans[sectionBloom].bytes/lineBytes != h.blocks || h.spans[sectionBloom].bytes%lineBytes != 0,
		h.spans[sectionPages].bytes/pageBytes != h.pages || h.spans[sectionPages].bytes%pageBytes != 0,
		h.spans[sectionSpill].bytes%spillBytes != 0,
		h.spans[sectionSums].bytes != 8*sums:
		return headerError("sizes of sections do not match")
	case !h.ranges && h.spans[sectionRows].bytes > 0, h.pages == 0 && h.spans[sectionSpill].bytes > 0:
		return headerError("sections that nothing refers to")
	case (h.base == ID{}) != (h.pages > 0), h.base != ID{} && !h.ranges:
		return headerError("an overlay has rows and no pages, everything else has pages")
	case h.base == ID{} && h.removed > 0:
		return headerError("removals without a base")
	}
	return nil
}

// sumBlocks appends the checksums of the blocks of a section to sums.
func sumBlocks(sums []uint64, b []byte) []uint64 {
	for len(b) > 0 {
		n := min(len(b), sumBytes)
		sums = append(sums, xxhash.Sum64(b[:n]))
		b = b[n:]
	}
	return sums
}

// maxKeys bounds the number of records, so that products of it don't overflow.
const maxKeys = 1 << 48
