package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/audit"
)

func TestQueries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path, MaxBytes: 3000}})
	for i := range 30 {
		d := decision(i)
		if i%10 == 0 {
			d.Decision, d.Mode, d.Policy = engine.Accept, engine.Audit, "other"
		}
		l.Add(d)
		if i%10 == 9 {
			l.Change(audit.Change{Action: "x"}) // so that files fill up
		}
	}
	l.Close()
	at := func(second int) time.Time { return time.Date(2026, 1, 2, 3, 4, second, 0, time.UTC) }
	for _, test := range []struct {
		q    audit.Query
		want int
	}{
		{audit.Query{}, 33}, {audit.Query{Kind: "change"}, 3}, {audit.Query{Kind: "decision"}, 30}, {audit.Query{Decision: "audit"}, 3},
		{audit.Query{Decision: "reject"}, 12}, {audit.Query{Decision: "accept"}, 15}, {audit.Query{Policy: "other"}, 3}, {audit.Query{Reason: "banned_term"}, 15},
		{audit.Query{Reason: "breached"}, 0}, {audit.Query{Operation: "unknown"}, 10}, {audit.Query{Operation: "change", Decision: "reject"}, 4},
		{audit.Query{From: at(5), To: at(8)}, 3}, {audit.Query{To: at(5)}, 5}, {audit.Query{From: at(25), Kind: "decision"}, 5},
	} {
		for _, limit := range []int{1, 7, 1000} {
			test.q.Limit = limit
			if got := all(t, path, test.q); len(got) != test.want {
				t.Errorf("%+v: %d records, want %d", test.q, len(got), test.want)
			}
		}
	}
	for _, cursor := range []string{"x", "0.0", "1", "1.-1", "1.0.0", "-1.0"} {
		if _, err := audit.Read(path, audit.Query{Cursor: cursor, Limit: 1}); !errors.Is(err, audit.ErrQuery) {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
	for _, limit := range []int{1, 7, 33, 1000} {
		oldest := all(t, path, audit.Query{Limit: 1000})
		page, err := audit.Read(path, audit.Query{Latest: true, Limit: limit})
		if err != nil || page.Next != "" || len(page.Lines) != min(limit, 33) {
			t.Fatalf("latest %d: %d records, next %q, %v", limit, len(page.Lines), page.Next, err)
		}
		for i, line := range page.Lines {
			if want := oldest[len(oldest)-1-i]; string(line) != string(want) {
				t.Errorf("latest %d, record %d: %s, want %s", limit, i, line, want)
			}
		}
	}
	series, err := audit.Summarize(path, audit.Query{Every: 10 * time.Second})
	if err != nil || len(series.Series) != 3 {
		t.Fatalf("series of %d, %v", len(series.Series), err)
	}
	for i, p := range series.Series {
		if !p.Time.Equal(at(10*i)) || p.Pass+p.Reject+p.AuditOnly+p.Undecided != 10 || p.AuditOnly != 1 {
			t.Errorf("point %d: %+v", i, *p)
		}
	}
	s, err := audit.Summarize(path, audit.Query{})
	if err != nil || s.Changes != 3 || s.Damaged != 0 || s.Next != "" {
		t.Fatalf("%+v %v", s, err)
	}
	text, _ := json.Marshal(s.Operations)
	want := `{"change":{"pass":5,"reject":4,"audit_only":1,"undecided":0,"rejected_by":{"banned_term":4,"low_score":4},"audited_by":{"banned_term":1,"low_score":1}},` +
		`"set":{"pass":5,"reject":4,"audit_only":1,"undecided":0,"rejected_by":{"banned_term":4,"low_score":4},"audited_by":{"banned_term":1,"low_score":1}},` +
		`"unknown":{"pass":5,"reject":4,"audit_only":1,"undecided":0,"rejected_by":{"banned_term":4,"low_score":4},"audited_by":{"banned_term":1,"low_score":1}}}`
	if string(text) != want {
		t.Errorf("summary %s", text)
	}
}

// TestLongSeries wants decisions for which a series has no more points counted.
func TestLongSeries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path}})
	for i := range 2010 {
		l.Add(decision(i))
	}
	l.Close()
	for every, want := range map[time.Duration]int{time.Second: 10, 2 * time.Second: 0} {
		s, err := audit.Summarize(path, audit.Query{Every: every})
		if err != nil {
			t.Fatal(err)
		}
		outside := 0
		if s.Outside != nil {
			outside = s.Outside.Pass + s.Outside.Reject
		}
		if outside != want || len(s.Series) != min(2000, 2010/int(every/time.Second)) {
			t.Errorf("every %v: %d points, outside %d, want %d", every, len(s.Series), outside, want)
		}
	}
}

