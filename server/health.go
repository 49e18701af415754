package server

import (
	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
)

// health answers 200 as long as the process lives.
func (s *Server) health(ctx *fasthttp.RequestCtx, c *conn) error {
	c.out = append(c.out[:0], `{"status":"ok"}`...)
	ctx.Response.SetBodyRaw(c.out)
	return nil
}

// ready answers 200 as long as the server can decide.
func (s *Server) ready(ctx *fasthttp.RequestCtx, c *conn) error {
	e := s.engine.Load()
	if e == nil {
		return causeNoLists
	}
	if s.ranges.Load().failed() != nil {
		return causeIndex
	}
	c.out = append(c.out[:0], `{"status":"ready","snapshot":`...)
	c.out = engine.AppendJSONString(c.out, e.Check(nil, engine.Subject{}).Snapshot)
	c.out = append(c.out, '}')
	ctx.Response.SetBodyRaw(c.out)
	return nil
}
