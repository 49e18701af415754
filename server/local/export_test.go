package local

import (
	"bytes"
	"net"
	"time"

	"github.com/vetopw/veto/engine"
)

// ParseRequest opens parseRequest to the tests.
func ParseRequest(b []byte) (r Request, size int, whole bool, err error) {
	size, whole, err = parseRequest(b, &r)
	return r, size, whole, err
}

// AppendReply opens appendReply to the tests.
func AppendReply(dst []byte, d engine.Decision, reasons engine.Reasons) []byte {
	return appendReply(dst, d, reasons)
}

// AppendUTF8 opens appendUTF8 to the tests.
func AppendUTF8(dst, src []byte) []byte { return appendUTF8(dst, src) }

// SetLimits sets what tests wait for.
func (s *Server) SetLimits(connections int64, idle, read time.Duration) {
	s.limits = limits{connections, idle, read, time.Second}
}

// Conn opens conn to the tests.
type Conn struct{ c *conn }

// NewConn returns the state of a connection.
func NewConn(s *Server, nc net.Conn) Conn { return Conn{newConn(nc, s)} }

// Serve answers until the connection ends, and tells how it did.
func (c Conn) Serve() (e Event, bad bool) { return c.c.serve() }

// Wiped reports whether all memory is that holds nothing unanswered.
func (c Conn) Wiped() bool {
	in := c.c.received()
	room := c.c.memory[:len(c.c.memory)-len(in)]
	for _, part := range [][]byte{room, in[:c.c.next], in[c.c.have:]} {
		if len(bytes.Trim(part, "\x00")) > 0 {
			return false
		}
	}
	return &c.c.own[0] == &c.c.memory[0] || len(bytes.Trim(c.c.own, "\x00")) == 0
}

// Forgotten reports whether no memory holds anything.
func (c Conn) Forgotten() bool {
	return len(bytes.Trim(c.c.memory, "\x00"))+len(bytes.Trim(c.c.own, "\x00")) == 0
}

// Buffer returns what frames are made in.
func (c *Client) Buffer() []byte { return c.buffer[:cap(c.buffer)] }

// FrameRoom is the size of frames that need no further memory.
const FrameRoom = frameRoom
