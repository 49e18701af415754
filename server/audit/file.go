package audit

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/vetopw/veto/internal/durable"
)

// File is where and how records are kept in files. The current file has the
// path; a full one is renamed to the path and its number, such as
// audit.jsonl.000012.
type File struct {
	Path     string
	MaxBytes int           // of a file; 0 means 64 MiB
	MaxAge   time.Duration // of a file; 0 means any
	Keep     int           // full files that are kept, the newest; 0 means all
	Sync     Sync
}

// Sync says when decisions are forced to the disk. Changes always are.
type Sync uint8

// The ways to sync. The zero value loses a second at most when the machine stops;
// a killed process loses what waits in the queue only.
const (
	EverySecond Sync = iota
	EveryWrite
	Never
)

const defaultMaxBytes = 64 << 20

// storage is what a fileSink needs of an open file.
type storage interface {
	io.ReadWriteCloser
	Truncate(size int64) error
	Sync() error
}

// openStorage opens a file to append to, for this process alone.
func openStorage(path string) (storage, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// fileSink writes to the current file. It is used by one goroutine.
type fileSink struct {
	File
	now         func() time.Time
	openStorage func(path string) (storage, error)
	log         *slog.Logger
	f           storage // nil after a failure to open
	size        int64   // bytes of f that are whole lines
	empty       int64   // bytes of the header
	limit       int64   // bytes from which the file is full
	sequence    int
	head        string    // of the chain
	opened      time.Time // or begun, as far as known; with monotonic clock
	synced      time.Time
	dirty       bool
	rotations   atomic.Uint64
}

func openFile(o *Options) (*fileSink, error) {
	if o.File.MaxBytes <= 0 {
		o.File.MaxBytes = defaultMaxBytes
	}
	s := &fileSink{File: o.File, now: o.Now, log: o.Logger, openStorage: o.openStorage, head: genesis}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *fileSink) name() string { return "file" }

// open opens the current file, repairs its end and takes up its chain; or begins
// a file.
func (s *fileSink) open() error {
	f, err := s.openStorage(s.Path)
	if err != nil {
		return err
	}
	state, err := readChain(f)
	if err == nil && state.torn > 0 {
		s.log.Warn("audit file ends with a part of a record, which is cut off", "file", s.Path, "bytes", state.torn)
		err = f.Truncate(state.size)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	s.f, s.size, s.limit, s.opened, s.dirty = f, state.size, int64(s.MaxBytes), s.now(), true
	if state.size > 0 {
		s.sequence, s.head, s.empty = state.sequence, state.head, state.header
		s.opened = s.opened.Add(-max(s.now().Sub(state.begun), 0))
		return nil
	}
	if err := s.begin(); err != nil {
		f.Close()
		s.f = nil
		return fmt.Errorf("%s: %w", s.Path, err)
	}
	return nil
}

// begin writes the header of an empty file, which continues the newest full one.
func (s *fileSink) begin() error {
	numbers, err := fullFiles(s.Path)
	if err != nil {
		return err
	}
	if len(numbers) > 0 && numbers[len(numbers)-1] > s.sequence { // else the file before was seen
		last := numbers[len(numbers)-1]
		state, err := readChainOf(numbered(s.Path, last))
		if err != nil {
			return err
		}
		s.sequence, s.head = last, state.head
	}
	header := appendHeader(nil, s.sequence+1, s.now(), s.head)
	if err := s.append(header, true); err != nil {
		return err
	}
	s.sequence++
	s.empty = s.size
	_ = durable.SyncFolder(filepath.Dir(s.Path)) // some file systems cannot
	return nil
}

// append writes whole lines or, as far as the system lets it, nothing.
func (s *fileSink) append(lines []byte, force bool) error {
	_, err := s.f.Write(lines)
	if err == nil && (force || s.Sync == EveryWrite) {
		err = s.f.Sync()
	}
	if err == nil {
		s.size += int64(len(lines))
		s.dirty = !force && s.Sync == EverySecond
		return nil
	}
	if cut := s.f.Truncate(s.size); cut != nil {
		s.f.Close()
		s.f = nil // opening it again repairs the end
	}
	return err
}

// ensure opens the file if it is not open.
func (s *fileSink) ensure() error {
	if s.f == nil {
		return s.open()
	}
	return nil
}

func (s *fileSink) write(lines []byte, durable bool) error {
	if err := s.ensure(); err != nil {
		return err
	}
	if s.size > s.empty && s.size+int64(len(lines)) > s.limit {
		if err := s.rotate(); err != nil {
			return err
		}
	}
	return s.append(lines, durable)
}

// rotate gives the current file its number and begins the next. If the file
// cannot be renamed, it goes on growing.
func (s *fileSink) rotate() error {
	if err := errors.Join(s.f.Sync(), s.f.Close()); err != nil {
		s.log.Warn("full audit file may not be on the disk", "error", err)
	}
	s.f = nil // not open while it is renamed, which Windows asks for
	err := renameNew(s.Path, numbered(s.Path, s.sequence))
	if err != nil {
		s.log.Warn("audit file cannot be rotated", "error", err)
	} else {
		s.rotations.Add(1)
		s.prune()
	}
	if opened := s.open(); opened != nil {
		return opened
	}
	if err != nil {
		s.limit, s.opened = s.size+int64(s.MaxBytes), s.now() // when to try again
	}
	return nil
}

// renameNew renames a file to a name that is free.
func renameNew(from, to string) error {
	if _, err := os.Lstat(to); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists", to)
	}
	return os.Rename(from, to)
}

// prune removes the oldest full files.
func (s *fileSink) prune() {
	numbers, err := fullFiles(s.Path)
	if s.Keep > 0 && len(numbers) > s.Keep {
		for _, n := range numbers[:len(numbers)-s.Keep] {
			err = errors.Join(err, os.Remove(numbered(s.Path, n)))
		}
	}
	if err != nil {
		s.log.Warn("old audit files cannot be removed", "error", err)
	}
}

// maintain syncs every second and rotates by age, both by the monotonic clock.
func (s *fileSink) maintain() error {
	now := s.now()
	if s.f == nil || now.Sub(s.synced) < time.Second {
		return nil
	}
	s.synced = now
	if s.MaxAge > 0 && s.size > s.empty && now.Sub(s.opened) >= s.MaxAge {
		return s.rotate()
	}
	if !s.dirty || s.Sync != EverySecond {
		return nil
	}
	s.dirty = false
	return s.f.Sync()
}

// reopen opens the path again. A file that was moved away is complete.
func (s *fileSink) reopen() error {
	if s.f != nil {
		err := errors.Join(s.f.Sync(), s.f.Close())
		if s.f = nil; err != nil {
			return err
		}
	}
	return s.open()
}

func (s *fileSink) close() error {
	if s.f == nil {
		return nil
	}
	return errors.Join(s.f.Sync(), s.f.Close())
}
