package filter

import "math/bits"

// Source is a file that records came from.
type Source struct {
	Name   string `json:"name"`
	Format string `json:"format,omitempty"`
	Digest string `json:"digest,omitempty"` // of the bytes of the source, as "sha256:HEX" or "xxh64:HEX"
	Lines  uint64 `json:"lines,omitempty"`
	Keys   uint64 `json:"keys,omitempty"`
}

// Options say what a Writer makes.
type Options struct {
	Kind    Kind
	Keys    uint64   // expected number of records, 0 unknown; never changes the result
	Ranges  bool     // keep full digests and exact counts, for Range and All
	NoBloom bool     // leave the Bloom filter out: for files that stay in memory
	Date    string   // of the sources, RFC 3339; "" unknown
	Sources []Source // in the order of reading
	Base    ID       // not zero: an overlay on the index with that ID; full digests are always kept

	// Step, if not nil, is called now and then while Close or Compact goes through
	// the records, and before they put the file in its place. Its error ends that,
	// as any error does.
	Step func(done, total uint64) error
}

// Section is a part of an index file.
type Section struct {
	Name   string `json:"name"`
	Offset int64  `json:"offset"`
	Bytes  int64  `json:"bytes"`
}

// Info describes an index file.
type Info struct {
	Version       int       `json:"version"`
	Kind          Kind      `json:"kind"`
	ID            ID        `json:"id"`
	Base          ID        `json:"base,omitzero"` // of an overlay
	Keys          uint64    `json:"keys"`          // records, removals included
	Removed       uint64    `json:"removed,omitempty"`
	Ranges        bool      `json:"ranges"`   // full digests and exact counts are kept
	KeyBits       int       `json:"key_bits"` // leading bits of a digest that are kept, at least
	Bloom         bool      `json:"bloom"`
	Bytes         int64     `json:"bytes"` // of the file
	BytesPerKey   float64   `json:"bytes_per_key"`
	FalsePositive float64   `json:"false_positive"` // of Contains, for a digest that is not in the corpus
	Date          string    `json:"date,omitempty"`
	Sources       []Source  `json:"sources,omitempty"`
	Sections      []Section `json:"sections"`
}

// newInfo returns the description of the file with that header.
func newInfo(h *header, id ID, p provenance) Info {
	info := Info{
		Version: version, Kind: h.kind, ID: id, Base: h.base, Keys: h.keys, Removed: h.removed,
		Ranges: h.ranges, Bloom: h.blocks > 0, Bytes: int64(h.bytes), Date: p.Date, Sources: p.Sources,
	}
	if h.keys > 0 {
		info.BytesPerKey = float64(h.bytes) / float64(h.keys)
	}
	info.KeyBits = 8 * h.kind.Size()
	if !h.ranges {
		// A line holds keys/lines remainders of 32 bits in the mean.
		lines := h.pages * linesPerPage
		info.KeyBits = 32 + bits.Len64(lines) - 1
		info.FalsePositive = float64(h.keys) / float64(lines) / (1 << 32)
	}
	for i, s := range h.spans {
		if s.bytes > 0 {
			info.Sections = append(info.Sections, Section{section(i).String(), int64(s.offset), int64(s.bytes)})
		}
	}
	return info
}
