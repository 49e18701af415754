package audit_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/audit"
)

// decision returns the i-th record of a test.
func decision(i int) *audit.Decision {
	d := &audit.Decision{
		Time: time.Date(2026, 1, 2, 3, 4, i, 0, time.UTC).UnixNano(), Latency: 5678, Policy: "default", Snapshot: "sha256:ab",
		Operation: engine.Operation(i % 3), Decision: engine.Accept, Would: engine.Accept, Erased: audit.Password,
	}
	if i%2 == 0 {
		d.Decision, d.Would, d.Reasons = engine.Reject, engine.Reject, engine.Reasons(0).With(engine.BannedTerm).With(engine.LowScore)
	}
	copy(d.ID[:], fmt.Sprintf("%024d", i))
	d.SetAccount("JDoe")
	return d
}

func open(t testing.TB, o audit.Options) *audit.Log {
	t.Helper()
	l, err := audit.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// all returns all records of path by pages, and fails on damaged lines.
func all(t testing.TB, path string, q audit.Query) (lines []string) {
	t.Helper()
	for {
		p, err := audit.Read(path, q)
		if err != nil {
			t.Fatal(err)
		}
		if p.Damaged > 0 {
			t.Errorf("%d damaged lines", p.Damaged)
		}
		for _, line := range p.Lines {
			if !json.Valid(line) {
				t.Errorf("line %q", line)
			}
			lines = append(lines, string(line))
		}
		if q.Cursor = p.Next; q.Cursor == "" {
			return lines
		}
	}
}

// ids returns the numbers that decision gave the records.
func ids(t testing.TB, lines []string) (all []int) {
	for _, line := range lines {
		var r struct{ ID string }
		var n int
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(r.ID, "%d", &n); err == nil && len(r.ID) == audit.IDBytes {
			all = append(all, n)
		}
	}
	return all
}

// TestLines has the HMAC from: printf jdoe | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef
func TestLines(t *testing.T) {
	for accounts, want := range map[audit.Accounts]string{
		audit.Plain: `"subject":"JDoe",`, audit.None: ``, audit.Keyed: `"subject":"hmac:445ebeabfc321d23af7dc151ae36e734",`,
	} {
		var out bytes.Buffer
		l := open(t, audit.Options{Stream: &out, Accounts: accounts, Key: []byte("0123456789abcdef")})
		d := decision(1)
		d.Erased |= audit.Names
		d.Actor, d.Lists[0], d.Lists[1] = "portal", "global", "custom/a\"b"
		d.Decision, d.Would, d.Mode, d.Reasons, d.Audited = engine.Accept, engine.Reject, engine.Audit, 1<<engine.Breached|1<<engine.Date, 1<<engine.Date
		l.Add(d)
		l.Close()
		erased := `"password","account","names"`
		if accounts == audit.Plain {
			erased = `"password","names"`
		}
		line := `{"kind":"decision","time":"2026-01-02T03:04:01.000000Z","id":"000000000000000000000001","operation":"set","actor":"portal",` + want +
			`"policy":"default","snapshot":"sha256:ab","mode":"audit","decision":"accept","would_decision":"reject","reasons":["breached","date"],` +
			`"audited":["date"],"lists":["global","custom/a\"b"],"latency_us":5,"erased":[` + erased + `]}` + "\n"
		if out.String() != line {
			t.Errorf("line\n%swant\n%s", &out, line)
		}
	}
}

func TestLongAccount(t *testing.T) {
	var out bytes.Buffer
	l := open(t, audit.Options{Stream: &out, Accounts: audit.Plain})
	d := decision(1)
	d.SetAccount(strings.Repeat("x", audit.AccountBytes+1))
	l.Add(d)
	l.Close()
	if strings.Contains(out.String(), "xx") || !strings.Contains(out.String(), `"erased":["password","account"]`) {
		t.Errorf("line %s", &out)
	}
}

func TestAllocations(t *testing.T) {
	l := open(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit")}, Queue: 1 << 16})
	d := decision(1)
	if n := testing.AllocsPerRun(1000, func() { l.Add(d) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestRotationUnderLoad wants every record once, in files of about the size
// asked for, and an unbroken chain of changes through all of them.
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

func wait(t testing.TB, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain")
		}
	}
}

// TestTornEnd cuts a file at many bytes of its last two lines, as a killed process
// leaves it: what is whole stays, and the chain goes on.
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

// TestKill kills a process that records changes, again and again: none that was
// acknowledged is lost, and the chain goes on.
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

func TestOpenErrors(t *testing.T) {
	for _, o := range []audit.Options{
		{}, {File: audit.File{Path: filepath.Join(t.TempDir(), "no", "such")}}, {Syslog: "tcp:x:1"}, {Syslog: "unix:"}, {Syslog: "unix:" + filepath.Join(t.TempDir(), "s")},
	} {
		if l, err := audit.Open(o); err == nil {
			l.Close()
			t.Errorf("%+v: no error", o)
		}
	}
}

// TestChain alters, removes and repeats changes.
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

// TestDiskFull has every second write fail with half of its bytes written.
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

// stuck is a stream that blocks until it is opened.
type stuck struct{ open chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	<-s.open
	return len(p), nil
}

func TestQueueFull(t *testing.T) {
	s := stuck{make(chan struct{})}
	l := open(t, audit.Options{Stream: s, Queue: 64})
	added, refused := uint64(0), uint64(0)
	for refused < 10 {
		if l.Add(decision(1)) {
			added++
		} else {
			refused++
		}
	}
	if added < 64 || l.Counts().DroppedQueue != refused || l.Counts().Capacity != 64 {
		t.Errorf("%d added, %d refused, %+v", added, refused, l.Counts())
	}
	close(s.open)
	wait(t, func() bool { return l.Counts().Records == added && l.Counts().Waiting == 0 })
	if !l.Add(decision(1)) {
		t.Error("the queue stays full")
	}
}

// TestClockJump sets the clock back by a year in the middle.
func TestClockJump(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	var back atomic.Bool
	now := func() time.Time {
		if back.Load() {
			return time.Now().AddDate(-1, 0, 0)
		}
		return time.Now()
	}
	l := open(t, audit.Options{File: audit.File{Path: path, MaxBytes: 2000, MaxAge: time.Hour}, Now: now})
	for i := range 40 {
		back.Store(i >= 20)
		d := decision(i)
		d.Time = now().UnixNano()
		l.Add(d)
		if err := l.Change(audit.Change{Action: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	l.Close()
	if got := ids(t, all(t, path, audit.Query{Kind: "decision", Limit: 9})); len(got) != 40 || !slices.IsSorted(got) {
		t.Errorf("records %v", got)
	}
	recent := ids(t, all(t, path, audit.Query{From: time.Now().AddDate(0, -1, 0), Limit: 9}))
	if len(recent) != 20 {
		t.Errorf("%d recent records", len(recent))
	}
	if n, err := audit.Verify(path); n != 40 || err != nil {
		t.Errorf("%d changes, %v", n, err)
	}
}

// TestReopen moves the file away, as logrotate does.
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

func TestSyslog(t *testing.T) {
	folder := t.TempDir()
	for network, address := range map[string]string{"unixgram": filepath.Join(folder, "log"), "udp": "127.0.0.1:0"} {
		daemon, err := net.ListenPacket(network, address)
		if err != nil {
			t.Skip(err)
		}
		defer daemon.Close()
		target := strings.TrimSuffix(network, "gram") + ":" + daemon.LocalAddr().String()
		l := open(t, audit.Options{Syslog: target})
		l.Add(decision(1))
		l.Add(decision(2))
		for i := 1; i <= 2; i++ {
			message := make([]byte, 4096)
			daemon.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, _, err := daemon.ReadFrom(message)
			want := fmt.Sprintf(`^<86>1 \d{4}-\d\d-\d\dT[0-9:.]{15}Z \S+ veto \d+ - - \{"kind":"decision",.*"id":"0{23}%d".*\}$`, i)
			if err != nil || !regexp.MustCompile(want).Match(message[:n]) {
				t.Errorf("%s: message %q, %v", target, message[:n], err)
			}
		}
		l.Close()
	}
}

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
