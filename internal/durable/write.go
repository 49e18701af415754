package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts data into the place of the file at path: into a temporary file
// beside it, to the disk, then by rename. After an error the old file is there,
// unless only the folder could not be synchronized.
func Write(path string, mode fs.FileMode, data []byte) error {
	return write(path, data, func(f *os.File) error { return f.Chmod(mode) })
}

// Replace is Write for a file that somebody else may own: the new one gets the mode
// of the old and, as far as the system lets it, its owner, and where path is a link,
// the file is replaced that it leads to. A file that was not there is its maker's
// alone.
func Replace(path string, data []byte) error {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = path, nil
	}
	if err != nil {
		return err
	}
	return write(target, data, func(f *os.File) error {
		if old, err := os.Stat(target); err == nil {
			inherit(f, old)
		}
		return nil
	})
}

// write is Write, with a file that is made ready first; its mode is 0600.
func write(path string, data []byte, ready func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, Cause(err))
	}
	if err = ready(f); err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, errors.Join(Cause(err), os.Remove(f.Name())))
	}
	return SyncFolder(filepath.Dir(path))
}

// Cause returns what an error of the system says without the name of the file, for
// errors about another file than the temporary one that it names.
func Cause(err error) error {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		return file.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
