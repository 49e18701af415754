//go:build unix

package access

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// othersWrite reports whether the mode lets group or others write.
func othersWrite(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }

// lockFolder waits until no other process edits a file in the folder.
func lockFolder(folder string) (unlock func(), err error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX)
	}
	if err != nil && !errors.Is(err, unix.ENOTSUP) && !errors.Is(err, unix.ENOLCK) && !errors.Is(err, unix.EBADF) {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
