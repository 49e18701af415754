package filter

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// Writer compiles records, ascending by digest, to an index file. The file
// appears at its path as a whole, durably, when Close succeeds; before, and if
// anything fails, what was there stays. It takes a few megabytes of memory
// whatever the number of records, and beside the file up to 8 bytes of disk a
// record until Close. A Writer is not safe for concurrent use.
type Writer struct {
	path    string
	options Options
	disk    disk
	temp    file   // the index to be
	name    string // of temp
	spool   file   // rows without tails, or nil: then the rows in temp are read again
	name2   string // of spool

	rows   *stream // into temp or spool
	tail   int     // bytes of a digest that rows keep behind the head
	keys   uint64
	remove uint64 // number of removals
	head   uint64 // of the last record
	last   [20]byte
	err    error // the first one; it stays
	closed bool
}

// Create begins the index file at path. It removes what killed writers of the
// same path have left.
func Create(path string, o Options) (*Writer, error) {
	sweep(path)
	return create(systemDisk{}, path, o)
}

func create(d disk, path string, o Options) (*Writer, error) {
	if o.Kind.Size() == 0 {
		return nil, fmt.Errorf("create %s: %v of digest is unknown", path, o.Kind)
	}
	o.Ranges = o.Ranges || o.Base != ID{}
	w := &Writer{path: path, options: o, disk: d}
	var err error
	if w.temp, w.name, err = temp(d, path); err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	if o.Ranges {
		w.rows = newStream(w.temp, headerBytes)
		w.tail = o.Kind.Size() - 8
		return w, nil
	}
	if w.spool, w.name2, err = temp(d, path); err != nil {
		return nil, errors.Join(fmt.Errorf("create %s: %w", path, err), w.Abort())
	}
	w.rows = newStream(w.spool, 0)
	return w, nil
}

// SetSources replaces Options.Sources: digests and numbers of a source are known
// only when it has been read.
func (w *Writer) SetSources(sources []Source) { w.options.Sources = sources }

// Append adds records. They must be greater than those before: else the error is
// an OrderError. After any error the Writer is of no more use than for Close or
// Abort.
func (w *Writer) Append(batch []Record) error {
	if w.closed {
		return ErrClosed
	}
	for i := range batch {
		if w.err != nil {
			return w.err
		}
		r, last := &batch[i], &w.last
		if i > 0 {
			last = &batch[i-1].Digest
		}
		w.append(r, last)
	}
	if len(batch) > 0 {
		w.last = batch[len(batch)-1].Digest
	}
	return w.err
}

func (w *Writer) append(r *Record, last *[20]byte) {
	h := head(r.Digest[:])
	if h <= w.head && w.keys > 0 {
		if order := bytes.Compare(r.Digest[:], last[:]); order <= 0 {
			w.err = &OrderError{Record: w.keys, Repeated: order == 0}
			return
		}
	}
	if r.Count == Removed {
		if w.options.Base == (ID{}) {
			w.err = errors.New("a removal needs an overlay")
			return
		}
		w.remove++
	}
	delta := h - w.head
	if w.keys%rowsPerBlock == 0 {
		delta = h
	}
	room, err := w.rows.room(maxRow)
	if err != nil {
		w.err = fmt.Errorf("write %s: %w", w.path, err)
		return
	}
	w.rows.used += encodeRow(room, delta, r, w.tail)
	w.keys++
	w.head = h
}

// Close writes what is missing and puts the file in its place. An error leaves
// the old file there, unless only the folder could not be synchronized.
func (w *Writer) Close() (Info, error) {
	if w.closed {
		return Info{}, ErrClosed
	}
	info, err := w.finish()
	if err != nil {
		return Info{}, errors.Join(err, w.Abort())
	}
	return info, w.Abort() // of the spool
}

// Abort removes the temporary files. It does nothing after Close.
func (w *Writer) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	var errs []error
	discard := func(f file, name string) {
		if f != nil {
			errs = append(errs, f.Close(), w.disk.remove(name))
		}
	}
	discard(w.temp, w.name)
	discard(w.spool, w.name2)
	return errors.Join(errs...)
}

func (w *Writer) finish() (Info, error) {
	if w.err != nil {
		return Info{}, w.err
	}
	wrap := func(err error) (Info, error) { return Info{}, fmt.Errorf("write %s: %w", w.path, err) }
	if err := w.rows.flush(); err != nil {
		return wrap(err)
	}
	l := w.layout()
	if err := w.fill(l); err != nil {
		return wrap(err)
	}
	info, err := l.finish(w.options, w.keys, w.remove)
	if err != nil {
		return wrap(err)
	}
	return info, w.publish()
}

// layout places the sections.
func (w *Writer) layout() *layout {
	h := header{kind: w.options.Kind, base: w.options.Base, ranges: w.options.Ranges}
	if w.options.Ranges {
		h.spans[sectionRows].bytes = w.rows.offset - headerBytes
		h.spans[sectionRowDir].bytes = (w.keys + rowsPerBlock - 1) / rowsPerBlock * rowDirBytes
	}
	if !w.options.NoBloom {
		h.blocks = blocksFor(w.keys)
	}
	if w.options.Base == (ID{}) {
		h.pages = pagesFor(w.keys)
	}
	l := newLayout(w.temp, h)
	if w.options.Ranges {
		l.sums[sectionRows] = w.rows.sums
	}
	return l
}

// fill reads all rows again, now that their number is known.
func (w *Writer) fill(l *layout) error {
	source, start := w.spool, uint64(0)
	if w.options.Ranges {
		source, start = w.temp, headerBytes
	}
	r := io.NewSectionReader(source, int64(start), int64(w.rows.offset-start))
	var buffer [streamBytes]byte
	b, offset, head := buffer[:0], uint64(0), uint64(0)
	for i := range w.keys {
		if len(b) < maxRow {
			n := copy(buffer[:], b)
			m, err := io.ReadFull(r, buffer[n:])
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return err
			}
			b = buffer[:n+m]
		}
		delta, count, _, n := decodeRow(b, w.tail)
		if n == 0 {
			return errors.New("the temporary file has changed")
		}
		if i%rowsPerBlock == 0 {
			head = 0
			if err := l.rowBlock(delta, offset); err != nil {
				return err
			}
		}
		head += delta
		if err := l.add(head, count); err != nil {
			return err
		}
		b = b[n:]
		offset += uint64(n)
	}
	return nil
}

// publish puts the temporary file in the place of the old one, durably.
func (w *Writer) publish() error {
	if err := w.temp.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", w.path, err)
	}
	f := w.temp
	w.temp = nil
	if err := f.Close(); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", w.path, err), w.disk.remove(w.name))
	}
	if err := w.disk.rename(w.name, w.path); err != nil {
		return errors.Join(fmt.Errorf("replace %s: %w", w.path, err), w.disk.remove(w.name))
	}
	if err := w.disk.sync(filepath.Dir(w.path)); err != nil {
		return fmt.Errorf("%s is replaced, but its folder could not be synchronized: %w", w.path, err)
	}
	return nil
}

// provenance is the section of that name, as JSON.
type provenance struct {
	Date    string   `json:"date,omitempty"`
	Sources []Source `json:"sources,omitempty"`
}

func encodeProvenance(o Options) ([]byte, error) {
	return json.Marshal(provenance{o.Date, o.Sources})
}

func putUint64(s *stream, v uint64) error {
	room, err := s.room(8)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(room, v)
	s.used += 8
	return nil
}
