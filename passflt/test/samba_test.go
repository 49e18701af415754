//go:build linux

package passflt_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const canary = "Tr0ub4dor-canary-&3"

// sambaRun is one run of veto-samba-check.
type sambaRun struct {
	program, socket, log string
	options              []string
	input                []byte
	on                   machine // native if zero
}

// do returns the exit status, -1 for a signal, with all output.
func (r sambaRun) do(t *testing.T) (int, []byte) {
	t.Helper()
	options := append([]string{"--log=" + r.log, "--timeout-ms=9000"}, r.options...)
	if r.socket != "" {
		options = append(options, "--socket="+r.socket, fmt.Sprint("--server-uid=", os.Getuid()))
	}
	cmd := r.on.command(r.program, options...)
	cmd.Env = []string{"SAMBA_CPS_ACCOUNT_NAME=jdoe", "SAMBA_CPS_FULL_NAME=Jane Doe", "ASAN_OPTIONS=detect_leaks=0"}
	cmd.Stdin = bytes.NewReader(r.input)
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), output
}

// TestSambaAnswers has every answer an endpoint can give, good and bad.
func TestSambaAnswers(t *testing.T) { testSambaAnswers(t, native, "veto-samba-check-sanitized") }

func testSambaAnswers(t *testing.T, m machine, name string) {
	program := m.build(t, name)
	log := newJournal(t)
	open := []string{"--fail-absent=open", "--fail-timeout=open", "--fail-undecided=open"}
	short := []string{"--timeout-ms=150"}
	long := strings.Repeat("banned_term,", 85) + "date"
	tests := []struct {
		name    string
		answer  func(net.Conn)
		options []string
		want    int
		log     string // with %s for what is always there
	}{
		{"accept", reply(1, ""), nil, 0, "decision=accept cause=verdict operation=unknown account=jdoe codes=-"},
		{"reject", reply(0, "too_short,date"), open, 1, "decision=reject cause=verdict operation=unknown account=jdoe codes=too_short,date"},
		{"reject without codes", reply(0, ""), open, 1, "decision=reject cause=verdict operation=unknown account=jdoe codes=-"},
		{"audit", reply(1, "date"), nil, 0, "decision=accept would=reject cause=verdict operation=unknown account=jdoe codes=date"},
		{"longest codes", reply(0, long), nil, 1, "decision=reject cause=verdict operation=unknown account=jdoe codes=" + long},
		{"undecided", reply(2, "unavailable"), nil, 1, "decision=reject cause=undecided operation=unknown account=jdoe codes=unavailable"},
		{"undecided, open", reply(2, "unavailable"), open, 0, "decision=accept cause=undecided operation=unknown account=jdoe codes=unavailable"},
		{"in pieces", send([]byte("VE"), []byte("TO\x01"), []byte("\x01\x00"), []byte("\x00")), nil, 0, "decision=accept cause=verdict operation=unknown account=jdoe codes=-"},
		{"closed", func(net.Conn) {}, nil, 1, "decision=reject cause=broken operation=unknown account=jdoe codes=-"},
		{"closed, open", func(net.Conn) {}, open[2:], 0, "decision=accept cause=broken operation=unknown account=jdoe codes=-"},
		{"half", send([]byte("VETO\x01\x01\x04\x00da")), nil, 1, "decision=reject cause=broken operation=unknown account=jdoe codes=-"},
		{"malformed", send([]byte("VETO\x01\x03\x00\x00")), nil, 1, "decision=reject cause=broken operation=unknown account=jdoe codes=-"},
		{"too much", send([]byte("VETO\x01\x01\x00\x00\x00")), nil, 1, "decision=reject cause=broken operation=unknown account=jdoe codes=-"},
		{"HTTP", send([]byte("HTTP/1.1 200 OK\r\n\r\n")), nil, 1, "decision=reject cause=broken operation=unknown account=jdoe codes=-"},
		{"line break in codes", send([]byte("VETO\x01\x00\x05\x00da\nte")), nil, 1, "decision=reject cause=broken operation=unknown account=jdoe codes=-"},
		{"hung", hang, short, 1, "decision=reject cause=timeout operation=unknown account=jdoe codes=-"},
		{"hung, open", hang, append(open, short...), 0, "decision=accept cause=timeout operation=unknown account=jdoe codes=-"},
		{"hung, others open", hang, append([]string{open[0], open[2]}, short...), 1, "decision=reject cause=timeout operation=unknown account=jdoe codes=-"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := serve(t, test.answer)
			status, output := sambaRun{program, e.path, log.path, test.options, []byte(canary), m}.do(t)
			if status != test.want || len(output) > 0 {
				t.Errorf("exit status %d, want %d\n%s", status, test.want, output)
			}
			if line := log.line(); text(line) != test.log || !strings.HasPrefix(line, "<8") {
				t.Errorf("log %q, want %q", line, test.log)
			}
			want := "VETO\x01\x00\x00\x00\x04\x00\x08\x00\x13\x00jdoeJane Doe" + canary
			if got := string(e.last()); got != want {
				t.Errorf("request %q, want %q", got, want)
			}
		})
	}
}

