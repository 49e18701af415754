package audit_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/server/audit"
)

func TestRotationUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path, MaxBytes: 20_000, Sync: audit.Never}, Queue: 64})
	const writers, each = 4, 500
	var load sync.WaitGroup
	for w := range writers {
		load.Go(func() {
			for i := range each {
				for d := decision(w*each + i); !l.Add(d); {
					time.Sleep(time.Millisecond)
				}
				if i%100 == 0 {
					if err := l.Change(audit.Change{Action: "list.put", Target: fmt.Sprint("custom/", w), After: "x"}); err != nil {
						t.Error(err)
					}
					all(t, path, audit.Query{Limit: 50}) // readers don't mind
				}
			}
		})
	}
	load.Wait()
	l.Close()
	got := ids(t, all(t, path, audit.Query{Kind: "decision", Limit: 77}))
	slices.Sort(got)
	if len(got) != writers*each || len(slices.Compact(got)) != writers*each {
		t.Errorf("%d records of %d", len(got), writers*each)
	}
	if n, err := audit.Verify(path); n != writers*each/100 || err != nil {
		t.Errorf("%d changes, %v", n, err)
	}
	c := l.Counts()
	if c.Rotations < 10 || c.Records != writers*each+20 || c.DroppedWrite != 0 {
		t.Errorf("counts %+v", c)
	}
}

func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path, MaxBytes: 1000, Keep: 3}})
	for i := range 30 {
		l.Add(decision(i))
		if err := l.Change(audit.Change{Action: "a", Target: strings.Repeat("x", 300)}); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	files, _ := filepath.Glob(path + "*")
	if len(files) != 4 {
		t.Errorf("files %v", files)
	}
	if got := ids(t, all(t, path, audit.Query{Limit: 3})); len(got) == 0 || got[len(got)-1] != 29 {
		t.Errorf("records %v", got)
	}
	if _, err := audit.Verify(path); err != nil { // the chain begins with a file in the middle
		t.Error(err)
	}
}

func TestRotationFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path, MaxBytes: 1000, Sync: audit.Never}})
	if err := os.WriteFile(path+".000001", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		l.Add(decision(i))
		if err := l.Change(audit.Change{Action: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.Counts().Rotations; n != 0 {
		t.Errorf("%d rotations", n)
	}
	os.Remove(path + ".000001")
	for l.Counts().Rotations == 0 {
		l.Change(audit.Change{Action: "x"})
	}
	l.Close()
	if got := ids(t, all(t, path, audit.Query{Kind: "decision", Limit: 9})); len(got) != 50 {
		t.Errorf("%d records", len(got))
	}
	if _, err := audit.Verify(path); err != nil {
		t.Error(err)
	}
}

func TestRotationByAge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var shift atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
	l := open(t, audit.Options{File: audit.File{Path: path, MaxAge: time.Hour}, Now: now})
	l.Add(decision(1))
	wait(t, func() bool { return l.Counts().Records == 1 })
	shift.Store(int64(2 * time.Hour))
	wait(t, func() bool { return l.Counts().Rotations == 1 })
	shift.Store(int64(4 * time.Hour)) // an empty file stays
	time.Sleep(50 * time.Millisecond)
	l.Close()
	if n := l.Counts().Rotations; n != 1 {
		t.Errorf("%d rotations", n)
	}
}

func TestTornEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path}})
	l.Add(decision(1))
	l.Change(audit.Change{Action: "one"})
	l.Add(decision(2))
	l.Change(audit.Change{Action: "two"})
	l.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for size := len(text) - len(lines[4]) - len(lines[3]); size <= len(text); size += 7 {
		if err := os.WriteFile(path, text[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, audit.Options{File: audit.File{Path: path, Sync: audit.Never}})
		if err := l.Change(audit.Change{Action: "three"}); err != nil {
			t.Fatal(err)
		}
		l.Close()
		whole := bytes.Count(text[:size], []byte("\n"))
		if got := all(t, path, audit.Query{Limit: 100}); len(got) != whole { // without the header, with the new one
			t.Errorf("cut at %d: %d records, want %d", size, len(got), whole)
		}
		if _, err := audit.Verify(path); err != nil {
			t.Errorf("cut at %d: %v", size, err)
		}
	}
	for size := 0; size < len(lines[0]); size += 7 { // the header itself
		os.WriteFile(path, text[:size], 0o600)
		l := open(t, audit.Options{File: audit.File{Path: path, Sync: audit.Never}})
		l.Close()
		if n, err := audit.Verify(path); n != 0 || err != nil {
			t.Errorf("cut at %d: %v", size, err)
		}
	}
}

func TestKill(t *testing.T) {
	if path := os.Getenv("VETO_TEST_AUDIT"); path != "" {
		l := open(t, audit.Options{File: audit.File{Path: path, MaxBytes: 4000}})
		for {
			l.Add(decision(1))
			if err := l.Change(audit.Change{Action: "x"}); err != nil {
				t.Fatal(err)
			}
			fmt.Println("acknowledged")
		}
	}
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	acknowledged := 0
	for round := range 8 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "VETO_TEST_AUDIT="+path)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			acknowledged++
			if n == 3*round {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		open(t, audit.Options{File: audit.File{Path: path}}).Close() // repairs
		if n, err := audit.Verify(path); err != nil || n < acknowledged || n > acknowledged+round+1 {
			t.Fatalf("round %d: %d changes of %d acknowledged, %v", round, n, acknowledged, err)
		}
	}
}

