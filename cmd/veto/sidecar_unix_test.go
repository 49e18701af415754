//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/local"
)

// sidecarProcess is a running veto sidecar.
type sidecarProcess struct {
	*exec.Cmd
	socket string
	mu     sync.Mutex
	log    bytes.Buffer
}

// Write appends to the log.
func (p *sidecarProcess) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *sidecarProcess) logged(text string) bool { return p.count(text) > 0 }

// count returns how often the log has a text.
func (p *sidecarProcess) count(text string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Count(p.log.String(), text)
}

// admin returns the address of the admin listener, once it is logged.
func (p *sidecarProcess) admin(t *testing.T) (addr string) {
	t.Helper()
	await(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		lines := bufio.NewScanner(strings.NewReader(p.log.String()))
		for lines.Scan() {
			if _, after, ok := strings.Cut(lines.Text(), "msg=administration address="); ok {
				addr = after
			}
		}
		return addr != ""
	})
	return addr
}

// startSidecar runs veto sidecar at socket until the test ends, and waits until it
// listens.
func startSidecar(t *testing.T, socket string, env []string, args ...string) *sidecarProcess {
	t.Helper()
	p := &sidecarProcess{Cmd: exec.Command("veto", append([]string{"sidecar", "--socket", socket}, args...)...), socket: socket}
	p.Env = append(os.Environ(), env...)
	p.Stderr = p
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Process.Kill()
		p.Wait()
		if p.logged("kanarienvogel") {
			t.Error("the log holds a password")
		}
	})
	await(t, func() bool { return p.logged("local endpoint listening") })
	return p
}

// ask returns the decision and codes of a reply. An error fails the test.
func (p *sidecarProcess) ask(t *testing.T, password string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c, err := local.Dial(ctx, p.socket, local.Access{})
	if err != nil {
		t.Error(err)
		return ""
	}
	defer c.Close()
	r, err := c.Ask(ctx, &local.Request{Operation: engine.Change, Account: []byte("jdoe"), Password: []byte(password)})
	if err != nil {
		t.Error(err)
	}
	return strings.TrimSpace(r.Decision.String() + " " + r.Codes)
}

// end ends the process in an orderly way.
func (p *sidecarProcess) end(t *testing.T) {
	t.Helper()
	p.Process.Signal(syscall.SIGTERM)
	if err := p.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &p.log)
	}
}

// TestSidecarLists wants that a missing list never accepts, that a list that
// goes away stays in force, and that hangups load what there is.
func TestSidecarLists(t *testing.T) {
	folder := t.TempDir()
	config, terms, socket := filepath.Join(folder, "veto.yaml"), filepath.Join(folder, "company.txt"), filepath.Join(folder, "veto.sock")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(config, "terms: {global: false, files: [company.txt]}\naudit: {file: audit.jsonl, subject: plain}\n")
	p := startSidecar(t, socket, nil, "--config", config)
	if got := p.ask(t, "Zyxtal-kanarienvogel"); got != "undecided unavailable" {
		t.Errorf("without a list: %s", got)
	}
	if !p.logged(`level=ERROR msg="no lists: nothing can be decided"`) || !p.logged("company.txt") {
		t.Errorf("log %s", &p.log)
	}
	hangup := func(logged string) {
		t.Helper()
		p.Process.Signal(syscall.SIGHUP)
		await(t, func() bool { return p.logged(logged) })
	}
	write(terms, "zyxtal\n")
	hangup("lists loaded")
	if got := p.ask(t, "Zyxtal1"); !strings.Contains(got, "banned_term") {
		t.Errorf("with a list: %s", got)
	}
	os.Remove(terms)
	hangup("the old ones stay")
	if got := p.ask(t, "Zyxtal1"); !strings.Contains(got, "banned_term") {
		t.Errorf("after the list is gone: %s", got)
	}
	write(config, "terms: {global: no such value}\n")
	hangup("must be true or false")
	if got := p.ask(t, "Zyxtal1"); !strings.Contains(got, "banned_term") {
		t.Errorf("with a wrong configuration: %s", got)
	}
	write(config, "terms: {global: false}\npolicies: [{name: all, mode: audit}]\n")
	hangup(`level=WARN msg="policy that refuses nothing" policy=all why="its mode is audit`)
	write(config, "terms: {global: false}\nsidecar: {mode: audit}\n")
	hangup("passwords that should be refused are accepted")
	if got := p.ask(t, "abc"); !strings.HasPrefix(got, "accept too_short") {
		t.Errorf("in audit mode: %s", got)
	}
	write(config, "terms: {global: false}\nsidecar: {mode: disabled}\n")
	hangup("accepted without judging")
	if got := p.ask(t, "abc"); got != "accept" {
		t.Errorf("disabled: %s", got)
	}
	if got := p.ask(t, ""); got != "reject too_short" {
		t.Errorf("disabled, empty password: %s", got)
	}
	p.end(t)
	audit, _ := os.ReadFile(filepath.Join(folder, "audit.jsonl"))
	for _, want := range []string{`"cause":"no_list"`, `"decision":"reject"`, `"mode":"audit"`, `"mode":"off"`, `"subject":"jdoe"`} {
		if !strings.Contains(string(audit), want) {
			t.Errorf("the audit lacks %s", want)
		}
	}
	if strings.Contains(string(audit), "kanarienvogel") || strings.Contains(string(audit), "Zyxtal") {
		t.Error("the audit holds a password")
	}
}

