package server

import (
	"encoding/json"
	"errors"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/server/fleet"
)

// fleetReport answers POST /v1/fleet/report.
func (s *Server) fleetReport(ctx *fasthttp.RequestCtx, c *conn) error {
	if s.config.Fleet == nil {
		return causeNoFleet
	}
	report, err := fleet.ParseReport(ctx.Request.Body())
	if field, ok := errors.AsType[*fleet.FieldError](err); ok {
		return &bodyError{field: field.Field, detail: field.Detail}
	}
	if err != nil {
		return err
	}
	s.config.Fleet.Add(report)
	c.out = append(c.out[:0], `{"status":"ok"}`...)
	ctx.Response.SetBodyRaw(c.out)
	return nil
}

// fleetView answers GET /v1/fleet.
func (s *Server) fleetView(ctx *fasthttp.RequestCtx, _ *conn) error {
	if s.config.Fleet == nil {
		return causeNoFleet
	}
	text, err := json.Marshal(s.fleet())
	ctx.Response.SetBodyRaw(text)
	return err
}

// fleet returns how the machines are, measured by the bundle that is served. Its
// signature is the machines' affair; the server has no keys.
func (s *Server) fleet() fleet.View {
	if s.config.Bundle != "" {
		if signed, err := bundle.ReadManifest(s.config.Bundle); err == nil {
			if m, err := bundle.PeekManifest(signed); err == nil {
				s.config.Fleet.Published(m.Version)
			}
		}
	}
	return s.config.Fleet.View()
}
