package breach

import (
	"bytes"
	"errors"
	"io"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// Sizes of a chunk.
const (
	chunkBytes = 128 << 10 // of text
	headBytes  = 8         // before the text: a line of a range file is read from five bytes earlier
	tailBytes  = 64        // behind the text: lines are read in words of eight bytes
)

// MaxLineBytes is the length of the longest line, without its end.
const MaxLineBytes = 4096

// A part is a file of a source, or the source itself.
type part struct {
	name   string // for errors
	prefix string // what its hashes begin with: digits of a range file, bytes of a Lithnet file
	io.Reader
}

// A feed yields the parts of a source in order, then io.EOF. A part may be read
// until the next one is asked for.
type feed interface {
	next() (*part, error)
	close() error
}

// chunk is a piece of one part, cut behind a line, and what a parser made of it.
type chunk struct {
	buf  []byte // headBytes, the text, tailBytes
	end  int    // of the text in buf
	part *part
	last bool // the part ends here

	records []filter.Record // in the order of the lines
	lines   int             // all lines
	entries int             // lines that hold a hash or password
	merged  int             // of those, repeat the one before
	skipped int             // lines left out as wished
	first   int             // line of the first entry, from 1
	err     error           // about the last of the lines; io.EOF: there was no part
	ready   chan struct{}   // gets a value when a parser is done
}

func newChunk() *chunk {
	return &chunk{buf: make([]byte, headBytes+chunkBytes+tailBytes), ready: make(chan struct{}, 1)}
}

// reset empties the chunk, keeping its memory.
func (c *chunk) reset() {
	*c = chunk{buf: c.buf, end: headBytes, records: c.records[:0], ready: c.ready}
}

// text returns the lines, each with its line feed.
func (c *chunk) text() []byte { return c.buf[headBytes:c.end] }

// A parser turns the text of chunks into records. It may be called for several
// chunks at once.
type parser interface{ parse(*chunk) }

// cutter cuts the parts of a feed into chunks.
type cutter struct {
	feed   feed
	record int // bytes of a record, 0 for lines
	part   *part
	carry  []byte // the beginning of a record whose end is still to be read
	empty  error  // about a part without any bytes, nil if that may be
}

// fill reads the next chunk. Errors are in c.err.
func (k *cutter) fill(c *chunk) {
	c.reset()
	begins := k.part == nil
	if begins {
		if k.part, c.err = k.feed.next(); c.err != nil {
			c.err = unreadable(c.err)
			return
		}
	}
	c.part = k.part
	c.end += copy(c.buf[headBytes:], k.carry)
	for limit := headBytes + chunkBytes; c.end < limit && c.err == nil; {
		var n int
		n, c.err = k.part.Read(c.buf[c.end:limit])
		c.end += n
	}
	if c.err == nil {
		k.cut(c)
		return
	}
	k.carry = k.carry[:0]
	if !errors.Is(c.err, io.EOF) {
		c.err = unreadable(c.err)
		return
	}
	k.part, c.last, c.err = nil, true, nil
	switch {
	case begins && c.end == headBytes:
		c.err = k.empty
	case k.record == 0 && c.end > headBytes && c.buf[c.end-1] != '\n':
		c.buf[c.end] = '\n'
		c.end++
	}
}

// cut keeps the beginning of the record at the end of c for the next chunk.
func (k *cutter) cut(c *chunk) {
	end := c.end
	if k.record > 0 {
		c.end -= (end - headBytes) % k.record
	} else {
		c.end = headBytes + bytes.LastIndexByte(c.text(), '\n') + 1
	}
	if c.end == headBytes {
		c.lines, c.err = 1, errLong
		if k.record == 0 && bytes.IndexByte(c.buf[headBytes:end], '\r') >= 0 {
			c.err = errLineEnd
		}
		return
	}
	k.carry = append(k.carry[:0], c.buf[c.end:end]...)
}

// unreadable makes an error about a source of one in reading, except of io.EOF.
func unreadable(err error) error {
	var known *lists.SourceError
	if errors.Is(err, io.EOF) || errors.As(err, &known) {
		return err
	}
	return &lists.SourceError{Detail: "cannot be read: " + err.Error(), Err: err}
}