// TestSidecarMemory wants that the process stays small, 800 calls at once included.
func TestSidecarMemory(t *testing.T) {
	info, _ := debug.ReadBuildInfo()
	if runtime.GOOS != "linux" || slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("needs /proc and no race detector")
	}
	p := startSidecar(t, filepath.Join(t.TempDir(), "veto.sock"), nil)
	var clients sync.WaitGroup
	for range 800 {
		clients.Go(func() {
			if got := p.ask(t, "uh8#Kp2!qLzw6R"); got != "accept" {
				t.Errorf("reply %q", got)
			}
		})
	}
	clients.Wait()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var kib int
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	fmt.Sscan(peak, &kib)
	t.Logf("at most %d MiB resident", kib>>10)
	if kib == 0 || kib > 64<<10 {
		t.Errorf("%d KiB resident", kib)
	}
}

// TestSidecarKill kills the process in the middle of requests and starts it again.
func TestSidecarKill(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "veto.sock")
	for range 3 {
		p := startSidecar(t, socket, nil, "--no-global")
		c, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte("VETO\x01\x01\x00\x00\x00\x00\x00\x00\x05\x00Zx9"))
		if got := p.ask(t, "uh8#Kp2!qLzw6R"); got != "accept" {
			t.Errorf("reply %s", got)
		}
		if out, err := exec.Command("veto", "sidecar", "--socket", socket, "--no-global").CombinedOutput(); err == nil || !strings.Contains(string(out), "another process") {
			t.Errorf("a second sidecar: %v, %s", err, out)
		}
		p.Process.Kill()
		p.Wait()
		c.SetDeadline(time.Now().Add(5 * time.Second))
		if answer, err := io.ReadAll(c); len(answer) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("answer %x, %v", answer, err)
		}
		if _, err := local.Dial(t.Context(), socket, local.Access{}); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("after the kill: %v", err)
		}
	}
}

