package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/audit"
)

// Bounds of GET /v1/audit.
const (
	defaultRecords = 100
	maxRecords     = 1000
	maxQueries     = 2 // at the same time
)

var (
	headerNext = []byte("X-Next-Cursor")
	typeCSV    = []byte("text/csv; charset=utf-8; header=present")
	typeLines  = []byte("application/x-ndjson")
)

// record queues the record of a verdict, which rests on the lists of c. It fails
// with causeAudit if there is no room and the configuration says to refuse then.
func (s *Server) record(c *conn, v *engine.Verdict, took time.Duration) error {
	if s.config.Audit == nil {
		return nil
	}
	d := audit.Decision{
		Latency: int64(took), Policy: v.Policy, Snapshot: v.Snapshot, Operation: c.request.subject.Operation,
		Mode: v.Mode, Decision: v.Decision, Would: v.Would, Reasons: v.Reasons, Audited: v.Audited,
	}
	d.AllLists = copy(d.Lists[:], c.found) == len(c.found)
	return s.queue(c, &d)
}

// recordUndecided counts and queues the record of an answer without a verdict.
func (s *Server) recordUndecided(c *conn, cause cause, o engine.Operation, answer engine.Decision) {
	s.counters.of(c).undecided[cause][answer].Add(1)
	s.counters.of(c).unjudged[o].Add(1)
	if s.config.Audit == nil || cause == causeAudit {
		return
	}
	_ = s.queue(c, &audit.Decision{ // what is lost is counted; the answer stays
		Operation: o, Decision: answer, Would: answer, Cause: undecidedNames[cause], Reasons: engine.Reasons(0).With(engine.Unavailable),
	})
}

// recordSwap records the change of the snapshot. That it cannot be recorded does
// not keep the server from judging by the lists it was told to: it is logged.
func (s *Server) recordSwap(id string) {
	before := snapshotID(s.engine.Load())
	if s.config.Audit == nil || before == id {
		return
	}
	change := audit.Change{Actor: "server", Action: "snapshot.swap", Target: "snapshot", Before: before, After: id}
	if err := s.config.Audit.Change(change); err != nil {
		s.config.Logger.Error("change of the snapshot", "error", err)
	}
}

func (s *Server) queue(c *conn, d *audit.Decision) error {
	d.Time, d.ID, d.Channel, d.Actor = time.Now().UnixNano(), c.id, c.channel, s.actor(c)
	c.request.describe(d)
	if c.reserved > 0 {
		c.reserved--
		s.config.Audit.AddReserved(d)
		return nil
	}
	if !s.config.Audit.Add(d) && s.config.Audit.Refuses() {
		return causeAudit
	}
	return nil
}

// actor returns who asks as records name it, or "".
func (s *Server) actor(c *conn) string {
	if s.config.Access == nil || c.credential == nil {
		return ""
	}
	return c.credential.Actor()
}

// describe notes the account, and which fields there were that are not recorded.
// An account that holds the password is one of them.
func (r *request) describe(d *audit.Decision) {
	subject := &r.subject
	for _, f := range [...]struct {
		given bool
		field audit.Fields
	}{
		{r.password != nil, audit.Password}, {len(subject.Names) > 0, audit.Names}, {subject.Mail != "", audit.Mail}, {subject.Tenant != "", audit.Tenant},
		{len(subject.Attributes) > 0, audit.Attributes}, {len(subject.Groups) > 0, audit.Groups}, {subject.OldPassword != nil, audit.OldPassword},
	} {
		if f.given {
			d.Erased |= f.field
		}
	}
	account := unsafe.Slice(unsafe.StringData(subject.Account), len(subject.Account))
	if holds(account, r.password) || holds(account, subject.OldPassword) {
		d.Erased |= audit.Account
		return
	}
	d.SetAccount(subject.Account)
}

// holds reports whether text holds the password, if there is one, or is the
// password but for case.
func holds(text, password []byte) bool {
	return len(password) > 0 && (bytes.Contains(text, password) || bytes.EqualFold(text, password))
}

// auditRecords answers GET /v1/audit.
func (s *Server) auditRecords(ctx *fasthttp.RequestCtx, c *conn) error {
	q, format, err := s.auditQuery(ctx, "every")
	if err != nil {
		return err
	}
	defer s.queries.Add(-1)
	page, err := audit.Read(s.config.Audit.Path(), q)
	if err != nil {
		return auditError(err)
	}
	if page.Next != "" {
		ctx.Response.Header.SetCanonical(headerNext, []byte(page.Next))
	}
	var out bytes.Buffer
	switch format {
	case "csv":
		ctx.Response.Header.SetContentTypeBytes(typeCSV)
		if err := audit.WriteCSV(&out, page.Lines); err != nil {
			return err
		}
	case "ndjson":
		ctx.Response.Header.SetContentTypeBytes(typeLines)
		for _, line := range page.Lines {
			out.Write(append(line, '\n'))
		}
	default:
		fmt.Fprintf(&out, `{"records":[%s],"damaged":%d`, bytes.Join(page.Lines, []byte(",\n")), page.Damaged)
		if page.Next != "" {
			fmt.Fprintf(&out, `,"next":"%s"`, page.Next)
		}
		out.WriteString("}")
	}
	ctx.Response.SetBodyRaw(out.Bytes())
	return nil
}

