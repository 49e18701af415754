package server

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/access"
)

// cause is why a request gets no verdict.
type cause uint8

const (
	causeNone cause = iota
	causeMalformed
	causeTarget
	causeAmbiguous
	causeBody
	causeNotFound
	causeMethod
	causeRange
	causeTimeout
	causeNoLength
	causeTooLarge
	causeMediaType
	causeEncoding
	causeExpectation
	causeHeaderTooLarge
	causeNoLists
	causeOverload
	causeFault
	causeIndex
	causeNoRanges
	causeStale
	causeAudit
	causeNoAudit
	causeAuditFile
	causeQueries
	causeNoBundle
	causeBundle
	causeDownloads
	causeUnsatisfiable
	causeNoFleet
	causeNoCredential
	causeCredential
	causeScope
	causePolicy
	causeRate
	causeRefusals
	causeGuesses
	causeHost
	causeUploads
	causeTrials
	causeNoList
	causeNoPolicy
	causeNoRevision
	causeNotKept
	causeNoVersions
	causeConfigured
	causeReadOnly
	causeNoStore
	causeStore
	causeReload
	causeUnconditional
	causeRevision
	causeListType
	causeUnpacked
	causeOrigin
	causePast
	causeSlow
	causeVersion
	causeInternal
	causeCount
)

// causes is the one table from causes to answers. A cause that leaves it unclear
// where the next request begins closes the connection.
var causes = [causeCount]struct {
	status    int
	closes    bool
	undecided bool // the answer carries the declared decision
	detail    string
}{
	causeMalformed:      {400, true, false, "this is not a well-formed HTTP/1.1 request"},
	causeTarget:         {400, true, false, "the request target must be a path"},
	causeAmbiguous:      {400, true, false, "Content-Length and Transfer-Encoding exclude each other"},
	causeBody:           {400, false, false, "the body is not a valid request"},
	causeNotFound:       {404, false, false, "there is nothing at this path; paths are exact and take no query"},
	causeMethod:         {405, false, false, "the path does not take this method"},
	causeRange:          {400, false, false, "a range is /range/ and five hexadecimal digits, with ?mode=sha1, ?mode=ntlm or no query"},
	causeTimeout:        {408, true, false, "the request did not arrive in time"},
	causeNoLength:       {411, true, false, "bodies need a Content-Length; a Transfer-Encoding is not accepted"},
	causeTooLarge:       {413, true, false, "the body is larger than this path allows"},
	causeMediaType:      {415, false, false, "the body must be application/json in UTF-8"},
	causeEncoding:       {415, true, false, "the body must not be compressed"},
	causeExpectation:    {417, true, false, "the only expectation met is 100-continue"},
	causeHeaderTooLarge: {431, true, false, "the header is too large"},
	causeNoLists:        {503, false, true, "no lists are loaded"},
	causeOverload:       {503, false, true, "too many requests at once"},
	causeFault:          {503, true, true, "the check failed"},
	causeIndex:          {503, false, true, "a breach index can no longer be read"},
	causeNoRanges:       {501, false, false, "no breach index of this kind with full digests is loaded: veto compile --ranges makes one, --breached or breached.files loads it"},
	causeStale:          {503, false, false, "the snapshot is older than the configuration allows; checks are answered"},
	causeAudit:          {503, false, true, "the audit has no room for a record"},
	causeNoAudit:        {501, false, false, "no audit file is kept, or it is not served"},
	causeAuditFile:      {500, false, false, "the audit files cannot be read"},
	causeQueries:        {429, false, false, "too many queries of the audit at once"},
	causeNoBundle:       {501, false, false, "no bundle is served"},
	causeBundle:         {500, false, false, "the bundle cannot be read"},
	causeDownloads:      {429, false, false, "too many downloads of the bundle at once"},
	causeUnsatisfiable:  {416, false, false, "the range begins behind the end of the file"},
	causeNoFleet:        {501, false, false, "no reports are kept"},
	causeNoCredential:   {401, false, false, "this path needs a credential: Authorization: Bearer TOKEN, or a client certificate"},
	causeCredential:     {401, false, false, "the credential is unknown, expired or revoked"},
	causeScope:          {403, false, false, "the credential does not have the scope that this path needs"},
	causePolicy:         {403, false, false, "the credential may not ask for this policy"},
	causeRate:           {429, false, false, "more passwords than the credential may ask for in a second"},
	causeRefusals:       {429, false, false, "too many passwords of this account were refused; none is judged for a while"},
	causeGuesses:        {429, true, false, "too many requests without a valid credential"},
	causeHost:           {421, false, false, "the Host is not a name of this server; see server.hosts"},
	causeUploads:        {429, true, false, "too many large lists at once"},
	causeTrials:         {429, false, false, "a dry run or simulation is under way already"},
	causeNoList:         {404, false, false, "there is no such list"},
	causeNoPolicy:       {404, false, false, "there is no such policy"},
	causeNoRevision:     {404, false, false, "there is no such revision; the history tells which there are"},
	causeNotKept:        {404, false, false, "this list has no history and no export here: it is not edited on this server, but comes with the program, from an index, or from the configuration (terms.words, terms.files)"},
	causeNoVersions:     {404, false, false, "this policy has no history here: it comes from the configuration and was never edited on this server"},
	causeConfigured:     {409, false, false, "this policy is not in the store: it comes from the configuration"},
	causeReadOnly:       {409, false, false, "this list is not edited here: it comes with the program, from the configuration, or from an index"},
	causeNoStore:        {501, false, false, "no store is configured: store.file, or veto serve --store FILE"},
	causeStore:          {503, false, false, "the change could not be stored or recorded; nothing was changed"},
	causeReload:         {500, false, false, "configuration, lists or indexes cannot be used; what was in force stays so"},
	causeUnconditional:  {428, false, false, "a change needs If-Match with the ETag it is based on, or If-None-Match: * to create"},
	causeRevision:       {412, false, false, "it was changed meanwhile"},
	causeListType:       {415, false, false, "a list is text/plain, text/csv or application/json in UTF-8, with gzip, zstd or no Content-Encoding"},
	causeUnpacked:       {413, false, false, "the list is larger than allowed once it is unpacked"},
	causeOrigin:         {403, false, false, "the request comes from a page of another origin"},
	causePast:           {429, false, false, "too many requests for earlier revisions at once"},
	causeSlow:           {413, false, false, "judging these passwords takes too long; send fewer, or policies with simpler expressions"},
	causeVersion:        {505, true, false, "only HTTP/1.1 is spoken"},
	causeInternal:       {500, false, false, "the answer cannot be made; the log tells why"},
}

