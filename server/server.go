package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/messages"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/fleet"
	"github.com/vetopw/veto/server/local"
)

// DefaultAddr is the address of a Server whose Config names none.
const DefaultAddr = "127.0.0.1:8080"

// ErrNotLoopback is the error of New, Serve and ListenAndServe for an address
// that other machines can reach.
var ErrNotLoopback = errors.New("without configured credentials only a loopback address is served: " +
	"use 127.0.0.1, [::1] or localhost, and for other machines tokens or client certificates, or a proxy in front that authenticates them")

// ErrPlaintext is the error of New, Serve and ListenAndServe for an address that
// other machines can reach, when there are credentials but no TLS.
var ErrPlaintext = errors.New("credentials and passwords would cross the network readable by others: " +
	"configure a certificate, or say that a proxy in front speaks TLS")

// Config is what a Server is built from. The zero value is valid.
type Config struct {
	// Addr is the TCP address to listen on; empty means DefaultAddr. Without
	// Access the host is a loopback address or "localhost"; port 0 picks a free port.
	Addr string
	// Set and Change are the declared answers when the server cannot decide, by
	// operation. Where the operation is not known the stricter one holds.
	Set, Change Answers
	// Explain adds spans, list names and the score to the verdicts, with Access
	// to those for credentials with that scope. They describe passwords closely
	// and are for trusted callers only.
	Explain bool
	// Access knows who may ask; nil means everybody on this machine. The caller
	// keeps it and Certificate up to date.
	Access *access.Guard
	// Anonymous is what callers may do without Access; 0 means everything.
	Anonymous access.Scopes
	// Rate is the number of passwords a second that all callers together may ask
	// for without Access; 0 means any.
	Rate int
	// Certificate makes the server speak TLS, nothing else.
	Certificate *access.Certificate
	// Plaintext says that a proxy in front speaks TLS, so that other addresses
	// than loopback are served without Certificate, if there is Access.
	Plaintext bool
	// Hosts are names, beside IP addresses and names without a dot, that requests
	// may name as their Host without Access; nil means none.
	Hosts []string
	// TrustedProxies are the addresses of proxies in front whose X-Forwarded-For is
	// believed: attempts without a valid credential are counted and logged by who
	// asked them. nil means none.
	TrustedProxies []netip.Prefix
	// MaxInFlight is the number of requests that may be checked at the same
	// time, a batch counting as one; 0 means 256. Further ones get 503.
	MaxInFlight int
	// NoConsole leaves the console out.
	NoConsole bool
	// Version is that of the program, for the metrics; empty means unknown.
	Version string
	// NoMetrics leaves /metrics to the admin listener.
	NoMetrics bool
	// StaleAfter is the age of a snapshot from which /readyz answers 503; checks
	// are answered all the same. 0 means never.
	StaleAfter time.Duration
	// Followed tells about the bundle that the lists are of; nil means none. Their
	// age is then the time since they were last found to be the newest.
	Followed func() bundle.Status
	// Audit gets a record of every decision and of every snapshot; nil means none.
	// It is closed by the caller, after Serve.
	Audit *audit.Log
	// Local are the counters of the local endpoint, for the metrics; nil means
	// that there is none.
	Local *local.Counters
	// ServeAudit answers GET /v1/audit from the file of Audit. With Access it is
	// answered in any case, to credentials with that scope.
	ServeAudit bool
	// Bundle is the folder whose bundle is served below /v1/bundle/; empty: none.
	Bundle string
	// Fleet takes the reports of /v1/fleet/report; nil means none. The caller runs
	// and keeps it.
	Fleet *fleet.Store
	// Logger receives starts, stops and faults of the server, nothing about
	// requests; nil means none.
	Logger *slog.Logger
}

// Answers are the answers declared for what keeps the server from deciding.
// Everything but engine.Accept means engine.Reject: fail closed.
type Answers struct {
	NoList      engine.Decision // no lists are loaded
	Overload    engine.Decision // too many requests at once
	Unavailable engine.Decision // the check failed for another reason
}

