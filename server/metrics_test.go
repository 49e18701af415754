package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/server"
)

// scrape returns the text of the metrics.
func (s *service) scrape(t testing.TB) string {
	t.Helper()
	resp, err := http.Get("http://" + s.addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("/metrics: %v %v %s", resp, err, text)
	}
	if strings.Contains(string(text), canary) {
		t.Error("the metrics hold the password")
	}
	return string(text)
}

// sample returns the value of a sample, or NaN.
func sample(text, name string) float64 {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			var n float64
			fmt.Sscan(value, &n)
			return n
		}
	}
	return math.NaN()
}

func TestMetrics(t *testing.T) {
	audit := engine.DefaultPolicy()
	audit.Name, audit.Mode = "audited", engine.Audit
	snapshot, err := lists.Build(lists.Options{NoGlobal: true, Policies: []engine.Policy{engine.DefaultPolicy(), audit},
		Custom: []engine.TermList{{Name: "company", Terms: []engine.Term{{Text: "zyxtal"}, {Text: "contoso"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, server.Config{Version: "1.2.3"}, server.DefaultLimits(), nil)
	c := s.dial(t)
	c.send("POST", "/v1/check", probeBody) // no lists
	s.SwapSnapshot(snapshot)
	c.send("POST", "/v1/check", `{"password":"Zyxtal1","operation":"set"}`)
	c.send("POST", "/v1/check", `{"password":"Zyxtal1","operation":"change","policy":"audited"}`)
	c.send("POST", "/v1/check:batch", `{"checks":[`+probeBody+`,`+probeBody+`]}`)
	c.send("POST", "/v1/check", `{"password":"`+canary)
	c.send("GET", "/"+canary, "")
	text := s.scrape(t)
	for name, want := range map[string]float64{
		`veto_checks_total{decision="reject",mode="enforce",operation="set",would="reject"}`:     1,
		`veto_checks_total{decision="accept",mode="audit",operation="change",would="reject"}`:    1,
		`veto_checks_total{decision="accept",mode="enforce",operation="unknown",would="accept"}`: 2,
		`veto_checks_total{decision="reject",mode="enforce",operation="change",would="reject"}`:  0,
		`veto_rule_hits_total{effect="refuse",reason="banned_term"}`:                             1,
		`veto_rule_hits_total{effect="audit",reason="banned_term"}`:                              1,
		`veto_rule_hits_total{effect="refuse",reason="breached"}`:                                0,
		`veto_undecided_total{cause="no_list",decision="reject"}`:                                1,
		`veto_undecided_total{cause="overload",decision="accept"}`:                               0,
		`veto_problems_total{status="503"}`:                                                      1,
		`veto_problems_total{status="400"}`:                                                      1,
		`veto_problems_total{status="404"}`:                                                      1,
		`veto_check_duration_seconds_count`:                                                      4,
		`veto_check_duration_seconds_bucket{le="+Inf"}`:                                          4,
		`veto_requests_in_flight`:                                                                0,
		`veto_ready`:                                                                             1,
		`veto_snapshot_swaps_total`:                                                              2, // start swaps too
		`veto_snapshot_info{id="` + snapshot.ID + `"}`:                                           1,
		`veto_list_entries{kind="terms",list="custom/company"}`:                                  2,
	} {
		if got := sample(text, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if !strings.Contains(text, `veto_build_info{go="go1.`) || !strings.Contains(text, `,version="1.2.3"} 1`) || !strings.Contains(text, "go_goroutines ") {
		t.Error("build or runtime is missing")
	}
	if age := sample(text, "veto_snapshot_age_seconds"); !(age >= 0 && age < 60) {
		t.Errorf("age %v", age)
	}
	if sum := sample(text, "veto_check_duration_seconds_sum"); !(sum > 0 && sum < 1) {
		t.Errorf("sum of durations %v", sum)
	}
}

// TestMetricsUnderLoad wants every check counted once, whatever connection it
// came on.
func TestMetricsUnderLoad(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	var load sync.WaitGroup
	for range 20 {
		load.Go(func() {
			c := s.dial(t)
			for i := range 50 {
				c.send("POST", "/v1/check", `{"password":"dragon"}`)
				if i%25 == 0 {
					s.scrape(t)
				}
			}
		})
	}
	load.Wait()
	text := s.scrape(t)
	for _, name := range []string{`veto_checks_total{decision="reject",mode="enforce",operation="unknown",would="reject"}`, "veto_check_duration_seconds_count"} {
		if got := sample(text, name); got != 1000 {
			t.Errorf("%s is %v, want 1000", name, got)
		}
	}
}

func TestBuckets(t *testing.T) {
	for d, want := range map[time.Duration]int{
		-time.Second: 0, 0: 0, 1: 0, time.Microsecond: 0, time.Microsecond + 1: 1, 2 * time.Microsecond: 1, 2*time.Microsecond + 1: 2,
		4 * time.Microsecond: 2, 65536 * time.Microsecond: 16, 65537 * time.Microsecond: 17, time.Hour: 17, math.MaxInt64: 17,
	} {
		if got := server.BucketOf(d); got != want {
			t.Errorf("%v is in bucket %d, want %d", d, got, want)
		}
	}
}

func TestStaleSnapshot(t *testing.T) {
	s := start(t, server.Config{StaleAfter: time.Nanosecond}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	time.Sleep(time.Millisecond)
	if a := c.send("GET", "/readyz", ""); a.status != 503 || a.header.Get("Retry-After") == "" || a.json["decision"] != nil {
		t.Errorf("/readyz: %d %s", a.status, a.body)
	}
	if a := c.send("POST", "/v1/check", probeBody); a.status != 200 {
		t.Errorf("a check by an old snapshot: %d", a.status)
	}
	if got := sample(s.scrape(t), "veto_ready"); got != 0 {
		t.Errorf("veto_ready is %v", got)
	}
}

// TestStaleBundle wants lists of a bundle to be as old as the last look at its source
// that succeeded, whenever they were loaded.
func TestStaleBundle(t *testing.T) {
	var status atomic.Pointer[bundle.Status]
	status.Store(&bundle.Status{})
	s := start(t, server.Config{StaleAfter: time.Hour, Followed: func() bundle.Status { return *status.Load() }}, server.DefaultLimits(), newEngine(t, "s"))
	now := time.Now()
	for _, test := range []struct {
		name           string
		status         bundle.Status
		ready, failing float64
		reported       string
	}{
		{"never looked", bundle.Status{Version: 7}, 0, 0, "old"},
		{"newest", bundle.Status{Version: 7, Checked: now}, 1, 0, ""},
		{"newest long ago", bundle.Status{Version: 7, Checked: now.Add(-2 * time.Hour)}, 0, 0, "old"},
		{"source gone", bundle.Status{Version: 7, Checked: now, Err: errors.New("no route to host")}, 1, 1, ""},
		{"source gone long ago", bundle.Status{Version: 7, Checked: now.Add(-2 * time.Hour), Err: errors.New("no route to host")}, 0, 1, "old"},
	} {
		status.Store(&test.status)
		s.Swap(newEngine(t, "s")) // as a reload does
		text := s.scrape(t)
		if ready, failing := sample(text, "veto_ready"), sample(text, "veto_bundle_failing"); ready != test.ready || failing != test.failing {
			t.Errorf("%s: ready %v, failing %v, want %v, %v", test.name, ready, failing, test.ready, test.failing)
		}
		if version := sample(text, "veto_bundle_version"); version != 7 {
			t.Errorf("%s: version %v", test.name, version)
		}
		at := sample(text, "veto_bundle_refreshed_timestamp_seconds")
		if want := float64(test.status.Checked.UnixMilli()) / 1000; at != want && !(test.status.Checked.IsZero() && math.IsNaN(at)) {
			t.Errorf("%s: refreshed at %v, want %v", test.name, at, want)
		}
		if told := s.Report().Error; !strings.Contains(told, test.reported) || (told == "") != (test.reported == "") {
			t.Errorf("%s: reported %q", test.name, told)
		}
	}
}

func TestNoMetrics(t *testing.T) {
	s := start(t, server.Config{NoMetrics: true}, server.DefaultLimits(), newEngine(t, "s"))
	if a := s.dial(t).send("GET", "/metrics", ""); a.status != 404 {
		t.Errorf("status %d", a.status)
	}
}

func TestAdmin(t *testing.T) {
	s := start(t, server.Config{NoMetrics: true}, server.DefaultLimits(), nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { done <- s.ServeAdmin(ctx, ln) }()
	get := func(path string) (int, string) {
		resp, err := http.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	if status, _ := get("/readyz"); status != 503 {
		t.Errorf("/readyz without lists: %d", status)
	}
	s.Swap(newEngine(t, "s"))
	s.dial(t).send("POST", "/v1/check", probeBody)
	for path, want := range map[string]string{
		"/metrics": "veto_ready 1", "/healthz": "ok", "/readyz": "ready",
		"/debug/pprof/": "goroutine", "/debug/pprof/goroutine?debug=2": "ServeAdmin", "/debug/pprof/heap?debug=1": "heap profile",
	} {
		status, text := get(path)
		if status != 200 || !strings.Contains(text, want) || strings.Contains(text, canary) {
			t.Errorf("%s: %d %.200s", path, status, text)
		}
	}
	rebound, err := http.NewRequest("GET", "http://"+ln.Addr().String()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	rebound.Host = "evil.example.org"
	if resp, err := http.DefaultClient.Do(rebound); err != nil || resp.StatusCode != 421 {
		t.Errorf("under another name: %v %v", resp, err)
	}
	for _, path := range []string{"/v1/check", "/", "/debug/pprof/cmdline"} {
		if status, _ := get(path); status == 200 {
			t.Errorf("%s is served", path)
		}
	}
	resp, err := http.Get("http://" + s.addr + "/debug/pprof/")
	if err != nil || resp.StatusCode != 404 {
		t.Errorf("profiles on the API: %v %v", resp, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	open, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ServeAdmin(t.Context(), open); err == nil || s.ListenAndServeAdmin(t.Context(), "0.0.0.0:0") == nil {
		t.Error("an address that others reach is served")
	}
}

// TestMetricsAreDocumented compares docs/OPERATING.md with the table.
func TestMetricsAreDocumented(t *testing.T) {
	got, want := table(t, "../docs/OPERATING.md", "metric"), server.Metrics()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the table should read\n\n| %s |\n", strings.Join(want, " |\n| "))
	}
}

// TestDeploy wants every metric that the dashboard and the alerts name.
func TestDeploy(t *testing.T) {
	known := map[string]bool{}
	for _, row := range server.Metrics() {
		name, _, _ := strings.Cut(row, " ")
		known[name] = true
	}
	var dashboard, alerts any
	for path, into := range map[string]any{"../deploy/grafana/veto.json": &dashboard, "../deploy/prometheus/alerts.yml": &alerts} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		unmarshal := yaml.Unmarshal
		if strings.HasSuffix(path, ".json") {
			unmarshal = json.Unmarshal
		}
		if err := unmarshal(text, into); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		named := regexp.MustCompile(`\bveto_\w+`).FindAllString(string(text), -1)
		if len(named) < 5 {
			t.Errorf("%s names %v only", path, named)
		}
		for _, name := range named {
			if !known[name] && !known[strings.TrimSuffix(name, "_bucket")] {
				t.Errorf("%s names %s, which does not exist", path, name)
			}
		}
	}
	if promtool, err := exec.LookPath("promtool"); err == nil {
		if out, err := exec.Command(promtool, "check", "rules", "../deploy/prometheus/alerts.yml").CombinedOutput(); err != nil {
			t.Errorf("promtool: %v\n%s", err, out)
		}
	}
}

// TestMetricsOfLive edits a list, and breaks the configuration.
func TestMetricsOfLive(t *testing.T) {
	m := manage(t, server.Config{}, "terms: {global: false}\n")
	check := func(want map[string]float64) {
		t.Helper()
		text := m.scrape(t)
		for name, n := range want {
			if got := sample(text, name); got != n {
				t.Errorf("%s is %v, want %v", name, got, n)
			}
		}
	}
	if _, err := m.live.Edit(t.Context(), store.Draft{List: "company", Add: []store.Entry{{Text: "Contoso"}, {Text: "Fabrikam"}}}); err != nil {
		t.Fatal(err)
	}
	check(map[string]float64{"veto_snapshot_builds_total": 1, "veto_snapshot_amended_terms": 2, "veto_snapshot_failing": 0, "veto_snapshot_failures_total": 0})
	if err := os.WriteFile(m.config, []byte("terms: {files: [none.txt]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := m.live.Reload(t.Context(), "test"); err == nil {
		t.Error("a missing list was not noticed")
	}
	check(map[string]float64{"veto_snapshot_builds_total": 1, "veto_snapshot_failing": 1, "veto_snapshot_failures_total": 1, "veto_ready": 1})
}

// TestMetricsFail wants a fault of the server not to be told as one of the request.
func TestMetricsFail(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), nil)
	snapshot, err := lists.Build(lists.Options{NoGlobal: true, Custom: []engine.TermList{{Name: "custom/w\xf6rter", Terms: []engine.Term{{Text: "contoso"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.SwapSnapshot(snapshot)
	a := s.dial(t).send("GET", "/metrics", "")
	if a.status != 500 || a.close || !strings.Contains(s.log.String(), "label") {
		t.Errorf("%d %s, log %s", a.status, a.body, s.log)
	}
}
