//go:build linux

package passflt_test

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// trace runs a program to its end and returns its status. At each stop but the first,
// at which the options are set, visit tells the signal to go on with; resume goes on.
// It fails only if no traced process can be started.
func trace(t *testing.T, cmd *exec.Cmd, options int, resume func(pid, signal int) error, visit func(pid int, status syscall.WaitStatus) (signal int)) (int, error) {
	t.Helper()
	runtime.LockOSThread() // which traces it
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	pid := cmd.Process.Pid
	const exitKill = 0x100000 // PTRACE_O_EXITKILL
	for first := true; ; first = false {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
			t.Fatal(err)
		}
		signal := 0
		switch {
		case status.Exited():
			return status.ExitStatus(), nil
		case status.Signaled():
			t.Fatalf("ended by %v", status.Signal())
		case first:
			if err := syscall.PtraceSetOptions(pid, exitKill|options); err != nil {
				t.Fatal(err)
			}
		default:
			signal = visit(pid, status)
		}
		if err := resume(pid, signal); err != nil {
			t.Fatal(err)
		}
	}
}