// Server serves the HTTP API. Its engine is set by Swap; before that it cannot
// decide.
type Server struct {
	config   Config
	limits   limits
	http     fasthttp.Server
	live     atomic.Pointer[live.Live] // nil: nothing is managed
	engine   atomic.Pointer[engine.Engine]
	ranges   atomic.Pointer[ranges]
	loaded   atomic.Pointer[time.Time] // when the engine was set
	started  time.Time
	swaps    atomic.Uint64
	failures atomic.Uint64 // of snapshots
	failing  atomic.Bool   // the latest snapshot failed
	mode     atomic.Uint32 // of Callers, an engine.Mode
	counters counters
	registry *prometheus.Registry
	secret   [32]byte // of the padding of ranges
	messages *messages.Catalog
	local    *access.Credential // of everybody, without configured credentials
	nobody   *access.Credential // of who did not need one
	addr     atomic.Pointer[string]
	prefix   [idBytes / 2]byte // of every id of this Server
	sequence atomic.Uint64     // of the latest id
	inFlight atomic.Int64      // requests being checked
	open     atomic.Int64      // connections
	queries  atomic.Int64      // of the audit
	pulls    atomic.Int64      // files of the bundle being sent
	trials   atomic.Int64      // dry runs and simulations
	past     atomic.Int64      // requests for earlier revisions
	pages    chan struct{}     // full while as many are made as may be
	parts    chan struct{}     // of exports, likewise: these must not wait for a search
	uploads  uploads
	batches  sync.Pool // of *candidates
	sessions sessions  // of browsers
	console  func() (map[string]consoleFile, error)
	owners   owners      // of the read buffers
	draining atomic.Bool // set when stopping
	busy     []byte      // the whole answer to one connection too many
}

// route is one row of the table of routes: what a path answers to a method.
type route struct {
	// path is exact, without query. With ? at its end the target may have a query.
	// With a slash there, all that starts so is meant; with {name} in it, any name.
	path   string
	method string // GET stands for HEAD too
	body   intake
	scope  access.Scopes // what the credential needs, 0: there need not be one
	serve  func(*Server, *fasthttp.RequestCtx, *conn) error
}

// routes is searched in this order: first what is asked for most.
var routes = [...]route{
	{"/v1/check", "POST", checkBody, access.Check, (*Server).check},
	{"/v1/check:batch", "POST", batchBody, access.Check, (*Server).batch},
	{"/?", "GET", noBody, 0, (*Server).consolePage},
	{consolePath, "GET", noBody, 0, (*Server).consoleFile},
	{"/v1/session", "GET", noBody, 0, (*Server).sessionShow},
	{"/v1/session", "POST", checkBody, 0, (*Server).signIn},
	{"/v1/session", "DELETE", noBody, 0, (*Server).signOut},
	{rangePath, "GET", noBody, access.Check, (*Server).breachRange},
	{"/healthz", "GET", noBody, 0, (*Server).health},
	{"/readyz", "GET", noBody, 0, (*Server).ready},
	{"/metrics", "GET", noBody, access.Metrics, (*Server).metrics},
	{"/openapi.json", "GET", noBody, 0, (*Server).describeAPI},
	{"/v1/audit?", "GET", noBody, access.Audit, (*Server).auditRecords},
	{"/v1/audit:summary?", "GET", noBody, access.Audit, (*Server).auditSummary},
	{bundlePath, "GET", noBody, access.Bundle, (*Server).bundleFile},
	{"/v1/fleet", "GET", noBody, access.FleetRead, (*Server).fleetView},
	{"/v1/fleet/report", "POST", reportBody, access.FleetWrite, (*Server).fleetReport},
	{"/v1/lists", "GET", noBody, access.ListsRead, (*Server).listIndex},
	{"/v1/lists/{name}", "GET", noBody, access.ListsRead, (*Server).listShow},
	{"/v1/lists/{name}", "PUT", uploadBody, access.ListsWrite, (*Server).listPut},
	{"/v1/lists/{name}", "PATCH", editBody, access.ListsWrite, (*Server).listPatch},
	{"/v1/lists/{name}", "DELETE", noBody, access.ListsWrite, (*Server).listDelete},
	{"/v1/lists/{name}/terms", "GET", noBody, access.ListsRead, (*Server).listShow},
	{"/v1/lists/{name}/terms", "POST", editBody, access.ListsWrite, (*Server).termsAdd},
	{"/v1/lists/{name}/terms", "DELETE", editBody, access.ListsWrite, (*Server).termsRemove},
	{"/v1/lists/{name}/history", "GET", noBody, access.ListsRead, (*Server).listHistory},
	{"/v1/lists/{name}/rollback", "POST", editBody, access.ListsWrite, (*Server).listRollback},
	{"/v1/lists/{name}" + exportPath, "GET", noBody, access.ListsRead, (*Server).listExport},
	{"/v1/policies", "GET", noBody, access.PoliciesRead, (*Server).policyIndex},
	{"/v1/policies/{name}", "GET", noBody, access.PoliciesRead, (*Server).policyShow},
	{"/v1/policies/{name}", "PUT", editBody, access.PoliciesWrite, (*Server).policyPut},
	{"/v1/policies/{name}", "DELETE", noBody, access.PoliciesWrite, (*Server).policyDelete},
	{"/v1/policies/{name}/history", "GET", noBody, access.PoliciesRead, (*Server).policyHistory},
	{"/v1/policies/{name}/rollback", "POST", editBody, access.PoliciesWrite, (*Server).policyRollback},
	{"/v1/simulate", "POST", editBody, access.Explain | access.ListsRead | access.PoliciesRead, (*Server).simulate},
	{"/v1/snapshot", "GET", noBody, access.ListsRead, (*Server).snapshotShow},
	{"/v1/reload", "POST", noBody, access.PoliciesWrite, (*Server).reload},
}

