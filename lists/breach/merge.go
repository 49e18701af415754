package breach

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/vetopw/veto/filter"
)

// mergeRecords is the number of records that a merge hands over at once.
const mergeRecords = 4096

// merged is the stream of several sorted streams, itself sorted.
type merged struct {
	heads   []*head // a heap by first record
	streams []stream
	out     []filter.Record
}

// head is what was read from a stream and not yet merged.
type head struct {
	records []filter.Record
	stream  stream
}

// mergeCounts returns the count of a digest that two records have: a removal over
// one that is unknown, which may be any, over the greater.
func mergeCounts(a, b uint32) uint32 {
	if greater := max(a, b); min(a, b) > 0 || greater == filter.Removed {
		return greater
	}
	return 0
}

// mergeStreams merges; of a single stream it returns that itself. It closes the
// streams after an error, and when the result is closed.
func mergeStreams(streams []stream) (stream, error) {
	if len(streams) == 1 {
		return streams[0], nil
	}
	m := &merged{streams: streams, out: make([]filter.Record, 0, mergeRecords)}
	for _, s := range streams {
		h := &head{stream: s}
		switch err := h.fill(); {
		case err == nil:
			m.heads = append(m.heads, h)
		case !errors.Is(err, io.EOF):
			m.close()
			return nil, err
		}
	}
	for i := len(m.heads)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	return m, nil
}

// fill reads the next records; io.EOF when there are none.
func (h *head) fill() (err error) {
	for len(h.records) == 0 && err == nil {
		h.records, err = h.stream.next()
	}
	return err
}

// down moves the head at i to its place in the heap.
func (m *merged) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(m.heads) {
			return
		}
		if right := child + 1; right < len(m.heads) && compare(m.heads[right].records[0], m.heads[child].records[0]) < 0 {
			child = right
		}
		if compare(m.heads[i].records[0], m.heads[child].records[0]) <= 0 {
			return
		}
		m.heads[i], m.heads[child] = m.heads[child], m.heads[i]
		i = child
	}
}

func (m *merged) next() ([]filter.Record, error) {
	m.out = m.out[:0]
	for len(m.out) < cap(m.out) && len(m.heads) > 0 {
		h := m.heads[0]
		if n := len(m.out); n > 0 && m.out[n-1].Digest == h.records[0].Digest {
			m.out[n-1].Count = mergeCounts(m.out[n-1].Count, h.records[0].Count)
		} else {
			m.out = append(m.out, h.records[0])
		}
		h.records = h.records[1:]
		if len(h.records) == 0 {
			if err := h.fill(); errors.Is(err, io.EOF) {
				last := len(m.heads) - 1
				m.heads[0] = m.heads[last]
				m.heads = m.heads[:last]
			} else if err != nil {
				return nil, err
			}
		}
		m.down(0)
	}
	if len(m.out) == 0 {
		return nil, io.EOF
	}
	return m.out, nil
}

func (m *merged) close() {
	for _, s := range m.streams {
		s.close()
	}
}

// indexed is the stream of an open index.
type indexed struct {
	source *source
	pull   func() (filter.Record, error, bool)
	stop   func()
	out    []filter.Record
}

func newIndexed(ctx context.Context, s *source) *indexed {
	pull, stop := iter.Pull2(s.set.All())
	return &indexed{source: s, pull: pull, stop: stop, out: make([]filter.Record, 0, mergeRecords)}
}

func (x *indexed) next() ([]filter.Record, error) {
	x.out = x.out[:0]
	for len(x.out) < cap(x.out) {
		r, err, ok := x.pull()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		x.out = append(x.out, r)
	}
	if len(x.out) == 0 {
		return nil, io.EOF
	}
	x.source.Keys += uint64(len(x.out))
	x.source.Lines = x.source.Keys
	return x.out, nil
}

func (x *indexed) close() {
	x.stop()
	x.source.close()
}

// marked is the stream of digests to take out.
type marked struct{ stream }

func (m marked) next() ([]filter.Record, error) {
	records, err := m.stream.next()
	for i := range records {
		records[i].Count = filter.Removed
	}
	return records, err
}
