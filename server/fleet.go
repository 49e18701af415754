package server

import (
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/server/audit"
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
	if err := s.recordReport(c, &report, s.config.Fleet.Add(report)); err != nil {
		s.config.Logger.Warn("counts of a report are not in the audit", "host", report.Host, "error", err)
	}
	c.out = append(c.out[:0], `{"status":"ok"}`...)
	ctx.Response.SetBodyRaw(c.out)
	return nil
}

// recordReport records what a machine has decided since its report before, which
// keeps the records of each decision itself.
func (s *Server) recordReport(c *conn, r *fleet.Report, since fleet.Counts) error {
	if s.config.Audit == nil {
		return nil
	}
	var all []audit.Report
	for o, v := range map[engine.Operation]fleet.Verdicts{engine.Set: since.Set, engine.Change: since.Change, engine.UnknownOperation: since.Unknown} {
		would := min(v.Would, v.Accepted)
		for _, n := range [...]audit.Report{
			{Decision: engine.Accept, Would: engine.Accept, Count: v.Accepted - would},
			{Decision: engine.Reject, Would: engine.Reject, Count: v.Rejected},
			{Decision: engine.Accept, Would: engine.Reject, Count: would},
			{Decision: engine.Undecided, Would: engine.Undecided, Count: v.Undecided},
		} {
			if n.Count > 0 {
				n.Actor, n.Host, n.Site, n.Channel, n.Operation = s.actor(c), r.Host, r.Site, audit.Local, o
				all = append(all, n)
			}
		}
	}
	return s.config.Audit.Report(all)
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

// Report returns what this server has to tell of itself; host, site and bundle
// are left to the caller.
func (s *Server) Report() fleet.Report {
	r := fleet.Report{Version: s.config.Version, Mode: modeText(engine.Mode(s.mode.Load())), Uptime: int64(s.uptime().Seconds())}
	if loaded, e := s.loaded.Load(), s.engine.Load(); loaded != nil && e != nil {
		r.Snapshot, r.SnapshotAge = snapshotID(e), int64(time.Since(*loaded).Seconds())
	}
	if cause := s.unready(); cause != causeNone {
		r.Error = cause.Error()
	} else if s.outdated() {
		r.Error = "the latest lists cannot be used; the ones before hold"
	}
	r.Counts = fleet.Counts{Set: s.verdicts(engine.Set), Change: s.verdicts(engine.Change), Unknown: s.verdicts(engine.UnknownOperation)}
	if sum := r.Counts.Total(); sum.Accepted+sum.Rejected > 0 {
		var last int64
		for i := range s.counters.shards {
			last = max(last, s.counters.shards[i].last.Load())
		}
		ago := int64((s.uptime() - time.Duration(last)).Seconds())
		r.LastVerdict = &ago
	}
	return r
}

// modeText is the mode as sidecar.mode of the configuration has it.
func modeText(m engine.Mode) string {
	if m == engine.Off {
		return "disabled"
	}
	return m.String()
}

// verdicts sums the counters of an operation up.
func (s *Server) verdicts(o engine.Operation) (v fleet.Verdicts) {
	all := &s.counters
	for d := range decisions {
		for w := range decisions {
			for m := range modes {
				n := all.sum(func(s *shard) *atomic.Uint64 { return &s.checks[d][w][m][o] })
				switch {
				case engine.Decision(d) != engine.Accept:
					v.Rejected += n
				case engine.Decision(w) == engine.Reject:
					v.Would += n
					fallthrough
				default:
					v.Accepted += n
				}
			}
		}
	}
	v.Undecided = all.sum(func(s *shard) *atomic.Uint64 { return &s.unjudged[o] })
	return v
}