// Error returns the detail of the table.
func (c cause) Error() string { return causes[c].detail }

// handled returns an error of a handler. One that is about nothing in the request is
// causeInternal, and logged: those of the check path have causes.
func (s *Server) handled(err error) error {
	if errors.As(err, new(cause)) || errors.As(err, new(*bodyError)) {
		return err
	}
	s.config.Logger.Error("an answer cannot be made", "error", err)
	return causeInternal
}

// causeOf maps every error of a handler or of fasthttp to its cause. The text
// of fasthttp's errors quotes requests and is never used.
func causeOf(err error) cause {
	var c cause
	if errors.As(err, &c) {
		return c
	}
	var body *bodyError
	if errors.As(err, &body) {
		return causeBody
	}
	var small *fasthttp.ErrSmallBuffer
	if errors.As(err, &small) {
		return causeHeaderTooLarge
	}
	if errors.Is(err, fasthttp.ErrBodyTooLarge) {
		return causeTooLarge
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return causeTimeout
	}
	return causeMalformed
}

// broken answers requests that fasthttp could not read, and wipes what there is
// of a body; the connection then closes. fasthttp leaves the write deadline at
// that of the answer before, which may have passed.
func (s *Server) broken(ctx *fasthttp.RequestCtx, err error) {
	body := ctx.Request.Body()
	clear(body[:cap(body)])
	s.uploads.release(&ctx.Request.Header)
	c := connOf(ctx)
	c.SetWriteDeadline(time.Now().Add(s.limits.write))
	s.answer(ctx, c)
	s.fail(ctx, c, err)
}

// fail answers with the problem that err stands for.
func (s *Server) fail(ctx *fasthttp.RequestCtx, c *conn, err error) {
	cause := causeOf(err)
	row := &causes[cause]
	h := &ctx.Response.Header
	h.SetStatusCode(row.status)
	h.SetContentType("application/problem+json")
	if row.closes {
		h.SetConnectionClose()
	}
	if (row.closes || ctx.Request.Header.ConnectionClose()) && cause != causeTimeout { // who was too slow has had its time
		c.linger = s.limits.read
	}
	if cause == causeMethod {
		h.Set(fasthttp.HeaderAllow, allowed(ctx.Request.Header.RequestURI()))
	}
	if row.status == fasthttp.StatusServiceUnavailable || row.status == fasthttp.StatusTooManyRequests {
		h.Set(fasthttp.HeaderRetryAfter, retryAfter(err))
	}
	operation := c.request.subject.Operation
	r, _ := routeOf(&ctx.Request.Header)
	if text := challenge(r, cause); text != "" {
		h.Set(fasthttp.HeaderWWWAuthenticate, text)
	}
	if r != nil && r.body == batchBody {
		operation = engine.UnknownOperation // a batch may have several
	}
	err = s.explain(&ctx.Request.Header, r, c.credential, err)
	s.counters.of(c).problems[cause].Add(1)
	if row.undecided && r != nil && r.body.verdicts() {
		s.recordUndecided(c, cause, operation, s.declared(cause, operation))
	}
	c.out = s.appendProblem(c.out[:0], err, operation, c.idText())
	ctx.Response.SetBodyRaw(c.out)
}

