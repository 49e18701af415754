package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
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
		l := open(t, audit.Options{Stream: &out, Accounts: accounts, Key: []byte("0123456789abcdef"), Site: "Köln"})
		d := decision(1)
		d.Channel = audit.Local
		d.Erased |= audit.Names
		d.Actor, d.Lists[0], d.Lists[1] = "portal", "global", "custom/a\"b"
		d.Decision, d.Would, d.Mode, d.Reasons, d.Audited = engine.Accept, engine.Reject, engine.Audit, 1<<engine.Breached|1<<engine.Date, 1<<engine.Date
		l.Add(d)
		l.Close()
		erased := `"password","account","names"`
		if accounts == audit.Plain {
			erased = `"password","names"`
		}
		line := `{"kind":"decision","time":"2026-01-02T03:04:01.000000Z","id":"000000000000000000000001","channel":"local","site":"Köln","operation":"set","actor":"portal",` + want +
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

// TestRotationFails has a file where the full one should go: nothing is

// overwritten, nothing lost.

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

// TestKill kills a process that records changes, again and again: none that was

// acknowledged is lost, and the chain goes on.

// TestInUse opens a file twice.

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

// TestDiskFull has every second write fail with half of its bytes written.

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

// TestReserve has callers that keep room for several decisions, and write them all
// or none.
func TestReserve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := open(t, audit.Options{File: audit.File{Path: path}, Queue: 64})
	if l.Reserve(65) || !l.Reserve(64) || l.Add(&audit.Decision{}) || l.Reserve(1) {
		t.Error("more was promised than there is room")
	}
	l.Release(63)
	if l.AddReserved(&audit.Decision{}); !l.Reserve(63) {
		t.Error("what was released is not free")
	}
	l.Release(63)
	var writers sync.WaitGroup
	var kept atomic.Uint64
	kept.Add(1)
	for size := range 20 {
		writers.Go(func() {
			for range 50 {
				for !l.Reserve(size + 1) {
					time.Sleep(time.Millisecond)
				}
				used := size + 1 - size%3
				for range used {
					l.AddReserved(&audit.Decision{})
				}
				l.Release(size + 1 - used)
				kept.Add(uint64(used))
			}
		})
	}
	writers.Wait()
	l.Close()
	if c := l.Counts(); c.Records != kept.Load() || c.Waiting != 0 || !l.Reserve(64) {
		t.Errorf("%+v, want %d records", c, kept.Load())
	}
}
