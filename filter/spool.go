package filter

import (
	"encoding/binary"
	"errors"
	"io"
)

// A Writer that keeps no rows spools the heads and classes of its records, as
// entries of 48 bits one behind the other: bits 0-3 the class, the others the
// difference to the head before. Where that is greater, as it is among fewer than
// 2^20 records, the entry is spoolEscape and the class in the next four bits, and
// the head follows in 64 bits.
const (
	spoolEntry  = 6
	spoolEscape = 15 // no class
	spoolLong   = spoolEntry + 8
	spoolLimit  = 1 << 44 // of differences
)

var errSpool = errors.New("the temporary file has changed")

// batchKeys is the number of records that are spooled, and added to the layout,
// at a time.
const batchKeys = 256

// spoolRecords writes entries for records to b, which has room for spoolLong
// bytes each and 8 more, until one is not above the last or is a removal. It
// returns the head of the last one, the number of records and that of bytes.
func spoolRecords(b []byte, records []Record, last uint64) (head uint64, n, used int) {
	for i := range records {
		r := &records[i]
		h := binary.BigEndian.Uint64(r.Digest[:])
		delta, class := h-last, uint64(PrevalenceOf(r.Count))
		if h <= last || r.Count == Removed {
			return last, i, used
		}
		if delta < spoolLimit {
			binary.LittleEndian.PutUint64(b[used:], delta<<4|class)
			used += spoolEntry
		} else {
			used += spoolHead(b[used:], h, PrevalenceOf(r.Count))
		}
		last = h
	}
	return last, len(records), used
}

// spoolHead writes an entry with a whole head.
func spoolHead(b []byte, head uint64, class Prevalence) int {
	binary.LittleEndian.PutUint64(b, uint64(class)<<4|spoolEscape)
	binary.LittleEndian.PutUint64(b[spoolEntry:], head)
	return spoolLong
}

// spoolReader reads a spool of a number of keys.
type spoolReader struct {
	r       io.Reader
	keys    uint64 // still to come
	head    uint64 // the last one
	at, end int    // in the buffer: what is still to be used
	buffer  [streamBytes + batchKeys*spoolLong + 8]byte
}

// next reads the heads and classes of the next records and returns their number,
// 0 at the end.
func (s *spoolReader) next(heads *[batchKeys]uint64, classes *[batchKeys]Prevalence) (int, error) {
	n := int(min(s.keys, batchKeys))
	if s.end-s.at < n*spoolLong {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	at, head := s.at, s.head
	for i := range n {
		e := binary.LittleEndian.Uint64(s.buffer[at:])
		class := e & 15
		at += spoolEntry
		if class == spoolEscape {
			class = e >> 4 & 15
			head = binary.LittleEndian.Uint64(s.buffer[at:])
			at += spoolLong - spoolEntry
		} else {
			head += e << 16 >> 20
		}
		heads[i], classes[i] = head, Prevalence(class)
	}
	if at > s.end {
		return 0, errSpool
	}
	s.at, s.head = at, head
	s.keys -= uint64(n)
	return n, nil
}

func (s *spoolReader) fill() error {
	n := copy(s.buffer[:], s.buffer[s.at:s.end])
	m, err := io.ReadFull(s.r, s.buffer[n:streamBytes])
	s.at, s.end = 0, n+m
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}
