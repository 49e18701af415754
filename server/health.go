package server

import (
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
)

// health answers 200 as long as the process lives.
func (s *Server) health(ctx *fasthttp.RequestCtx, c *conn) error {
	c.out = append(c.out[:0], `{"status":"ok"}`...)
	ctx.Response.SetBodyRaw(c.out)
	return nil
}

// ready answers 200 as long as the server can decide by a fresh snapshot.
func (s *Server) ready(ctx *fasthttp.RequestCtx, c *conn) error {
	if cause := s.unready(); cause != causeNone {
		s.ranges.Load().report(s.config.Logger)
		return cause
	}
	c.out = append(c.out[:0], `{"status":"ready","snapshot":`...)
	c.out = engine.AppendJSONString(c.out, snapshotID(s.engine.Load()))
	c.out = append(c.out, '}')
	ctx.Response.SetBodyRaw(c.out)
	return nil
}

// unready returns why the server is not ready, or causeNone.
func (s *Server) unready() cause {
	switch {
	case s.engine.Load() == nil:
		return causeNoLists
	case s.ranges.Load().failed() != nil:
		return causeIndex
	case s.config.Audit != nil && s.config.Audit.Refuses() && s.config.Audit.Failing():
		return causeAudit
	case s.stale():
		return causeStale
	}
	return causeNone
}

// stale reports whether the lists are too old: those of a bundle from when they were
// last found to be the newest, others from when they were loaded. Both are measured
// by the monotonic clock, so setting the time changes nothing.
func (s *Server) stale() bool {
	from := s.loaded.Load()
	if s.config.StaleAfter == 0 || from == nil {
		return false
	}
	if s.config.Followed != nil {
		from = new(s.config.Followed().Checked)
	}
	return time.Since(*from) > s.config.StaleAfter
}

// unfollowed reports whether the last look at the source of the bundle failed, or its
// newest bundle was refused.
func (s *Server) unfollowed() bool {
	return s.config.Followed != nil && s.config.Followed().Err != nil
}

// snapshotID returns the id of the snapshot that e was built from, "" for none.
func snapshotID(e *engine.Engine) string {
	if e == nil {
		return ""
	}
	return e.Snapshot()
}
