package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

const (
	checkPath = "/v1/check"
	batchPath = "/v1/check:batch"
	batchSize = 1000 // passwords in a batch
)

// Targets: least requests per second, and most server time and p99, beside the
// empty handler; most time per password of a batch beside a single request.
const (
	targetRate    = 0.9
	targetAudited = 0.8 // with token, audit and metrics
	mostP99       = 1.5
	mostCPU       = 1.2
	targetBatch   = 1.0 / 8
)

// scrapeEvery is how often the metrics are asked for, where they are.
const scrapeEvery = time.Second

// figures are one measurement of one server.
type figures struct {
	perSecond float64
	p50, p99  float64 // microseconds
	cpu       float64 // microseconds of the server's processors per request
}

func runHTTP(args []string, stdout, stderr io.Writer) error {
	f := newFlags("http")
	rounds := f.Int("rounds", 3, "rounds of all servers in turn")
	duration := f.Duration("duration", 3*time.Second, "of a measurement")
	connections := f.Int("connections", 32, "that clients hold open")
	if err := parse(f, args, stdout, 0, limit{flag: "rounds", least: 1}, limit{flag: "connections", least: 1}, atLeast("duration", leastDuration)); err != nil {
		return err
	}
	mix := newMixer(globalAnd(customTerms)).mix(1024)
	single := load{speech: overHTTP(), requests: singles(mix), connections: *connections, duration: *duration}
	batch := load{speech: overHTTP(), requests: [][]byte{batchOf(mix[:batchSize])}, connections: 2, duration: *duration}
	contestants := []*serving{
		{name: "empty fasthttp handler", kind: serveEmpty, load: single, per: 1},
		{name: "veto", kind: serveVeto, load: single, per: 1},
		{name: "net/http + encoding/json", kind: serveNetHTTP, load: single, per: 1},
		{name: "veto, batches of 1000", kind: serveVeto, load: batch, per: batchSize},
		{name: "veto, with a token", kind: serveAccess, load: single, per: 1},
		{name: "veto, with token, audit, metrics", kind: serveAudited, load: single, per: 1, scraped: true},
		{name: "empty, with veto's time-outs", kind: serveGuarded, load: single, per: 1},
		{name: "veto, policy off", kind: serveIdle, load: single, per: 1},
		{name: "empty after a bare check", kind: serveBare, load: single, per: 1},
	}
	printHeader(stdout, "HTTP: POST /v1/check")
	fmt.Fprintf(stdout, "%s over loopback, clients on the same processors, %s of %v; batches on %s\n\n",
		plural(*connections, "connection"), plural(*rounds, "round"), *duration, plural(batch.connections, "connection"))
	if err := serveAll(contestants, *rounds, stderr); err != nil {
		return err
	}
	printHTTP(stdout, contestants)
	return nil
}

// A serving is one server under one load, with what was measured.
type serving struct {
	name, kind string
	load       load
	per        float64 // passwords in a request
	scraped    bool    // metrics are asked for meanwhile
	process    *process
	runs       []figures
}

