package server

import (
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/audit"
)

// Caller asks a Server for verdicts without HTTP, as each connection of the
// local endpoint does. They are counted and recorded like those over HTTP. A
// Caller is for one goroutine.
type Caller struct {
	server *Server
	conn   conn
}

// Caller returns a new Caller.
func (s *Server) Caller() *Caller {
	return &Caller{server: s, conn: conn{channel: audit.Local, shard: uint32(s.sequence.Add(1))}}
}

// SetMode sets the mode of all Callers, which holds beside those of policies:
// Enforce, from the start, leaves everything to them, Audit accepts what they
// refuse, and Off accepts without judging.
func (s *Server) SetMode(m engine.Mode) { s.mode.Store(uint32(m)) }

// Judge returns the verdict, undecided if there is none: no declared answer
// takes its place, except that Audit, which never refuses, accepts. An empty
// password is refused in every mode, as it tells of a caller that lost it. Judge keeps
// nothing of the password and of the subject.
func (c *Caller) Judge(password []byte, subject engine.Subject) (v engine.Verdict) {
	s, r := c.server, &c.conn.request
	if s.config.Audit != nil { // which alone tells it
		s.nextID(&c.conn)
	}
	r.password, r.subject = password, subject
	defer r.reset()
	mode := engine.Mode(s.mode.Load())
	v, err := c.judge(mode)
	if err == nil {
		return v
	}
	v = engine.Verdict{Mode: mode, Reasons: engine.Reasons(0).With(engine.Unavailable)}
	if mode == engine.Audit {
		v.Decision = engine.Accept
	}
	s.recordUndecided(&c.conn, causeOf(err), subject.Operation, v.Decision)
	return v
}

// judge makes a verdict, and counts and records it. A fault in one check must not
// end all others.
func (c *Caller) judge(mode engine.Mode) (v engine.Verdict, err error) {
	s, r := c.server, &c.conn.request
	defer func() {
		if value := recover(); value != nil {
			s.logPanic(value)
			err = causeFault
		}
	}()
	c.conn.found = nil
	start := s.uptime()
	switch {
	case len(r.password) == 0:
		v = engine.Verdict{Decision: engine.Reject, Would: engine.Reject, Reasons: engine.Reasons(0).With(engine.TooShort)}
	case mode == engine.Off:
		v = engine.Verdict{Decision: engine.Accept, Would: engine.Accept, Mode: engine.Off}
	default:
		e, err := s.admit()
		if err != nil {
			return v, err
		}
		defer s.inFlight.Add(-1)
		v = s.judge(e, &c.conn)
		if mode == engine.Audit && v.Decision == engine.Reject {
			v.Decision, v.Mode = engine.Accept, engine.Audit
		}
	}
	err = s.conclude(&c.conn, &v, start)
	return v, err
}
