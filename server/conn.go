package server

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/messages"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
)

// listener counts the connections, turns away those above the limit, and
// survives a passing lack of file descriptors.
type listener struct {
	net.Listener
	server   *Server
	once     sync.Once
	accepted uint32 // connections
}

// Accept returns the next connection, a *conn.
func (l *listener) Accept() (net.Conn, error) {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			var errno syscall.Errno
			if errors.As(err, &errno) && errno.Temporary() {
				l.server.config.Logger.Warn("no connection accepted", "error", errno.Error())
				time.Sleep(100 * time.Millisecond)
				continue
			}
			return nil, err
		}
		if l.server.open.Add(1) > int64(l.server.limits.connections) {
			l.server.open.Add(-1)
			counters := &l.server.counters.shards[0]
			counters.problems[causeOverload].Add(1)
			counters.undecided[causeOverload][l.server.declared(causeOverload, engine.UnknownOperation)].Add(1)
			if l.server.config.Certificate == nil { // else there is nobody yet to answer
				nc.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
				nc.Write(l.server.busy)
			}
			nc.Close()
			continue
		}
		l.accepted++
		c := &conn{Conn: nc, open: &l.server.open, owners: &l.server.owners, shard: l.accepted,
			slack: min(l.server.limits.read, l.server.limits.write) / slackOf}
		if certificate := l.server.config.Certificate; certificate != nil {
			nc.SetDeadline(time.Now().Add(l.server.limits.read)) // of the handshake, which the first Read begins
			c.secureBy(nc, certificate.Config())
		}
		return c, nil
	}
}

// Close closes the listener; further calls do nothing.
func (l *listener) Close() (err error) {
	l.once.Do(func() { err = l.Listener.Close() })
	return err
}

// conn is a client's connection, with the memory its requests need. fasthttp
// serves a connection from one goroutine; only Close may come from another.
type conn struct {
	net.Conn
	open    *atomic.Int64
	owners  *owners
	closed  atomic.Bool
	linger  time.Duration // how long what is still sent is dropped before it closes
	buffer  []byte        // fasthttp's read buffer, once it has been seen
	shard   uint32        // which counters it counts in
	secure  *tls.Conn     // nil without TLS
	sealed  *sealed       // below secure
	peer    access.Peer
	greeted bool // peer is known
	reading deadline
	writing deadline
	slack   time.Duration // by which deadlines may be early
	used    int           // bytes of buffer that may hold a client's data
	request request
	lists   [audit.MaxLists + 1]string
	found   []string // the lists that the verdict rests on, within lists
	// reserved is the room that the audit keeps for records of this request.
	reserved int
	// credential is who asks, since dispatch; never nil in a handler.
	credential *access.Credential
	channel    audit.Channel // on which it asks for verdicts
	name       string        // what stands for {name} in the path of the request
	// language is what the verdicts of the request are in, nil if it asks for none.
	language *messages.Language
	out      []byte // the answer
	id       [idBytes]byte
	padding  rand.ChaCha8 // of a range
}

// secureBy makes the connection one over TLS.
func (c *conn) secureBy(below net.Conn, config *tls.Config) {
	c.sealed = &sealed{Conn: below}
	c.secure = tls.Server(c.sealed, config)
	c.Conn = c.secure
}

// connOf returns the connection of ctx; all come from listener.
func connOf(ctx *fasthttp.RequestCtx) *conn { return ctx.Conn().(*conn) }

// Read reads into p, wiping what earlier requests left behind. fasthttp's reader
// (bufio) calls it with the free end of its buffer, after moving what it still
// needs to the front; or, for large bodies, with the body, when the buffer is
// used up. The first call shows the whole buffer.
func (c *conn) Read(p []byte) (int, error) {
	if c.buffer == nil && len(p) > 0 {
		c.buffer = p
		c.used = len(p) // by the reader's connection before this one
		c.owners.claim(c)
	}
	kept := 0 // bytes of the buffer still needed
	inside := len(p) > 0 && len(p) <= len(c.buffer) && &p[len(p)-1] == &c.buffer[len(c.buffer)-1]
	if inside {
		kept = len(c.buffer) - len(p)
	}
	if kept < c.used {
		clear(c.buffer[kept:c.used])
	}
	c.used = kept
	if c.reading.due(c.slack) {
		if err := c.Conn.SetReadDeadline(c.reading.set); err != nil {
			return 0, err
		}
	}
	n, err := c.Conn.Read(p)
	if inside {
		c.used += n
	}
	return n, err
}

// owners knows which connection uses a read buffer. fasthttp returns the reader
// of a connection to a pool before it closes the connection, so by then the
// buffer may have a new owner.
type owners struct {
	mu     sync.Mutex
	buffer map[*byte]*conn
}

// claim makes c, that sees its buffer for the first time, the owner.
func (o *owners) claim(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.buffer == nil {
		o.buffer = map[*byte]*conn{}
	}
	o.buffer[&c.buffer[0]] = c
}

// retire wipes the buffer of c, that is done, unless it has a new owner, who
// has wiped it.
func (o *owners) retire(c *conn) {
	if c.buffer == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if key := &c.buffer[0]; o.buffer[key] == c {
		delete(o.buffer, key)
		clear(c.buffer[:c.used])
	}
}

// follow is called by fasthttp when a connection changes its state; after it has
// closed, from the goroutine that served it.
func follow(nc net.Conn, state fasthttp.ConnState) {
	if c, ok := nc.(*conn); ok && state == fasthttp.StateClosed {
		c.wipe()
	}
}

// wipe wipes what requests were read to. Only the goroutine that serves c may call it.
func (c *conn) wipe() {
	c.owners.retire(c)
	if c.sealed != nil {
		c.sealed.wipe()
	}
}

// Close closes the connection; only the first call counts it.
func (c *conn) Close() error {
	if c.closed.CompareAndSwap(false, true) {
		defer c.open.Add(-1)
		until := time.Now().Add(max(c.linger, parting))
		if c.sealed != nil {
			c.sealed.end(until)
		}
		if c.linger > 0 { // as long as the client likes: nothing may be left meanwhile
			c.wipe()
			c.drain(until)
		}
	}
	return c.Conn.Close()
}

// parting is how long the end of TLS may take to be told where nothing lingers.
const parting = 100 * time.Millisecond

// maxDrained bounds what is dropped of a request before its connection closes.
const maxDrained = 2 << 20

// drain ends the server's half of the connection and, until then, drops what the
// client still sends: to close with that unread is a reset, for which the client's
// system throws the answer away (RFC 9112, section 9.6).
func (c *conn) drain(until time.Time) {
	below := c.Conn
	if c.secure != nil {
		c.secure.CloseWrite()
		below = c.sealed.Conn
	}
	half, ok := below.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	below.SetReadDeadline(until)
	dropped := make([]byte, 16<<10) // may hold passwords
	for left := maxDrained; left > 0; {
		n, err := below.Read(dropped)
		clear(dropped[:n])
		if left -= n; err != nil {
			return
		}
	}
}
