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

// reading is the stream of a source in the order of its lines. One goroutine
// cuts it into chunks and some parse them; next hands them over in order.
type reading struct {
	source  *source
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
	r := &reading{source: s, ordered: make(chan *chunk, parsers+3), free: make(chan *chunk, parsers+3)}
	r.ctx, r.cancel = context.WithCancel(ctx)
	for range cap(r.free) {
		r.free <- nil // made when first needed
	}
	jobs := make(chan *chunk, parsers+3) // as many as there are: sending never waits
	r.workers.Go(func() {
		defer close(r.ordered)
		defer close(jobs)
		r.cut(jobs)
	})
	for range parsers {
		r.workers.Go(func() {
			for c := range jobs {
				s.parser.parse(c)
				c.ready <- struct{}{}
			}
		})
	}
	return r
}

// cut sends the chunks of the source to the parsers, up to the first error.
func (r *reading) cut(jobs chan<- *chunk) {
	cutter := r.source.cutter()
	for {
		var c *chunk
		select {
		case c = <-r.free:
		case <-r.ctx.Done():
			return
		}
		if c == nil {
			c = newChunk()
		}
		cutter.fill(c)
		if c.err != nil {
			c.ready <- struct{}{}
			r.ordered <- c
			return
		}
		jobs <- c
		r.ordered <- c
	}
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
