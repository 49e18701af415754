//go:build unix

package bundle

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// noWait keeps the opening of a pipe from waiting for a writer.
const noWait = unix.O_NONBLOCK

// lock takes the lock of a file until it is closed; false if another process has
// it. File systems without locks let everybody in.
func lock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	switch {
	case errors.Is(err, unix.EWOULDBLOCK):
		return false, nil
	case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOLCK), errors.Is(err, unix.ENOSYS):
		return true, nil
	}
	return err == nil, err
}
