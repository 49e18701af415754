package breach

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// Source tells what a source is and what was read from it.
type Source struct {
	Name        string      `json:"name"` // path as given
	Format      Format      `json:"format"`
	Kind        filter.Kind `json:"kind"`
	Compression []string    `json:"compression,omitempty"` // from the outside: gzip, tar
	Sorted      bool        `json:"sorted"`                // read in order; else it is sorted first
	Parts       int         `json:"parts,omitempty"`       // files in a folder or archive that were read
	Lines       uint64      `json:"lines"`                 // that hold a hash or password
	Skipped     uint64      `json:"skipped,omitempty"`     // lines left out by Options.SkipInvalid
	Keys        uint64      `json:"keys"`                  // records, before merging with other sources
	Digest      string      `json:"digest"`                // of the bytes that were read, in order: of a file, of the files of a folder, of a ZIP archive's contents
	Warning     string      `json:"warning,omitempty"`     // what looks wrong
}

// String says what was detected.
func (s Source) String() string {
	words := append([]string(nil), s.Compression...)
	switch {
	case s.Format.hashed() && s.Format != NTLMText:
		words = append(words, s.Kind.String()+" "+s.Format.String())
	case s.Format == Index || s.Format == Lithnet || s.Format == NTLMText:
		words = append(words, s.Format.String())
	default:
		return s.Name + ": " + strings.Join(append(words, s.Format.String()), ", ") + ", hashed to " + s.Kind.String() + " and sorted"
	}
	if s.Sorted {
		return s.Name + ": " + strings.Join(words, ", ") + ", in order"
	}
	return s.Name + ": " + strings.Join(words, ", ") + ", to be sorted"
}

// source is an open source.
type source struct {
	Source
	meter    meter
	feed     feed
	file     io.Closer // nil for standard input
	set      *filter.Set
	layout   layout
	parser   parser
	lastPart *part
	lastHash uint64 // its first eight bytes
	waits    bool   // a read may never return
	again    bool   // can be read again, and may turn out to be in no order
}

// opener opens sources.
type opener struct{ *Options }

