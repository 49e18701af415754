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

// unready returns why the server is not ready, or causeNone. Age is measured by
// the monotonic clock, so setting the time changes nothing.
func (s *Server) unready() cause {
	loaded := s.loaded.Load()
	switch {
	case s.engine.Load() == nil:
		return causeNoLists
	case s.ranges.Load().failed() != nil:
		return causeIndex
	case s.config.Audit != nil && s.config.Audit.Refuses() && s.config.Audit.Failing():
		return causeAudit
	case s.config.StaleAfter > 0 && loaded != nil && time.Since(*loaded) > s.config.StaleAfter:
		return causeStale
	}
	return causeNone
}

// snapshotID returns the id of the snapshot that e was built from, "" for none.
func snapshotID(e *engine.Engine) string {
	if e == nil {
		return ""
	}
	return e.Snapshot()
}
