//go:build linux

package passflt_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// TestStopped stops a client when it has sent its request, as the owner of a
// process may, until its deadline has passed: the reply that has come still counts.
func TestStopped(t *testing.T) {
	program := build(t, "veto-samba-check")
	for _, test := range []struct {
		name     string
		endpoint *endpoint
		want     int
	}{
		{"accepted", serve(t, reply(1, "")), 0},
		{"rejected", serve(t, reply(0, "date")), 1},
		{"hung", serve(t, hang), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			const deadline = 200 * time.Millisecond
			cmd := exec.Command(program, "--socket="+test.endpoint.path, fmt.Sprint("--server-uid=", os.Getuid()),
				fmt.Sprint("--timeout-ms=", deadline.Milliseconds()), "--fail-timeout=open")
			if status := stopBehind(t, cmd, syscall.SYS_SENDTO, 3*deadline/2); status != test.want {
				t.Errorf("exit status %d, want %d", status, test.want)
			}
		})
	}
}

// stopBehind runs a program, stops it for a time behind its first call of the
// system with that number, and returns its exit status.
func stopBehind(t *testing.T, cmd *exec.Cmd, call uint64, pause time.Duration) int {
	t.Helper()
	runtime.LockOSThread() // which traces it
	defer runtime.UnlockOSThread()
	cmd.Stdin = strings.NewReader(canary)
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		t.Skipf("no process can be traced: %v", err)
	}
	pid := cmd.Process.Pid
	const exitKill = 0x100000 // PTRACE_O_EXITKILL
	entered, stopped := false, false
	for first := true; ; first = false {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
			t.Fatal(err)
		}
		if status.Exited() {
			if !stopped {
				t.Error("it was not stopped")
			}
			return status.ExitStatus()
		}
		signal := 0
		switch {
		case first:
			if err := syscall.PtraceSetOptions(pid, exitKill|syscall.PTRACE_O_TRACESYSGOOD); err != nil {
				t.Fatal(err)
			}
		case status.StopSignal() != syscall.SIGTRAP|0x80:
			signal = int(status.StopSignal())
		case entered && !stopped: // its end
			time.Sleep(pause)
			stopped = true
		default:
			entered = callOf(t, pid) == call
		}
		if err := syscall.PtraceSyscall(pid, signal); err != nil {
			t.Fatal(err)
		}
	}
}

// callOf returns the number of the system call that a process begins, or none.
func callOf(t *testing.T, pid int) uint64 {
	t.Helper()
	const getSyscallInfo, entry, none = 0x420e, 1, ^uint64(0) // PTRACE_GET_SYSCALL_INFO, PTRACE_SYSCALL_INFO_ENTRY
	var info struct {
		kind   uint8
		_      [23]byte // machine, instruction and stack pointer
		number uint64
		_      [64]byte
	}
	if _, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, getSyscallInfo, uintptr(pid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0); errno != 0 {
		t.Fatal(errno)
	}
	if info.kind != entry {
		return none
	}
	return info.number
}
