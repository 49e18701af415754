//go:build unix

package filter

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// openMoves says that an open file can be renamed and removed, so that its lock
// is held meanwhile.
const openMoves = true

// lock takes the lock of a file that other processes see, until the file is
// closed; false if another one holds it, or has removed the file.
func lock(f *os.File) (bool, error) {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var stat unix.Stat_t
	err = unix.Fstat(int(f.Fd()), &stat)
	return err == nil && stat.Nlink > 0, err
}

// syncFolder makes what was renamed in a folder durable.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
