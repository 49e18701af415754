package server_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/local"
)

// describe returns the verdict in a few words.
func describe(v engine.Verdict) string {
	return fmt.Sprintf("%v, would %v, %v: %s", v.Decision, v.Would, v.Mode, v.Reasons.AppendCodes(nil))
}

func TestCaller(t *testing.T) {
	var log logBuffer
	s, err := server.New(server.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	faulty := newEngine(t, "s", newGate())
	for _, test := range []struct {
		mode     engine.Mode
		lists    *engine.Engine
		password string
		want     string
	}{
		{engine.Enforce, nil, canary, "undecided, would undecided, enforce: unavailable"},
		{engine.Audit, nil, canary, "accept, would undecided, audit: unavailable"},
		{engine.Off, nil, canary, "accept, would accept, off: "},
		{engine.Enforce, faulty, "uh8#Kp2!qLzw6R", "accept, would accept, enforce: "},
		{engine.Enforce, faulty, "Dragon1", "reject, would reject, enforce: too_short,banned_term,low_score"},
		{engine.Audit, faulty, "Dragon1", "accept, would reject, audit: too_short,banned_term,low_score"},
		{engine.Off, faulty, "Dragon1", "accept, would accept, off: "},
		{engine.Enforce, faulty, "a\xed\xa0\x80b", "reject, would reject, enforce: too_short,not_utf8"},
		{engine.Enforce, faulty, faultyPassword, "undecided, would undecided, enforce: unavailable"},
		{engine.Audit, faulty, faultyPassword, "accept, would undecided, audit: unavailable"},
		{engine.Enforce, faulty, "", "reject, would reject, enforce: too_short"},
		{engine.Audit, faulty, "", "reject, would reject, enforce: too_short"},
		{engine.Off, nil, "", "reject, would reject, enforce: too_short"},
	} {
		s.Swap(test.lists)
		s.SetMode(test.mode)
		got := describe(s.Caller().Judge([]byte(test.password), engine.Subject{Account: "jdoe", Operation: engine.Set}))
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%v, %d bytes: %s, want %s", test.mode, len(test.password), got, test.want)
		}
	}
	if strings.Contains(log.String(), canary) || !strings.Contains(log.String(), "check failed") {
		t.Errorf("log %s", &log)
	}
}