// openUntil is open, but ends with ctx: what a pipe holds may never come, even
// to be opened. Then what is opened later is closed again.
func (o opener) openUntil(ctx context.Context, path string) ([]*source, error) {
	type result struct {
		sources []*source
		err     error
	}
	opened := make(chan result)
	go func() {
		sources, err := o.open(path)
		select {
		case opened <- result{sources, err}:
		case <-ctx.Done():
			for _, s := range sources {
				s.close()
			}
		}
	}()
	select {
	case r := <-opened:
		return r.sources, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open opens the source at path, "-" for standard input. A Lithnet store may be
// two. The error is a *lists.SourceError; then nothing stays open.
func (o opener) open(path string) ([]*source, error) {
	sources, err := o.openPath(path)
	var known *lists.SourceError
	if err == nil || errors.As(err, &known) {
		return sources, err
	}
	cause := err
	if e := new(fs.PathError); errors.As(err, &e) {
		cause = e.Err
	}
	return nil, &lists.SourceError{Source: path, Detail: "cannot be opened: " + cause.Error(), Err: err}
}

func (o opener) openPath(path string) ([]*source, error) {
	if path == "-" {
		s := o.newSource("standard input")
		s.waits = true
		if o.Stdin == nil {
			return nil, s.wrap(&lists.SourceError{Detail: "cannot be read here", Err: os.ErrInvalid})
		}
		return one(s, s.wrap(o.openFile(s, o.Stdin, nil)))
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return o.openFolder(path)
	}
	s := o.newSource(path)
	s.meter.total.Store(info.Size())
	s.waits = !info.Mode().IsRegular()
	s.again = info.Mode().IsRegular() && !slices.Contains(o.Sources, "-") && !slices.Contains(o.Remove, "-") && !slices.Contains(o.disordered, path)
	if info.Mode().IsRegular() {
		switch s.set, err = filter.Open(path); {
		case err == nil && o.Format != Detect && o.Format != Index:
			return one(s, s.wrap(&lists.SourceError{Detail: "is a breach index, not " + o.Format.String() + "; leave --format away", Err: lists.ErrFormat}))
		case err == nil:
			return one(s, s.wrap(s.openIndex()))
		case !errors.Is(err, filter.ErrNotIndex) || o.Format == Index:
			return nil, err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s.file = f
	return one(s, s.wrap(o.openFile(s, f, f)))
}

// one returns the source, or closes it after an error.
func one(s *source, err error) ([]*source, error) {
	if err != nil {
		s.close()
		return nil, err
	}
	return []*source{s}, nil
}

func (o opener) newSource(name string) *source {
	s := &source{Source: Source{Name: name}}
	s.meter.sum, s.meter.algorithm = hash.Hash(xxhash.New()), "xxh64:"
	if o.SHA256 {
		s.meter.sum, s.meter.algorithm = sha256.New(), "sha256:"
	}
	return s
}

func (s *source) openIndex() error {
	info := s.set.Info()
	s.Format, s.Kind, s.Sorted = Index, info.Kind, true
	switch {
	case info.Base != filter.ID{}:
		return &lists.SourceError{Detail: "is an overlay; make one index of it and its base with --merge", Err: lists.ErrFormat}
	case !info.Ranges:
		return &lists.SourceError{Detail: "is an index without full digests, which cannot be a source; compile it with --ranges, or make an overlay on it with --base", Err: filter.ErrNoRanges}
	}
	s.Digest = "id:" + info.ID.String()
	return nil
}

// openFile looks into a file, which may be compressed and an archive. at is nil
// for what cannot be read at any offset.
func (o opener) openFile(s *source, r io.Reader, at *os.File) error {
	b := bufio.NewReaderSize(s.meter.wrap(r), 1<<16)
	if head, _ := b.Peek(4); string(head) == "PK\x03\x04" || string(head) == "PK\x05\x06" {
		return o.openZip(s, at)
	}
	b, compression, err := expand(b, !o.NoExpansionLimit, s.meter.done.Load)
	if err != nil {
		return err
	}
	if compression != "" {
		s.Compression = append(s.Compression, compression)
	}
	head, _ := b.Peek(magicBytes)
	switch {
	case len(head) > tarMagicStart && bytes.HasPrefix(head[tarMagicStart:], []byte("ustar")):
		s.Compression = append(s.Compression, "tar")
		s.feed = &tarred{path: s.Name, r: tar.NewReader(b)}
	case compression != "" && bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return &lists.SourceError{Detail: "is a compressed ZIP archive; decompress it first", Err: ErrArchive}
	default:
		s.feed = &single{part: &part{name: s.Name, Reader: b}}
	}
	return o.detect(s)
}

func (o opener) openZip(s *source, f *os.File) error {
	if f == nil {
		return &lists.SourceError{Detail: "is a ZIP archive, which cannot be read from a pipe; name the file, or pipe the output of: unzip -p ARCHIVE", Err: ErrArchive}
	}
	s.Compression = append(s.Compression, "zip")
	info, err := f.Stat()
	if err != nil {
		return err
	}
	z, err := newZipped(f, info.Size(), s.Name, o.Options)
	if err != nil {
		return err
	}
	s.meter.restart()
	z.wrap = s.meter.wrap
	for _, f := range z.files {
		s.meter.total.Add(int64(f.UncompressedSize64))
	}
	s.feed = z
	if err := o.detect(s); err != nil || s.Format != Ranges || len(z.files) == 0 {
		return err
	}
	last := z.files[len(z.files)-1].Name // where other files are
	if _, ok := rangePrefix(last); !ok {
		return errForeign(z.path + "/" + last)
	}
	return nil
}

// openFolder opens a folder of range files or a Lithnet store.
func (o opener) openFolder(path string) (sources []*source, err error) {
	for _, dir := range []string{filepath.Join(path, "v3"), path} {
		for _, sub := range []string{"p", "w"} {
			sub = filepath.Join(dir, sub)
			if info, err := os.Stat(sub); err != nil || !info.IsDir() {
				continue
			}
			names, err := readNames(sub)
			if err != nil {
				return nil, err
			}
			if names.lithnet.count > 0 {
				sources = append(sources, o.newLithnet(sub, &names.lithnet))
			}
		}
		if len(sources) > 0 {
			return sources, nil
		}
	}
	names, err := readNames(path)
	if err != nil {
		return nil, err
	}
	s := o.newSource(path)
	switch {
	case names.lithnet.count > 0:
		return []*source{o.newLithnet(path, &names.lithnet)}, nil
	case names.ranges.count > 0:
		if err := missing(names.ranges.present); err != nil && !o.AllowGaps {
			return nil, s.wrap(err)
		}
		s.feed = &folder{path: path, names: &names.ranges, meter: &s.meter}
		return one(s, s.wrap(o.detect(s)))
	}
	return nil, s.wrap(&lists.SourceError{Detail: "is a folder with neither range files (00000.txt to FFFFF.txt) nor a Lithnet store (v3); name its files instead", Err: lists.ErrFormat})
}

func (o opener) newLithnet(path string, names *numbered) *source {
	s := o.newSource(path)
	s.Format, s.Kind, s.Sorted = Lithnet, filter.NTLM, true
	s.feed = &folder{path: path, names: names, binary: true, meter: &s.meter}
	return s
}

// wrap completes an error with the name of the source.
func (s *source) wrap(err error) error {
	var e *lists.SourceError
	if err == nil || !errors.As(err, &e) {
		return err
	}
	complete := *e
	if complete.Source == "" {
		complete.Source = s.Name
	}
	return &complete
}

// count adds what was read from a chunk.
func (s *source) count(c *chunk) {
	if c.part != s.lastPart {
		s.lastPart = c.part
		s.Parts++
	}
	s.Lines += uint64(c.entries)
	s.Skipped += uint64(c.skipped)
	s.Keys += uint64(len(c.records) + c.merged)
	if n := len(c.records); n > 0 {
		s.lastHash = binary.BigEndian.Uint64(c.records[n-1].Digest[:])
	}
}

// finish completes what is told of the source after all was read. It refuses
// one that lacks too much, unless that is wished.
func (s *source) finish(allowGaps bool) error {
	if s.Digest == "" {
		s.Digest = s.meter.digest()
	}
	// Hashes are spread evenly: where the last is so far from the end that chance
	// does it once in e^64 times, those behind it are missing.
	const few, far, tooMuch = 1000, 64, 0.01
	rest := float64(^s.lastHash) / (1 << 64)
	if s.Lines == 0 {
		return s.wrap(&lists.SourceError{Detail: "holds no hashes or passwords", Err: lists.ErrEmpty})
	}
	if s.Format.hashed() && s.Sorted && s.Keys >= few && rest*float64(s.Keys) > far {
		s.Warning = fmt.Sprintf("has no hashes in the last %.2g %% of their range: it seems to be cut off", 100*rest)
		if rest > tooMuch && !allowGaps {
			return s.wrap(&lists.SourceError{Detail: s.Warning + "; get it again, or take it as it is by --allow-gaps", Err: ErrTruncated})
		}
	}
	return nil
}

// interrupt ends a read that waits, if that is possible.
func (s *source) interrupt() {
	if s.file != nil {
		_ = s.file.Close()
	}
}

// close releases what the source holds.
func (s *source) close() {
	if s.feed != nil {
		_ = s.feed.close()
	}
	if s.set != nil {
		_ = s.set.Close()
	}
	s.interrupt()
}

// meter counts and digests the bytes that are read through it.
type meter struct {
	done      atomic.Int64
	total     atomic.Int64 // 0 if unknown
	sum       hash.Hash
	algorithm string
}

func (m *meter) wrap(r io.Reader) io.Reader { return &metered{m, r} }

func (m *meter) restart() {
	m.done.Store(0)
	m.total.Store(0)
	m.sum.Reset()
}

func (m *meter) digest() string { return m.algorithm + hex.EncodeToString(m.sum.Sum(nil)) }

type metered struct {
	*meter
	r io.Reader
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.sum.Write(p[:n])
	m.done.Add(int64(n))
	return n, err
}
