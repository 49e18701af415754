//go:build unix

package durable

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// SyncFolder makes the names in a folder durable.
func SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// inherit gives f the mode and, if this process may, the owner of the file that
// it replaces: who edits the file need not be who serves by it.
func inherit(f *os.File, old fs.FileInfo) {
	if stat, ok := old.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(stat.Uid), int(stat.Gid))
	}
	_ = f.Chmod(old.Mode().Perm())
}
