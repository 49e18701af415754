//go:build !linux

package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
)

// peakMemory returns 0: systems tell it in different units or not at all.
func peakMemory(*os.ProcessState) int64 { return 0 }

// evict is not possible.
func evict(string) error { return errors.ErrUnsupported }

// reads is not known.
func reads() (int64, error) { return 0, errors.ErrUnsupported }

// onMachine returns the command: names of machines are not known here.
func onMachine(ctx context.Context, _, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, program, args...)
}