// auditSummary answers GET /v1/audit:summary.
func (s *Server) auditSummary(ctx *fasthttp.RequestCtx, c *conn) error {
	q, _, err := s.auditQuery(ctx, "limit", "latest", "format")
	if err != nil {
		return err
	}
	defer s.queries.Add(-1)
	summary, err := audit.Summarize(s.config.Audit.Path(), q)
	if err != nil {
		return auditError(err)
	}
	text, err := json.Marshal(summary)
	ctx.Response.SetBodyRaw(text)
	return err
}

// auditError hides paths of files from callers.
func auditError(err error) error {
	if errors.Is(err, audit.ErrQuery) {
		return &bodyError{field: "cursor", detail: "must be one that an answer gave"}
	}
	return causeAuditFile
}

// auditQuery reads the query of a target, which has no parameters of the names
// without, and counts it as running. The caller takes it off s.queries again,
// unless there is an error.
func (s *Server) auditQuery(ctx *fasthttp.RequestCtx, without ...string) (q audit.Query, format string, err error) {
	if s.config.Audit == nil || s.config.Audit.Path() == "" || !s.config.ServeAudit && s.config.Access == nil {
		return q, "", causeNoAudit
	}
	known := map[string]parameter{}
	for name, p := range auditParameters {
		if !slices.Contains(without, name) {
			known[name] = parameter{p.want, func(v string) bool { return p.set(&q, &format, v) }}
		}
	}
	if err := query(ctx, known); err != nil {
		return q, "", err
	}
	if !q.To.IsZero() && q.From.After(q.To) {
		return q, "", &bodyError{field: "from", detail: "must not be after to"}
	}
	if q.Limit == 0 {
		q.Limit = defaultRecords
	}
	if s.queries.Add(1) > maxQueries {
		s.queries.Add(-1)
		return q, "", causeQueries
	}
	return q, format, nil
}

// auditParameters is the one table of parameters; docs/API.md is compared with it.
var auditParameters = map[string]struct {
	want string
	set  func(q *audit.Query, format *string, value string) bool
}{
	"from": {"a time such as 2026-01-31T12:00:00Z", func(q *audit.Query, _ *string, v string) bool { return parseTime(&q.From, v) }},
	"to":   {"a time such as 2026-01-31T12:00:00Z; it is not included", func(q *audit.Query, _ *string, v string) bool { return parseTime(&q.To, v) }},
	"kind": {"decision, change or report", func(q *audit.Query, _ *string, v string) bool {
		return oneOf(&q.Kind, v, "decision", "change", "report")
	}},
	"decision": {"accept, reject or audit", func(q *audit.Query, _ *string, v string) bool {
		return oneOf(&q.Decision, v, "accept", "reject", "audit")
	}},
	"operation": {"set, change or unknown", func(q *audit.Query, _ *string, v string) bool {
		return oneOf(&q.Operation, v, "set", "change", "unknown")
	}},
	"channel": {"api, batch, local or unknown", func(q *audit.Query, _ *string, v string) bool {
		return oneOf(&q.Channel, v, audit.Channels()...)
	}},
	"site":   {"a name", func(q *audit.Query, _ *string, v string) bool { q.Site = v; return v != "" }},
	"reason": {"a reason code such as low_score", func(q *audit.Query, _ *string, v string) bool { return oneOf(&q.Reason, v, reasonCodes()...) }},
	"policy": {"a name", func(q *audit.Query, _ *string, v string) bool { q.Policy = v; return v != "" }},
	"cursor": {"that of an answer", func(q *audit.Query, _ *string, v string) bool { q.Cursor = v; return v != "" }},
	"format": {"json, ndjson or csv", func(_ *audit.Query, f *string, v string) bool { return oneOf(f, v, "json", "ndjson", "csv") }},
	"latest": {"true or false", func(q *audit.Query, _ *string, v string) bool { return boolParameter(&q.Latest).set(v) }},
	"every": {"a time such as 30m, from 1s", func(q *audit.Query, _ *string, v string) (ok bool) {
		d, err := time.ParseDuration(v)
		q.Every = d
		return err == nil && d >= time.Second
	}},
	"limit": {"a number from 1 to 1000", func(q *audit.Query, _ *string, v string) bool {
		n, err := strconv.Atoi(v)
		q.Limit = n
		return err == nil && n >= 1 && n <= maxRecords
	}},
}

func parseTime(to *time.Time, value string) bool {
	t, err := time.Parse(time.RFC3339, value)
	*to = t
	return err == nil
}

func oneOf(to *string, value string, allowed ...string) bool {
	*to = value
	return slices.Contains(allowed, value)
}

func reasonCodes() (codes []string) {
	for r := range engine.AllReasons() {
		codes = append(codes, r.Code())
	}
	return codes
}
