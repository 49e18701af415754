package audit_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/audit"
)

// TestWindow counts decisions by policy and list, and forgets them after a day.
func TestWindow(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	start := now
	l, err := audit.Open(audit.Options{Stream: io.Discard, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	score, term := engine.Reasons(0).With(engine.LowScore), engine.Reasons(0).With(engine.BannedTerm)
	add := func(decisions ...audit.Decision) {
		t.Helper()
		for i := range decisions {
			decisions[i].Time = now.UnixNano()
			l.Add(&decisions[i])
		}
		if err := l.Change(audit.Change{Action: "test"}); err != nil { // behind all of them
			t.Fatal(err)
		}
	}
	const accept, reject = engine.Accept, engine.Reject
	add(audit.Decision{Policy: "staff", Decision: accept, Would: accept},
		audit.Decision{Policy: "staff", Decision: accept, Would: reject, Mode: engine.Audit, Reasons: score},
		audit.Decision{Policy: "all", Decision: reject, Would: reject, Reasons: term | score, Audited: score, AllLists: true, Lists: [4]string{"custom/company"}},
		audit.Decision{Decision: reject, Would: reject, Cause: "overload"})
	staff := &audit.Tally{Outcomes: audit.Outcomes{Pass: 1, AuditOnly: 1}, Rejected: map[string]int{}, Audited: map[string]int{"low_score": 1}}
	all := &audit.Tally{Outcomes: audit.Outcomes{Reject: 1}, Rejected: map[string]int{"banned_term": 1}, Audited: map[string]int{"low_score": 1}}
	want := &audit.Window{
		From: start, To: now, Known: 1,
		Total:    audit.Tally{Outcomes: audit.Outcomes{Pass: 1, Reject: 1, AuditOnly: 1, Undecided: 1}, Rejected: map[string]int{"banned_term": 1}, Audited: map[string]int{"low_score": 2}},
		Policies: map[string]*audit.Tally{"staff": staff, "all": all},
		Lists:    map[string]*audit.Tally{"custom/company": all},
	}
	if d := cmp.Diff(want, l.Window()); d != "" {
		t.Error(d)
	}
	now = start.Add(23 * time.Hour)
	add(audit.Decision{Policy: "late", Decision: accept, Would: accept})
	if w := l.Window(); w.Total.Pass != 2 || w.Total.Reject != 1 || !w.From.Equal(start) {
		t.Errorf("after 23 hours: %+v", w)
	}
	now = start.Add(24 * time.Hour)
	if w := l.Window(); w.Total.Pass != 1 || w.Total.Reject != 0 || w.Policies["staff"] != nil || !w.From.Equal(start.Add(30*time.Minute)) {
		t.Errorf("after a day: %+v", w)
	}
	add(audit.Decision{Decision: accept, Would: accept})
	now = start // the clock was wrong
	add(audit.Decision{Policy: "staff", Decision: reject, Would: reject})
	if w := l.Window(); w.Total.Reject != 1 || w.Total.Pass != 0 {
		t.Errorf("after the clock was set back: %+v", w)
	}
}

// TestWindowOddClocks: a clock that stands before 1970, or at its begin as one
// without a battery does, is a clock, too.
func TestWindowOddClocks(t *testing.T) {
	for _, now := range []time.Time{time.Unix(0, 0), time.Unix(1800, 0), time.Unix(-1, 0), time.Unix(-3600, 0), time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)} {
		l, err := audit.Open(audit.Options{Stream: io.Discard, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			l.Add(&audit.Decision{Time: now.UnixNano(), Policy: "staff", Lists: [4]string{"custom/a"}})
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		w := l.Window()
		if w.Total.Pass != 2 || w.Policies["staff"].Pass != 2 || w.Lists["custom/a"].Pass != 2 || w.From.After(w.To) {
			t.Errorf("%v: %+v", now, w)
		}
	}
}

// TestWindowNames: of more policies than an hour counts by name the rest count in
// the total, and the window tells that they are missing.
func TestWindowNames(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)
	l, err := audit.Open(audit.Options{Stream: io.Discard, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const most = 1000
	for i := range most + 1 {
		l.Add(&audit.Decision{Time: now.UnixNano(), Policy: fmt.Sprint("p", i), Decision: engine.Accept, Would: engine.Accept})
		if i < most-1 {
			continue
		}
		if err := l.Change(audit.Change{Action: "test"}); err != nil { // behind all of them
			t.Fatal(err)
		}
		if w := l.Window(); w.Total.Pass != i+1 || len(w.Policies) != most || w.Unnamed != (i == most) {
			t.Errorf("%d policies: %d decisions, %d by name, unnamed %t", i+1, w.Total.Pass, len(w.Policies), w.Unnamed)
		}
	}
}
