//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestCompileInterrupted interrupts a compilation that waits for a pipe.
func TestCompileInterrupted(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		dir := t.TempDir()
		list := filepath.Join(dir, "list")
		if err := unix.Mkfifo(list, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("veto", "compile", "-o", filepath.Join(dir, "index"), list)
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		late := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		writer, err := os.OpenFile(list, os.O_WRONLY, 0) // returns when the list is opened
		if err != nil {
			t.Fatal(err)
		}
		cmd.Process.Signal(signal)
		_ = cmd.Wait()
		late.Stop()
		writer.Close()
		if code := cmd.ProcessState.ExitCode(); code != int(exitFailure) || !strings.Contains(said.String(), "as it was") {
			t.Errorf("%v: exit code %d, said %q", signal, code, said.String())
		}
		if left, _ := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("%v: left behind: %v", signal, left)
		}
	}
}