// rangePath starts the targets of ranges.
const rangePath = "/range/"

// New returns a Server that has no engine yet. It fails with ErrNotLoopback or
// for a Config.Addr that is no address.
func New(c Config) (*Server, error) { return newServer(c, defaultLimits()) }

func newServer(c Config, l limits) (*Server, error) {
	if c.Addr == "" {
		c.Addr = DefaultAddr
	}
	loopback, err := onLoopback(c.Addr)
	if err == nil {
		err = c.admits(loopback)
	}
	if err != nil {
		return nil, fmt.Errorf("server: address %s: %w", c.Addr, err)
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 256
	}
	if c.Anonymous == 0 {
		c.Anonymous = access.All
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Version == "" {
		c.Version = "unknown"
	}
	s := &Server{config: c, limits: l, messages: messages.New(), local: access.Local(c.Anonymous, c.Rate), nobody: new(access.Credential), started: time.Now(), pages: make(chan struct{}, maxPages), parts: make(chan struct{}, maxPages), console: sync.OnceValues(packConsole)}
	registry, err := newRegistry(s)
	if err != nil {
		return nil, fmt.Errorf("server: metrics: %w", err)
	}
	s.registry = registry
	var random [len(s.prefix) / 2]byte
	rand.Read(random[:])
	hex.Encode(s.prefix[:], random[:])
	rand.Read(s.secret[:])
	s.configure()
	s.busy = s.busyAnswer()
	return s, nil
}

// configure sets fasthttp up. ReduceMemoryUsage stays off: conn relies on one
// read buffer per connection. StreamRequestBody stays off: it would switch the
// body limit off.
func (s *Server) configure() {
	s.http = fasthttp.Server{
		Handler:                      s.handle,
		HeaderReceived:               s.received,
		ErrorHandler:                 s.broken,
		ConnState:                    follow,
		Logger:                       faults{s.config.Logger},
		ReadTimeout:                  s.limits.read,
		WriteTimeout:                 s.limits.write,
		IdleTimeout:                  s.limits.idle,
		ReadBufferSize:               s.limits.header,
		MaxRequestBodySize:           s.limits.body,
		SecureErrorLogMessage:        true,
		NoDefaultServerHeader:        true,
		DisablePreParseMultipartForm: true,
	}
}

// Swap replaces the engine alone; requests in progress finish with the old one.
// With nil the server cannot decide.
func (s *Server) Swap(e *engine.Engine) {
	now := time.Now()
	s.engine.Store(e)
	s.loaded.Store(&now)
	s.swaps.Add(1)
	s.failing.Store(false)
}

// SnapshotFailed notes that a new snapshot could not be built: the one in use, if
// any, stays. Metrics and the admin listener tell it until a swap.
func (s *Server) SnapshotFailed(err error) {
	s.failures.Add(1)
	s.failing.Store(true)
	if s.engine.Load() == nil {
		s.config.Logger.Error("no lists: nothing can be decided", "error", err)
		return
	}
	s.config.Logger.Error("new lists cannot be used: the old ones stay", "error", err)
}

// outdated reports whether what is in force is older than what is asked for.
func (s *Server) outdated() bool {
	l := s.live.Load()
	return s.failing.Load() || l != nil && l.State().Err != nil
}

// Addr returns the address being listened on, or Config.Addr before that.
func (s *Server) Addr() string {
	if a := s.addr.Load(); a != nil {
		return *a
	}
	return s.config.Addr
}

// ListenAndServe is Serve on Config.Addr.
func (s *Server) ListenAndServe(ctx context.Context) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", s.config.Addr)
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return s.Serve(ctx, ln)
}