// TestSambaAbsent has endpoints that must not be told the password, or cannot.
func TestSambaAbsent(t *testing.T) {
	program := build(t, "veto-samba-check-sanitized")
	log := newJournal(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(t.TempDir(), "closed")
	if l, err := net.Listen("unix", closed); err == nil {
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		l.Close()
	}
	for _, socket := range []string{"/nowhere/veto.sock", file, closed, filepath.Dir(file)} {
		for answer, want := range map[string]int{"closed": 1, "open": 0} {
			status, _ := sambaRun{program, socket, log.path, []string{"--fail-absent=" + answer}, []byte(canary), native}.do(t)
			if line := log.line(); status != want || !strings.Contains(line, "cause=absent") {
				t.Errorf("%s, %s: exit status %d, want %d; log %q", socket, answer, status, want, line)
			}
		}
	}
	t.Run("foreign", func(t *testing.T) {
		e := foreign(t, 65534)
		options := []string{"--fail-absent=open", "--fail-timeout=open", "--fail-undecided=open"}
		status, _ := sambaRun{program, e.path, log.path, options, []byte(canary), native}.do(t)
		if line := log.line(); status != 1 || !strings.Contains(line, "cause=foreign") {
			t.Errorf("exit status %d, want 1; log %q", status, line)
		}
		if status, _ = (sambaRun{program, e.path, log.path, []string{"--fail-foreign=open"}, []byte(canary), native}).do(t); status != 0 {
			t.Errorf("exit status %d, declared open", status)
		}
		if e.last() != nil {
			t.Error("a foreign endpoint was sent something")
		}
		status, _ = sambaRun{program, "", log.path, []string{"--socket=" + e.path, "--server-uid=65534"}, []byte(canary), native}.do(t)
		if status != 0 || e.last() == nil {
			t.Errorf("exit status %d of the user allowed, want 0", status)
		}
	})
}

// TestSambaBacklog fills the queue of connections that nobody accepts.
func TestSambaBacklog(t *testing.T) {
	program := build(t, "veto-samba-check-sanitized")
	log := newJournal(t)
	began := time.Now()
	status, _ := sambaRun{program, full(t), log.path, []string{"--timeout-ms=200"}, []byte(canary), native}.do(t)
	if line := log.line(); status != 1 || !strings.Contains(line, "cause=timeout") || time.Since(began) > 5*time.Second {
		t.Errorf("exit status %d after %v, log %q", status, time.Since(began), line)
	}
}

// TestSambaInput has passwords that other filters cut, lose or choke on.
func TestSambaInput(t *testing.T) {
	program := build(t, "veto-samba-check-sanitized")
	log := newJournal(t)
	e := serve(t, reply(1, ""))
	room := 65536 - 14 - len("jdoeJane Doe")
	tests := []struct {
		name     string
		password string
		accept   bool
	}{
		{"NUL", "good\x00bad", true},
		{"line breaks", "a\nb\r\n", true},
		{"quotes", `"'$(id)` + "`id`;%u\\", true},
		{"emoji", "😀🚀 パスワード", true},
		{"invalid UTF-8", "ab\xff\xfecd", true},
		{"one byte", "x", true},
		{"256 characters of three bytes", strings.Repeat("密", 256), true},
		{"longest", strings.Repeat("x", room), true},
		{"too long for its names", strings.Repeat("x", room+1), false},
		{"buffer", strings.Repeat("x", 65536), false},
		{"beyond the buffer", strings.Repeat("x", 65537), false},
		{"a megabyte", strings.Repeat("x", 1<<20), false},
		{"empty", "", false},
	}
	options := []string{"--fail-absent=open", "--fail-timeout=open", "--fail-undecided=open"}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := e.count()
			status, output := sambaRun{program, e.path, log.path, options, []byte(test.password), native}.do(t)
			if (status == 0) != test.accept || status > 1 || len(output) > 0 {
				t.Errorf("exit status %d\n%s", status, output)
			}
			if asked := e.count() > before; asked != test.accept {
				t.Errorf("asked %v, want %v", asked, test.accept)
			}
			if test.accept && !bytes.HasSuffix(e.last(), []byte("Jane Doe"+test.password)) {
				t.Error("the endpoint got another password")
			}
			if line := log.line(); len(test.password) > 4 && strings.Contains(line, test.password) {
				t.Errorf("log holds the password: %q", line)
			}
		})
	}
}