// TestCallerIsCounted wants the checks of callers in metrics and audit.
func TestCallerIsCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := openAudit(t, audit.Options{File: audit.File{Path: path}, Accounts: audit.Plain})
	s := start(t, server.Config{Audit: l, Local: new(local.Counters)}, server.DefaultLimits(), nil)
	c := s.Caller()
	subject := engine.Subject{Account: "jdoe", Names: []string{"Jane Doe"}, Operation: engine.Change}
	c.Judge([]byte(canary), subject)
	s.SnapshotFailed(errors.New("no such list"))
	s.Swap(newEngine(t, "sha256:s"))
	c.Judge([]byte("Dragon1"), subject)
	s.SetMode(engine.Off)
	c.Judge([]byte("Dragon1"), subject)
	s.SnapshotFailed(errors.New("no such list"))
	text := s.scrape(t)
	for name, want := range map[string]float64{
		`veto_undecided_total{cause="no_list",decision="undecided"}`:                            1,
		`veto_checks_total{decision="reject",mode="enforce",operation="change",would="reject"}`: 1,
		`veto_checks_total{decision="accept",mode="off",operation="change",would="accept"}`:     1,
		`veto_snapshot_failures_total`:                2,
		`veto_snapshot_failing`:                       1,
		`veto_local_connections`:                      0,
		`veto_local_closed_total{cause="foreign"}`:    0,
		`veto_local_closed_total{cause="incomplete"}`: 0,
		`veto_ready`: 1,
	} {
		if got := sample(text, name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "nothing can be decided") || !strings.Contains(log, "the old ones stay") {
		t.Errorf("log %s", log)
	}
	written(t, l, 3)
	l.Close()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"channel":"local","operation":"change","subject":"jdoe","mode":"enforce","decision":"undecided","would_decision":"undecided","cause":"no_list","reasons":["unavailable"]`,
		`"decision":"reject","would_decision":"reject","reasons":["too_short"`, `"mode":"off","decision":"accept"`,
	} {
		if !strings.Contains(string(file), want) {
			t.Errorf("the audit lacks %s: %s", want, file)
		}
	}
	if strings.Contains(string(file), canary) || strings.Contains(string(file), "Dragon1") {
		t.Error("the audit holds a password")
	}
}

func TestCallerAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools lose entries under the race detector")
	}
	l := openAudit(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit")}})
	s, err := server.New(server.Config{Audit: l})
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(newEngine(t, "s"))
	c, password, names := s.Caller(), []byte("Summer-dragon-2024"), []string{"Jane Doe"}
	judge := func() {
		names[0] = "Jane Doe"
		c.Judge(password, engine.Subject{Account: "jdoe", Names: names, Operation: engine.Set})
	}
	for range 1000 { // buffers of the writer reach their size
		judge()
	}
	written(t, l, 1000)
	if n := testing.AllocsPerRun(200, judge); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLocalMemory sends passwords to a local endpoint in a process of its own in
// every way, and then searches its memory for them.
func TestLocalMemory(t *testing.T) {
	if os.Getenv("VETO_TEST_SERVE") != "" {
		serveLocalForTest(t)
		return
	}
	path, pid := child(t, "local")
	const sent = 800
	var clients sync.WaitGroup
	for g := range 8 {
		clients.Go(func() {
			for i := range sent / 8 {
				if err := sendLocalSecret(path, g*sent/8+i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
	control, err := net.Dial("unix", path) // in the middle of a request: the search must find this one
	if err != nil {
		t.Fatal(err)
	}
	frame := secretFrame("control", local.UTF8)
	control.Write(frame[:len(frame)-1])
	time.Sleep(50 * time.Millisecond)
	found := searchMemory(t, pid, secret)
	control.Close()
	judgeMemory(t, found, sent)
}

// secretFrame is a request about one of the passwords that are searched for.
func secretFrame(name string, e local.Encoding) []byte {
	text := []byte("Kq7-" + name + "-password")
	if e == local.UTF16 {
		var wide []byte
		for _, c := range text {
			wide = binary.LittleEndian.AppendUint16(wide, uint16(c))
		}
		text = wide
	}
	frame, _ := local.AppendRequest(nil, &local.Request{Operation: engine.Set, Encoding: e, Account: []byte("x"), Password: text})
	return frame
}

// sendLocalSecret sends the i-th password, in one of several ways.
func sendLocalSecret(path string, i int) error {
	c, err := net.Dial("unix", path)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	frame := secretFrame(fmt.Sprintf("%03d", i), local.Encoding(i%2))
	answer := make([]byte, 1024)
	switch i / 2 % 6 {
	case 0: // cut
		_, err = c.Write(frame[:len(frame)-1])
		return err
	case 1: // malformed behind it
		c.Write(append(frame, frame[4:]...))
		_, err = io.ReadAll(c)
		return err
	case 2: // so large that it takes more memory
		large, _ := local.AppendRequest(nil, &local.Request{Account: []byte(strings.Repeat(string(frame[14:]), 100)), Password: frame[14:]})
		_, err = c.Write(large)
	case 3: // two in one packet
		_, err = c.Write(append(frame, frame...))
	case 4: // in pieces
		c.Write(frame[:20])
		time.Sleep(time.Millisecond)
		_, err = c.Write(frame[20:])
	default:
		_, err = c.Write(frame)
	}
	if err != nil {
		return err
	}
	n, err := c.Read(answer)
	if err == nil && n < 8 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// serveLocalForTest serves until standard input ends.
func serveLocalForTest(t *testing.T) {
	s, err := server.New(server.Config{MaxInFlight: local.MaxConnections})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := lists.Build(lists.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.SwapSnapshot(snapshot)
	path := filepath.Join(t.TempDir(), "veto.sock")
	ln, err := local.Listen(path, local.Access{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	os.Stdout.WriteString(path + "\n")
	local.New(local.Config{Judge: func() local.Judge { return s.Caller() }}).Serve(ctx, ln)
}
