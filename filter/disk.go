package filter

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// disk is what a Writer needs of the file system; tests let it fail.
type disk interface {
	create(path string) (file, error) // a new file, locked until it is closed; fs.ErrExist asks for another path
	rename(from, to string) error
	remove(path string) error
	sync(folder string) error
}

// file is a file that a Writer writes.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
}

// systemDisk is the disk of the operating system.
type systemDisk struct{}

func (systemDisk) create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	free, err := lock(f)
	switch {
	case err != nil:
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	case !free: // another process was faster, and removes it
		return nil, errors.Join(fs.ErrExist, f.Close())
	}
	return f, nil
}

func (systemDisk) rename(from, to string) error { return os.Rename(from, to) }
func (systemDisk) remove(path string) error     { return os.Remove(path) }
func (systemDisk) sync(folder string) error     { return syncFolder(folder) }

// tempSuffix ends the names of temporary files: .NAME.PID.NUMBER.tmp beside NAME.
const tempSuffix = ".tmp"

func tempPrefix(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".")
}

// diskError returns an error about the file at path. One of the system tells the name of
// a temporary file in its place, which nobody has given.
func diskError(verb, path string, err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		err = e.Err
	case *os.LinkError:
		err = e.Err
	}
	return fmt.Errorf("%s %s: %w", verb, path, err)
}

// temp creates a temporary file beside path.
func temp(d disk, path string) (f file, name string, err error) {
	for i := 0; ; i++ {
		name = fmt.Sprintf("%s%d.%d%s", tempPrefix(path), os.Getpid(), i, tempSuffix)
		f, err = d.create(name)
		if !errors.Is(err, fs.ErrExist) {
			return f, name, err
		}
	}
}

// sweep removes the temporary files beside path that no process holds: those of
// writers that were killed. It does what it can; what stays is in nobody's way.
func sweep(path string) {
	prefix := tempPrefix(path)
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return
	}
	for _, e := range entries {
		name := filepath.Join(filepath.Dir(path), e.Name())
		numbers, ok := strings.CutPrefix(name, prefix)
		if !ok || !strings.HasSuffix(numbers, tempSuffix) || strings.Trim(strings.TrimSuffix(numbers, tempSuffix), ".0123456789") != "" {
			continue
		}
		sweepFile(name)
	}
}

// sweepFile removes a file that no process holds. Its lock is held until then, so
// that nobody else gives the name to another file.
func sweepFile(name string) {
	entry, err := os.Lstat(name)
	if err != nil || !entry.Mode().IsRegular() {
		return
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return
	}
	free, err := lock(f)
	if err == nil && free && isNamed(f, name) {
		_ = discard(systemDisk{}, f, name)
		return
	}
	f.Close()
}

// isNamed reports whether the file still has the name.
func isNamed(f *os.File, name string) bool {
	stat, err := f.Stat()
	entry, err2 := os.Lstat(name)
	return err == nil && err2 == nil && os.SameFile(stat, entry)
}

// discard closes and removes a temporary file.
func discard(d disk, f file, name string) error {
	if openMoves {
		return errors.Join(d.remove(name), f.Close())
	}
	return errors.Join(f.Close(), d.remove(name))
}
