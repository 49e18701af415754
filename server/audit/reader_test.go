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
	want := strings.Join(audit.Columns[:], ",") + "\r\ndecision,,,,'-1,'=cmd|'/C calc'!A0,\"a,\"\"b\",,,,,,low_score date,,,12,,,'\t=1,,,,\r\n"
	if out.String() != want {
		t.Errorf("got\n%q, want\n%q", out.String(), want)
	}
}
