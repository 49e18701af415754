package server

import (
	"bytes"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/fleet"
)

// metric is a row of the table of metrics.
type metric uint8

const (
	metricChecks metric = iota
	metricDuration
	metricHits
	metricUndecided
	metricProblems
	metricInFlight
	metricConnections
	metricReady
	metricSwaps
	metricFailures
	metricFailing
	metricSnapshot
	metricLoaded
	metricAge
	metricEntries
	metricEngines
	metricBuilding
	metricAmended
	metricBuild
	metricVersion
	metricRefreshed
	metricUnfollowed
	metricLocal
	metricClosed
	metricRecords
	metricDropped
	metricQueue
	metricCapacity
	metricWriteErrors
	metricRotations
	metricBytes
	metricMachines
	metricLag
	metricDownloads
	metricDenied
	metricCertificate
	metricReloads
	metricCount
)

// metricTable is the one table of metrics; docs/OPERATING.md, the dashboard and
// the alerts are compared with it. No label has a value from a request.
var metricTable = [metricCount]struct {
	name, help string
	kind       prometheus.ValueType
	labels     []string
}{
	metricChecks: {"veto_checks_total", "Verdicts by decision, by what enforcing would decide, by mode and operation.", prometheus.CounterValue,
		[]string{"decision", "would", "mode", "operation"}},
	metricDuration:    {"veto_check_duration_seconds", "Time the engine took for a verdict.", prometheus.UntypedValue, nil},
	metricHits:        {"veto_rule_hits_total", "Reasons of verdicts by code; effect is refuse or audit.", prometheus.CounterValue, []string{"reason", "effect"}},
	metricUndecided:   {"veto_undecided_total", "Answers given for want of a verdict, by cause; undecided ones by the local endpoint.", prometheus.CounterValue, []string{"cause", "decision"}},
	metricProblems:    {"veto_problems_total", "Answers that are problems, by status.", prometheus.CounterValue, []string{"status"}},
	metricInFlight:    {"veto_requests_in_flight", "Requests being checked.", prometheus.GaugeValue, nil},
	metricConnections: {"veto_connections", "Open connections.", prometheus.GaugeValue, nil},
	metricReady:       {"veto_ready", "1 if the server can decide, as /readyz says.", prometheus.GaugeValue, nil},
	metricSwaps:       {"veto_snapshot_swaps_total", "Changes of the snapshot, the first included.", prometheus.CounterValue, nil},
	metricFailures:    {"veto_snapshot_failures_total", "New snapshots that could not be built, and reloads, looks at breached.folder and expiries that failed; the one before stayed in use.", prometheus.CounterValue, nil},
	metricFailing:     {"veto_snapshot_failing", "1 if the last of these failed: what is in force is older than what is asked for.", prometheus.GaugeValue, nil},
	metricSnapshot:    {"veto_snapshot_info", "1, labeled with the id of the snapshot.", prometheus.GaugeValue, []string{"id"}},
	metricLoaded:      {"veto_snapshot_loaded_timestamp_seconds", "When the snapshot was loaded.", prometheus.GaugeValue, nil},
	metricAge:         {"veto_snapshot_age_seconds", "How long ago the snapshot was loaded.", prometheus.GaugeValue, nil},
	metricEntries:     {"veto_list_entries", "Entries of a list of the snapshot; breach indexes have the kind sha1 or ntlm.", prometheus.GaugeValue, []string{"list", "kind"}},
	metricEngines:     {"veto_snapshot_builds_total", "Engines built for a snapshot; edits amend the one there is.", prometheus.CounterValue, nil},
	metricBuilding:    {"veto_snapshot_build_seconds", "How long the last engine took to build.", prometheus.GaugeValue, nil},
	metricAmended:     {"veto_snapshot_amended_terms", "Terms that came or went since the engine was built.", prometheus.GaugeValue, nil},
	metricBuild:       {"veto_build_info", "1, labeled with the versions of Veto and Go.", prometheus.GaugeValue, []string{"version", "go"}},
	metricVersion:     {"veto_bundle_version", "Version of the bundle in use; 0: none has arrived.", prometheus.GaugeValue, nil},
	metricRefreshed:   {"veto_bundle_refreshed_timestamp_seconds", "When the source was last found to have no better bundle than the one in use.", prometheus.GaugeValue, nil},
	metricUnfollowed:  {"veto_bundle_failing", "1 if the last look at the source of the bundle failed, or its newest bundle was refused; the last good one stays in use.", prometheus.GaugeValue, nil},
	metricLocal:       {"veto_local_connections", "Open connections of the local endpoint.", prometheus.GaugeValue, nil},
	metricClosed:      {"veto_local_closed_total", "Connections of the local endpoint that were closed early, by cause.", prometheus.CounterValue, []string{"cause"}},
	metricRecords:     {"veto_audit_records_total", "Audit records written to all outputs.", prometheus.CounterValue, nil},
	metricDropped:     {"veto_audit_dropped_total", "Audit records lost: queue, it was full; write, an output failed.", prometheus.CounterValue, []string{"cause"}},
	metricQueue:       {"veto_audit_queue_length", "Audit records that wait to be written.", prometheus.GaugeValue, nil},
	metricCapacity:    {"veto_audit_queue_capacity", "Audit records that may wait.", prometheus.GaugeValue, nil},
	metricWriteErrors: {"veto_audit_write_errors_total", "Failed writes of audit records by output.", prometheus.CounterValue, []string{"output"}},
	metricRotations:   {"veto_audit_rotations_total", "Audit files that were completed.", prometheus.CounterValue, nil},
	metricBytes:       {"veto_audit_bytes_total", "Bytes of audit records written.", prometheus.CounterValue, nil},
	metricMachines:    {"veto_fleet_machines", "Machines that report, by state: missing, silent, stopped, behind, failing or ok.", prometheus.GaugeValue, []string{"state"}},
	metricLag:         {"veto_fleet_lag_seconds", "For how long the worst machine that is neither silent nor stopped has had an older bundle.", prometheus.GaugeValue, nil},
	metricDownloads:   {"veto_bundle_downloads", "Files of the bundle on their way to machines.", prometheus.GaugeValue, nil},
	metricDenied:      {"veto_denied_total", "Requests refused for who asked or how much, by cause.", prometheus.CounterValue, []string{"cause"}},
	metricCertificate: {"veto_certificate_expiry_timestamp_seconds", "When the certificate of the server expires.", prometheus.GaugeValue, nil},
	metricReloads:     {"veto_access_reload_failures_total", "Files that could not be read again: tokens or certificate.", prometheus.CounterValue, []string{"file"}},
}

