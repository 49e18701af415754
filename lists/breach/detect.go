package breach

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// markBytes is the least buffer for a look at a byte order mark: there may be a
// million files.
const markBytes = 4 << 10

// detect finds out the format of the source from the beginning of its first part.
func (o opener) detect(s *source) error {
	first, err := s.feed.next()
	if errors.Is(err, io.EOF) {
		return &lists.SourceError{Detail: "holds no files", Err: lists.ErrEmpty}
	}
	if err != nil {
		return err
	}
	first.Reader = lists.Decode(bufio.NewReaderSize(first.Reader, markBytes))
	sample, whole, err := readSample(first.Reader)
	if err != nil {
		return &lists.SourceError{Source: first.name, Detail: "cannot be read: " + err.Error(), Err: err}
	}
	first.Reader = io.MultiReader(bytes.NewReader(sample), first.Reader)
	if whole {
		sample = append(sample[:len(sample):len(sample)], '\n')
	} else {
		sample = sample[:bytes.LastIndexByte(sample, '\n')+1]
	}
	t, err := o.settle(s, first, sample)
	if err != nil {
		return err
	}
	s.Kind, s.layout = o.Kind, t.layout()
	if s.Format.hashed() && (s.Kind == 0 || t.sha1+t.ntlm > 0) {
		s.Kind = t.kind()
	}
	if s.Format == NTLMText {
		s.Kind = filter.NTLM
	}
	s.Sorted = s.Format == Ranges
	if s.Format == Hashes || s.Format == NTLMText {
		p := hashParser{kind: s.Kind, tail: s.Format == NTLMText}
		s.Sorted = alone(s.feed) && p.ascends(sample)
	}
	if s.Format.hashed() && o.Order != DetectOrder {
		s.Sorted = o.Order == Sorted
	}
	if a, ok := s.feed.(*tarred); ok && o.Order == DetectOrder {
		s.Sorted = s.Sorted && s.again
		a.ordered = s.Sorted
	}
	o.chain(s, first)
	return nil
}

// settle decides the format. The name of a range file decides alone, unless it
// holds whole hashes.
func (o opener) settle(s *source, first *part, sample []byte) (*traits, error) {
	prefix := first.prefix
	if o.Format != Detect && o.Format != Ranges {
		prefix = ""
	}
	t := sampleTraits(sample, prefix)
	whole := t
	if prefix != "" {
		whole = sampleTraits(sample, "")
	}
	s.Format = o.Format
	switch {
	case o.Format != Detect:
		return t, nil
	case prefix == "":
		if s.Format = t.format(); s.Format == Detect {
			return nil, errUnknown
		}
		return t, nil
	case t.format() == Ranges:
		s.Format = Ranges
		return t, nil
	case whole.format() == Hashes:
		s.Format = Hashes
		return whole, nil
	case t.lines == 0:
		return nil, &lists.SourceError{Source: first.name, Detail: errEmptyRange.Detail, Err: errEmptyRange.Err}
	}
	return nil, &lists.SourceError{Source: first.name, Detail: "is named like a range file, but its lines are no hashes without their first five digits; get it again, or say what it is by --format", Err: ErrHash}
}

// alone reports whether the feed, whose first part was taken, is expected to
// have no other. Of a tar archive it can't be known.
func alone(f feed) bool {
	z, ok := f.(*zipped)
	return !ok || len(z.files) == 0
}

// chain puts the first part back, and what the format asks for behind the feed.
func (o opener) chain(s *source, first *part) {
	s.feed = &again{feed: s.feed, first: first}
	switch {
	case s.Format != Ranges:
		s.feed = &texts{s.feed, first, o.Format == Detect && first.prefix == ""}
		return
	case first.prefix != "":
		s.feed = &named{s.feed}
	}
	if !o.AllowGaps {
		s.feed = &gaps{feed: s.feed, ordered: s.Sorted}
	}
}

// cutter returns what cuts the source.
func (s *source) cutter() *cutter {
	k := &cutter{feed: s.feed}
	switch s.Format {
	case Ranges:
		k.empty = errEmptyRange
	case Lithnet:
		k.record = lithnetBytes
	}
	return k
}

// readSample reads the beginning, and reports whether it is all.
func readSample(r io.Reader) (sample []byte, whole bool, err error) {
	sample = make([]byte, chunkBytes)
	n := 0
	for n < len(sample) && err == nil {
		var m int
		m, err = r.Read(sample[n:])
		n += m
	}
	if errors.Is(err, io.EOF) {
		return sample[:n], true, nil
	}
	return sample[:n], false, err
}

// again yields a part that was taken from the feed, then the others.
type again struct {
	feed
	first *part
}

func (a *again) next() (*part, error) {
	if p := a.first; p != nil {
		a.first = nil
		return p, nil
	}
	return a.feed.next()
}

// named yields range files and refuses others.
type named struct{ feed }

func (n *named) next() (*part, error) {
	p, err := n.feed.next()
	if err == nil && p.prefix == "" {
		return nil, errForeign(p.name)
	}
	return p, err
}

// errForeign returns the error about a file among range files.
func errForeign(name string) error {
	return &lists.SourceError{Source: name, Detail: "is no range file (00000.txt to FFFFF.txt), as others in the archive are; leave it out", Err: lists.ErrFormat}
}

// texts yields parts of text, whose names mean nothing. The first is decoded
// already.
type texts struct {
	feed
	first  *part
	strict bool // refuse range files, as the first part is none
}

func (t *texts) next() (*part, error) {
	p, err := t.feed.next()
	if err != nil {
		return nil, err
	}
	if t.strict && p.prefix != "" {
		return nil, &lists.SourceError{Source: p.name, Detail: "is named like a range file, others in the archive are not; leave those out, or say what all are by --format", Err: lists.ErrFormat}
	}
	if p != t.first {
		p.Reader = lists.Decode(bufio.NewReaderSize(p.Reader, markBytes))
	}
	p.prefix = ""
	return p, nil
}
