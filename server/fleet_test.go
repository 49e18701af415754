package server_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/remote"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/fleet"
)

func openFleet(t testing.TB, o fleet.Options) *fleet.Store {
	t.Helper()
	s, err := fleet.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFleet has one server report to another, as a sidecar does.
func TestFleet(t *testing.T) {
	p := publish(t, 1000)
	records := openAudit(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit.jsonl")}})
	center := start(t, server.Config{Audit: records, ServeAudit: true, Bundle: p.dir, Fleet: openFleet(t, fleet.Options{Expect: []string{"DC9", "dc1"}, BehindAfter: time.Nanosecond})}, server.DefaultLimits(), newEngine(t, "s"))
	machine := start(t, server.Config{Version: "1.2.3"}, server.DefaultLimits(), newEngine(t, "sha256:one"))
	client, err := remote.New("http://"+center.addr, remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := machine.dial(t)
	for _, body := range []string{
		`{"password":"Dragon1","operation":"set"}`, `{"password":"uh8#Kp2!qLzw6R","operation":"change"}`,
		`{"password":"uh8#Kp2!qLzw6R","operation":"change"}`, `{"password":"` + canary + `"}`,
	} {
		c.send("POST", "/v1/check", body)
	}
	for host, version := range map[string]uint64{"dc1": 1, "DC2": 0, "dc3.example.org": 1} {
		r := fleet.Reporter{Server: client, Collect: func() fleet.Report {
			report := machine.Report()
			report.Host, report.Site, report.Bundle = host, "Köln", version
			return report
		}}
		for range 2 { // the second has nothing new
			if err := r.Send(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	a := center.dial(t).send("GET", "/v1/audit:summary", "")
	var s audit.Summary
	all := audit.Outcomes{Pass: 9, Reject: 3}
	if err := json.Unmarshal(a.body, &s); err != nil || s.Reported != all || *s.Channels["local"] != all || *s.Sites["Köln"] != all || s.Operations["set"].Reject != 3 {
		t.Errorf("%d %s: %v", a.status, a.body, err)
	}
	a = center.dial(t).send("GET", "/v1/fleet", "")
	var v fleet.View
	if err := json.Unmarshal(a.body, &v); err != nil || a.status != 200 {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	var states []string
	for _, m := range v.Machines {
		states = append(states, m.Host+" "+string(m.State))
	}
	if got := strings.Join(states, ", "); got != "dc9 missing, dc2 behind, dc1 ok, dc3.example.org ok" || v.Bundle != 1 || v.States[fleet.OK] != 2 {
		t.Errorf("%s; %+v", got, v)
	}
	want := fleet.Counts{Set: fleet.Verdicts{Rejected: 1}, Change: fleet.Verdicts{Accepted: 2}, Unknown: fleet.Verdicts{Accepted: 1}}
	m := v.Machines[2]
	if m.Counts != want || m.Site != "Köln" || m.Version != "1.2.3" || m.Snapshot != "sha256:one" || m.Mode != "enforce" || m.LastVerdict == nil || *m.LastVerdict > 10 {
		t.Errorf("%+v", m)
	}
	if strings.Contains(string(a.body), canary) {
		t.Error("a report holds the password")
	}
	text := center.scrape(t)
	for name, want := range map[string]float64{`veto_fleet_machines{state="missing"}`: 1, `veto_fleet_machines{state="ok"}`: 2, "veto_bundle_downloads": 0} {
		if got := sample(text, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if lag := sample(text, "veto_fleet_lag_seconds"); !(lag >= 0 && lag < 60) {
		t.Errorf("lag %v", lag)
	}
	if strings.Contains(text, "dc2") {
		t.Error("a label has a value from a report")
	}
}

func TestFleetErrors(t *testing.T) {
	s := start(t, server.Config{Fleet: openFleet(t, fleet.Options{})}, server.DefaultLimits(), nil)
	c := s.dial(t)
	for body, field := range map[string]string{
		`{}`:                             "host",
		`{"host":"dc1"}`:                 "mode",
		`{"host":"dc1","mode":"x"}`:      "mode",
		`{"host":"../x","mode":"audit"}`: "host",
		`{"host":"a b","mode":"audit"}`:  "host",
		`{"host":1,"mode":"audit"}`:      "body",
		`{"host":"dc1","mode":"audit"`:   "body",
		`[]`:                             "body",
		`{"host":"dc1","mode":"audit","uptime_seconds":-1}`: "seconds",
	} {
		if a := c.send("POST", "/v1/fleet/report", body); a.status != 400 || a.json["field"] != field {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a := c.send("POST", "/v1/fleet/report", `{"host":"dc1","mode":"audit","later":[1]}`); a.status != 200 {
		t.Errorf("a member of a newer version: %d %s", a.status, a.body)
	}
	if a := c.send("GET", "/v1/fleet", ""); a.status != 200 || !strings.Contains(string(a.body), `"state":"failing"`) {
		t.Errorf("a machine without lists: %s", a.body)
	}
	none := start(t, server.Config{}, server.DefaultLimits(), nil)
	if a := none.dial(t).send("GET", "/v1/fleet", ""); a.status != 501 {
		t.Errorf("without a store: %d", a.status)
	}
	if a := none.dial(t).send("POST", "/v1/fleet/report", `{}`); a.status != 501 || a.json["decision"] != nil {
		t.Errorf("without a store: %d %s", a.status, a.body)
	}
}

// TestIdleTimeout wants clients to give a connection up before the server does.
func TestIdleTimeout(t *testing.T) {
	if idle := server.DefaultLimits().Idle; remote.IdleTimeout >= idle {
		t.Errorf("a client keeps an idle connection for %v, the server for %v", remote.IdleTimeout, idle)
	}
}
