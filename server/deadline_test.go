package server_test

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"pgregory.net/rapid"
)

// TestDeadlines sends many requests over one connection: deadlines are set when they
// have moved, not for each.
func TestDeadlines(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := server.DefaultLimits()
	l.Read, l.Write, l.Idle = time.Hour, time.Hour, 2*time.Hour
	counted := &countedListener{Listener: ln}
	s := startOn(t, server.Config{}, l, newEngine(t, "s"), counted)
	c := s.dial(t)
	for range 50 {
		if a := c.send("POST", "/v1/check", probeBody); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	// Of reads: that of the first request and that of idling; of writes: one.
	if reads, writes := counted.reads.Load(), counted.writes.Load(); reads != 2 || writes != 1 {
		t.Errorf("deadlines set %d times for reads and %d times for writes", reads, writes)
	}
}

// TestDeadlineHolds: whatever is wanted in turn, what is set is never later, and
// earlier by at most the slack.
func TestDeadlineHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slack := time.Duration(rapid.IntRange(0, 100).Draw(t, "slack"))
		var d server.Deadline
		for i, n := range rapid.SliceOf(rapid.IntRange(0, 500)).Draw(t, "wanted") {
			var wanted time.Time
			if n > 0 {
				wanted = time.Unix(1, int64(n+i))
			}
			set, ok := d.Set(wanted, slack)
			switch {
			case set.IsZero() != wanted.IsZero(), set.After(wanted), wanted.Sub(set) > slack:
				t.Fatalf("%v wanted, %v set, slack %v", wanted, set, slack)
			case wanted.IsZero() && i == 0 && ok:
				t.Fatal("no deadline is set on a connection without one")
			}
		}
	})
}

// countedListener counts the deadlines set on its connections.
type countedListener struct {
	net.Listener
	reads, writes atomic.Int64
}

func (l *countedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &countedConn{c, l}, err
}

type countedConn struct {
	net.Conn
	listener *countedListener
}

func (c *countedConn) SetReadDeadline(t time.Time) error {
	c.listener.reads.Add(1)
	return c.Conn.SetReadDeadline(t)
}

func (c *countedConn) SetWriteDeadline(t time.Time) error {
	c.listener.writes.Add(1)
	return c.Conn.SetWriteDeadline(t)
}
