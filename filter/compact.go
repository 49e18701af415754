package filter

import (
	"errors"
	"fmt"
	"iter"
)

// Compact writes an index file at path that answers as the chain does, and as
// durably as a Writer. The options count for what cannot be derived: date,
// sources, NoBloom, and Ranges, which needs a base with full digests. From a base
// without them the result has as many pages and Bloom blocks as the base, so that
// it grows worse with each compaction that adds much: when an index has grown by
// a tenth, better compile it anew. After an error nothing has changed.
func Compact(path string, c *Chain, o Options) (Info, error) {
	base := c.sets[0]
	o.Kind, o.Base = c.Kind(), ID{}
	if !base.header.ranges {
		if o.Ranges {
			return Info{}, fmt.Errorf("compact %s: %w", path, ErrNoRanges)
		}
		return compactPages(systemDisk{}, path, c, o)
	}
	return compactRows(path, c, o)
}

// compactRows is Compact for a base with full digests: all are read, then laid
// out, each of which is half of what Options.Step is told.
func compactRows(path string, c *Chain, o Options) (Info, error) {
	keys, step := c.Keys(), o.Step
	if step != nil {
		o.Step = func(done, total uint64) error { return step(keys+done, keys+total) }
	}
	w, err := Create(path, o)
	if err != nil {
		return Info{}, err
	}
	half := Options{Step: step}
	batch := make([]Record, 0, rowsPerBlock)
	for r, err := range c.All() {
		if err == nil {
			if batch = append(batch, r); len(batch) < cap(batch) {
				continue
			}
			err = errors.Join(w.Append(batch), half.step(len(batch), w.keys, 2*keys))
			batch = batch[:0]
		}
		if err != nil {
			return Info{}, errors.Join(fmt.Errorf("compact %s: %w", path, err), w.Abort())
		}
	}
	if err := w.Append(batch); err != nil {
		return Info{}, errors.Join(err, w.Abort())
	}
	return w.Close()
}

// compactPages is Compact for a base without full digests: its pages and probes
// are copied with the changes, as they can't be computed anew.
func compactPages(d disk, path string, c *Chain, o Options) (Info, error) {
	sweep(path)
	w := &Writer{path: path, options: o, disk: d}
	var err error
	if w.temp, w.name, err = temp(d, path); err != nil {
		return Info{}, diskError("create", path, err)
	}
	info, err := w.compact(c)
	if err != nil {
		return Info{}, errors.Join(diskError("compact", path, err), w.Abort())
	}
	w.closed = true
	return info, nil
}

func (w *Writer) compact(c *Chain) (Info, error) {
	base := c.sets[0]
	h := header{kind: w.options.Kind, pages: base.header.pages}
	if !w.options.NoBloom {
		h.blocks = base.header.blocks
	}
	l := newLayout(w.temp, h)
	l.old = base.bloom.bytes
	m := newPageMerge(l, c)
	defer m.stop()
	err := base.read(m.begin)
	for done := false; !done && err == nil; {
		var n int
		err = base.read(func() (err error) {
			n, done, err = m.next()
			return err
		})
		w.keys += uint64(n)
		if err == nil {
			err = w.options.step(n, w.keys, max(w.keys, c.Keys()))
		}
	}
	if err != nil {
		return Info{}, err
	}
	info, err := l.finish(w.options, w.keys, 0)
	if err != nil {
		return Info{}, err
	}
	return info, w.publish()
}

// pageMerge puts the places of a base and the changes of its overlays into a
// layout.
type pageMerge struct {
	layout *layout
	old    *cellCursor
	more   bool // old has a place
	pull   func() (Record, error, bool)
	stop   func()

	change Record // the next one
	some   bool   // there is one
	head   uint64 // of it
	at     cell   // its place
}

func newPageMerge(l *layout, c *Chain) *pageMerge {
	changes := seq(nil)
	if len(c.sets) > 1 {
		changes = c.changes()
	}
	m := &pageMerge{layout: l, old: c.sets[0].pages.cells()}
	m.pull, m.stop = iter.Pull2(changes)
	return m
}

// begin reads the first place and the first change.
func (m *pageMerge) begin() error {
	m.more = m.old.next()
	return m.pullChange()
}

func (m *pageMerge) pullChange() (err error) {
	m.change, err, m.some = m.pull()
	m.head = head(m.change.Digest[:])
	m.at = cellOf(m.head, m.layout.header.pages)
	return err
}

// next puts some more keys and returns their number. When all are done, it
// completes the sections.
func (m *pageMerge) next() (keys int, done bool, err error) {
	for range batchKeys {
		before := m.more && (!m.some || m.old.cell.before(m.at))
		switch {
		case before:
			keys++
			err = m.layout.put([]uint64{m.old.cell.least(m.layout.header.pages)}, []Prevalence{m.old.class})
			m.more = m.old.next()
		case m.some:
			if m.more && m.old.cell == m.at {
				m.more = m.old.next()
			}
			if m.change.Count != Removed {
				keys++
				err = m.add()
			}
			err = errors.Join(err, m.pullChange())
		default:
			return keys, true, m.layout.endSections()
		}
		if err != nil {
			return keys, false, err
		}
	}
	return keys, false, nil
}

// add adds the change.
func (m *pageMerge) add() error {
	heads := []uint64{m.head}
	if m.layout.header.blocks > 0 {
		if err := m.layout.probe(heads); err != nil {
			return err
		}
	}
	return m.layout.put(heads, []Prevalence{PrevalenceOf(m.change.Count)})
}
