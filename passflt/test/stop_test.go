//go:build linux

package passflt_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// TestStopped stops a client when it has sent its request or before, as the owner of
// a process may, until its deadline has passed: the reply still counts.
func TestStopped(t *testing.T) {
	program := build(t, "veto-samba-check")
	const rejection = 30 * time.Millisecond // so that it comes behind the first look
	for _, test := range []struct {
		name     string
		endpoint *endpoint
		call     uint64
		want     int
	}{
		{"accepted", serve(t, reply(1, "")), syscall.SYS_SENDTO, 0},
		{"rejected", serve(t, reply(0, "date")), syscall.SYS_SENDTO, 1},
		{"hung", serve(t, hang), syscall.SYS_SENDTO, 0},
		{"before it connects", serve(t, after(rejection, reply(0, "date"))), syscall.SYS_SOCKET, 1},
		{"before it sends", serve(t, after(rejection, reply(0, "date"))), syscall.SYS_CONNECT, 1},
		{"before it sends, hung", serve(t, hang), syscall.SYS_CONNECT, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			const deadline = 200 * time.Millisecond
			cmd := exec.Command(program, "--socket="+test.endpoint.path, fmt.Sprint("--server-uid=", os.Getuid()),
				fmt.Sprint("--timeout-ms=", deadline.Milliseconds()), "--fail-timeout=open")
			if status := stopBehind(t, cmd, test.call, 3*deadline/2); status != test.want {
				t.Errorf("exit status %d, want %d", status, test.want)
			}
		})
	}
}

// after answers as another does, with a delay.
func after(delay time.Duration, answer func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		time.Sleep(delay)
		answer(c)
	}
}

// stopBehind runs a program, stops it for a time behind its first call of the
// system with that number, and returns its exit status.
func stopBehind(t *testing.T, cmd *exec.Cmd, call uint64, pause time.Duration) int {
	t.Helper()
	cmd.Stdin = strings.NewReader(canary)
	entered, stopped := false, false
	status, err := trace(t, cmd, syscall.PTRACE_O_TRACESYSGOOD, syscall.PtraceSyscall, func(pid int, status syscall.WaitStatus) int {
		switch {
		case status.StopSignal() != syscall.SIGTRAP|0x80:
			return int(status.StopSignal())
		case entered && !stopped: // its end
			time.Sleep(pause)
			stopped = true
		default:
			entered = callOf(t, pid) == call
		}
		return 0
	})
	if err != nil {
		t.Skipf("no process can be traced: %v", err)
	}
	if !stopped {
		t.Error("it was not stopped")
	}
	return status
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
