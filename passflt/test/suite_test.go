//go:build linux

package passflt_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Passwords that the default policy refuses and accepts.
const (
	weak   = "Password2024!"
	strong = "vK7#mWq2xLp9-Zt"
)

// suite runs the rest of a test in namespaces of its own for network, mounts and
// processes, which take everything with them in the end. It skips unless
// PASSFLT_SUITE names the suite, and where root, a tool or a file is missing. It
// returns false outside, when the test is over.
func suite(t *testing.T, name string, needs ...string) bool {
	t.Helper()
	if os.Getenv("PASSFLT_INSIDE") == name {
		return true
	}
	if !slices.Contains(strings.Split(os.Getenv("PASSFLT_SUITE"), ","), name) {
		t.Skipf("PASSFLT_SUITE does not name %s", name)
	}
	if os.Geteuid() != 0 {
		t.Skipf("the suite %s needs root", name)
	}
	for _, need := range append(needs, "unshare", "ip", "go") {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("the suite %s needs %s", name, need)
		}
	}
	namespaces := []string{"--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"}
	if output, err := exec.Command("unshare", append(namespaces, "true")...).CombinedOutput(); err != nil {
		t.Skipf("the suite %s needs namespaces: %v: %s", name, err, output)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pattern := "^" + t.Name() + "$" // and which of its parts
	if _, part, ok := strings.Cut(flag.Lookup("test.run").Value.String(), "/"); ok {
		pattern += "/" + part
	}
	cmd := exec.Command("unshare", append(namespaces, self, "-test.run="+pattern, "-test.v", "-test.timeout=14m",
		fmt.Sprint("-test.short=", testing.Short()))...)
	cmd.Env = append(os.Environ(), "PASSFLT_INSIDE="+name, "PASSFLT_PROGRAM="+buildVeto(t))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("inside: %v", err)
	}
	return false
}

// buildVeto builds the binary that inside PASSFLT_PROGRAM tells.
func buildVeto(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/veto-suite")
	if err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("go", "build", "-o", path, "../../cmd/veto").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return path
}

// cover hides folders behind empty ones in memory, for this test alone.
func cover(t *testing.T, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "mode=755"); err != nil {
			t.Fatalf("mount %s: %v", folder, err)
		}
		t.Cleanup(func() { syscall.Unmount(folder, syscall.MNT_DETACH) })
	}
}

// replace hides a file behind one with other text.
func replace(t *testing.T, path, text string) {
	t.Helper()
	mount(t, write(t, filepath.Base(path), text), path)
}

// write makes a file in a folder of its own and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func mount(t *testing.T, from, to string) {
	t.Helper()
	if err := syscall.Mount(from, to, "", syscall.MS_BIND, ""); err != nil {
		t.Fatalf("mount %s: %v", to, err)
	}
	t.Cleanup(func() { syscall.Unmount(to, syscall.MNT_DETACH) })
}

// run runs a program with an input and a time-out, and returns all its output.
func run(input string, program string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Stdin = strings.NewReader(input)
	cmd.WaitDelay = time.Second
	output, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", program, err, output)
	}
	return string(output), err
}

// must is run where only success will do.
func must(t *testing.T, input string, program string, arguments ...string) string {
	t.Helper()
	output, err := run(input, program, arguments...)
	if err != nil {
		t.Fatalf("%v: %v", arguments, err)
	}
	return output
}

// daemon starts a program that is killed at the end of the test. Its output goes
// to a file, which is shown when the test failed.
func daemon(t *testing.T, credential *syscall.Credential, program string, arguments ...string) *exec.Cmd {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, arguments...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Process.Wait()
		if output, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("%s:\n%s", program, output[max(0, len(output)-4096):])
		}
		log.Close()
	})
	return cmd
}

// until waits for a condition, which must come within three minutes: a second domain
// controller takes one on a busy machine.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !condition(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}

// sidecar is the real veto sidecar.
type sidecar struct {
	t                     *testing.T // which ends it
	socket, audit, config string
	host                  string // the name it has the machine for; empty: its own
	cmd                   *exec.Cmd
}

// newSidecar prepares a sidecar with a configuration, without starting it.
func newSidecar(t *testing.T, config string) *sidecar {
	t.Helper()
	dir, err := os.MkdirTemp("", "veto") // others than root have to reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &sidecar{t: t, socket: dir + "/veto.sock", audit: dir + "/audit.jsonl", config: dir + "/veto.yaml"}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.configure(t, config)
	return s
}

func (s *sidecar) configure(t *testing.T, config string) {
	t.Helper()
	if err := os.WriteFile(s.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *sidecar) start(t *testing.T) {
	t.Helper()
	command := []string{os.Getenv("PASSFLT_PROGRAM"), "sidecar", "--config", s.config, "--socket", s.socket, "--audit", s.audit}
	if s.host != "" {
		command = append([]string{"unshare", "--uts", "sh", "-c", `hostname "$0" && exec "$@"`, s.host}, command...)
	}
	s.cmd = daemon(s.t, nil, command[0], command[1:]...)
	until(t, "the sidecar", func() bool {
		_, err := run(strong, os.Getenv("PASSFLT_PROGRAM"), "sidecar", "probe", "--stdin", "--config", s.config, "--socket", s.socket)
		return err == nil
	})
}

// asked reports whether a client is connected.
func (s *sidecar) asked() bool {
	sockets, _ := os.ReadFile("/proc/net/unix")
	return bytes.Count(sockets, []byte(s.socket+"\n")) > 1 // besides the one that listens
}

func (s *sidecar) signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// stop ends the sidecar, by SIGTERM or SIGKILL, and waits for its end.
func (s *sidecar) stop(t *testing.T, signal syscall.Signal) {
	t.Helper()
	s.signal(t, signal)
	s.cmd.Process.Wait()
}

// leaks tells the files below folders that hold a text.
func leaks(t *testing.T, text string, folders ...string) []string {
	t.Helper()
	var found []string
	for _, folder := range folders {
		filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte(text)) {
				found = append(found, path)
			}
			return nil
		})
	}
	return found
}
