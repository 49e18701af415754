package local

import (
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

// ServeConn answers on nc alone, and returns the memory that requests were in and
// how the connection ended.
func ServeConn(s *Server, nc net.Conn) (memory []byte, e Event, bad bool) {
	c := newConn(nc, s)
	e, bad = c.serve()
	return append(c.own, c.memory...), e, bad
}

// FrameRoom is the size of frames that need no further memory.
const FrameRoom = frameRoom
