package breach

import (
	"github.com/vetopw/veto/filter"
)

// sink leaves out of an ascending stream what is not wanted and hands the rest
// to the writer.
type sink struct {
	writer   *filter.Writer
	kind     filter.Kind
	minCount uint32
	base     *filter.Chain    // nil: not an overlay
	removals bool             // some records may be removals
	pending  [1]filter.Record // the last one: the next batch may begin with the same digest
	some     bool             // there is a pending one

	seen     uint64 // different digests
	keys     uint64 // written
	belowMin uint64
	known    uint64
	taken    uint64
}

// add takes the next batch.
func (s *sink) add(records []filter.Record) error {
	if s.some && len(records) > 0 && records[0].Digest == s.pending[0].Digest {
		s.pending[0].Count = mergeCounts(s.pending[0].Count, records[0].Count)
		records = records[1:]
	}
	if len(records) == 0 {
		return nil
	}
	if err := s.flush(); err != nil {
		return err
	}
	last := len(records) - 1
	s.pending[0], s.some = records[last], true
	return s.write(records[:last])
}

// flush writes the pending record.
func (s *sink) flush() error {
	if !s.some {
		return nil
	}
	s.some = false
	return s.write(s.pending[:])
}

// write hands over what is wanted, in the place of all.
func (s *sink) write(records []filter.Record) error {
	s.seen += uint64(len(records))
	if s.minCount > 1 || s.base != nil || s.removals {
		n := 0
		for _, r := range records {
			if s.wanted(r) {
				records[n] = r
				n++
			}
		}
		records = records[:n]
	}
	s.keys += uint64(len(records))
	return s.writer.Append(records)
}

// wanted reports whether a record is to be written, and counts why not.
func (s *sink) wanted(r filter.Record) bool {
	removal := r.Count == filter.Removed
	switch {
	case removal && s.base == nil:
		s.taken++
		return false
	case !removal && r.Count != 0 && r.Count < s.minCount:
		s.belowMin++
		return false
	case s.base == nil:
		return true
	}
	class, found := s.base.Count(r.Digest[:s.kind.Size()])
	known := class == 0 || r.Count != 0 && class >= filter.PrevalenceOf(r.Count)
	if removal && !found || !removal && found && known {
		s.known++
		return false
	}
	return true
}