// undecidedNames are the causes of declared answers as metrics name them.
var undecidedNames = [causeCount]string{causeNoLists: "no_list", causeOverload: "overload", causeFault: "fault", causeIndex: "index", causeAudit: "audit"}

// deniedNames are the causes of veto_denied_total.
var deniedNames = [causeCount]string{
	causeNoCredential: "missing", causeCredential: "invalid", causeScope: "scope", causePolicy: "policy",
	causeRate: "rate", causeRefusals: "refusals", causeGuesses: "guesses", causeHost: "host",
}

// newRegistry returns the registry of a server's metrics, those of the Go
// runtime and of the process.
func newRegistry(s *Server) (*prometheus.Registry, error) {
	r := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{newCollector(s), collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// collector makes metrics of a server's counters when they are asked for.
type collector struct {
	server *Server
	descs  [metricCount]*prometheus.Desc
}

func newCollector(s *Server) *collector {
	c := &collector{server: s}
	for i, m := range metricTable {
		c.descs[i] = prometheus.NewDesc(m.name, m.help, m.labels, nil)
	}
	return c
}

// Describe sends the descriptions of all metrics.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		out <- d
	}
}

// Collect sends the values of all metrics.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	g := &gathering{c, out}
	s := c.server
	g.checks()
	g.durations()
	g.problems()
	g.add(metricInFlight, float64(s.inFlight.Load()))
	g.add(metricConnections, float64(s.open.Load()))
	g.add(metricReady, truth(s.unready() == causeNone))
	g.add(metricSwaps, float64(s.swaps.Load()))
	g.add(metricBuild, 1, s.config.Version, runtime.Version())
	g.snapshot()
	g.live()
	g.followed()
	g.local()
	g.audit()
	g.access()
	g.fleet()
	g.add(metricDownloads, float64(s.pulls.Load()))
}