// Serve answers requests until ctx ends, then lets those in progress finish and
// returns nil, or an error if they don't within ten seconds. It closes ln, a TCP
// or unix listener; without credentials any but a loopback address is refused with
// ErrNotLoopback, and with them, but without TLS, with ErrPlaintext. Serve is
// called once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	addr := ln.Addr().String()
	if err := s.config.admits(isLoopback(ln.Addr())); err != nil {
		ln.Close()
		return fmt.Errorf("server: address %s: %w", addr, err)
	}
	s.addr.Store(&addr)
	s.announce(ln.Addr())
	wrapped := &listener{Listener: ln, server: s}
	stopped := make(chan error, 1)
	go func() { stopped <- s.http.Serve(wrapped) }()
	select {
	case err := <-stopped:
		wrapped.Close()
		return fmt.Errorf("server: accept on %s: %w", addr, err)
	case <-ctx.Done():
	}
	s.config.Logger.Info("stopping", "address", addr)
	s.draining.Store(true)
	wrapped.Close()
	<-stopped
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.limits.grace)
	defer cancel()
	if err := s.http.ShutdownWithContext(grace); err != nil {
		return fmt.Errorf("server: requests still in progress after %v: %w", s.limits.grace, err)
	}
	s.config.Logger.Info("stopped", "address", addr)
	return nil
}

// admits tells why an address is not served, before anything listens.
func (c *Config) admits(loopback bool) error {
	switch {
	case loopback:
		return nil
	case c.Access == nil:
		return ErrNotLoopback
	case c.Certificate == nil && !c.Plaintext:
		return ErrPlaintext
	}
	return nil
}

// announce logs the address, and who may ask there.
func (s *Server) announce(addr net.Addr) {
	c := &s.config
	who := "anybody on this machine"
	if c.Access != nil {
		who = "with credentials"
	}
	c.Logger.Info("listening", "snapshot", snapshotID(s.engine.Load()), "address", addr.String())
	c.Logger.Info("answering", "callers", who, "tls", c.Certificate != nil)
	if c.Certificate == nil && !isLoopback(addr) {
		c.Logger.Warn("without TLS: credentials and passwords are readable between here and the proxy in front", "address", addr.String())
	}
}

// onLoopback reports whether an address is one of loopback. Names other than
// localhost are not resolved and are none.
func onLoopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		if parse, ok := errors.AsType[*net.AddrError](err); ok {
			return false, errors.New(parse.Err + ", as in " + DefaultAddr)
		}
		return false, err
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback(), nil
}

func isLoopback(addr net.Addr) bool {
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}
