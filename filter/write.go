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
// whatever the number of records, and beside the file 6 bytes of disk a record
// until Close, up to 14 if there are less than a million. A Writer is not safe
// for concurrent use.
type Writer struct {
	path    string
	options Options
	disk    disk
	temp    file   // the index to be
	name    string // of temp
	spool   file   // heads and classes, or nil: then the rows in temp are read again
	name2   string // of spool

	rows   *stream // into temp
	heads  *stream // into spool
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
		return nil, diskError("create", path, err)
	}
	if o.Ranges {
		w.rows = newStream(w.temp, headerBytes)
		return w, nil
	}
	if w.spool, w.name2, err = temp(d, path); err != nil {
		return nil, errors.Join(diskError("create", path, err), w.Abort())
	}
	w.heads = newStream(w.spool, 0)
	w.heads.spool = true
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
	for len(batch) > 0 && w.err == nil {
		part := batch[:min(len(batch), batchKeys)]
		batch = batch[len(part):]
		if w.spool != nil {
			w.appendHeads(part)
		} else {
			w.appendRows(part)
		}
		w.last = part[len(part)-1].Digest
	}
	return w.err
}

// appendHeads adds records, at most batchKeys, to the spool.
func (w *Writer) appendHeads(part []Record) {
	for i := 0; i < len(part); {
		room, err := w.heads.room(batchKeys*spoolLong + 8)
		if err != nil {
			w.err = diskError("write", w.path, err)
			return
		}
		last, n, used := spoolRecords(room, part[i:], w.head)
		if n == 0 { // the first of all, one with the same head, or an error
			r := &part[i]
			if w.check(r, w.before(part, i)); w.err != nil {
				return
			}
			last, n = head(r.Digest[:]), 1
			used = spoolHead(room, last, PrevalenceOf(r.Count))
		}
		w.heads.used += used
		w.head = last
		w.keys += uint64(n)
		i += n
	}
}

// before returns the digest before that of record i of a part.
func (w *Writer) before(part []Record, i int) *[20]byte {
	if i == 0 {
		return &w.last
	}
	return &part[i-1].Digest
}

// check notes the error of a record that does not follow the one before, or
// that is a removal without a base.
func (w *Writer) check(r *Record, last *[20]byte) {
	if w.keys > 0 {
		if order := bytes.Compare(r.Digest[:], last[:]); order <= 0 {
			w.err = &OrderError{Record: w.keys, Repeated: order == 0}
			return
		}
	}
	if r.Count == Removed && w.options.Base == (ID{}) {
		w.err = errors.New("a removal needs an overlay")
	}
}

// appendRows adds records to the rows.
func (w *Writer) appendRows(part []Record) {
	tail := w.options.Kind.Size() - 8
	for i := range part {
		r := &part[i]
		h := head(r.Digest[:])
		if h <= w.head || r.Count == Removed {
			if w.check(r, w.before(part, i)); w.err != nil {
				return
			}
		}
		if r.Count == Removed {
			w.remove++
		}
		delta := h - w.head
		if w.keys%rowsPerBlock == 0 {
			delta = h
		}
		room, err := w.rows.room(maxRow)
		if err != nil {
			w.err = diskError("write", w.path, err)
			return
		}
		w.rows.used += encodeRow(room, delta, r, tail)
		w.keys++
		w.head = h
	}
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
	_ = w.Abort() // of the spool: the index is in its place
	return info, nil
}

// Abort removes the temporary files. It does nothing after Close.
func (w *Writer) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	var errs []error
	if w.temp != nil {
		errs = append(errs, discard(w.disk, w.temp, w.name))
	}
	if w.spool != nil {
		errs = append(errs, discard(w.disk, w.spool, w.name2))
	}
	return errors.Join(errs...)
}

func (w *Writer) finish() (Info, error) {
	if w.err != nil {
		return Info{}, w.err
	}
	wrap := func(err error) (Info, error) { return Info{}, diskError("write", w.path, err) }
	for _, s := range []*stream{w.heads, w.rows} {
		if s == nil {
			continue
		}
		if err := s.flush(); err != nil {
			return wrap(err)
		}
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

// stepKeys is the number of records between two calls of Options.Step.
const stepKeys = 1 << 16

// step calls Options.Step if n of the records until done begin a new step.
func (o *Options) step(n int, done, total uint64) error {
	if o.Step == nil || done/stepKeys == (done-uint64(n))/stepKeys {
		return nil
	}
	return o.Step(done, total)
}

// fill reads all records again, now that their number is known.
func (w *Writer) fill(l *layout) error {
	if w.spool == nil {
		return w.fillFromRows(l)
	}
	r := &spoolReader{r: io.NewSectionReader(w.spool, 0, int64(w.heads.offset)), keys: w.keys}
	var heads [batchKeys]uint64
	var classes [batchKeys]Prevalence
	for {
		n, err := r.next(&heads, &classes)
		if n == 0 || err != nil {
			return err
		}
		if err := l.add(heads[:n], classes[:n]); err != nil {
			return err
		}
		if err := w.options.step(n, w.keys-r.keys, w.keys); err != nil {
			return err
		}
	}
}

// fillFromRows is fill for an index that keeps rows.
func (w *Writer) fillFromRows(l *layout) error {
	r := io.NewSectionReader(w.temp, headerBytes, int64(w.rows.offset-headerBytes))
	tail := w.options.Kind.Size() - 8
	var buffer [streamBytes]byte
	var heads [rowsPerBlock]uint64
	var classes [rowsPerBlock]Prevalence
	b, offset := buffer[:0], uint64(0)
	for left := w.keys; left > 0; {
		n := int(min(left, rowsPerBlock))
		left -= uint64(n)
		if len(b) < rowsPerBlock*maxRow {
			n := copy(buffer[:], b)
			m, err := io.ReadFull(r, buffer[n:])
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return err
			}
			b = buffer[:n+m]
		}
		before, head := len(b), uint64(0)
		for i := range n {
			delta, count, _, size := decodeRow(b, tail)
			if size == 0 {
				return errSpool
			}
			head += delta
			heads[i], classes[i] = head, PrevalenceOf(count)
			b = b[size:]
		}
		if err := l.rowBlock(heads[0], offset); err != nil {
			return err
		}
		offset += uint64(before - len(b))
		if err := l.add(heads[:n], classes[:n]); err != nil {
			return err
		}
		if err := w.options.step(n, w.keys-left, w.keys); err != nil {
			return err
		}
	}
	return nil
}

// publish puts the temporary file in the place of the old one, durably, unless
// Options.Step has an error.
func (w *Writer) publish() error {
	if err := w.temp.Sync(); err != nil {
		return diskError("sync", w.path, err)
	}
	if w.options.Step != nil {
		if err := w.options.Step(w.keys, w.keys); err != nil {
			return err
		}
	}
	f := w.temp
	w.temp = nil
	if !openMoves {
		if err := f.Close(); err != nil {
			return errors.Join(diskError("write", w.path, err), w.disk.remove(w.name))
		}
	}
	err := w.disk.rename(w.name, w.path)
	if err != nil {
		err = errors.Join(diskError("replace", w.path, err), w.disk.remove(w.name))
	}
	if openMoves {
		_ = f.Close() // what it holds is synchronized
	}
	if err != nil {
		return err
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