// TestReports wants decisions that were reported counted, found and saved like
// those made here.
func TestReports(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	now := time.Date(2026, 1, 2, 3, 4, 30, 0, time.UTC)
	l := open(t, audit.Options{File: audit.File{Path: path}, Site: "Köln", Now: func() time.Time { return now }})
	for i := range 6 {
		d := decision(i)
		d.Channel = audit.API
		l.Add(d)
	}
	pass, reject := engine.Accept, engine.Reject
	reports := []audit.Report{
		{Host: "dc1", Site: "Bonn", Channel: audit.Local, Operation: engine.Set, Decision: pass, Would: pass, Count: 40},
		{Host: "dc1", Site: "Bonn", Channel: audit.Local, Operation: engine.Change, Decision: reject, Would: reject, Count: 9},
		{Host: "dc2", Channel: audit.Local, Operation: engine.Change, Decision: pass, Would: reject, Count: 2},
		{Host: "dc2", Channel: audit.Local, Operation: engine.UnknownOperation, Count: 1},
	}
	if err := errors.Join(l.Report(reports), l.Report(nil)); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := l.Report(reports); !errors.Is(err, audit.ErrClosed) {
		t.Errorf("a report after the end: %v", err)
	}
	of := func(pass, reject, audited, undecided int) audit.Outcomes {
		return audit.Outcomes{pass, reject, audited, undecided}
	}
	for _, test := range []struct {
		q       audit.Query
		records int
		want    audit.Outcomes // in all
	}{
		{audit.Query{}, 10, of(43, 12, 2, 1)},
		{audit.Query{Kind: "report"}, 4, of(40, 9, 2, 1)},
		{audit.Query{Kind: "decision"}, 6, of(3, 3, 0, 0)},
		{audit.Query{Channel: "local"}, 4, of(40, 9, 2, 1)},
		{audit.Query{Channel: "api"}, 6, of(3, 3, 0, 0)},
		{audit.Query{Channel: "batch"}, 0, of(0, 0, 0, 0)},
		{audit.Query{Site: "Bonn"}, 2, of(40, 9, 0, 0)},
		{audit.Query{Site: "dc2"}, 2, of(0, 0, 2, 1)},
		{audit.Query{Site: "Köln", Decision: "reject"}, 3, of(0, 3, 0, 0)},
		{audit.Query{Decision: "audit"}, 1, of(0, 0, 2, 0)},
		{audit.Query{Operation: "unknown", Kind: "report"}, 1, of(0, 0, 0, 1)},
		{audit.Query{Policy: "default"}, 6, of(3, 3, 0, 0)},
		{audit.Query{Reason: "banned_term"}, 3, of(0, 3, 0, 0)},
	} {
		test.q.Limit, test.q.Every = 100, time.Hour
		if got := all(t, path, test.q); len(got) != test.records {
			t.Errorf("%+v: %d records, want %d", test.q, len(got), test.records)
		}
		s, err := audit.Summarize(path, test.q)
		if err != nil {
			t.Fatal(err)
		}
		var sum, series audit.Outcomes
		for _, tally := range s.Operations {
			add(&sum, tally.Outcomes)
		}
		for _, p := range s.Series {
			add(&series, p.Outcomes)
		}
		if sum != test.want || series != test.want {
			t.Errorf("%+v: %+v, by time %+v, want %+v", test.q, sum, series, test.want)
		}
	}
	s, err := audit.Summarize(path, audit.Query{})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal([]any{s.Channels, s.Sites, s.Reported})
	want := `[{"api":{"pass":3,"reject":3,"audit_only":0,"undecided":0},"local":{"pass":40,"reject":9,"audit_only":2,"undecided":1}},` +
		`{"Bonn":{"pass":40,"reject":9,"audit_only":0,"undecided":0},"Köln":{"pass":3,"reject":3,"audit_only":0,"undecided":0},"dc2":{"pass":0,"reject":0,"audit_only":2,"undecided":1}},` +
		`{"pass":40,"reject":9,"audit_only":2,"undecided":1}]`
	if string(text) != want {
		t.Errorf("%s, want\n%s", text, want)
	}
	line := all(t, path, audit.Query{Kind: "report", Limit: 1})[0]
	if want := `{"kind":"report","time":"2026-01-02T03:04:30.000000Z","channel":"local","site":"Bonn","host":"dc1","operation":"set","decision":"accept","would_decision":"accept","count":40}`; line != want {
		t.Errorf("%s, want\n%s", line, want)
	}
}

func add(to *audit.Outcomes, o audit.Outcomes) {
	to.Pass, to.Reject, to.AuditOnly, to.Undecided = to.Pass+o.Pass, to.Reject+o.Reject, to.AuditOnly+o.AuditOnly, to.Undecided+o.Undecided
}

// TestManySites wants a bounded answer.
func TestManySites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path}})
	for i := range 1010 {
		if err := l.Report([]audit.Report{{Host: fmt.Sprint("dc", i), Count: 1 << 63}}); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	s, err := audit.Summarize(path, audit.Query{})
	if err != nil || len(s.Sites) != 1001 || s.Sites["other"].Undecided != 10*s.Sites["dc0"].Undecided || s.Reported.Undecided <= 0 {
		t.Errorf("%d sites, %+v in all, %v", len(s.Sites), s.Reported, err)
	}
}

func TestDamagedLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path}})
	l.Add(decision(1))
	l.Close()
	f, _ := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	fmt.Fprintf(f, "nonsense\n\n%s\n{\"kind\":\"decision\",\"time\":\"2026-01-02T03:04:01.000000Z\",\n", strings.Repeat("x", 200_000))
	f.Close()
	l = open(t, audit.Options{File: audit.File{Path: path}})
	l.Add(decision(2))
	l.Close()
	p, err := audit.Read(path, audit.Query{Limit: 10})
	if err != nil || len(p.Lines) != 2 || p.Damaged < 4 {
		t.Errorf("%d records, %d damaged, %v", len(p.Lines), p.Damaged, err)
	}
}

func TestCSV(t *testing.T) {
	var out bytes.Buffer
	if err := audit.WriteCSV(&out, [][]byte{[]byte(`{"kind":"decision","subject":"=cmd|'/C calc'!A0","policy":"a,\"b","reasons":["low_score","date"],"latency_us":12,"actor":"-1","target":"\t=1"}`)}); err != nil {
		t.Fatal(err)
	}
	want := strings.Join(audit.Columns[:], ",") + "\r\ndecision,,,,'-1,'=cmd|'/C calc'!A0,\"a,\"\"b\",,,,,,low_score date,,,12,,,'\t=1,,,,,,,,\r\n"
	if out.String() != want {
		t.Errorf("got\n%q, want\n%q", out.String(), want)
	}
}
