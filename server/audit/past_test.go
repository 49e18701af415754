package audit_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/audit"
)

// TestWindowRestart: after a restart the window is what it was, from the time of the
// first decision on, as far as it reaches a day back.
func TestWindowRestart(t *testing.T) {
	begin := time.Date(2026, 11, 21, 2, 30, 0, 0, time.UTC)
	var nanos atomic.Int64
	nanos.Store(begin.UnixNano())
	now := func() time.Time { return time.Unix(0, nanos.Load()).UTC() }
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	o := audit.Options{File: audit.File{Path: path, MaxBytes: 8 << 10}, Now: now}
	l := open(t, o)
	random := rand.New(rand.NewPCG(3, 4))
	lists := []string{"custom/company", "global", "custom/a\"b", "custom/x", ""}
	decisions := []engine.Decision{engine.Accept, engine.Reject}
	for range 300 {
		d := &audit.Decision{Time: nanos.Load(), Policy: fmt.Sprint("policy", random.IntN(3)), AllLists: random.IntN(2) == 0}
		d.Reasons, d.Decision, d.Would = engine.Reasons(random.IntN(1<<6)<<5), decisions[random.IntN(2)], decisions[random.IntN(2)]
		d.Audited = d.Reasons & engine.Reasons(random.Uint32())
		if random.IntN(20) == 0 {
			d.Cause = "overload"
		}
		if d.Lists = [4]string(lists); d.AllLists {
			d.Lists = [4]string{lists[random.IntN(5)]}
		}
		l.Add(d)
		nanos.Add(int64(6 * time.Minute))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	want := l.Window()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		fmt.Fprint(file, "{\"kind\":\"decision\",\"time\":\"2026-11-22T08:00:00.000000Z\",\n{\"kind\":\"decision\",\"ti") // damaged, and torn
		err = file.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	l = open(t, o)
	got := l.Window()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(audit.Window{}, "From")); d != "" || want.Known == 0 || len(want.Lists) != 4 {
		t.Errorf("after a restart: %s", d)
	}
	if late := got.From.Sub(want.From); late < 0 || late > 6*time.Minute || !want.From.After(begin) {
		t.Errorf("from %v after a restart, before it from %v", got.From, want.From)
	}
	nanos.Add(int64(21 * time.Hour))
	if w := l.Window(); w.Total.Pass == 0 || w.Total.Pass >= want.Total.Pass || w.From.Before(now().Add(-24*time.Hour)) {
		t.Errorf("21 hours later: %+v", w)
	}
	l.Add(&audit.Decision{Time: nanos.Load(), Decision: engine.Accept, Would: engine.Accept})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestEndOfFiles reads the last bytes of several files, and no others.
func TestEndOfFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	for name, size := range map[string]int{path + ".000004": 1000, path + ".000005": 500, path: 200} {
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for bytes, want := range map[int64]string{50: "6.150", 200: "5.500", 300: "5.400", 700: "4.1000", 900: "4.800", 1700: "", 1 << 30: ""} {
		if got, err := audit.EndOfFiles(path, 6, bytes); err != nil || got != want {
			t.Errorf("the last %d bytes: cursor %q (%v), want %q", bytes, got, err, want)
		}
	}
	if _, err := audit.EndOfFiles(filepath.Join(t.TempDir(), "none"), 1, 1); err == nil {
		t.Error("no file is no error")
	}
}
