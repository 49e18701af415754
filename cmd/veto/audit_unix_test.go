//go:build unix

package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vetopw/veto/server/audit"
)

// await returns when done is true, or fails.
func await(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("in vain")
		}
	}
}

// TestServeAudit moves the file away, as logrotate does.
func TestServeAudit(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "audit.jsonl")
	config := filepath.Join(folder, "veto.yaml")
	if err := os.WriteFile(config, []byte("audit: {file: audit.jsonl, serve: true, subject: plain}\nterms: {global: false}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, log, addr := startServe(t, "--config", config)
	post(t, addr, `{"password":"Zx9-kanarienvogel","account":"jdoe"}`)
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGHUP)
	await(t, func() bool { _, err := os.Stat(path); return err == nil })
	post(t, addr, `{"password":"Zx9-kanarienvogel","account":"other"}`)
	await(t, func() bool {
		resp, err := http.Get("http://" + addr + "/v1/audit")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return strings.Contains(string(text), `"subject":"other"`) && !strings.Contains(string(text), `"subject":"jdoe"`)
	})
	cmd.Process.Signal(syscall.SIGTERM)
	rest, _ := io.ReadAll(log)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	moved, _ := os.ReadFile(path + ".moved")
	if !strings.Contains(string(moved), `"subject":"jdoe"`) || strings.Contains(string(moved)+string(rest), "kanarienvogel") {
		t.Errorf("file %s\nlog %s", moved, rest)
	}
	if _, err := audit.Verify(path); err != nil {
		t.Error(err)
	}
}

// TestServeAdmin asks the listener for operators.
func TestServeAdmin(t *testing.T) {
	cmd := exec.Command("veto", "serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--no-global")
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	var text string
	for buffer := make([]byte, 4096); !strings.Contains(text, "msg=administration") || !strings.Contains(text, "msg=listening"); {
		n, err := stderr.Read(buffer)
		if text += string(buffer[:n]); err != nil {
			t.Fatalf("log %s", text)
		}
	}
	_, addr, _ := strings.Cut(text[strings.Index(text, "msg=administration"):], "address=")
	addr, _, _ = strings.Cut(addr, "\n")
	resp, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if metrics, _ := io.ReadAll(resp.Body); !strings.Contains(string(metrics), "\nveto_ready 1\n") {
		t.Errorf("metrics %s", metrics)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestServeAuditErrors(t *testing.T) {
	folder := t.TempDir()
	short := filepath.Join(folder, "key")
	os.WriteFile(short, []byte("short\n"), 0o600)
	for text, want := range map[string]string{
		"audit: {file: no/such/audit.jsonl}":                  "no such file",
		"audit: {file: veto.yaml}":                            "is no audit file",
		"audit: {stdout: true, key_file: key}":                "holds less than 16 bytes",
		"audit: {syslog: 'tcp:localhost:1'}":                  "must be unix:PATH or udp:HOST:PORT",
		"audit: {stdout: true}\nadmin: {listen: '0.0.0.0:1'}": "only a loopback address",
	} {
		config := filepath.Join(folder, "veto.yaml")
		if err := os.WriteFile(config, []byte(text+"\nterms: {global: false}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("veto", "serve", "--listen", "127.0.0.1:0", "--config", config)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code < int(exitConfig) || !strings.Contains(string(out), want) {
			t.Errorf("%s: exit code %d, output %s", text, code, out)
		}
	}
}
