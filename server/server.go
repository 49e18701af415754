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
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/messages"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/local"
)

// DefaultAddr is the address of a Server whose Config names none.
const DefaultAddr = "127.0.0.1:8080"

// ErrNotLoopback is the error of New, Serve and ListenAndServe for an address
// that other machines can reach.
var ErrNotLoopback = errors.New("without configured credentials only a loopback address is served: " +
	"use 127.0.0.1, [::1] or localhost, and for other machines a proxy in front that authenticates them")

// Config is what a Server is built from. The zero value is valid.
type Config struct {
	// Addr is the TCP address to listen on; empty means DefaultAddr. The host
	// is a loopback address or "localhost"; port 0 picks a free port.
	Addr string
	// Set and Change are the declared answers when the server cannot decide, by
	// operation. Where the operation is not known the stricter one holds.
	Set, Change Answers
	// Explain adds spans, list names and the score to the verdicts. They
	// describe passwords closely and are for trusted callers only.
	Explain bool
	// MaxInFlight is the number of requests that may be checked at the same
	// time, a batch counting as one; 0 means 256. Further ones get 503.
	MaxInFlight int
	// Version is that of the program, for the metrics; empty means unknown.
	Version string
	// NoMetrics leaves /metrics to the admin listener.
	NoMetrics bool
	// StaleAfter is the age of a snapshot from which /readyz answers 503; checks
	// are answered all the same. 0 means never.
	StaleAfter time.Duration
	// Audit gets a record of every decision and of every snapshot; nil means none.
	// It is closed by the caller, after Serve.
	Audit *audit.Log
	// Local are the counters of the local endpoint, for the metrics; nil means
	// that there is none.
	Local *local.Counters
	// ServeAudit answers GET /v1/audit from the file of Audit.
	ServeAudit bool
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
	engine   atomic.Pointer[engine.Engine]
	ranges   atomic.Pointer[ranges]
	loaded   atomic.Pointer[time.Time] // when the engine was set
	swaps    atomic.Uint64
	failures atomic.Uint64 // of snapshots
	failing  atomic.Bool   // the latest snapshot failed
	mode     atomic.Uint32 // of Callers, an engine.Mode
	counters counters
	registry *prometheus.Registry
	secret   [32]byte // of the padding of ranges
	messages *messages.Catalog
	addr     atomic.Pointer[string]
	prefix   [idBytes / 2]byte // of every id of this Server
	sequence atomic.Uint64     // of the latest id
	inFlight atomic.Int64      // requests being checked
	open     atomic.Int64      // connections
	queries  atomic.Int64      // of the audit
	owners   owners            // of the read buffers
	draining atomic.Bool       // set when stopping
	busy     []byte            // the whole answer to one connection too many
}

// route is one row of the table of routes.
type route struct {
	path  string // exact, without query; with a slash at the end, all that starts so; with ?, with or without query
	allow string // for the Allow header
	post  bool   // POST, else GET and HEAD
	large bool   // the body may have limits.batchBody bytes, else limits.body
	serve func(*Server, *fasthttp.RequestCtx, *conn) error
}

var routes = [...]route{
	{"/v1/check", "POST", true, false, (*Server).check},
	{"/v1/check:batch", "POST", true, true, (*Server).batch},
	{"/healthz", "GET, HEAD", false, false, (*Server).health},
	{"/readyz", "GET, HEAD", false, false, (*Server).ready},
	{"/metrics", "GET, HEAD", false, false, (*Server).metrics},
	{"/v1/audit?", "GET, HEAD", false, false, (*Server).auditRecords},
	{"/v1/audit:summary?", "GET, HEAD", false, false, (*Server).auditSummary},
	{rangePath, "GET, HEAD", false, false, (*Server).breachRange},
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
	if err := checkAddr(c.Addr); err != nil {
		return nil, fmt.Errorf("server: address %s: %w", c.Addr, err)
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 256
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Version == "" {
		c.Version = "unknown"
	}
	s := &Server{config: c, limits: l, messages: messages.New()}
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
// listener on a loopback address or a unix listener; any other is refused with
// ErrNotLoopback. Serve is called once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	addr := ln.Addr().String()
	if !isLoopback(ln.Addr()) {
		ln.Close()
		return fmt.Errorf("server: address %s: %w", addr, ErrNotLoopback)
	}
	s.addr.Store(&addr)
	s.config.Logger.Info("listening", "address", addr)
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

// checkAddr refuses addresses that Serve would refuse, before anything listens.
// Names other than localhost are not resolved.
func checkAddr(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		if parse, ok := errors.AsType[*net.AddrError](err); ok {
			return errors.New(parse.Err + ", as in " + DefaultAddr)
		}
		return err
	}
	if host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.Unmap().IsLoopback() {
		return ErrNotLoopback
	}
	return nil
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
