package server

import (
	"errors"
	"slices"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/audit"
)

// batch answers POST /v1/check:batch, item by item, all by one engine, or nothing
// if any item is invalid or not all can be recorded that have to be.
func (s *Server) batch(ctx *fasthttp.RequestCtx, c *conn) error {
	c.channel = audit.Batch
	e, err := s.admit()
	if err != nil {
		return err
	}
	defer s.inFlight.Add(-1)
	b, _ := s.batches.Get().(*candidates)
	if b == nil {
		b = new(candidates)
	}
	defer func() {
		c.request.reset() // which has arrays of b
		b.reset()
		s.batches.Put(b)
	}()
	if err := s.survey(ctx.Request.Body(), e, c, b); err != nil {
		return err
	}
	all := b.all
	if err := s.reserve(c, len(all)); err != nil {
		return err
	}
	defer s.release(c)
	c.credential.Charge(len(all) - 1) // the first was taken with the request
	c.language = s.language(&ctx.Request.Header)
	out := append(slices.Grow(c.out[:0], 512*min(len(all), likely)), `{"verdicts":[`...)
	for i := range all {
		c.request.candidate = all[i]
		if i > 0 {
			out = append(out, ',')
		}
		s.nextID(c)
		if out, err = s.appendItem(out, e, c); err != nil {
			return err
		}
		if n := i + 1; n == likely { // the others are probably like these
			out = slices.Grow(out, len(out)/n*(len(all)-n)*9/8)
		}
	}
	c.out = append(out, "]}"...)
	c.respond(ctx)
	return nil
}

// likely is how many verdicts of a batch tell how long the others will be.
const likely = 32

// candidates are the checks of a batch, with the memory that they need.
type candidates struct {
	all   []candidate
	words []string // of their arrays
}

// add adds a check, but keeps none of its arrays.
func (b *candidates) add(one candidate) {
	subject := &one.subject
	for _, part := range [...]*[]string{&subject.Names, &subject.Groups, &subject.Attributes} {
		b.words = append(b.words, *part...)
		*part = b.words[len(b.words)-len(*part):]
	}
	b.all = append(b.all, one)
}

// reset forgets the checks, so that no string outlives the body.
func (b *candidates) reset() {
	clear(b.all)
	clear(b.words)
	b.all, b.words = b.all[:0], b.words[:0]
}

// survey reads the checks of a batch. It fails if one of them is invalid, or if every
// account has had too many refusals: before anything is judged, as what is judged is
// counted and recorded.
func (s *Server) survey(body []byte, e *engine.Engine, c *conn, b *candidates) error {
	var capped error
	p := parser{body: body, item: none, index: none}
	if err := p.openBatch(); err != nil {
		return err
	}
	for {
		more, err := p.nextItem(&c.request)
		if err != nil {
			return err
		}
		if !more {
			return capped
		}
		if err := choosePolicy(&p, e, c); err != nil {
			return err
		}
		if _, err := s.account(c); len(b.all) == 0 || err == nil {
			capped = err
		}
		b.add(c.request.candidate)
		c.request.reset()
	}
}

// appendItem appends the verdict on an item, or what stands for it if there is none
// for this item alone: others are answered all the same.
func (s *Server) appendItem(dst []byte, e *engine.Engine, c *conn) ([]byte, error) {
	out, err := s.appendVerdict(dst, e, c)
	cause := causeIndex
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, causeRefusals):
		cause = causeRefusals
	case !errors.Is(err, causeIndex):
		return dst, err
	}
	operation, answer := c.request.subject.Operation, engine.Reject // no service that fails open lets through who has tried too much
	s.counters.of(c).problems[cause].Add(1)
	if causes[cause].undecided {
		answer = s.declared(cause, operation)
		s.recordUndecided(c, cause, operation, answer)
	}
	v := unavailable(answer)
	return v.AppendJSONIn(dst, c.idText(), c.wording()), nil
}

// unavailable returns what is answered in place of a verdict.
func unavailable(answer engine.Decision) engine.Verdict {
	return engine.Verdict{Decision: answer, Would: answer, Reasons: engine.Reasons(0).With(engine.Unavailable)}
}

// reserve makes sure that the records of n verdicts have room, where there is no
// answer without a record.
func (s *Server) reserve(c *conn, n int) error {
	if s.config.Audit == nil || !s.config.Audit.Refuses() {
		return nil
	}
	if !s.config.Audit.Reserve(n) {
		return causeAudit
	}
	c.reserved = n
	return nil
}

// release gives back what was reserved and is not used.
func (s *Server) release(c *conn) {
	if c.reserved > 0 {
		s.config.Audit.Release(c.reserved)
		c.reserved = 0
	}
}