// explained is a cause whose detail depends on the request or the limits.
type explained struct {
	cause
	detail string
}

// Unwrap returns the cause.
func (e *explained) Unwrap() error { return e.cause }

// explain returns err, with the scopes that are missing, the limit, or what is wrong
// with the credential. r is the route or nil.
func (s *Server) explain(h *fasthttp.RequestHeader, r *route, from *access.Credential, err error) error {
	detail := ""
	cause := causeOf(err)
	switch cause {
	case causeScope:
		if r != nil {
			missing := r.scope &^ from.Scopes()
			detail = "this needs a credential with the scope " + strings.Join(missing.Names(), ", ")
			if missing != r.scope {
				detail += ", too"
			}
		}
	case causeCredential:
		given := h.PeekBytes(headerAuthorization)
		if scheme, _, _ := bytes.Cut(given, []byte(" ")); len(given) > 0 && !bytes.EqualFold(scheme, []byte("Bearer")) {
			detail = "the scheme of Authorization must be Bearer, as in Authorization: Bearer TOKEN"
		}
	case causeTooLarge:
		detail = fmt.Sprintf("the body is larger than the %d bytes that this path allows", s.limits.bodyOf(r))
	case causeHeaderTooLarge:
		detail = fmt.Sprintf("the header is larger than %d bytes or has more than %d fields", s.limits.header, s.limits.fields)
	}
	if detail == "" {
		return err
	}
	return &explained{cause, detail}
}

// declared returns the answer for what keeps the server from deciding.
func (s *Server) declared(c cause, o engine.Operation) engine.Decision {
	set, change := s.config.Set.accepts(c), s.config.Change.accepts(c)
	if o == engine.Set && set || o == engine.Change && change || set && change {
		return engine.Accept
	}
	return engine.Reject
}

func (a *Answers) accepts(c cause) bool {
	switch c {
	case causeNoLists:
		return a.NoList == engine.Accept
	case causeOverload:
		return a.Overload == engine.Accept
	}
	return a.Unavailable == engine.Accept
}

// appendProblem appends the problem details of err, with the decision declared
// for the operation if its cause is undecided.
func (s *Server) appendProblem(dst []byte, err error, o engine.Operation, id string) []byte {
	cause := causeOf(err)
	row := &causes[cause]
	detail := row.detail
	var body *bodyError
	var more *explained
	switch {
	case errors.As(err, &body):
		detail = body.Error()
	case errors.As(err, &more):
		detail = more.detail
	}
	dst = append(dst, `{"type":"about:blank","title":`...)
	dst = engine.AppendJSONString(dst, fasthttp.StatusMessage(row.status))
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(row.status), 10)
	dst = append(dst, `,"detail":`...)
	dst = engine.AppendJSONString(dst, detail)
	if body != nil {
		if body.field != "" {
			dst = append(dst, `,"field":`...)
			dst = engine.AppendJSONString(dst, body.field)
		}
		dst = append(dst, `,"offset":`...)
		dst = strconv.AppendInt(dst, int64(body.offset), 10)
	}
	var members interface{ appendMembers([]byte) []byte }
	if errors.As(err, &members) {
		dst = members.appendMembers(dst)
	}
	if !row.undecided {
		return append(dst, '}')
	}
	v := unavailable(s.declared(cause, o))
	at := len(dst)
	dst = v.AppendJSON(dst, id)
	dst[at] = ',' // instead of the brace: the verdict's members extend the problem
	return dst
}

// busyAnswer returns the answer that turns a connection away.
func (s *Server) busyAnswer() []byte {
	body := s.appendProblem(nil, causeOverload, engine.UnknownOperation, "")
	return fmt.Appendf(nil, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"+
		"Cache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// faults is fasthttp's logger. It passes on the constant text only: the
// arguments may quote requests. What a single client did wrong is left out.
type faults struct{ log *slog.Logger }

// Printf logs the format without its arguments.
func (f faults) Printf(format string, _ ...any) {
	if !strings.HasPrefix(format, "error when serving connection") {
		f.log.Warn("http fault", "text", format)
	}
}

// logPanic logs where a panic came from, without values: they might hold a part
// of a password.
func (s *Server) logPanic(value any) {
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])])
	var where []string
	for {
		f, more := frames.Next()
		where = append(where, f.Function+":"+strconv.Itoa(f.Line))
		if !more {
			break
		}
	}
	s.config.Logger.Error("check failed", "panic", fmt.Sprintf("%T", value), "at", where)
}
