package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/vetopw/veto/engine"
)

// MaxConnections is the number of connections that a Server holds open. One
// more gets the reply that the server cannot decide, and is closed.
const MaxConnections = 1024

// Times of a connection; docs/API.md has them.
const (
	idleTime  = 30 * time.Second       // between requests, and for a reply
	readTime  = 2 * time.Second        // for a request, from its first bytes
	writeTime = 2 * time.Second        // for the reply to a connection too many
	graceTime = 5 * time.Second        // for the last replies when stopping
	pauseTime = 100 * time.Millisecond // when the system has no room for a connection
)

// beats is how many there are in the idle time.
const beats = 4

// Judge decides for one connection, from one goroutine. It keeps neither the
// password nor any text of the subject. An undecided verdict means that it
// cannot decide.
type Judge interface {
	Judge(password []byte, subject engine.Subject) engine.Verdict
}

// Config is what a Server is built from.
type Config struct {
	// Judge returns the Judge of a new connection.
	Judge func() Judge
	// Access says who may ask, beside root and the user of this process.
	Access Access
	// Counters are counted in; nil means in some of its own.
	Counters *Counters
	// Logger receives starts, stops and how often connections were closed early,
	// nothing of requests or their senders; nil means none.
	Logger *slog.Logger
}

// Server answers requests on a listener.
type Server struct {
	config   Config
	limits   limits
	draining atomic.Bool
	beat     atomic.Uint32 // rises beats times in the idle time, from 1
	mu       sync.Mutex
	conns    map[*conn]struct{}
	serving  sync.WaitGroup
}

// limits are what tests set lower.
type limits struct {
	connections       int64
	idle, read, grace time.Duration
}

// New returns a Server.
func New(c Config) *Server {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Counters == nil {
		c.Counters = new(Counters)
	}
	s := &Server{config: c, limits: limits{MaxConnections, idleTime, readTime, graceTime}, conns: map[*conn]struct{}{}}
	s.beat.Store(1)
	return s
}

// Serve answers requests until ctx ends, then lets those that have arrived get
// their replies and returns nil, or an error if they take too long. It closes ln,
// which Listen returned. Serve is called once.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	addr := ln.Addr().String()
	s.config.Logger.Info("local endpoint listening", "address", addr)
	stop := context.AfterFunc(ctx, func() {
		s.draining.Store(true)
		ln.Close()
	})
	defer stop()
	beating, rest := context.WithCancel(ctx)
	defer rest()
	go s.pulse(beating)
	err := s.accept(ln)
	ln.Close()
	if err := s.drain(); err != nil {
		return fmt.Errorf("local endpoint %s: %w", addr, err)
	}
	if ctx.Err() == nil {
		return fmt.Errorf("local endpoint %s: accept: %w", addr, err)
	}
	s.config.Logger.Info("local endpoint stopped", "address", addr)
	return nil
}

// pulse beats until ctx ends.
func (s *Server) pulse(ctx context.Context) {
	t := time.NewTicker(s.limits.idle / beats)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			s.beat.Add(1)
		}
	}
}

// accept serves connections until the listener fails.
func (s *Server) accept(ln net.Listener) error {
	for {
		nc, err := ln.Accept()
		if err != nil {
			var errno syscall.Errno
			if !s.draining.Load() && errors.As(err, &errno) && errno.Temporary() {
				s.config.Logger.Warn("no connection accepted", "error", errno.Error())
				time.Sleep(pauseTime)
				continue
			}
			return err
		}
		s.serving.Go(func() { s.serve(nc) })
	}
}

// serve answers the requests of a connection.
func (s *Server) serve(nc net.Conn) {
	defer nc.Close()
	counters := s.config.Counters
	defer counters.open.Add(-1)
	if counters.open.Add(1) > s.limits.connections {
		s.note(Busy)
		nc.SetWriteDeadline(time.Now().Add(writeTime))
		nc.Write(appendReply(nil, engine.Undecided, unavailable))
		return
	}
	if err := checkPeer(nc, s.config.Access); err != nil {
		s.note(Foreign)
		return
	}
	c := newConn(nc, s)
	s.mu.Lock()
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	if e, bad := c.serve(); bad {
		s.note(e)
	}
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}

// note counts an event and logs it the first time, the second, the fourth ...,
// so that nobody can fill the log.
func (s *Server) note(e Event) {
	if n := s.config.Counters.events[e].Add(1); bits.OnesCount64(n) == 1 {
		s.config.Logger.Warn(eventTable[e].text, "times", n)
	}
}

// drain ends connections that wait for a request, and waits for the others.
func (s *Server) drain() error {
	s.draining.Store(true)
	s.mu.Lock()
	for c := range s.conns {
		c.SetReadDeadline(time.Unix(1, 0))
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.serving.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-time.After(s.limits.grace):
		return fmt.Errorf("replies still in progress after %v", s.limits.grace)
	}
}
