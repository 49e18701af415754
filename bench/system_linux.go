package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// peakMemory returns the most resident bytes that an ended process had. Linux
// counts those of the process that started it in.
func peakMemory(state *os.ProcessState) int64 {
	if u, ok := state.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}

// evict drops a file that nobody has mapped from the system's cache.
func evict(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil { // pages to be written would stay
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// reads returns how often the calling thread, which is to be locked, has waited
// for pages to be read.
func reads() (int64, error) {
	var u unix.Rusage
	err := unix.Getrusage(unix.RUSAGE_THREAD, &u)
	return u.Majflt, err
}

// onMachine returns a command that has a name of the machine of its own, which takes
// root, until ctx ends.
func onMachine(ctx context.Context, name, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", append([]string{"-c", `hostname "$0" && exec "$@"`, name, program}, args...)...)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUTS}
	return c
}
