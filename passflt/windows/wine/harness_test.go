package wine_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// machine is a Windows of its own: a prefix of Wine, with the programs under test.
type machine struct {
	dir     string // of the filter and the test programs
	wine    string
	service string
	prefix  string
	env     []string
}

// newMachine makes a prefix that ends with the test.
func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Getenv("WINE_TESTS") == "" {
		t.Skip("a minute under Wine: make wine runs it")
	}
	m := &machine{wine: find("wine64", "/usr/lib/wine/wine64"), dir: build(t)}
	server := find("wineserver", "/usr/lib/wine/wineserver", "/usr/lib/wine/wineserver64")
	if m.wine == "" || server == "" {
		t.Skip("Wine is missing: the packages wine and wine64 have it")
	}
	m.service = buildService(t, m.dir, version)
	m.prefix = t.TempDir()
	m.env = append(os.Environ(), "WINEPREFIX="+m.prefix, "WINEARCH=win64", "WINEDEBUG=-all", "DISPLAY=")
	t.Cleanup(func() {
		end := exec.Command(server, "-k")
		end.Env = m.env
		end.Run()
		wait := exec.Command(server, "-w")
		wait.Env = m.env
		wait.Run()
	})
	run(t, m.command("wineboot", "-i"))
	shim, err := os.ReadFile(filepath.Join(m.dir, "test", "bcryptprimitives.dll"))
	if err == nil {
		err = os.WriteFile(filepath.Join(m.system(), "bcryptprimitives.dll"), shim, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func find(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func (m *machine) command(args ...string) *exec.Cmd {
	cmd := exec.Command(m.wine, args...)
	cmd.Env = m.env
	return cmd
}

func (m *machine) program(name string) string { return filepath.Join(m.dir, "test", name) }

// start runs a program until the test ends or stop is called, once it has
// written a line that holds ready to its output or errors. On a busy machine Wine
// ends one now and then before its first word: it is started again.
func (m *machine) start(t *testing.T, ready string, args ...string) (lines <-chan string, stop func()) {
	t.Helper()
	for range 3 {
		if lines, stop, ok := m.attempt(t, ready, args...); ok {
			return lines, stop
		}
		t.Logf("%s ended without a word", args[0])
	}
	t.FailNow()
	return nil, nil
}

// attempt is one start; ok is false if the program ended without a word.
func (m *machine) attempt(t *testing.T, ready string, args ...string) (lines <-chan string, stop func(), ok bool) {
	t.Helper()
	cmd := m.command(args...)
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	err = cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan string, 10000)
	go func() {
		defer close(all)
		for s := bufio.NewScanner(bufio.NewReaderSize(out, 1<<20)); s.Scan(); {
			all <- s.Text()
		}
	}()
	stop = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Cleanup(stop)
	var said []string
	for limit := time.After(20 * time.Second); ; {
		select {
		case line, ok := <-all:
			if strings.Contains(line, ready) {
				return all, stop, true
			}
			if !ok && len(said) == 0 {
				return nil, nil, false
			}
			if !ok {
				t.Fatalf("%s ended:\n%s", args[0], strings.Join(said, "\n"))
			}
			said = append(said, line)
		case <-limit:
			t.Fatalf("%s never said %q", args[0], ready)
		}
	}
}

// sidecar starts the service at a pipe.
func (m *machine) sidecar(t *testing.T, pipe string, flags ...string) (stop func()) {
	t.Helper()
	_, stop = m.start(t, "endpoint listening", append([]string{m.service, "sidecar", "--socket", `\\.\pipe\` + pipe}, flags...)...)
	m.listening(t, pipe)
	return stop
}

// listening waits until a pipe can be opened, and closes it at once: under Wine 8
// the first client of a pipe of go-winio may never be answered.
func (m *machine) listening(t *testing.T, pipe string) {
	t.Helper()
	out := ""
	for range 50 {
		touch := m.command(m.program("loader.exe"))
		touch.Stdin = strings.NewReader("touch " + pipe + "\n")
		if out = run(t, touch); strings.HasPrefix(out, "ok") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s cannot be opened: %s", pipe, out)
}

// fake is a pipe server as testdata has none: what it answers, and how.
type fake struct {
	reply string // hexadecimal
	delay int    // milliseconds before each chunk; -1 never answers, -2 never reads
	chunk int    // bytes, 0: all
	owner string // of the pipe, as in SDDL; empty: Administrators
}

func (m *machine) fake(t *testing.T, pipe string, f fake) (requests <-chan string) {
	t.Helper()
	if f.reply == "" {
		f.reply = "-"
	}
	if f.chunk == 0 {
		f.chunk = 1 << 20
	}
	if f.owner == "" {
		f.owner = "BA"
	}
	requests, _ = m.start(t, "ready", m.program("server.exe"), pipe, f.reply, strconv.Itoa(f.delay), strconv.Itoa(f.chunk), f.owner)
	return requests
}

// lsass is the program that loads the filter.
type lsass struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Scanner
}

// lsass starts the program and has it load the filter.
func (m *machine) lsass(t *testing.T) *lsass {
	t.Helper()
	cmd := m.command(m.program("loader.exe"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the loader of the filter: %v", err)
		}
	})
	l := &lsass{t, in, bufio.NewScanner(out)}
	l.out.Buffer(make([]byte, 1<<16), 1<<20)
	l.want("ok", "load", filepath.Join(m.dir, "veto-filter.dll"))
	return l
}

// ask sends a line and returns the answer.
func (l *lsass) ask(words ...string) string {
	l.t.Helper()
	fmt.Fprintln(l.in, strings.Join(words, " "))
	if !l.out.Scan() {
		l.t.Fatalf("the process of the filter ended at %s: %v", words[0], l.out.Err())
	}
	return strings.TrimRight(l.out.Text(), "\r")
}

func (l *lsass) want(answer string, words ...string) {
	l.t.Helper()
	if got := l.ask(words...); got != answer {
		l.t.Fatalf("%s: %q, want %q", words[0], got, answer)
	}
}

// set changes settings until the test t ends: numbers, or else texts.
func (l *lsass) set(t *testing.T, settings map[string]any) {
	t.Helper()
	for name, value := range settings {
		kind := "text"
		if _, ok := value.(int); ok {
			kind = "number"
		}
		l.want("ok", kind, name, fmt.Sprint(value))
		t.Cleanup(func() { l.want("ok", "unset", name) })
	}
}

// call lets the filter judge and returns its answer and how long that took.
func (l *lsass) call(operation, account, password string) (answer string, took time.Duration) {
	l.t.Helper()
	return l.raw(operation, units(account), units(password))
}

// raw is call with strings as the loader takes them.
func (l *lsass) raw(operation, account, password string) (answer string, took time.Duration) {
	l.t.Helper()
	line := l.ask("call", operation, account, units("Jane Doe"), password)
	answer, digits, _ := strings.Cut(line, " ")
	microseconds, err := strconv.Atoi(digits)
	if err != nil {
		l.t.Fatalf("call: %q", line)
	}
	return answer, time.Duration(microseconds) * time.Microsecond
}

// events returns the events since the last time, at least n of them.
func (l *lsass) events(n int) []event {
	l.t.Helper()
	var all []event
	for line := l.ask("events", strconv.Itoa(n)); line != "."; line = strings.TrimRight(l.out.Text(), "\r") {
		f := strings.Split(line, "|")
		if len(f) != 4 {
			l.t.Fatalf("event: %q", line)
		}
		all = append(all, event{f[0], f[1], f[2], f[3]})
		if !l.out.Scan() {
			l.t.Fatal("the process of the filter ended")
		}
	}
	if len(all) < n {
		l.t.Errorf("%d events, want %d: %v", len(all), n, all)
	}
	return all
}

// event is what the filter told the event log, with the text that its own
// messages make of it.
type event struct{ id, account, why, text string }

// units returns a string as hexadecimal UTF-16LE.
func units(s string) string {
	if s == "" {
		return "."
	}
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return hex.EncodeToString(b)
}

// vectors are the parts of testdata/protocol.json that are used here.
type vectors struct {
	Requests []struct {
		Name, Frame, Account, Password string
		FullName                       string `json:"full_name"`
		Operation, Encoding            int
	}
	Replies []struct {
		Name, Frame, Codes string
		Decision           int
	}
	MalformedReplies  []struct{ Name, Frame string } `json:"malformed_replies"`
	IncompleteReplies []struct{ Name, Frame string } `json:"incomplete_replies"`
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	data, err := os.ReadFile("../../../testdata/protocol.json")
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}