// gathering is one collection.
type gathering struct {
	*collector
	out chan<- prometheus.Metric
}

func (g *gathering) add(m metric, value float64, labels ...string) {
	sample, err := prometheus.NewConstMetric(g.descs[m], metricTable[m].kind, value, labels...)
	if err != nil {
		sample = prometheus.NewInvalidMetric(g.descs[m], err)
	}
	g.out <- sample
}

// checks adds what occurred, and of what did not the ordinary cases, so that
// rates begin at zero.
func (g *gathering) checks() {
	all := &g.server.counters
	for d := range decisions {
		for w := range decisions {
			for m := range modes {
				for o := range operations {
					n := all.sum(func(s *shard) *atomic.Uint64 { return &s.checks[d][w][m][o] })
					if n > 0 || d == w && d > 0 && m == int(engine.Enforce) {
						g.add(metricChecks, float64(n), engine.Decision(d).String(), engine.Decision(w).String(), engine.Mode(m).String(), operationLabel(engine.Operation(o)))
					}
				}
			}
		}
	}
	for effect, name := range [2]string{"refuse", "audit"} {
		for r := range engine.AllReasons() {
			g.add(metricHits, float64(all.sum(func(s *shard) *atomic.Uint64 { return &s.hits[effect][r] })), r.Code(), name)
		}
	}
}

// operationLabel is the operation, "unknown" if the request had none.
func operationLabel(o engine.Operation) string {
	if o == engine.UnknownOperation {
		return "unknown"
	}
	return o.String()
}

func (g *gathering) durations() {
	all := &g.server.counters
	bounds := make(map[float64]uint64, buckets)
	var count uint64
	for i := range buckets {
		count += all.sum(func(s *shard) *atomic.Uint64 { return &s.durations[i] })
		if i < buckets-1 {
			bounds[bucketBound(i).Seconds()] = count
		}
	}
	sum := time.Duration(all.sum(func(s *shard) *atomic.Uint64 { return &s.nanos })).Seconds()
	sample, err := prometheus.NewConstHistogram(g.descs[metricDuration], count, sum, bounds)
	if err != nil {
		sample = prometheus.NewInvalidMetric(g.descs[metricDuration], err)
	}
	g.out <- sample
}

func (g *gathering) problems() {
	all := &g.server.counters
	byStatus := map[int]uint64{}
	for c := causeNone + 1; c < causeCount; c++ {
		n := all.sum(func(s *shard) *atomic.Uint64 { return &s.problems[c] })
		byStatus[causes[c].status] += n
		if deniedNames[c] != "" {
			g.add(metricDenied, float64(n), deniedNames[c])
		}
		if !causes[c].undecided {
			continue
		}
		for d := range engine.Decision(decisions) {
			n := all.sum(func(s *shard) *atomic.Uint64 { return &s.undecided[c][d] })
			if n > 0 || d != engine.Undecided { // which only the local endpoint answers
				g.add(metricUndecided, float64(n), undecidedNames[c], d.String())
			}
		}
	}
	for status, n := range byStatus {
		g.add(metricProblems, float64(n), strconv.Itoa(status))
	}
}

// snapshot adds what there is to say about the snapshot in use, if any.
func (g *gathering) snapshot() {
	e, loaded := g.server.engine.Load(), g.server.loaded.Load()
	if e == nil || loaded == nil {
		return
	}
	g.add(metricSnapshot, 1, snapshotID(e))
	g.add(metricLoaded, float64(loaded.UnixMilli())/1000)
	g.add(metricAge, time.Since(*loaded).Seconds())
	if r := g.server.ranges.Load(); r != nil {
		for _, l := range r.snapshot.Lists {
			g.add(metricEntries, float64(l.Entries), l.Name, l.Kind)
		}
	}
}

