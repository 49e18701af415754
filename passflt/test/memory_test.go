//go:build linux

package passflt_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// TestSambaMemory looks at all that a core of veto-samba-check would hold at its end,
// whatever came of the password: no eight bytes of it may be left.
func TestSambaMemory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root sees the memory of a process that forbids it")
	}
	program := build(t, "veto-samba-check")
	log := newJournal(t)
	for _, test := range []struct {
		name     string
		answer   func(net.Conn)
		option   string
		password string
		status   int
	}{
		{"accepted", reply(1, ""), "", canary, 0},
		{"rejected", reply(0, "too_short,date"), "", canary, 1},
		{"hung", hang, "--timeout-ms=100", canary, 1},
		{"broken", func(net.Conn) {}, "", canary, 1},
		{"absent", hang, "--socket=/nowhere/veto.sock", canary, 1},
		{"long", reply(1, ""), "", strings.Repeat(canary, 3000), 0},
		{"too long", reply(1, ""), "", strings.Repeat(canary, 4000), 1},
		{"wrong option", hang, "--what=1", canary, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			socket := "--socket=" + serve(t, test.answer).path
			uid := fmt.Sprint("--server-uid=", os.Getuid())
			end := endOf(t, test.password, program, "--log="+log.path, "--timeout-ms=9000", socket, uid, test.option)
			if end.status != test.status {
				t.Errorf("exit status %d, want %d", end.status, test.status)
			}
			if !bytes.Contains(end.core, []byte("NAME=jdoe")) {
				t.Error("its memory was not read: the account is not in it")
			}
			for i := range len(canary) - 8 + 1 {
				if n := bytes.Count(end.core, []byte(canary[i:i+8])); n > 0 {
					t.Errorf("bytes %d to %d of the password are left %d times", i, i+8, n)
				}
			}
		})
	}
}

// ending is a process at its end: what it returns, and its memory and registers.
type ending struct {
	status int
	core   []byte
}

// endOf runs a program with an input, and stops it in its last moment.
func endOf(t *testing.T, input, program string, options ...string) (end ending) {
	t.Helper()
	if last := len(options) - 1; options[last] == "" {
		options = options[:last]
	}
	cmd := exec.Command(program, options...)
	cmd.Env, cmd.Stdin = []string{"SAMBA_CPS_ACCOUNT_NAME=jdoe"}, strings.NewReader(input)
	const eventExit = 6 // PTRACE_EVENT_EXIT
	status, err := trace(t, cmd, syscall.PTRACE_O_TRACEEXIT, syscall.PtraceCont, func(pid int, status syscall.WaitStatus) int {
		if status.TrapCause() != eventExit {
			return int(status.StopSignal())
		}
		end.core = append(memoryOf(t, pid), registersOf(t, pid)...)
		return 0
	})
	if err != nil {
		t.Fatal(err)
	}
	end.status = status
	return end
}

// memoryOf returns all memory of a process that it can read or write.
func memoryOf(t *testing.T, pid int) (all []byte) {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		if strings.Contains(lines.Text(), "[v") {
			continue // of the kernel
		}
		var from, to int64
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x", &from, &to); err != nil {
			t.Fatal(err)
		}
		part := make([]byte, to-from)
		if _, err := memory.ReadAt(part, from); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		all = append(all, part...)
	}
	return all
}

// registersOf returns the registers of a process that a core would hold, those for
// vectors included.
func registersOf(t *testing.T, pid int) (all []byte) {
	t.Helper()
	const getRegisterSet, general, floating, extended = 0x4204, 1, 2, 0x202 // PTRACE_GETREGSET, NT_PRSTATUS, NT_PRFPREG, NT_X86_XSTATE
	sets := []uintptr{general, floating}
	if runtime.GOARCH == "amd64" {
		sets[1] = extended
	}
	for _, set := range sets {
		buffer := make([]byte, 16<<10)
		part := syscall.Iovec{Base: &buffer[0], Len: uint64(len(buffer))}
		if _, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, getRegisterSet, uintptr(pid), set, uintptr(unsafe.Pointer(&part)), 0, 0); errno != 0 {
			t.Fatalf("registers %#x: %v", set, errno)
		}
		all = append(all, buffer[:part.Len]...)
	}
	return all
}
