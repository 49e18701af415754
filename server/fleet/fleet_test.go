package fleet_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vetopw/veto/remote"
	"github.com/vetopw/veto/server/fleet"
)

func report(t testing.TB, host string, bundle int) fleet.Report {
	t.Helper()
	r, err := fleet.ParseReport(fmt.Appendf(nil, `{"host":%q,"mode":"enforce","bundle":%d,"snapshot":"sha256:x"}`, host, bundle))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// states returns machines with their states, in the order of a View.
func states(v fleet.View) string {
	var all []string
	for _, m := range v.Machines {
		all = append(all, m.Host+" "+string(m.State))
	}
	return strings.Join(all, ", ")
}

func TestStates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fleet.json")
		o := fleet.Options{File: path, Expect: []string{"DC1", "dc4"}}
		s, err := fleet.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go s.Run(ctx, func(err error) { t.Error(err) })
		want := func(want string, lag int64) {
			t.Helper()
			v := s.View()
			worst := int64(0)
			for _, m := range v.Machines {
				worst = max(worst, m.Lag)
			}
			if got := states(v); got != want || worst != lag {
				t.Errorf("%s, lag %d; want %s, %d", got, worst, want, lag)
			}
		}
		want("dc1 missing, dc4 missing", 0)
		s.Add(report(t, "dc1", 1))
		s.Add(report(t, "Dc2", 1))
		want("dc4 missing, dc1 ok, dc2 ok", 0)
		time.Sleep(10 * time.Minute)
		s.Add(report(t, "dc1", 2)) // a newer bundle shows by the first that has it
		want("dc4 missing, dc1 ok, dc2 ok", 0)
		time.Sleep(6 * time.Minute)
		want("dc4 missing, dc2 silent, dc1 ok", 360)
		for range 13 {
			time.Sleep(10 * time.Minute)
			s.Add(report(t, "dc1", 2))
			s.Add(report(t, "dc2", 1))
		}
		want("dc4 missing, dc2 behind, dc1 ok", 136*60)
		// What is published counts more than what machines say they have.
		s.Published(2)
		s.Add(report(t, "dc3", 99))
		want("dc4 missing, dc2 behind, dc1 ok, dc3 ok", 136*60)
		s.Published(3)
		want("dc4 missing, dc1 ok, dc2 ok, dc3 ok", 0)
		bad := report(t, "dc2", 3)
		bad.Error = "disk full"
		s.Add(bad)
		want("dc4 missing, dc2 failing, dc1 ok, dc3 ok", 0)
		cancel()
		synctest.Wait()
		if s, err = fleet.Open(o); err != nil {
			t.Fatal(err)
		}
		want("dc4 missing, dc2 failing, dc1 ok, dc3 ok", 0)
		last := report(t, "dc3", 3)
		last.Stopping = true
		s.Add(last)
		want("dc4 missing, dc3 stopped, dc2 failing, dc1 ok", 0)
		time.Sleep(time.Hour)
		want("dc4 missing, dc1 silent, dc2 silent, dc3 stopped", 3600)
		s.Add(report(t, "dc3", 3))
		want("dc4 missing, dc1 silent, dc2 silent, dc3 ok", 3600)
	})
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fleet.json")
	for _, text := range []string{"", "{", "[]", `{"machines":[{"report":{"host":"../x"}}]}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := fleet.Open(fleet.Options{File: path}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
	}
	// A clock that was ahead: what it wrote is of now.
	future := time.Now().Add(1000 * time.Hour).Format(time.RFC3339)
	text := `{"newest":1,"since":"` + future + `","machines":[{"report":{"host":"dc1","mode":"audit","bundle":1,"snapshot":"s"},"received":"` + future + `"}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := fleet.Open(fleet.Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	if v := s.View(); states(v) != "dc1 ok" || v.Machines[0].Silence > 5 {
		t.Errorf("%+v", v)
	}
	// A file that cannot be written is told, and written later.
	bad := filepath.Join(t.TempDir(), "nosuch")
	s, err = fleet.Open(fleet.Options{File: filepath.Join(bad, "fleet.json")})
	if err != nil {
		t.Fatal(err)
	}
	s.Add(report(t, "dc1", 1))
	done, stop := context.WithCancel(t.Context())
	stop()
	var failed error
	s.Run(done, func(err error) { failed = err })
	if failed == nil {
		t.Fatal("nobody is told")
	}
	if err := os.Mkdir(bad, 0o755); err != nil {
		t.Fatal(err)
	}
	s.Run(done, func(err error) { t.Error(err) })
	if s, err = fleet.Open(fleet.Options{File: filepath.Join(bad, "fleet.json")}); err != nil || states(s.View()) != "dc1 ok" {
		t.Errorf("%v", err)
	}
}

// TestSince follows the counts of one machine over repeated reports, restarts of
// the machine and of the server.
func TestSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fleet.json")
		open := func() *fleet.Store {
			s, err := fleet.Open(fleet.Options{File: path})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := open()
		for i, step := range []struct {
			host                       string
			uptime                     int64
			accepted, rejected         uint64
			wantAccepted, wantRejected uint64
			restart                    bool // of the server, before
		}{
			{host: "dc1", uptime: 50, accepted: 5, rejected: 2, wantAccepted: 5, wantRejected: 2},
			{host: "dc1", uptime: 50, accepted: 5, rejected: 2}, // once more, as its answer was lost
			{host: "dc1", uptime: 80, accepted: 9, rejected: 2, wantAccepted: 4},
			{host: "dc2", uptime: 90_000, accepted: 900, rejected: 100}, // from before the server
			{host: "dc2", uptime: 90_060, accepted: 901, rejected: 103, wantAccepted: 1, wantRejected: 3},
			{host: "dc1", uptime: 20, accepted: 1, wantAccepted: 1}, // started anew
			{host: "dc1", uptime: 60, wantAccepted: 0},              // and again, without a verdict since
			{host: "dc1", uptime: 90, accepted: 7, rejected: 7, wantAccepted: 7, wantRejected: 7},
			{host: "dc1", uptime: 150, accepted: 8, rejected: 7, wantAccepted: 1, restart: true}, // the file has the report before
			{host: "dc3", uptime: 100, accepted: 3, rejected: 3, restart: true},                  // started before the server was
			{host: "dc3", uptime: 160, accepted: 4, rejected: 3, wantAccepted: 1},
			{host: "dc4", uptime: 10, accepted: 4, rejected: 3, wantAccepted: 4, wantRejected: 3},
		} {
			if step.restart {
				done, stop := context.WithCancel(t.Context())
				stop()
				s.Run(done, func(err error) { t.Error(err) })
				s = open()
			}
			time.Sleep(time.Minute)
			r := report(t, step.host, 1)
			r.Uptime, r.Counts.Change = step.uptime, fleet.Verdicts{Accepted: step.accepted, Rejected: step.rejected}
			want := fleet.Verdicts{Accepted: step.wantAccepted, Rejected: step.wantRejected}
			if got := s.Add(r); got.Change != want || got.Total() != want {
				t.Errorf("report %d: %+v, want %+v", i, got, want)
			}
		}
	})
}

// TestBounds fills a Store with more machines than it keeps.
func TestBounds(t *testing.T) {
	s, err := fleet.Open(fleet.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range fleet.MaxMachines + 10 {
		s.Add(report(t, fmt.Sprintf("dc%d", i), 1))
	}
	v := s.View()
	if len(v.Machines) != fleet.MaxMachines {
		t.Errorf("%d machines", len(v.Machines))
	}
	long, err := fleet.ParseReport([]byte(`{"host":"dc1","mode":"audit","site":"` + strings.Repeat("ä", 200) + `","error":"a\u001b[31mb\nc\u202e\u2028"}`))
	if err != nil || len(long.Site) > 100 || !strings.HasPrefix(long.Site, "ää") || long.Error != "a [31mb c  " {
		t.Errorf("%+v, %v", long, err)
	}
}

// TestReporter counts the reports of 100 machines that start at once.
func TestReporter(t *testing.T) {
	var mu sync.Mutex
	reports := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		reports[string(body)]++
	}))
	defer s.Close()
	client, err := remote.New(s.URL, remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			r := fleet.Reporter{Server: client, Collect: func() fleet.Report { return fleet.Report{Host: fmt.Sprint("dc", i), Mode: "audit"} }, Interval: time.Second}
			r.Run(ctx)
		})
	}
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	total := 0
	for _, n := range reports {
		total += n
	}
	if len(reports) != 100 || total < 150 || total > 500 {
		t.Errorf("%d reports of %d machines", total, len(reports))
	}
}