// TestSambaSlowInput has a password that does not come to its end in time.
func TestSambaSlowInput(t *testing.T) {
	program := build(t, "veto-samba-check-sanitized")
	log := newJournal(t)
	e := serve(t, reply(1, ""))
	cmd := exec.Command(program, "--log="+log.path, "--timeout-ms=300", "--socket="+e.path, fmt.Sprint("--server-uid=", os.Getuid()), "--fail-timeout=open")
	cmd.Env = []string{"ASAN_OPTIONS=detect_leaks=0"}
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(input, "half of a pass")
	err = cmd.Wait()
	if status, took := cmd.ProcessState.ExitCode(), time.Since(began); status != 1 || took < 300*time.Millisecond || took > 8*time.Second || e.count() > 0 {
		t.Errorf("exit status %d (%v) after %v, asked %d times", status, err, took, e.count())
	}
}

// TestSambaOptions makes sure that a mistake refuses, and reads all input first:
// Samba's write must not fail.
func TestSambaOptions(t *testing.T) {
	program := build(t, "veto-samba-check-sanitized")
	log := newJournal(t)
	e := serve(t, reply(1, ""))
	wrong := []string{"--socket=relative", "--socket=/" + strings.Repeat("x", 107), "--timeout-ms=0", "--timeout-ms=9001", "--timeout-ms=-1",
		"--timeout-ms=1s", "--timeout-ms=", "--timeout-ms", "--fail-absent=maybe", "--fail-absent", "--fail-set-absent=open", "--server-uid=root", "--server-uid=4294967295",
		"--what=1", "-h", "socket=/run/x", "--socke", "--", "--server-uid= 1", "--timeout-ms=99999999999999999999"}
	for _, option := range wrong {
		cmd := exec.Command(program, "--log="+log.path, option)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var output bytes.Buffer
		cmd.Stderr = &output
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(in, strings.NewReader(strings.Repeat(canary, 10000))); err != nil {
			t.Errorf("%s: %v", option, err)
		}
		in.Close()
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 2 || output.Len() == 0 || contains(output.Bytes(), canary) {
			t.Errorf("%s: exit status %d, want 2\n%s", option, code, output.Bytes())
		}
		if line := log.line(); !strings.HasPrefix(line, "<83>veto-samba-check[") {
			t.Errorf("%s: log %q", option, line)
		}
	}
	if e.last() != nil {
		t.Error("asked with wrong options")
	}
}

// TestSambaAccount has accounts that must not reach a log as they are.
func TestSambaAccount(t *testing.T) {
	program := build(t, "veto-samba-check-sanitized")
	log := newJournal(t)
	e := serve(t, reply(1, ""))
	tests := map[string]string{
		"jdoe":                     "jdoe",
		"a b\nc\x1b[0m":            "a?b?c?[0m",
		"x" + canary:               "-",
		strings.Repeat("long", 99): strings.Repeat("long", 16),
		"":                         "-",
		"WS01$":                    "WS01$",
	}
	for account, want := range tests {
		cmd := exec.Command(program, "--log="+log.path, "--socket="+e.path, fmt.Sprint("--server-uid=", os.Getuid()))
		cmd.Env = []string{"SAMBA_CPS_ACCOUNT_NAME=" + account, "ASAN_OPTIONS=detect_leaks=0"}
		cmd.Stdin = strings.NewReader(canary)
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%q: %v\n%s", account, err, output)
		}
		if line := log.line(); !strings.Contains(line, " account="+want+" codes") {
			t.Errorf("%q: log %q, want %q", account, line, want)
		}
	}
}

// TestSambaLog makes sure that a log nobody reads does not hold a change.
func TestSambaLog(t *testing.T) {
	program := build(t, "veto-samba-check-sanitized")
	log := newJournal(t)
	e := serve(t, reply(1, ""))
	for range 20 { // the kernel queues 10 datagrams by default
		if status, output := (sambaRun{program, e.path, log.path, nil, []byte(canary), native}).do(t); status != 0 {
			t.Fatalf("exit status %d\n%s", status, output)
		}
	}
	if status, _ := (sambaRun{program, e.path, "/nowhere/log", nil, []byte(canary), native}).do(t); status != 0 {
		t.Errorf("exit status %d without a log", status)
	}
}
