package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/audit"
)

// openAudit opens an audit log that the test closes.
func openAudit(t testing.TB, o audit.Options) *audit.Log {
	t.Helper()
	l, err := audit.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// written waits until nothing waits to be written.
func written(t testing.TB, l *audit.Log, records uint64) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); l.Counts().Records < records; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v, want %d records", l.Counts(), records)
		}
	}
}

// TestAudit wants a record for each decision, declared answer and swap, and
// nothing of a password in any output, at debug level and in plain.
func TestAudit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var stream logBuffer
	var faults logBuffer
	l := openAudit(t, audit.Options{
		File: audit.File{Path: path}, Stream: &stream, Accounts: audit.Plain, Logger: slog.New(slog.NewTextHandler(&faults, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	s := start(t, server.Config{Audit: l, ServeAudit: true, Explain: true}, server.DefaultLimits(), nil)
	snapshot, err := lists.Build(lists.Options{NoGlobal: true, Custom: []engine.TermList{{Name: "company", Terms: []engine.Term{{Text: "zx9"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	c := s.dial(t)
	c.send("POST", "/v1/check", probeBody) // no lists
	c.send("GET", "/readyz", "")           // no decision
	s.SwapSnapshot(snapshot)
	first := c.send("POST", "/v1/check", `{"password":"`+canary+`","account":"jdoe","names":["n"],"operation":"set"}`)
	c.send("POST", "/v1/check", `{"password":"Zx9","account":"Zx9-account","groups":["g"],"mail":"m@x","tenant":"t","attributes":["a"],"operation":"change"}`)
	c.send("POST", "/v1/check", `{"password":"x","account":"`+canary+`","old_password":"`+canary+`"}`)
	c.send("POST", "/v1/check:batch", `{"checks":[`+probeBody+`,`+probeBody+`]}`)
	c.send("POST", "/v1/check", `{"password":"`+canary) // malformed: no decision
	written(t, l, 7)
	a := c.send("GET", "/v1/audit", "")
	records, _ := a.json["records"].([]any)
	if len(records) != 7 || a.json["damaged"] != 0.0 || a.json["next"] != nil {
		t.Fatalf("answer %s", a.body)
	}
	for i, want := range []map[string]any{
		{"kind": "decision", "channel": "api", "cause": "no_list", "decision": "reject", "reasons": "[unavailable]"},
		{"kind": "change", "action": "snapshot.swap", "target": "snapshot", "after": snapshot.ID},
		{"id": first.json["id"], "channel": "api", "site": nil, "subject": "jdoe", "operation": "set", "policy": "default", "snapshot": snapshot.ID, "mode": "enforce",
			"decision": first.json["decision"], "erased": "[password names]"},
		{"subject": nil, "operation": "change", "decision": "reject", "lists": "[custom/company]", "erased": "[password account mail tenant attributes groups]"},
		{"subject": nil, "erased": "[password account old_password]"},
		{"kind": "decision", "channel": "batch"}, {"kind": "decision", "channel": "batch"},
	} {
		record := records[i].(map[string]any)
		for name, value := range want {
			if got := record[name]; fmt.Sprint(got) != fmt.Sprint(value) {
				t.Errorf("record %d: %s is %v, want %v", i, name, got, value)
			}
		}
	}
	for _, path := range []string{"/v1/audit?format=csv", "/v1/audit?format=ndjson", "/v1/audit:summary", "/metrics"} {
		resp, err := http.Get("http://" + s.addr + path)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		text.ReadFrom(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 200 || text.Len() == 0 || strings.Contains(text.String(), canary) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, &text)
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	l.Close()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"file": string(file), "stream": stream.String(), "log": s.log.String() + faults.String()} {
		if strings.Contains(text, canary) || strings.Contains(text, "Zx9") {
			t.Errorf("the %s holds a password: %s", name, text)
		}
	}
}

// TestAuditLists wants the lists that refuse a password in its record, which callers
// are not told.
func TestAuditLists(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := openAudit(t, audit.Options{File: audit.File{Path: path}})
	s := start(t, server.Config{Audit: l, ServeAudit: true}, server.DefaultLimits(), nil)
	snapshot, err := lists.Build(lists.Options{NoGlobal: true, Custom: []engine.TermList{{Name: "company", Terms: []engine.Term{{Text: "contoso"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.SwapSnapshot(snapshot)
	c := s.dial(t)
	const refused, accepted = `{"password":"Contoso1"}`, `{"password":"uh8#Kp2!qLzw6R"}`
	for path, body := range map[string]string{"/v1/check": refused, "/v1/check:batch": `{"checks":[` + refused + `]}`} {
		if a := c.send("POST", path, body); a.status != 200 || bytes.Contains(a.body, []byte("company")) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	c.send("POST", "/v1/check", accepted)
	s.Caller().Judge([]byte("Contoso1"), engine.Subject{})
	s.SetMode(engine.Audit)
	s.Caller().Judge([]byte("Contoso1"), engine.Subject{})
	written(t, l, 6)
	if records, _ := c.send("GET", "/v1/audit?kind=decision", "").json["records"].([]any); len(records) != 5 {
		t.Errorf("%d records", len(records))
	} else {
		for i, r := range records {
			want := "[custom/company]"
			if i == 2 {
				want = "<nil>"
			}
			if got := fmt.Sprint(r.(map[string]any)["lists"]); got != want {
				t.Errorf("record %d: lists %s, want %s", i, got, want)
			}
		}
	}
	w := l.Window()
	if found := w.Lists["custom/company"]; w.Known != 5 || found == nil || found.Reject != 3 || found.AuditOnly != 1 {
		t.Errorf("window: %d known, %+v", w.Known, found)
	}
}

func TestAuditQueries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := openAudit(t, audit.Options{File: audit.File{Path: path}})
	s := start(t, server.Config{Audit: l, ServeAudit: true}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	for range 5 {
		c.send("POST", "/v1/check", `{"password":"dragon","operation":"set"}`)
		c.send("POST", "/v1/check", `{"password":"uh8#Kp2!qLzw6R","operation":"change"}`)
	}
	written(t, l, 10)
	for query, want := range map[string]int{
		"": 10, "?": 10, "?operation=set": 5, "?decision=accept": 5, "?reason=banned_term&limit=3": 3, "?kind=change": 0, "?policy=default": 10, "?policy=x": 0,
		"?channel=api": 10, "?channel=local": 0, "?site=x": 0, "?kind=report": 0,
		"?from=2000-01-01T00:00:00Z&to=2999-01-01T00:00:00%2B01:00": 10, "?to=2000-01-01T00:00:00Z": 0,
	} {
		a := c.send("GET", "/v1/audit"+query, "")
		if records, _ := a.json["records"].([]any); a.status != 200 || len(records) != want {
			t.Errorf("%s: %d, %d records, want %d", query, a.status, len(records), want)
		}
	}
	seen, cursor := 0, ""
	for pages := 0; pages == 0 || cursor != ""; pages++ {
		a := c.send("GET", "/v1/audit?limit=3"+cursor, "")
		records, _ := a.json["records"].([]any)
		seen += len(records)
		next, _ := a.json["next"].(string)
		if next != a.header.Get("X-Next-Cursor") {
			t.Errorf("next %q, X-Next-Cursor %q", next, a.header.Get("X-Next-Cursor"))
		}
		if cursor = ""; next != "" {
			cursor = "&cursor=" + next
		}
	}
	if seen != 10 {
		t.Errorf("%d records by pages", seen)
	}
	for _, query := range []string{
		"?decision=maybe", "?reason=x", "?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "?limit=0", "?limit=1001", "?limit=x", "?from=yesterday", "?format=xml", "?cursor=" + canary, "?password=" + canary,
		"?kind=decision&kind=change", "?%zz", "?kind=", "?policy=", "?operation=reset", "?channel=portal", "?site=",
	} {
		for _, path := range []string{"/v1/audit", "/v1/audit:summary"} {
			if a := c.send("GET", path+query, ""); a.status != 400 || strings.Contains(string(a.body), canary) {
				t.Errorf("%s%s: %d %s", path, query, a.status, a.body)
			}
		}
	}
	a := c.send("GET", "/v1/audit:summary", "")
	var summary audit.Summary
	if json.Unmarshal(a.body, &summary); summary.Operations["set"].Reject != 5 || summary.Operations["change"].Pass != 5 || summary.Operations["set"].Rejected["banned_term"] != 5 {
		t.Errorf("summary %s", a.body)
	}
	s.HoldQueries(2)
	if a := c.send("GET", "/v1/audit", ""); a.status != 429 || a.header.Get("Retry-After") == "" || a.json["decision"] != nil {
		t.Errorf("a third query: %d %s", a.status, a.body)
	}
	s.HoldQueries(-2)
	if err := os.Remove(path); err == nil {
		if a := c.send("GET", "/v1/audit", ""); a.status != 200 {
			t.Errorf("without the file: %d", a.status)
		}
	}
}

func TestAuditNotServed(t *testing.T) {
	file := openAudit(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit")}})
	stream := openAudit(t, audit.Options{Stream: new(logBuffer)})
	for _, c := range []server.Config{{}, {ServeAudit: true}, {Audit: file}, {Audit: stream, ServeAudit: true}} {
		s := start(t, c, server.DefaultLimits(), newEngine(t, "s"))
		if a := s.dial(t).send("GET", "/v1/audit", ""); a.status != 501 {
			t.Errorf("status %d", a.status)
		}
	}
}

// blocked is a stream that waits for the end of the test.
type blocked struct{ end chan struct{} }

func (b blocked) Write(p []byte) (int, error) {
	<-b.end
	return len(p), nil
}

// TestAuditFull wants the declared answer, whichever it is, when there is no room
// for a record, or verdicts where records may be dropped.
func TestAuditFull(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		for _, declared := range []engine.Decision{engine.Reject, engine.Accept} {
			end := make(chan struct{})
			l := openAudit(t, audit.Options{Stream: blocked{end}, Queue: 64, Refuse: refuse})
			config := declare(declared)
			config.Audit = l
			s := start(t, config, server.DefaultLimits(), newEngine(t, "s"))
			c := s.dial(t)
			refused := 0
			for range 300 {
				a := c.send("POST", "/v1/check", `{"password":"dragon"}`)
				if a.status == 503 && a.json["decision"] == declared.String() && fmt.Sprint(a.codes()) == "[unavailable]" {
					refused++
				} else if a.status != 200 || a.json["decision"] != "reject" {
					t.Fatalf("%d %s", a.status, a.body)
				}
			}
			text := s.scrape(t)
			if lost := sample(text, `veto_audit_dropped_total{cause="queue"}`); lost == 0 || refuse != (refused > 0) {
				t.Errorf("refuse %v: %d refused, %v lost", refuse, refused, lost)
			}
			if n := sample(text, `veto_undecided_total{cause="audit",decision="`+declared.String()+`"}`); n != float64(refused) {
				t.Errorf("%v counted, %d refused", n, refused)
			}
			close(end)
		}
	}
}

func TestAuditAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools lose entries under the race detector")
	}
	l := openAudit(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit")}})
	s, err := server.New(server.Config{Audit: l})
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(newEngine(t, "s"))
	handle := handler(s, "/v1/check", typical)
	for range 1000 { // buffers of the writer reach their size
		handle()
	}
	written(t, l, 1000)
	if n := testing.AllocsPerRun(200, handle); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAuditParametersAreDocumented compares docs/API.md with the table.
func TestAuditParametersAreDocumented(t *testing.T) {
	got, want := table(t, "../docs/API.md", "parameter"), slices.Sorted(maps.Keys(server.AuditParameters()))
	for i, name := range want {
		want[i] = name + " | " + server.AuditParameters()[name]
	}
	if !slices.Equal(got, want) {
		t.Errorf("the table should read\n\n| %s |\n", strings.Join(want, " |\n| "))
	}
}
