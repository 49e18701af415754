package local

import (
	"net"
	"time"
	"unsafe"

	"github.com/vetopw/veto/engine"
)

// frameRoom is the size of frames that a connection has memory for from its
// start. Larger ones get memory for the time they take.
const frameRoom = 2 << 10

// unavailable is the code of a reply that the server cannot decide.
const unavailable = engine.Reasons(1 << engine.Unavailable)

// conn is a client's connection.
type conn struct {
	net.Conn
	server *Server
	judge  Judge
	// own is the memory of frames up to frameRoom, memory the one in use. The
	// last two thirds hold what has been received, the first third is free, so
	// that UTF-16 becomes UTF-8 in place.
	own, memory []byte
	next, have  int // of the bytes received: those answered, and all
	converted   int // bytes of memory that hold UTF-8
	request     Request
	names       [1]string
	reply       []byte
	beat        uint32 // at which the deadline was set; 0: another one is set
}

func newConn(nc net.Conn, s *Server) *conn {
	c := &conn{Conn: nc, server: s, judge: s.config.Judge(), own: memoryFor(frameRoom), reply: make([]byte, 0, replyHead+MaxCodes/4)}
	c.memory = c.own
	return c
}

// memoryFor returns memory for frames up to size bytes.
func memoryFor(size int) []byte { return make([]byte, size+(size+1)/2) }

// received returns the part of the memory for what is received.
func (c *conn) received() []byte { return c.memory[len(c.memory)/3:] }

// serve answers requests until there are no more. bad tells that the connection
// ended early, by the event.
func (c *conn) serve() (e Event, bad bool) {
	defer func() { clear(c.memory) }()
	for {
		c.extend()
		if c.server.draining.Load() { // seen here, or its deadline interrupts receive
			return 0, false
		}
		size, err := c.receive()
		if err != nil {
			return Malformed, true
		}
		if size == 0 {
			return Incomplete, c.have > c.next && !c.server.draining.Load()
		}
		c.answer()
		c.forget(size)
		if _, err := c.Write(c.reply); err != nil {
			return 0, false
		}
	}
}

// extend gives the connection time for a next request: the idle time less a beat,
// so that most requests need neither a new deadline nor a clock.
func (c *conn) extend() {
	if beat := c.server.beat.Load(); beat != c.beat {
		c.beat = beat
		c.SetDeadline(time.Now().Add(c.server.limits.idle))
	}
}

// receive receives a request and returns its size, or 0 when there is none. The
// error is about a malformed one.
func (c *conn) receive() (size int, err error) {
	for begun := false; ; {
		size, whole, err := parseRequest(c.received()[c.next:c.have], &c.request)
		if whole || err != nil {
			return size, err
		}
		if room := len(c.received()) - c.next; size > room || room < requestHead {
			c.makeRoom(size)
		}
		if c.have > c.next && !begun {
			begun = true
			c.beat = 0 // what is set now is not for the next request
			c.SetReadDeadline(time.Now().Add(c.server.limits.read))
			if c.server.draining.Load() {
				return 0, nil
			}
		}
		n, failed := c.Read(c.received()[c.have:])
		c.have += n
		if n == 0 && failed != nil {
			return 0, nil
		}
	}
}

// makeRoom moves what is not answered to the front, in more memory if the frame
// needs it. It is not done before it must be: each copy may leave a trace in
// registers, which the system may save anywhere.
func (c *conn) makeRoom(size int) {
	in, memory := c.received(), c.memory
	if size > len(in) {
		memory = memoryFor(size)
	}
	left := copy(memory[len(memory)/3:], in[c.next:c.have])
	if size > len(in) {
		clear(in)
	} else {
		clear(in[left:c.have])
	}
	c.memory, c.next, c.have = memory, 0, left
}

// answer judges the request and makes the reply.
func (c *conn) answer() {
	r := &c.request
	if r.Encoding == UTF16 {
		c.convert()
	}
	subject := engine.Subject{Account: text(r.Account), Operation: r.Operation}
	if len(r.Name) > 0 {
		c.names[0] = text(r.Name)
		subject.Names = c.names[:]
	}
	v := c.judge.Judge(r.Password, subject)
	c.reply = appendReply(c.reply[:0], v.Decision, causes(&v))
}

// convert makes the texts of the request UTF-8, from the front of the memory on.
// They stand in the order of the frame, so nothing unread is written to.
func (c *conn) convert() {
	r, used := &c.request, 0
	for _, t := range [...]*[]byte{&r.Account, &r.Name, &r.Password} {
		out := appendUTF8(c.memory[used:used], *t)
		used += len(out)
		*t = out
	}
	c.converted = used
}

// text returns b as a string that is valid until the request is forgotten.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// causes returns the reasons of a refusal, without those that refuse nothing,
// or all that enforcing would refuse for.
func causes(v *engine.Verdict) engine.Reasons {
	switch v.Decision {
	case engine.Reject:
		return v.Reasons &^ v.Audited
	case engine.Accept:
		return v.Reasons
	}
	return unavailable
}

// forget wipes the request. What has been received behind it stays.
func (c *conn) forget(size int) {
	c.request, c.names[0] = Request{}, ""
	clear(c.memory[:c.converted])
	clear(c.received()[c.next : c.next+size])
	c.next, c.converted = c.next+size, 0
	if c.next == c.have {
		c.memory, c.next, c.have = c.own, 0, 0
	}
}