func TestPause(t *testing.T) {
	for range 1000 {
		if d := fleet.Pause(4*time.Minute, 0); d < 3*time.Minute || d > 5*time.Minute {
			t.Fatalf("interval %v", d)
		}
		if d := fleet.Pause(4*time.Minute, 1); d < 6*time.Minute || d > 10*time.Minute {
			t.Fatalf("first failure %v", d)
		}
		if d := fleet.Pause(4*time.Minute, 99); d < 45*time.Minute || d > 75*time.Minute {
			t.Fatalf("last failure %v", d)
		}
		if d := fleet.Pause(4*time.Hour, 99); d < 3*time.Hour || d > 5*time.Hour {
			t.Fatalf("long interval %v", d)
		}
	}
}

func TestSendFails(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got fleet.Report
		if json.NewDecoder(r.Body).Decode(&got) != nil || got.Host != "dc1" {
			t.Error("no report")
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	defer s.Close()
	client, err := remote.New(s.URL, remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := fleet.Reporter{Server: client, Collect: func() fleet.Report { return fleet.Report{Host: "dc1", Mode: "audit"} }}
	err = r.Send(t.Context())
	if status, ok := errors.AsType[*remote.StatusError](err); !ok || status.Status != http.StatusForbidden {
		t.Error(err)
	}
	r.Collect = func() fleet.Report { return fleet.Report{Host: "no name!", Mode: "audit"} }
	if err := r.Send(t.Context()); !errors.Is(err, fleet.ErrReport) {
		t.Error(err)
	}
}

// TestLast wants the last report to tell the end and its cause, and not to wait
// for a server that hangs.
func TestLast(t *testing.T) {
	reports, hang := make(chan fleet.Report, 2), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var got fleet.Report
		json.NewDecoder(r.Body).Decode(&got)
		if got.Host == "hung" {
			<-hang
		}
		reports <- got
	}))
	defer s.Close()
	defer close(hang)
	client, err := remote.New(s.URL, remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	host := "dc1"
	r := fleet.Reporter{Server: client, Collect: func() fleet.Report { return fleet.Report{Host: host, Mode: "audit", Error: "no lists"} }}
	for cause, want := range map[error]string{nil: "no lists", errors.New("no socket"): "no socket"} {
		if err := r.Last(cause); err != nil {
			t.Fatal(err)
		}
		if got := <-reports; !got.Stopping || got.Error != want {
			t.Errorf("%+v, want the error %s", got, want)
		}
	}
	host = "hung"
	began := time.Now()
	if err := r.Last(nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second { // on a busy machine; a report may take 30 s
		t.Errorf("ended after %v", took)
	}
}

func FuzzReport(f *testing.F) {
	f.Add([]byte(`{"host":"dc1","mode":"audit","site":"a\u0007","counts":{"set":{"accepted":1}},"last_verdict_seconds":3}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := fleet.ParseReport(body)
		if err != nil {
			if !errors.Is(err, fleet.ErrReport) {
				t.Fatal(err)
			}
			return
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := fleet.ParseReport(text)
		if err != nil || again.Host != r.Host || again.Site != r.Site || again.Error != r.Error || again.Counts != r.Counts {
			t.Fatalf("%s is read as %+v, %v", text, again, err)
		}
		if len(text) > 4096 {
			t.Fatalf("%d bytes", len(text))
		}
	})
}
