package server

import (
	"cmp"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/access"
)

// Limits opens limits to the tests.
type Limits struct {
	Read, Write, Idle, Grace             time.Duration
	Header, Fields, Body, BatchBody, Max int
	Upload                               int
	UploadRead, Simulate                 time.Duration
}

// DefaultLimits returns what New uses.
func DefaultLimits() Limits {
	l := defaultLimits()
	return Limits{l.read, l.write, l.idle, l.grace, l.header, l.fields, l.body, l.batchBody, l.connections, l.uploadBody, l.uploadRead, l.simulate}
}

// NewLimited is New with other limits.
func NewLimited(c Config, l Limits) (*Server, error) {
	return newServer(c, limits{l.Read, l.Write, l.Idle, l.Grace, l.Header, l.Fields, l.Body, l.BatchBody, l.Upload, l.UploadRead, l.Simulate, l.Max})
}

// HTTP returns the settings of fasthttp.
func (s *Server) HTTP() *fasthttp.Server { return &s.http }

// NewContext returns a request context as fasthttp hands it to Handle.
func NewContext(s *Server) *fasthttp.RequestCtx {
	ctx := new(fasthttp.RequestCtx)
	ctx.Init2(&conn{open: &s.open}, nil, false)
	return ctx
}

// Handle answers the request of ctx.
func (s *Server) Handle(ctx *fasthttp.RequestCtx) { s.handle(ctx) }

// Batch answers the batch of ctx and returns the names of the check that it leaves.
func (s *Server) Batch(ctx *fasthttp.RequestCtx) ([]string, error) {
	c := connOf(ctx)
	s.answer(ctx, c)
	err := s.batch(ctx, c)
	return c.request.subject.Names, err
}

// InFlight returns the number of requests being checked.
func (s *Server) InFlight() int64 { return s.inFlight.Load() }

// Parsed is a check as the parser reads it.
type Parsed struct {
	Password []byte
	Subject  engine.Subject
}

// Parse parses body, and changes it.
func Parse(body []byte) (Parsed, error) {
	p := parser{body: body, item: none, index: none}
	r := new(request)
	err := p.single(r)
	return Parsed{r.password, r.subject}, err
}

// ParseBatch parses body as a batch, and changes it.
func ParseBatch(body []byte) (all []Parsed, err error) {
	p := parser{body: body, item: none, index: none}
	if err := p.openBatch(); err != nil {
		return nil, err
	}
	for {
		r := new(request)
		more, err := p.nextItem(r)
		if err != nil || !more {
			return all, err
		}
		all = append(all, Parsed{r.password, r.subject})
	}
}

// ReadChange reads body as that of a change of a list, and changes it.
func ReadChange(body []byte) error {
	parts, err := document(body, "add", "remove", "note", "sample")
	if err != nil {
		return err
	}
	return new(edit).read(body, parts)
}

// Parser parses one body again and again without allocations.
type Parser struct{ r request }

// Parse parses body, and changes it.
func (p *Parser) Parse(body []byte) error {
	parser := parser{body: body, item: none, index: none}
	defer p.r.reset()
	return parser.single(&p.r)
}

// Statuses returns the status of every cause.
func Statuses() map[int]bool {
	all := map[int]bool{}
	for c := causeNone + 1; c < causeCount; c++ {
		all[causes[c].status] = true
	}
	return all
}

// Members returns the names of the fields of a check.
func Members() []string { return members[:fieldCount] }

// Routes returns the paths with their methods, as docs/API.md has them.
func Routes() (all []string) {
	for _, r := range routes {
		path := strings.TrimSuffix(r.path, "?")
		switch path {
		case rangePath:
			path += "{prefix}"
		case bundlePath:
			path += "{file}"
		}
		row := path + " | " + allowed([]byte(strings.ReplaceAll(path, "{name}", "a")))
		if !slices.Contains(all, row) {
			all = append(all, row)
		}
	}
	return all
}

// BucketOf returns the bucket of a duration.
func BucketOf(d time.Duration) int { return bucketOf(d) }

// Metrics returns the rows of the table in docs/OPERATING.md.
func Metrics() (all []string) {
	for i, m := range metricTable {
		kind := "gauge"
		switch {
		case metric(i) == metricDuration:
			kind = "histogram"
		case m.kind == prometheus.CounterValue:
			kind = "counter"
		}
		all = append(all, m.name+" | "+kind+" | "+cmp.Or(strings.Join(m.labels, ", "), "–")+" | "+m.help)
	}
	return all
}

// AuditParameters returns what each parameter of /v1/audit takes.
func AuditParameters() map[string]string {
	all := map[string]string{}
	for name, p := range auditParameters {
		all[name] = p.want
	}
	return all
}

// HoldQueries counts n queries of the audit as running.
func (s *Server) HoldQueries(n int64) { s.queries.Add(n) }

// Downloads returns the number of files of the bundle on their way.
func (s *Server) Downloads() int64 { return s.pulls.Load() }

// Document returns the members of a body as NAME=JSON.
func Document(body []byte, want ...string) (string, error) {
	members, err := document(body, want...)
	var all []string
	for name, m := range members {
		all = append(all, name+"="+string(m.text))
	}
	slices.Sort(all)
	return strings.Join(all, " "), err
}

// NameIn returns what stands for {name} of the path in the target.
func NameIn(path, target string) string {
	r := route{path: path}
	name, ok := r.name([]byte(target))
	if !ok {
		return ""
	}
	return name
}

// Scoped is a route and what it needs.
type Scoped struct {
	Method, Path string
	Scopes       access.Scopes
}

// Scopes returns all routes, with names in their paths.
func Scopes() (all []Scoped) {
	for _, r := range routes {
		path := strings.ReplaceAll(strings.TrimSuffix(r.path, "?"), "{name}", "a")
		all = append(all, Scoped{r.method, path, r.scope})
	}
	return all
}

// Sessions opens sessions to the tests.
type Sessions struct{ all sessions }

// Open begins a session and returns its cookie.
func (s *Sessions) Open(token access.Digest) string { return s.all.open(token) }

// Find returns the token of the session of a cookie.
func (s *Sessions) Find(cookie string) (access.Digest, bool) {
	h := new(fasthttp.RequestHeader)
	h.SetCookie(sessionCookie, cookie)
	return s.all.find(h)
}

// MaxPages is how many pages are made at the same time.
const MaxPages = maxPages

// MaxSessions is how many there may be.
const MaxSessions = maxSessions

// Greet returns a connection over TLS, after the handshake, that lingers so long.
func Greet(below net.Conn, config *tls.Config, linger time.Duration) (net.Conn, error) {
	c := &conn{open: new(atomic.Int64), owners: new(owners), linger: linger}
	c.secureBy(below, config)
	return c, c.secure.Handshake()
}

// NewSealed returns what is below TLS, and what wipes it at the end.
func NewSealed(c net.Conn) (net.Conn, func()) {
	s := &sealed{Conn: c}
	return s, s.wipe
}

// MaxWords bounds the names of a check.
const MaxWords = maxWords

// Deadline is one of a connection.
type Deadline struct{ d deadline }

// Set wants a deadline and returns what is set below, and whether that was done now.
func (d *Deadline) Set(wanted time.Time, slack time.Duration) (set time.Time, now bool) {
	d.d.wanted = wanted
	now = d.d.due(slack)
	return d.d.set, now
}
