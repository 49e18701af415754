//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// veto runs a command and returns what it writes and its exit code.
func veto(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command("veto", args...)
	var out, failures bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &failures
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	_ = cmd.Run() // the exit code tells
	return out.String(), failures.String(), cmd.ProcessState.ExitCode()
}

// TestCheckServer wants veto check to write the same whether it judges itself or a
// TestCheckServer wants veto check to write the same whether it judges itself or a
// server of the same lists does. How long a password must be is not told by servers
// in English, so that explanations of short ones have a number less.
func TestCheckServer(t *testing.T) {
	_, _, addr := startServe(t, "--explain", "--term", "zyxtal")
	var many strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&many, "Zyxtal%d\nuh8#Kp2!qLzw6R%d\n", i, i)
	}
	for _, c := range []struct {
		stdin string
		args  []string
	}{
		{"Zyxtal12\nuh8#Kp2!qLzw6R\n\n", nil},
		{"uh8#Kp2!qLzw6R", nil},
		{many.String(), nil},
		{"Zyxtal12\nd.r.4.g.0.n\nnot utf-8 \xff\n東京東京2024-x\n", []string{"--explain"}},
		{"Zyxtal12\n", []string{"--explain", "--show", "--account", "jdoe", "--name", "Jane Doe", "--operation", "set"}},
		{"line\nfeed\x00second\x00" + strings.Repeat("a", 70_000), []string{"-0"}},
	} {
		remote, told, code := veto(t, c.stdin, append([]string{"check", "--server", "http://" + addr}, c.args...)...)
		local, _, want := veto(t, c.stdin, append([]string{"check", "--term", "zyxtal"}, c.args...)...)
		if remote != local || code != want || told != "" {
			t.Errorf("%.40q %q: exit code %d, want %d, %s\n%.600s\nwant\n%.600s", c.stdin, c.args, code, want, told, remote, local)
		}
	}
	out, _, code := veto(t, "Zyxtal12\n", "check", "--server", "http://"+addr, "--json", "--lang", "de")
	if code != 1 || !strings.Contains(out, `"list":"custom/term"`) || !strings.Contains(out, `"message":"enth`) || !strings.Contains(out, `"id":"`) || strings.Count(out, "\n") != 1 {
		t.Errorf("exit code %d: %s", code, out)
	}
	page := filepath.Join(t.TempDir(), "page.html")
	if _, told, code := veto(t, "Zyxtal12\n", "check", "--server", "http://"+addr, "--html", page); code != 1 || told != "" {
		t.Errorf("exit code %d: %s", code, told)
	}
	if text, err := os.ReadFile(page); err != nil || !bytes.Contains(text, []byte("custom/term")) {
		t.Errorf("%v, %d bytes", err, len(text))
	}
}

// TestCheckServerConverses wants the verdict on a password before the next is given.
func TestCheckServerConverses(t *testing.T) {
	_, _, addr := startServe(t)
	cmd := exec.Command("veto", "check", "--server", "http://"+addr)
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
	r := bufio.NewReader(out)
	for range 3 {
		io.WriteString(in, "uh8#Kp2!qLzw6R\n")
		if line, err := r.ReadString('\n'); err != nil || line != "accept\n" {
			t.Fatalf("%q, %v", line, err)
		}
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestCheckServerErrors wants clear errors, and no verdict that nobody gave.
func TestCheckServerErrors(t *testing.T) {
	const canary = "Xq7vKz2mCanary"
	answers := map[string]func(w http.ResponseWriter){}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		answers[strings.Split(r.URL.Path, "/")[1]](w)
	}))
	defer s.Close()
	answer := func(status int, body string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	const plain = `{"decision":"accept","mode":"enforce","reasons":[],"policy":"p","snapshot":"s"}`
	answers["401"] = answer(401, `{"status":401,"detail":"this path needs a credential"}`)
	answers["403"] = answer(403, `{"status":403,"detail":"the credential does not have the scope"}`)
	answers["reject"] = answer(503, `{"status":503,"detail":"no lists are loaded","decision":"reject"}`)
	answers["accept"] = answer(503, `{"status":503,"detail":"no lists are loaded","decision":"accept"}`)
	answers["proxy"] = answer(503, `<html>`)
	answers["plain"] = answer(200, `{"verdicts":[`+plain+`,`+plain+`]}`)
	answers["short"] = answer(200, `{"verdicts":[`+plain+`]}`)
	limited := 0
	answers["429"] = func(w http.ResponseWriter) {
		if limited++; limited == 1 {
			answer(429, `{"status":429,"detail":"more passwords than the credential may ask for"}`)(w)
			return
		}
		answers["plain"](w)
	}
	for _, c := range []struct {
		path        string
		args        []string
		out, stderr string
		code        int
	}{
		{"401", nil, "", "the server answers 401: this path needs a credential", 3},
		{"403", nil, "", "the server answers 403: the credential", 3},
		{"reject", nil, "reject unavailable\nreject unavailable\n", "its declared answer holds: the server answers 503: no lists are loaded", 4},
		{"accept", nil, "accept\naccept\n", "its declared answer holds", 4},
		{"proxy", nil, "", "the server answers 503", 4},
		{"short", nil, "", "not as many verdicts", 4},
		{"plain", nil, "accept\naccept\n", "", 0},
		{"plain", []string{"--explain"}, "", "the server does not explain", 3},
		{"429", nil, "accept\naccept\n", "it asks to wait 1s", 0},
		{"plain", []string{"--term", "x"}, "", "flag --term is for lists of this machine", 2},
	} {
		out, told, code := veto(t, canary+"\n"+canary+"2\n", append([]string{"check", "--server", s.URL + "/" + c.path}, c.args...)...)
		if out != c.out || code != c.code || !strings.Contains(told, c.stderr) || strings.Contains(told, canary) {
			t.Errorf("%s %q: exit code %d, %q, %s", c.path, c.args, code, out, told)
		}
	}
	for _, args := range [][]string{{"--token-file", "none"}, {"--server", "http://veto.example.org"}} {
		if _, told, code := veto(t, canary, append([]string{"check"}, args...)...); code != 2 {
			t.Errorf("%q: exit code %d, %s", args, code, told)
		}
	}
	if out, told, code := veto(t, canary, "check", "--server", "http://127.0.0.1:1"); out != "" || code != 4 || !strings.Contains(told, "no answer") {
		t.Errorf("exit code %d, %q, %s", code, out, told)
	}
}