// serveAll starts all servers and measures them in turn.
func serveAll(contestants []*serving, rounds int, stderr io.Writer) (err error) {
	log := &shared{w: stderr}
	for _, s := range contestants {
		if s.process, err = start(s.kind, log); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.process.stop()) }()
		s.load.requests = withToken(s.load.requests, s.process.token)
		if err := s.warm(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for range rounds {
		for _, s := range contestants {
			if err := s.measure(); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return nil
}

var errVerdict = errors.New("a server with an engine accepts the password \"password\"")

// warm makes sure that an engine decides where verdicts are answered, and puts a short load on the server.
func (s *serving) warm() error {
	if !slices.Contains(withoutVerdict, s.kind) {
		c, err := net.Dial(s.load.network, s.process.addr)
		if err != nil {
			return err
		}
		defer c.Close()
		if _, err := c.Write(withToken([][]byte{s.load.password}, s.process.token)[0]); err != nil {
			return err
		}
		answer, err := s.load.read(c, make([]byte, 4096), s.load.password)
		if err != nil {
			return err
		}
		if !bytes.Contains(answer, s.load.refused) {
			return errVerdict
		}
	}
	short := s.load
	short.duration = 300 * time.Millisecond
	_, err := short.run(s.process.addr)
	return err
}

func (s *serving) measure() error {
	before, err := s.process.cpu()
	if err != nil {
		return err
	}
	stop := func() error { return nil }
	if s.scraped {
		stop = s.process.scrape()
	}
	r, err := s.load.run(s.process.addr)
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	after, err := s.process.cpu()
	if err != nil {
		return err
	}
	s.runs = append(s.runs, figures{
		perSecond: r.perSecond(),
		p50:       micros(quantile(r.latencies, 0.5)),
		p99:       micros(quantile(r.latencies, 0.99)),
		cpu:       micros(after-before) / float64(len(r.latencies)),
	})
	return nil
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// typical returns the median of each figure.
func (s *serving) typical() figures {
	of := func(figure func(figures) float64) float64 {
		var values []float64
		for _, r := range s.runs {
			values = append(values, figure(r))
		}
		return median(values)
	}
	return figures{
		perSecond: of(func(r figures) float64 { return r.perSecond }),
		p50:       of(func(r figures) float64 { return r.p50 }),
		p99:       of(func(r figures) float64 { return r.p99 }),
		cpu:       of(func(r figures) float64 { return r.cpu }),
	}
}

func printHTTP(w io.Writer, contestants []*serving) {
	empty, veto, batch := contestants[0].typical(), contestants[1].typical(), contestants[3]
	t := newTable("server", "requests/s", "p50 us", "p99 us", "CPU us", "requests/s beside empty", "p99", "CPU", "passwords/s")
	for _, s := range contestants {
		r := s.typical()
		cells := []string{
			s.name, fmt.Sprintf("%.0f", r.perSecond), fmt.Sprintf("%.0f", r.p50), fmt.Sprintf("%.0f", r.p99), fmt.Sprintf("%.2f", r.cpu),
		}
		if s.per == 1 {
			cells = append(cells, fmt.Sprintf("%.1f %%", 100*r.perSecond/empty.perSecond), fmt.Sprintf("%.2f x", r.p99/empty.p99),
				fmt.Sprintf("%.2f x", r.cpu/empty.cpu), fmt.Sprintf("%.0f", r.perSecond))
		} else {
			cells = append(cells, "", "", "", fmt.Sprintf("%.0f", s.per*r.perSecond))
		}
		t.row(cells...)
	}
	t.print(w)
	printBeside(w, "", veto, empty, targetRate)
	printTarget(w, fmt.Sprintf("at most %.1f x its CPU", mostCPU), fmt.Sprintf("%.2f x", veto.cpu/empty.cpu), veto.cpu <= mostCPU*empty.cpu)
	printBeside(w, " with token, audit, metrics", contestants[5].typical(), empty, targetAudited)
	perPassword := batch.typical().cpu / batch.per
	printTarget(w, "CPU per password of a batch at most 1/8 of a request's", fmt.Sprintf("%.2f us, 1/%.1f", perPassword, veto.cpu/perPassword),
		perPassword <= targetBatch*veto.cpu)
	plain := veto.perSecond / contestants[2].typical().perSecond
	printTarget(w, "at least 1.8 x net/http + encoding/json", fmt.Sprintf("%.2f x", plain), plain >= 1.8)
}

// printBeside prints the targets for a server beside the empty handler.
func printBeside(w io.Writer, with string, r, empty figures, least float64) {
	rate, p99 := r.perSecond/empty.perSecond, r.p99/empty.p99
	printTarget(w, fmt.Sprintf("at least %.0f %% of the empty handler's requests%s", 100*least, with), fmt.Sprintf("%.1f %%", 100*rate), rate >= least)
	printTarget(w, fmt.Sprintf("at most %.1f x its p99%s", mostP99, with), fmt.Sprintf("%.2f x", p99), p99 <= mostP99)
}

type checkBody struct {
	Password string   `json:"password"`
	Account  string   `json:"account,omitempty"`
	Names    []string `json:"names,omitempty"`
}

// singles returns one request for each password, as a directory would ask.
func singles(mix []string) [][]byte {
	var requests [][]byte
	for _, p := range mix {
		requests = append(requests, post(checkPath, encode(checkBody{p, "jdoe", []string{"Jane Doe"}})))
	}
	return requests
}

// withToken returns the requests with a credential, if there is one.
func withToken(requests [][]byte, token string) [][]byte {
	if token == "" {
		return requests
	}
	var all [][]byte
	for _, r := range requests {
		all = append(all, bytes.Replace(r, []byte("\r\n"), []byte("\r\nAuthorization: Bearer "+token+"\r\n"), 1))
	}
	return all
}

func batchOf(mix []string) []byte {
	checks := make([]checkBody, len(mix))
	for i, p := range mix {
		checks[i].Password = p
	}
	return post(batchPath, encode(map[string]any{"checks": checks}))
}

// encode returns the JSON of a value that always has one.
func encode(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(value)
	return bytes.TrimSpace(b.Bytes())
}
