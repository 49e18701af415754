package server

import (
	"bytes"
	"mime"
	"strings"
	"time"
	"unsafe"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/messages"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
)

// Header fields of every answer.
var (
	headerID    = []byte("X-Request-Id")
	headerCache = []byte("Cache-Control")
	noStore     = []byte("no-store")
)

// Header fields of a verdict, whose messages are in the language asked for.
var (
	headerLanguage = []byte("Content-Language")
	varyLanguage   = []byte("Accept-Language")
)

const typeJSON = "application/json"

// handle answers one request and then wipes it.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	c := connOf(ctx)
	defer s.finish(ctx, c)
	if len(ctx.Request.Body()) > s.limits.batchBody {
		s.uploads.hold(&ctx.Request.Header)
	}
	s.answer(ctx, c)
	if err := s.dispatch(ctx, c); err != nil {
		s.fail(ctx, c, s.handled(err))
	}
}

// answer sets the fields that all answers have.
func (s *Server) answer(ctx *fasthttp.RequestCtx, c *conn) {
	s.nextID(c)
	c.credential = s.nobody
	h := &ctx.Response.Header
	h.SetContentType(typeJSON)
	h.SetCanonical(headerCache, noStore)
	h.SetCanonical(headerID, c.id[:])
}

func (s *Server) dispatch(ctx *fasthttp.RequestCtx, c *conn) error {
	h := &ctx.Request.Header
	if cause := refused(h); cause != causeNone {
		return s.refuse(h, c, cause)
	}
	r, missing := routeOf(h)
	if r == nil {
		return missing
	}
	if err := s.authorize(h, c, r.scope); err != nil {
		return err
	}
	switch {
	case missing != causeNone:
		return missing
	case r.body.json() && !isJSON(h.ContentType()):
		return causeMediaType
	case !r.body.json() && crossOrigin(h): // JSON a browser asks about first
		return causeOrigin
	}
	if strings.Contains(r.path, placeholder) {
		c.name, _ = r.name(h.RequestURI())
	}
	if s.expands(r, &ctx.Request) {
		if !s.uploads.admit(h, time.Time{}) {
			return causeUploads
		}
		defer s.uploads.release(h)
	}
	return r.serve(s, ctx, c)
}

// finish wipes the request. fasthttp has no recovery of its own, so a fault in
// one check would end all others.
func (s *Server) finish(ctx *fasthttp.RequestCtx, c *conn) {
	if value := recover(); value != nil {
		s.logPanic(value)
		s.fail(ctx, c, causeFault)
	}
	body := ctx.Request.Body()
	clear(body)
	if len(body) > s.limits.batchBody {
		s.uploads.release(&ctx.Request.Header)
	}
	if cap(body) > s.limits.body {
		ctx.Request.SwapBody(nil) // a batch's memory doesn't stay with the connection
	}
	if cap(c.out) > s.limits.body {
		c.out = nil // the answer still holds it until it is written
	}
	c.request.reset()
	if s.draining.Load() {
		ctx.Response.Header.SetConnectionClose()
	}
}

// check answers POST /v1/check.
func (s *Server) check(ctx *fasthttp.RequestCtx, c *conn) error {
	c.channel = audit.API
	p := parser{body: ctx.Request.Body(), item: none, index: none}
	e, err := s.admit()
	if err != nil {
		if p.single(&c.request) != nil { // the declared answer depends on the operation
			c.request.reset()
		}
		return err
	}
	defer s.inFlight.Add(-1)
	if err := p.single(&c.request); err != nil {
		return err
	}
	if err := choosePolicy(&p, e, c); err != nil {
		return err
	}
	c.language = s.language(&ctx.Request.Header)
	if c.out, err = s.appendVerdict(c.out[:0], e, c); err != nil {
		return err
	}
	c.respond(ctx)
	return nil
}

// language returns the language that a request asks for, or nil if it asks for
// none: then messages are the engine's, in English and without advice.
func (s *Server) language(h *fasthttp.RequestHeader) *messages.Language {
	if value := h.PeekBytes(varyLanguage); len(value) > 0 {
		return s.messages.Accept(value)
	}
	return nil
}

// wording returns the words of the language of a request, nil for the engine's.
func (c *conn) wording() engine.Wording {
	if c.language == nil {
		return nil // not a nil pointer in an interface
	}
	return c.language
}

