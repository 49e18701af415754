//go:build unix

package examples_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Passwords of the tests. Veto's lists know the second one's core.
const (
	strong = "verblasst-Kiesel-91-orgel"
	weak   = "Dragonfly92!"
)

// portals are the back ends that do the same, each with its command.
var portals = []struct {
	name    string
	command func(t *testing.T) *exec.Cmd
}{
	{"go-http", func(*testing.T) *exec.Cmd { return exec.Command(filepath.Join(bin, "go-http")) }},
	{"express", func(t *testing.T) *exec.Cmd {
		cmd := exec.Command(need(t, "node"), "express/portal.mjs")
		cmd.Env = append(os.Environ(), "NODE_PATH="+nodePath())
		if err := exec.Command("env", "NODE_PATH="+nodePath(), "node", "-e", "require('express')").Run(); err != nil {
			t.Skip("needs express: run make examples, or install Debian's node-express")
		}
		return cmd
	}},
	{"python", func(t *testing.T) *exec.Cmd { return exec.Command(need(t, "python3"), "python/portal.py") }},
	{"flask", func(t *testing.T) *exec.Cmd {
		python := need(t, "python3")
		if err := exec.Command(python, "-c", "import flask").Run(); err != nil {
			t.Skip("needs flask: Debian's python3-flask")
		}
		return exec.Command(python, "-m", "flask", "--app", "python/flask_portal.py", "run", "--port", "0")
	}},
}

// nodePath has the packages that make examples installs, and Debian's.
func nodePath() string {
	installed, _ := filepath.Abs("../.cache/examples/node_modules")
	return installed + ":/usr/share/nodejs"
}

// startPortal runs a back end that asks the server at the URL.
func startPortal(t *testing.T, cmd *exec.Cmd, url string, env ...string) *process {
	t.Helper()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, append(env, "VETO_URL="+url, "LISTEN=127.0.0.1:0", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1")...)
	return start(t, cmd, `(?:listening|Running) on http://`)
}

func TestPortals(t *testing.T) {
	tokens, token := newTokens(t)
	open, guarded := startVeto(t), startVeto(t, "--tokens", tokens)
	for _, portal := range portals {
		t.Run(portal.name, func(t *testing.T) {
			t.Parallel()
			t.Run("open", func(t *testing.T) { testPortal(t, startPortal(t, portal.command(t), "http://"+open.addr)) })
			p := startPortal(t, portal.command(t), "http://"+guarded.addr, "VETO_TOKEN_FILE="+token)
			t.Run("token", func(t *testing.T) { testPortal(t, p) })
			testFaults(t, portal.command(t), "http://"+open.addr)
		})
	}
	t.Run("no token", func(t *testing.T) {
		refuses(t, startPortal(t, portals[0].command(t), "http://"+guarded.addr))
	})
}

// testFaults has a portal ask a server that does everything wrong in turn.
func testFaults(t *testing.T, cmd *exec.Cmd, real string) {
	t.Helper()
	l := listen(t)
	var mode atomic.Pointer[string]
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch *mode.Load() {
		case "silent":
			<-r.Context().Done()
		case "cut off":
			panic(http.ErrAbortHandler)
		case "redirect":
			http.Redirect(w, r, real+r.URL.Path, http.StatusTemporaryRedirect)
		case "something else":
			w.Write([]byte(`{"status":"ok"}`))
		case "not JSON":
			w.Write([]byte(`accept`))
		case "accept with an error":
			w.WriteHeader(http.StatusInternalServerError)
			w.Write([]byte(`{"decision":"accept"}`))
		case "declared accept":
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write([]byte(`{"decision":"accept","reasons":[]}`))
		}
	})}
	go server.Serve(l)
	p := startPortal(t, cmd, "http://"+l.Addr().String())
	for _, fault := range []string{"silent", "cut off", "redirect", "something else", "not JSON", "accept with an error"} {
		t.Run(fault, func(t *testing.T) {
			mode.Store(&fault)
			refuses(t, p)
		})
	}
	t.Run("declared accept", func(t *testing.T) {
		declared := "declared accept"
		mode.Store(&declared)
		if a := post(t, http.DefaultClient, "http://"+p.addr+"/reset", strong); a.Status != 200 || a.Decision != "accept" {
			t.Errorf("the server's own answer for this case does not count: %+v", a)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		server.Close()
		refuses(t, p)
	})
}

func testPortal(t *testing.T, p *process) {
	t.Helper()
	for _, path := range []string{"/check", "/reset"} {
		url := "http://" + p.addr + path
		if a := post(t, http.DefaultClient, url, strong); a.Status != 200 || a.Decision != "accept" {
			t.Errorf("%s of a strong password: %+v", path, a)
		}
		a := post(t, http.DefaultClient, url, weak, "Accept-Language", "de-AT,de;q=0.9")
		if a.Status != 422 || a.Decision != "reject" || !strings.Contains(a.codes(), "low_score") {
			t.Fatalf("%s of a weak password: %+v", path, a)
		}
		if last := a.Reasons[len(a.Reasons)-1]; last.Message != "ist zu leicht zu erraten" || last.Advice == "" {
			t.Errorf("%s: no German: %+v", path, a)
		}
	}
	url := "http://" + p.addr + "/reset"
	if a := post(t, http.DefaultClient, url, "jane.doe#2026"); a.Status != 422 || !strings.Contains(a.codes(), "subject_term") {
		t.Errorf("the person's name: %+v", a)
	}
	if a := post(t, http.DefaultClient, url, `"\`+"\n\x00 Ж\u2028𝒳</script> kiesel orgel verblasst"); a.Status != 422 || a.codes() != "control_character" {
		t.Errorf("characters that need escapes: %+v", a)
	}
	testBadBodies(t, url)
	if text := p.log(); strings.Contains(text, strong) || strings.Contains(text, weak) {
		t.Errorf("a password is logged: %s", text)
	}
}

func testBadBodies(t *testing.T, url string) {
	t.Helper()
	for _, body := range []string{``, `{`, `[]`, `{}`, `{"password":7}`, `{"password":null}`, `{"password":"` + weak, `{"password":"` + strings.Repeat("x", 20_000) + `"}`} {
		r, err := http.Post(url, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 400 && r.StatusCode != 413 {
			t.Errorf("%.20s: status %d", body, r.StatusCode)
		}
	}
}

// refuses wants a refusal in time, and a line in the log, from a portal that
// gets no verdict.
func refuses(t *testing.T, p *process) {
	t.Helper()
	before := len(p.log())
	client := &http.Client{Timeout: 20 * time.Second} // the portals wait two
	a := post(t, client, "http://"+p.addr+"/reset", strong)
	if a.Status != 503 || a.Decision != "reject" || a.codes() != "unavailable" {
		t.Errorf("without a verdict: %+v", a)
	}
	for wait := 0; wait < 100 && !strings.Contains(p.log()[before:], "check"); wait++ {
		time.Sleep(50 * time.Millisecond) // the log may come behind the answer
	}
	if text := p.log()[before:]; strings.Contains(text, strong) || !strings.Contains(text, "check") {
		t.Errorf("the log has to tell the fault, not the password: %q", text)
	}
}

// closedAddr returns an address that nobody listens on.
func closedAddr(t *testing.T) string {
	l := listen(t)
	l.Close()
	return l.Addr().String()
}

// silentAddr returns an address that takes connections and never answers.
func silentAddr(t *testing.T) string { return listen(t).Addr().String() }

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}
