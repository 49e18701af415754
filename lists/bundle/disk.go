package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vetopw/veto/internal/durable"
)

// disk is what is changed on the file system. A test makes its n-th step fail.
type disk struct{ fault func(step string) error }

func (d disk) step(name string) error {
	if d.fault == nil {
		return nil
	}
	return d.fault(name)
}

// do takes a step, unless it is to fail.
func (d disk) do(name string, step func() error) error {
	if err := d.step(name); err != nil {
		return err
	}
	return step()
}

func (d disk) rename(from, to string) error {
	return d.do("rename", func() error { return os.Rename(from, to) })
}

func (d disk) link(from, to string) error {
	return d.do("link", func() error { return os.Link(from, to) })
}

func (d disk) mkdir(path string, mode fs.FileMode) error {
	return d.do("mkdir", func() error { return os.MkdirAll(path, mode) })
}

// touch makes at the time that a file was modified. It need not be durable: what is
// lost makes the file older.
func (d disk) touch(path string, at time.Time) error {
	return d.do("touch", func() error { return os.Chtimes(path, at, at) })
}

// sync makes a file, or the names in a folder, durable.
func (d disk) sync(f *os.File) error { return d.do("sync", f.Sync) }

func (d disk) syncFolder(path string) error {
	return d.do("sync", func() error { return durable.SyncFolder(path) })
}

// open opens a file to append to it.
func (d disk) open(path string) (f *os.File, err error) {
	err = d.do("open", func() error {
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
		return err
	})
	return f, err
}

// writer returns f with the faults of d.
func (d disk) writer(f io.Writer) io.Writer { return faultWriter{d, f} }

type faultWriter struct {
	disk disk
	w    io.Writer
}

// Write writes p, or half of it where the disk fails.
func (w faultWriter) Write(p []byte) (int, error) {
	if err := w.disk.step("write"); err != nil {
		n, _ := w.w.Write(p[:len(p)/2])
		return n, err
	}
	return w.w.Write(p)
}

// tempSuffix ends the names of files and folders that are not complete.
const tempSuffix = ".tmp"

// create writes a file durably: what stands at path is the old one or all of
// the new one. The caller has the folder to itself.
func (d disk) create(path string, write func(io.Writer) error) error {
	temp := path + tempSuffix
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := d.open(temp)
	if err != nil {
		return err
	}
	err = write(d.writer(f))
	if err == nil {
		err = d.sync(f)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.rename(temp, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return d.syncFolder(filepath.Dir(path))
}

// createBytes is create with the content at hand.
func (d disk) createBytes(path string, data []byte) error {
	return d.create(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// sweep removes what is in the folder and not kept, as far as the system lets
// it: what is in use there may stay until the next time. Nothing is ever seen
// half removed.
func sweep(folder string, kept func(name string) bool) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || kept(e.Name()) {
			continue
		}
		path := filepath.Join(folder, e.Name())
		if temp := path + tempSuffix; e.IsDir() && filepath.Ext(path) != tempSuffix {
			if os.Rename(path, temp) != nil {
				continue
			}
			path = temp
		}
		_ = os.RemoveAll(path)
	}
}

// lockName is the file by which processes keep out of each other's way.
const lockName = ".lock"

// lockFolder makes the folder the caller's until the file is closed. The error
// wraps ErrBusy if another process has it.
func lockFolder(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	free, err := lock(f)
	if err == nil && !free {
		err = fmt.Errorf("%s: %w", path, ErrBusy)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// contextReader ends with the context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads from r as long as the context lasts.
func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// digestOf returns size and digest of the regular file at path, reading limit+1
// bytes at most.
func digestOf(ctx context.Context, path string, limit int64) (size int64, d Digest, err error) {
	f, err := openRegular(path)
	if err != nil {
		return 0, d, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, io.LimitReader(contextReader{ctx, f}, limit+1))
	if err != nil {
		return 0, d, fmt.Errorf("read %s: %w", path, err)
	}
	h.Sum(d[:0])
	return size, d, nil
}

// openRegular refuses folders, pipes and devices, on which opening or reading could
// hang, also if somebody else puts one there at this moment.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|noWait, 0)
	if err != nil {
		return nil, err
	}
	stat, err := f.Stat()
	if err == nil && !stat.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
