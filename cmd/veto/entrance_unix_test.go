//go:build unix

package main

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServeTokens makes and revokes a token while the server runs.
func TestServeTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens.jsonl")
	token := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("veto", append([]string{"token", args[0], "--tokens", file}, args[1:]...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	first := token("new", "--name", "first", "--scope", "check")
	cmd, log, addr := startServe(t, "--no-global", "--tokens", file)
	ask := func(secret string) int {
		r, err := http.NewRequest("POST", "http://"+addr+"/v1/check", strings.NewReader(`{"password":"Zx9-kanarienvogel"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+secret)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := ask(first); got != 200 {
		t.Errorf("status %d", got)
	}
	second := token("new", "--name", "second", "--scope", "check")
	cmd.Process.Signal(syscall.SIGHUP) // else it takes two seconds
	await(t, func() bool { return ask(second) == 200 })
	token("revoke", "first")
	await(t, func() bool { return ask(first) == 401 }) // without a hangup
	cmd.Process.Signal(syscall.SIGTERM)
	rest, _ := io.ReadAll(log)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{first, second, "kanarienvogel"} {
		if strings.Contains(string(rest), secret) {
			t.Errorf("the log holds %s: %s", secret, rest)
		}
	}
}