// TestSidecarProbe wants that a probe tells the modes apart.
func TestSidecarProbe(t *testing.T) {
	folder := t.TempDir()
	socket := filepath.Join(folder, "veto.sock")
	probe := func(stdin string, args ...string) (string, int) {
		cmd := exec.Command("veto", append([]string{"sidecar", "probe", "--socket", socket}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	expect := func(out string, code int, wantCode exitCode, want string) {
		t.Helper()
		if code != int(wantCode) || !strings.Contains(out, want) {
			t.Errorf("exit code %d, output %s, want %d, %s", code, out, wantCode, want)
		}
	}
	out, code := probe("")
	expect(out, code, exitFailure, "no such file")
	for mode, want := range map[string]string{"enforce": "is enforcing", "audit": "in audit mode", "disabled": "without judging"} {
		p := startSidecar(t, socket, nil, "--mode", mode)
		out, code := probe("", "--expect", mode)
		expect(out, code, exitOK, want)
		out, code = probe("", "--json")
		expect(out, code, map[bool]exitCode{true: exitOK, false: exitFailure}[mode == "enforce"], `"state":"`+mode+`"`)
		if mode == "enforce" {
			out, code = probe("kanarienvogel\n", "--stdin")
			expect(out, code, exitRefused, "reject ")
			out, code = probe("uh8#Kp2!qLzw6R\n", "--stdin", "--json")
			expect(out, code, exitOK, `"decision":"accept"`)
			out, code = probe("", "--stdin")
			expect(out, code, exitUsage, "no password")
			out, code = probe("", "kanarienvogel")
			expect(out, code, exitUsage, "takes no arguments")
			if strings.Contains(out, "kanarienvogel") {
				t.Errorf("output %s", out)
			}
		}
		p.end(t)
	}
	startSidecar(t, socket, nil, "--terms", filepath.Join(folder, "none"))
	out, code = probe("")
	expect(out, code, exitFailure, "cannot decide")
	out, code = probe("x\n", "--stdin")
	expect(out, code, exitFailure, "undecided unavailable")
}

// systemd is the socket that states are told to.
type systemd struct {
	*net.UnixConn
	path string
}

func newSystemd(t *testing.T) *systemd {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	return &systemd{c, path}
}

// receive waits for a state.
func (s *systemd) receive(t *testing.T, want string) {
	t.Helper()
	message := make([]byte, 4096)
	for {
		n, err := s.Read(message)
		if err != nil {
			t.Fatalf("no %s: %v", want, err)
		}
		if strings.Contains(string(message[:n]), want) {
			return
		}
	}
}

// TestSidecarNotify plays systemd.
func TestSidecarNotify(t *testing.T) {
	s := newSystemd(t)
	p := startSidecar(t, filepath.Join(t.TempDir(), "veto.sock"), []string{"NOTIFY_SOCKET=" + s.path, "WATCHDOG_USEC=200000"}, "--no-global")
	s.receive(t, "READY=1\nSTATUS=answering at ")
	s.receive(t, "WATCHDOG=1")
	s.receive(t, "WATCHDOG=1")
	p.Process.Signal(syscall.SIGHUP)
	s.receive(t, "STATUS=answering at ")
	p.end(t)
	s.receive(t, "STOPPING=1")
}

func TestSidecarErrors(t *testing.T) {
	folder := t.TempDir()
	for text, want := range map[string]string{
		"sidecar: {users: [no-such-user]}":            "veto.yaml:1: sidecar.users[0]: user: unknown user no-such-user",
		"sidecar: {groups: ['0', no-such-group]}":     "sidecar.groups[1]: group: unknown group no-such-group",
		"sidecar: {users: ['99999999999']}":           "sidecar.users[0]",
		"sidecar: {mode: off}":                        "sidecar.mode: must be audit or disabled or enforce",
		"sidecar: {socket: /no/such/folder/v}":        "no such file",
		"admin: {listen: '0.0.0.0:1'}":                "only a loopback address",
		"audit: {file: no/such/audit.jsonl}":          "no such file",
		"sidecar: {socket: " + folder + "/veto.yaml}": "is no socket",
	} {
		config := filepath.Join(folder, "veto.yaml")
		if err := os.WriteFile(config, []byte(text+"\nterms: {global: false}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"sidecar", "--config", config}
		if !strings.Contains(text, "socket") {
			args = append(args, "--socket", filepath.Join(folder, "veto.sock"))
		}
		cmd := exec.Command("veto", args...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code < int(exitConfig) || !strings.Contains(string(out), want) {
			t.Errorf("%s: exit code %d, output %s", text, code, out)
		}
	}
}

// TestSidecarAdmin wants the state of the endpoint where operators look.
func TestSidecarAdmin(t *testing.T) {
	folder := t.TempDir()
	p := startSidecar(t, filepath.Join(folder, "veto.sock"), nil, "--terms", filepath.Join(folder, "none"), "--admin-listen", "127.0.0.1:0")
	addr := p.admin(t)
	status, text := get(t, "http://"+addr+"/readyz")
	if status != 503 || !strings.Contains(text, "no lists") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	if _, text := get(t, "http://"+addr+"/metrics"); !strings.Contains(text, "\nveto_snapshot_failing 1\n") || !strings.Contains(text, "\nveto_local_connections ") {
		t.Errorf("/metrics: %s", text)
	}
}

// get returns the answer to a GET.
func get(t *testing.T, url string) (status int, text string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// TestUnit asks systemd about the unit: what it does not know, and how exposed
// the service is, in tenths. What ExecStart runs must be a command line of veto.
func TestUnit(t *testing.T) {
	const unit, limit = "../../deploy/systemd/veto-sidecar.service", "20"
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(text), "\nExecStart=/usr/bin/veto ")
	line, _, _ = strings.Cut(line, "\n")
	out, _ := exec.Command("veto", append(strings.Fields(line), "--help")...).CombinedOutput()
	if !strings.Contains(string(out), "Sidecar answers the password filters") {
		t.Errorf("ExecStart: %s", out)
	}
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("needs systemd-analyze")
	}
	out, err = exec.Command(analyze, "security", "--no-pager", "--offline=true", "--threshold="+limit, unit).CombinedOutput()
	if strings.Contains(string(out), "offline") {
		t.Skip("needs systemd-analyze of systemd 250 or later")
	}
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	runnable := filepath.Join(t.TempDir(), filepath.Base(unit)) // where the program is
	os.WriteFile(runnable, bytes.ReplaceAll(text, []byte("/usr/bin/veto "), []byte("/bin/sh ")), 0o600)
	if out, err := exec.Command(analyze, "verify", "--man=no", runnable).CombinedOutput(); err != nil || strings.Contains(string(out), filepath.Base(unit)+":") {
		t.Errorf("%v: %s", err, out)
	}
}