// respond answers with the verdicts of c.
func (c *conn) respond(ctx *fasthttp.RequestCtx) {
	h := &ctx.Response.Header
	if c.language != nil {
		h.SetBytesK(headerLanguage, c.language.Code())
	}
	h.SetCanonical(headerVary, varyLanguage)
	ctx.Response.SetBodyRaw(c.out)
}

// choosePolicy makes sure that there is the policy that a request names, and that
// the credential may ask for it.
func choosePolicy(p *parser, e *engine.Engine, c *conn) error {
	subject := &c.request.subject
	policy, ok := c.credential.Policy(subject.Policy)
	if !ok {
		return causePolicy
	}
	subject.Policy = policy
	if !e.HasPolicy(policy) {
		return p.fail(fieldPolicy, "is unknown")
	}
	return nil
}

// admit returns the engine to check with and counts the request as in flight.
func (s *Server) admit() (*engine.Engine, error) {
	e := s.engine.Load()
	if e == nil {
		return nil, causeNoLists
	}
	if s.inFlight.Add(1) > int64(s.config.MaxInFlight) {
		s.inFlight.Add(-1)
		return nil, causeOverload
	}
	return e, nil
}

// appendVerdict checks the request of c and appends the verdict. It fails if a
// breach index has failed and nothing else refuses the password.
func (s *Server) appendVerdict(dst []byte, e *engine.Engine, c *conn) ([]byte, error) {
	r := &c.request
	var x engine.Explanation
	w := c.wording()
	account, err := s.account(c)
	if err != nil {
		return dst, err
	}
	explain := s.config.Explain && c.credential.May(access.Explain)
	start := s.uptime()
	if explain {
		x = e.Explain(r.password, r.subject)
		c.found = x.AppendLists(c.lists[:0])
	} else {
		x.Verdict = s.judge(e, c)
	}
	if err := s.conclude(c, &x.Verdict, start); err != nil {
		return dst, err
	}
	if x.Would == engine.Reject && account != 0 {
		s.config.Access.Refused(account)
	}
	if explain {
		return x.AppendJSONIn(dst, c.idText(), w), nil
	}
	return x.Verdict.AppendJSONIn(dst, c.idText(), w), nil
}

// uptime returns for how long the server has run. It asks one clock, the monotonic,
// where time.Now asks two.
func (s *Server) uptime() time.Duration { return time.Since(s.started) }

// judge returns the verdict on the request of c, and notes what lists it rests on if
// that is recorded.
func (s *Server) judge(e *engine.Engine, c *conn) (v engine.Verdict) {
	dst := c.lists[:0]
	if s.config.Audit == nil {
		dst = nil
	}
	v, c.found = e.CheckLists(dst, c.request.password, c.request.subject)
	return v
}

// conclude records and counts the verdict of a check that began at start, an uptime.
// It fails if there is none, or if it cannot be recorded and has to be.
func (s *Server) conclude(c *conn, v *engine.Verdict, start time.Duration) error {
	took := s.uptime() - start
	if v.Decision == engine.Undecided {
		s.ranges.Load().report(s.config.Logger)
		return causeIndex
	}
	if err := s.record(c, v, took); err != nil {
		return err
	}
	counters := s.counters.of(c)
	counters.count(v, c.request.subject.Operation, took)
	counters.last.Store(int64(start))
	return nil
}

// isJSON reports whether a Content-Type is application/json, with no charset
// other than UTF-8 (RFC 8259, section 8.1).
func isJSON(value []byte) bool {
	if string(value) == typeJSON || bytes.EqualFold(value, []byte("application/json; charset=utf-8")) {
		return true
	}
	name, params, err := mime.ParseMediaType(string(value))
	if err != nil || name != typeJSON {
		return false
	}
	charset, ok := params["charset"]
	return len(params) == 0 || ok && len(params) == 1 && strings.EqualFold(charset, "utf-8")
}

// An id names one answer: half a random prefix of the Server, half a counter.
const idBytes = 24

// nextID gives c the next id.
func (s *Server) nextID(c *conn) {
	n := s.sequence.Add(1)
	copy(c.id[:], s.prefix[:])
	for i := idBytes - 1; i >= len(s.prefix); i-- {
		c.id[i] = "0123456789abcdef"[n&15]
		n >>= 4
	}
}

// idText returns the id as a string over c.id, valid until the next id: it is
// appended to answers only.
func (c *conn) idText() string { return unsafe.String(&c.id[0], len(c.id)) }
