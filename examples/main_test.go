//go:build unix

// Package examples_test runs every example against the veto of this tree, and
// the programs in front of or behind it where they are installed.
package examples_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// bin is the folder of the programs that are built for the tests.
var bin string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "veto-examples")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bin = dir
	build := exec.Command("go", "build", "-o", dir, "../cmd/veto", "./go-library", "./go-http", "./pwm")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s", err, out)
		return 1
	}
	return m.Run()
}

// A process is a program under test, with what it has written.
type process struct {
	cmd  *exec.Cmd
	addr string // host:port
	mu   sync.Mutex
	text strings.Builder
}

func (p *process) log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// start runs the command until the test ends, and returns once it has written
// its address.
func start(t *testing.T, cmd *exec.Cmd, announced string) *process {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = write, write
	err = cmd.Start()
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		read.Close()
	})
	p := &process{cmd: cmd}
	found := make(chan string, 1)
	go p.follow(read, regexp.MustCompile(announced+`(\S+:\d+)`), found)
	select {
	case p.addr = <-found:
	case <-time.After(time.Minute):
		t.Fatal("no address in a minute")
	}
	if p.addr == "" {
		t.Fatalf("%s ended: %s", cmd.Path, p.log())
	}
	return p
}

// follow keeps all lines and sends the address of the first line that has one.
func (p *process) follow(r io.Reader, announced *regexp.Regexp, found chan<- string) {
	defer close(found)
	lines := bufio.NewScanner(r)
	sent := false
	for lines.Scan() {
		p.mu.Lock()
		p.text.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if m := announced.FindStringSubmatch(lines.Text()); m != nil && !sent {
			sent = true
			found <- m[1]
		}
	}
}

// startVeto runs veto serve on a free port of this machine.
func startVeto(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "veto"), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(os.Environ(), "VETO_LISTEN=")
	return start(t, cmd, `msg=listening .*address=`)
}

// newTokens returns a file of tokens, and one with a token for checks.
func newTokens(t *testing.T) (tokens, token string) {
	t.Helper()
	dir := t.TempDir()
	tokens, token = filepath.Join(dir, "tokens.jsonl"), filepath.Join(dir, "portal.token")
	out, err := exec.Command(filepath.Join(bin, "veto"), "token", "new", "--tokens", tokens, "--name", "portal", "--scope", "check").Output()
	if err != nil {
		t.Fatal(err)
	}
	write(t, token, string(out))
	return tokens, token
}

// breached returns the arguments for a server with an index of the passwords.
func breached(t *testing.T, passwords ...string) []string {
	t.Helper()
	list, index := filepath.Join(t.TempDir(), "leaked.txt"), filepath.Join(t.TempDir(), "leaked.veto")
	write(t, list, strings.Join(passwords, "\n")+"\n")
	if out, err := exec.Command(filepath.Join(bin, "veto"), "compile", "--ranges", "-o", index, list).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return []string{"--breached", index}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// slow skips the tests of half a minute, unless make examples asks for them.
func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("EXAMPLES") != "all" {
		t.Skip("takes long: run make examples")
	}
}

// need skips the test without the programs, and returns the path of the first.
func need(t *testing.T, programs ...string) string {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs %s", name)
		}
	}
	path, _ := exec.LookPath(programs[0])
	return path
}

// An answer is what portals and Veto have in common.
type answer struct {
	Status   int `json:"-"`
	Decision string
	Reasons  []struct{ Code, Message, Advice string }
}

func (a answer) codes() string {
	var codes []string
	for _, r := range a.Reasons {
		codes = append(codes, r.Code)
	}
	return strings.Join(codes, ",")
}

// post sends a password as JSON.
func post(t *testing.T, client *http.Client, url, password string, header ...string) answer {
	t.Helper()
	body, err := json.Marshal(map[string]string{"password": password})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest("POST", url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	a := answer{Status: response.StatusCode}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &a); err != nil && response.StatusCode != http.StatusBadRequest {
		t.Fatalf("status %d: %s", response.StatusCode, text)
	}
	return a
}

// read returns the body of the answer, which has to have the status.
func read(t *testing.T, request *http.Request, status int) []byte {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != status {
		t.Fatalf("status %d, %v: %s", response.StatusCode, err, text)
	}
	return text
}
