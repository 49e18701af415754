package filter

import (
	"errors"
	"fmt"
)

// Compact writes an index file at path that answers as the chain does, and as
// durably as a Writer. The options count for what cannot be derived: date,
// sources, NoBloom, and Ranges, which needs a base with full digests. From a base
// without them the result has as many pages and Bloom blocks as the base, so that
// it grows worse with each compaction that adds much: when an index has grown by
// a tenth, better compile it anew.
func Compact(path string, c *Chain, o Options) (Info, error) {
	base := c.sets[0]
	o.Kind, o.Base = c.Kind(), ID{}
	if !base.header.ranges {
		if o.Ranges {
			return Info{}, fmt.Errorf("compact %s: %w", path, ErrNoRanges)
		}
		return compactPages(systemDisk{}, path, c, o)
	}
	w, err := Create(path, o)
	if err != nil {
		return Info{}, err
	}
	batch := make([]Record, 0, rowsPerBlock)
	for r, err := range c.All() {
		if err == nil {
			if batch = append(batch, r); len(batch) < cap(batch) {
				continue
			}
			err = w.Append(batch)
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
		return Info{}, fmt.Errorf("create %s: %w", path, err)
	}
	info, err := w.compact(c)
	if err != nil {
		return Info{}, errors.Join(fmt.Errorf("compact %s: %w", path, err), w.Abort())
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
	err := base.read(func() error {
		if err := w.mergePages(l, c); err != nil {
			return err
		}
		return l.endSections()
	})
	if err != nil {
		return Info{}, err
	}
	info, err := l.finish(w.options, w.keys, 0)
	if err != nil {
		return Info{}, err
	}
	return info, w.publish()
}

// mergePages puts the places of the base and of the changes into the layout.
func (w *Writer) mergePages(l *layout, c *Chain) error {
	old := c.sets[0].pages.cells()
	more := old.next()
	put := func(head uint64, p Prevalence) error {
		w.keys++
		return l.put([]uint64{head}, []Prevalence{p})
	}
	keep := func() error {
		defer func() { more = old.next() }()
		return put(old.cell.least(l.header.pages), old.class)
	}
	if len(c.sets) > 1 {
		for r, err := range c.changes() {
			if err != nil {
				return err
			}
			h := head(r.Digest[:])
			at := cellOf(h, l.header.pages)
			for more && old.cell.before(at) {
				if err := keep(); err != nil {
					return err
				}
			}
			if more && old.cell == at {
				more = old.next()
			}
			if r.Count == Removed {
				continue
			}
			if l.header.blocks > 0 {
				if err := l.probe([]uint64{h}); err != nil {
					return err
				}
			}
			if err := put(h, PrevalenceOf(r.Count)); err != nil {
				return err
			}
		}
	}
	for more {
		if err := keep(); err != nil {
			return err
		}
	}
	return nil
}
