//go:build unix

package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// startServe runs veto serve on a free port until the test ends.
func startServe(t *testing.T, args ...string) (cmd *exec.Cmd, log *bufio.Reader, addr string) {
	t.Helper()
	cmd = exec.Command("veto", append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	log = bufio.NewReader(stderr)
	line, _ := log.ReadString('\n')
	for strings.Contains(line, "level=WARN") || strings.Contains(line, "msg=administration") { // either may listen first
		line, _ = log.ReadString('\n')
	}
	found := regexp.MustCompile(`^time=\S+ level=INFO msg=listening snapshot=sha256:[0-9a-f]{64} address=(127\.0\.0\.1:\d+)\n$`).FindStringSubmatch(line)
	if found == nil {
		t.Fatalf("first line of the log: %q", line)
	}
	return cmd, log, found[1]
}

// post returns the verdict of a check.
func post(t *testing.T, addr, body string) string {
	t.Helper()
	r, err := http.Post("http://"+addr+"/v1/check", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	verdict, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v: %s", r.StatusCode, err, verdict)
	}
	return string(verdict)
}

func TestServe(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd, log, addr := startServe(t, "--profile", "entra", "--term", "zyxtal", "--unavailable", "accept")
		verdict := post(t, addr, `{"password":"Zyxtal12"}`)
		if !strings.Contains(verdict, `"decision":"reject"`) || !strings.Contains(verdict, `"policy":"entra"`) || strings.Contains(verdict, `"span"`) {
			t.Errorf("verdict %s", verdict)
		}
		if verdict := post(t, addr, `{"password":"Zyxtal12","policy":"default"}`); !strings.Contains(verdict, `"policy":"default"`) {
			t.Errorf("verdict %s", verdict)
		}
		cmd.Process.Signal(signal)
		rest, _ := io.ReadAll(log)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", signal, err)
		}
		if strings.Contains(string(rest), "Zyxtal") || strings.Contains(string(rest), "level=ERROR") {
			t.Errorf("log %s", rest)
		}
	}
}

func TestServeExplain(t *testing.T) {
	_, _, addr := startServe(t, "--explain", "--no-global")
	if verdict := post(t, addr, `{"password":"12345678"}`); !strings.Contains(verdict, `"span":[0,8]`) {
		t.Errorf("verdict %s", verdict)
	}
}

func TestServeAddressInUse(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	cmd := exec.Command("veto", "serve", "--listen", ln.Addr().String())
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != int(exitFailure) || !strings.Contains(string(out), "in use") {
		t.Errorf("exit code %d, output %s", code, out)
	}
}