func TestForeignFile(t *testing.T) {
	for _, text := range []string{"hello", "hello\n", "{}\n", `{"kind":"decision"}` + "\n", "\x00\x00", "\n", `{"kind":"file","sequence":0}` + "\n"} {
		path := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := audit.Open(audit.Options{File: audit.File{Path: path}})
		if !errors.Is(err, audit.ErrForeign) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v", text, err)
		}
		if have, _ := os.ReadFile(path); string(have) != text {
			t.Errorf("%q became %q", text, have)
		}
	}
}

func TestInUse(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files are not locked there")
	}
	o := audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit.jsonl")}}
	first := open(t, o)
	if _, err := audit.Open(o); !errors.Is(err, audit.ErrInUse) {
		t.Errorf("second: %v", err)
	}
	if err := first.Reopen(); err != nil {
		t.Error(err)
	}
	first.Close()
	open(t, o)
}

func TestChain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path, MaxBytes: 1200}})
	for i := range 6 {
		if err := l.Change(audit.Change{Actor: "ann", Action: "list.put", Target: fmt.Sprint("custom/", i)}); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	if n, err := audit.Verify(path); n != 6 || err != nil {
		t.Fatalf("%d %v", n, err)
	}
	first := path + ".000001"
	text, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for name, changed := range map[string][]byte{
		"altered":  bytes.Replace(text, []byte("ann"), []byte("bob"), 1),
		"removed":  slices.Concat(lines[0], slices.Concat(lines[2:]...)),
		"last":     slices.Concat(lines[:len(lines)-2]...),
		"repeated": slices.Concat(lines[0], lines[1], slices.Concat(lines[1:]...)),
	} {
		os.WriteFile(first, changed, 0o600)
		if _, err := audit.Verify(path); !errors.Is(err, audit.ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDiskFull(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		for _, broken := range []bool{false, true} {
			path := filepath.Join(t.TempDir(), "audit.jsonl")
			var full atomic.Bool
			o := audit.Options{File: audit.File{Path: path}, Refuse: refuse, Queue: 64}
			audit.FailWrites(&o, full.Load, func() bool { return broken && full.Load() })
			l := open(t, o)
			l.Add(decision(1))
			wait(t, func() bool { return l.Counts().Records == 1 })
			full.Store(true)
			l.Add(decision(2))
			wait(t, l.Failing)
			if err := l.Change(audit.Change{Action: "x"}); err == nil {
				t.Error("a change was acknowledged that is not recorded")
			}
			full.Store(false)
			wait(t, func() bool { l.Add(decision(3)); return !l.Failing() })
			if err := l.Change(audit.Change{Action: "y"}); err != nil {
				t.Error(err)
			}
			l.Close()
			got := slices.Compact(ids(t, all(t, path, audit.Query{Kind: "decision", Limit: 1000})))
			want := []int{1, 3}
			if refuse {
				want = []int{1, 2, 3}
			}
			if !slices.Equal(got, want) {
				t.Errorf("refuse %v: records %v, want %v", refuse, got, want)
			}
			if n, err := audit.Verify(path); n != 1 || err != nil {
				t.Errorf("%d changes, %v", n, err)
			}
			if c := l.Counts(); !refuse && c.DroppedWrite == 0 || c.Errors["file"] == 0 {
				t.Errorf("counts %+v", c)
			}
		}
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path}})
	l.Change(audit.Change{Action: "one"})
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Skip(err) // not while it is open
	}
	l.Add(decision(1))
	if err := l.Reopen(); err != nil {
		t.Fatal(err)
	}
	l.Add(decision(2))
	l.Change(audit.Change{Action: "two"})
	l.Close()
	if moved, _ := os.ReadFile(path + ".moved"); bytes.Count(moved, []byte("\n")) != 3 {
		t.Errorf("moved away: %s", moved)
	}
	if n, err := audit.Verify(path); n != 1 || err != nil {
		t.Errorf("%d changes, %v", n, err)
	}
	if err := l.Change(audit.Change{}); !errors.Is(err, audit.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// TestSyncFails has a change written that is not acknowledged, as it may not be on
// the disk: the chain goes on behind it.
func TestSyncFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var fails atomic.Bool
	o := audit.Options{File: audit.File{Path: path}}
	audit.FailSyncs(&o, fails.Load)
	l := open(t, o)
	for i := range 3 {
		fails.Store(i == 1)
		if err := l.Change(audit.Change{Action: "x"}); (err != nil) != (i == 1) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	l.Close()
	if n, err := audit.Verify(path); n != 3 || err != nil {
		t.Errorf("%d changes, %v", n, err)
	}
}
