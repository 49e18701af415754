package server

import (
	"bytes"
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
	n, err := s.survey(ctx.Request.Body(), e, c)
	if err != nil {
		return err
	}
	if err := s.reserve(c, n); err != nil {
		return err
	}
	defer s.release(c)
	c.credential.Charge(n - 1) // the first was taken with the request
	c.language = s.language(&ctx.Request.Header)
	out := append(slices.Grow(c.out[:0], 512), `{"verdicts":[`...)
	p := parser{body: ctx.Request.Body(), item: none, index: none}
	if err := p.openBatch(); err != nil {
		return err
	}
	for {
		more, err := p.nextItem(&c.request)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := choosePolicy(&p, e, c); err != nil {
			return err
		}
		if p.item > 0 {
			out = append(out, ',')
		}
		s.nextID(c)
		if out, err = s.appendItem(out, e, c); err != nil {
			return err
		}
		c.request.reset()
		if p.item == 0 { // the others are probably like the first
			out = slices.Grow(out, len(out)*n*9/8)
		}
	}
	c.out = append(out, "]}"...)
	c.respond(ctx)
	return nil
}

// survey returns the number of items of a batch. It fails if one of them is
// invalid, or if every account has had too many refusals: before anything is judged,
// as what is judged is counted and recorded.
func (s *Server) survey(body []byte, e *engine.Engine, c *conn) (n int, err error) {
	if bytes.IndexByte(body, '\\') >= 0 { // strings are unescaped in place, which works once
		body = bytes.Clone(body)
		defer clear(body)
	}
	var capped error
	p := parser{body: body, item: none, index: none}
	if err := p.openBatch(); err != nil {
		return 0, err
	}
	for ; ; n++ {
		more, err := p.nextItem(&c.request)
		if err != nil {
			return 0, err
		}
		if !more {
			return n, capped
		}
		if err := choosePolicy(&p, e, c); err != nil {
			return 0, err
		}
		if _, err := s.account(c); n == 0 || err == nil {
			capped = err
		}
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