// local adds what the local endpoint counts, if there is one.
func (g *gathering) local() {
	counters := g.server.config.Local
	if counters == nil {
		return
	}
	g.add(metricLocal, float64(counters.Open()))
	for event, n := range counters.Events() {
		g.add(metricClosed, float64(n), event.String())
	}
}

// live adds how the snapshot is kept.
func (g *gathering) live() {
	failures := g.server.failures.Load()
	if l := g.server.live.Load(); l != nil {
		s := l.State()
		failures += s.Failures
		g.add(metricEngines, float64(s.Builds))
		g.add(metricBuilding, s.Took.Seconds())
		g.add(metricAmended, float64(s.Amended))
	}
	g.add(metricFailures, float64(failures))
	g.add(metricFailing, truth(g.server.outdated()))
}

// followed adds how the bundle is that the lists are of, if there is one.
func (g *gathering) followed() {
	if g.server.config.Followed == nil {
		return
	}
	status := g.server.config.Followed()
	g.add(metricVersion, float64(status.Version))
	g.add(metricUnfollowed, truth(status.Err != nil))
	if !status.Checked.IsZero() {
		g.add(metricRefreshed, float64(status.Checked.UnixMilli())/1000)
	}
}

// audit adds what the audit log counts, if there is one.
func (g *gathering) audit() {
	log := g.server.config.Audit
	if log == nil {
		return
	}
	n := log.Counts()
	g.add(metricRecords, float64(n.Records))
	g.add(metricDropped, float64(n.DroppedQueue), "queue")
	g.add(metricDropped, float64(n.DroppedWrite), "write")
	g.add(metricQueue, float64(n.Waiting))
	g.add(metricCapacity, float64(n.Capacity))
	for output, errors := range n.Errors {
		g.add(metricWriteErrors, float64(errors), output)
	}
	g.add(metricRotations, float64(n.Rotations))
	g.add(metricBytes, float64(n.Bytes))
}

// fleet adds how the machines are that report, if reports are kept.
func (g *gathering) fleet() {
	if g.server.config.Fleet == nil {
		return
	}
	v := g.server.fleet()
	for state, n := range v.States {
		g.add(metricMachines, float64(n), string(state))
	}
	lag := int64(0)
	for _, m := range v.Machines {
		if m.State != fleet.Silent && m.State != fleet.Stopped {
			lag = max(lag, m.Lag)
		}
	}
	g.add(metricLag, float64(lag))
}

// access adds what there is to say about the files of tokens and of TLS, if there
// are any.
func (g *gathering) access() {
	if guard := g.server.config.Access; guard != nil {
		g.add(metricReloads, float64(guard.Failures()), "tokens")
	}
	if c := g.server.config.Certificate; c != nil {
		g.add(metricReloads, float64(c.Failures()), "certificate")
		g.add(metricCertificate, float64(c.Expires().Unix()))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

var typeMetrics = []byte(expfmt.NewFormat(expfmt.TypeTextPlain))

// metrics answers GET /metrics in the text format of Prometheus.
func (s *Server) metrics(ctx *fasthttp.RequestCtx, c *conn) error {
	if s.config.NoMetrics {
		return causeNotFound
	}
	text, err := s.appendMetrics(nil)
	if err != nil {
		return err
	}
	ctx.Response.Header.SetContentTypeBytes(typeMetrics)
	ctx.Response.SetBodyRaw(text)
	return nil
}

// appendMetrics appends all metrics in the text format.
func (s *Server) appendMetrics(dst []byte) ([]byte, error) {
	families, err := s.registry.Gather()
	if err != nil {
		return dst, err
	}
	text := bytes.NewBuffer(dst)
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(text, f); err != nil {
			return dst, err
		}
	}
	return text.Bytes(), nil
}
