package breach

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// A stream yields batches of records, then io.EOF. A batch is valid until the
// next is asked for, and the caller's to change. A sorted stream's records
// ascend; only the last of a batch and the first of the next may be equal, which
// are one then.
type stream interface {
	next() ([]filter.Record, error)
	close()
}

// reading is the stream of a source in the order of its lines. Some goroutines
// take turns to cut a chunk off, which each parses while it is in its processor's
// cache; next hands the chunks over in order.
type reading struct {
	source  *source
	turn    sync.Mutex  // to cut
	cutter  *cutter     // nil behind the last chunk
	ordered chan *chunk // in the order of the source
	free    chan *chunk
	held    *chunk // the one whose records were handed out
	part    *part
	line    int // of the part, before the held chunk
	last    filter.Record
	ctx     context.Context
	cancel  context.CancelFunc
	workers sync.WaitGroup
}

// read starts to read a source with a number of parsers.
func read(ctx context.Context, s *source, parsers int) *reading {
	chunks := parsers + 3
	r := &reading{source: s, cutter: s.cutter(), ordered: make(chan *chunk, chunks), free: make(chan *chunk, chunks)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	for range chunks {
		r.free <- nil // made when first needed
	}
	for range parsers {
		r.workers.Go(func() {
			for r.work() {
			}
		})
	}
	return r
}

// work cuts one chunk off the source and parses it. It returns false behind the
// last one, which has an error.
func (r *reading) work() bool {
	var c *chunk
	select {
	case c = <-r.free:
	case <-r.ctx.Done():
		return false
	}
	if c == nil {
		c = newChunk()
	}
	if !r.cut(c) {
		return false
	}
	if c.err == nil {
		r.source.parser.parse(c)
	}
	c.ready <- struct{}{}
	return true
}

// cut fills the chunk when it is its turn. It returns false if nothing is left.
func (r *reading) cut(c *chunk) bool {
	r.turn.Lock()
	defer r.turn.Unlock()
	if r.cutter == nil {
		return false
	}
	r.cutter.fill(c)
	r.ordered <- c // has room for all chunks
	if c.err != nil {
		r.cutter = nil
		close(r.ordered)
	}
	return true
}

// next returns the records of the next chunk; none, too, if it has none.
func (r *reading) next() ([]filter.Record, error) {
	if r.held != nil {
		r.free <- r.held
		r.held = nil
	}
	var c *chunk
	var more bool
	select {
	case c, more = <-r.ordered:
	case <-r.ctx.Done():
	}
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if !more {
		return nil, io.EOF
	}
	<-c.ready
	r.held = c
	if errors.Is(c.err, io.EOF) {
		return nil, io.EOF
	}
	return r.check(c)
}

// check completes the chunk's error and checks what its parser cannot see.
func (r *reading) check(c *chunk) ([]filter.Record, error) {
	if c.part != r.part {
		r.part, r.line = c.part, 0
	}
	if c.err != nil {
		return nil, r.at(c.err, c.lines)
	}
	if n := len(c.records); n > 0 && r.source.Sorted {
		if bytes.Compare(c.records[0].Digest[:], r.last.Digest[:]) < 0 {
			return nil, r.at(errDisorder, c.first)
		}
		r.last = c.records[n-1]
	}
	r.line += c.lines
	r.source.count(c)
	return c.records, nil
}

// at returns err with the name of the part, and the number of the line that is
// line of the chunk.
func (r *reading) at(err error, line int) error {
	var e *lists.SourceError
	if !errors.As(err, &e) || e.Source != "" {
		return err
	}
	complete := *e
	complete.Source = r.source.Name
	if r.part != nil {
		complete.Source = r.part.name
	}
	if line > 0 {
		complete.Line = r.line + line
	}
	return &complete
}

// close stops reading and waits until nothing does, if that is sure to happen.
func (r *reading) close() {
	r.cancel()
	if r.source.waits {
		return
	}
	r.source.interrupt()
	r.workers.Wait()
	r.source.close()
}
