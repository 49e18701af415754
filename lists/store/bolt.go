package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/vetopw/veto/internal/durable"
)

// DefaultKeep is how many changes of a list or policy are kept if Options say
// nothing.
const DefaultKeep = 1000

// lockWait is how long Open waits for another process to end.
const lockWait = time.Second

// The buckets, by what they hold: the format; lists, each a bucket; the changes
// of lists and what was different before and after them, each by name and
// revision; policies by name, and their versions by name and revision.
var (
	bucketFormat   = []byte("format")
	bucketLists    = []byte("lists")
	bucketChanges  = []byte("changes")
	bucketDeltas   = []byte("deltas")
	bucketPolicies = []byte("policies")
	bucketVersions = []byte("versions")
)

// The parts of a list's bucket.
var (
	keyInfo       = []byte("info")
	bucketEntries = []byte("entries")
)

// format is what the key of the same name says.
const format = "veto store 1"

// Options say how a store is opened. The zero value is valid.
type Options struct {
	Keep     int              // changes of each list and policy that are kept; 0: DefaultKeep
	ReadOnly bool             // the file has to exist, and others may read it too
	Now      func() time.Time // the clock; nil means time.Now
}

// File is a Store in one file, which is locked.
type File struct {
	db      *bolt.DB
	options Options
}

var _ Store = (*File)(nil)

// Open opens the store in the file at path, which it creates if there is none,
// and reads all of it once: what is damaged is found here, in O(size). Errors name
// the path and wrap ErrLocked, ErrCorrupt, or what the file system says.
func Open(path string, o Options) (*File, error) {
	if o.Keep <= 0 {
		o.Keep = DefaultKeep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if !o.ReadOnly {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
	}
	s := &File{options: o}
	var file *os.File
	err := guard(func() (err error) {
		if s.db, err = open(path, o.ReadOnly, &file); err != nil {
			return err
		}
		return s.db.View(verify)
	})
	_, system := errors.AsType[syscall.Errno](err)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		err = fmt.Errorf("%w, such as veto serve: ask that one, or end it", ErrLocked)
	case !system && !errors.Is(err, ErrCorrupt) && err != errNoFile: // not of the system, so of what the file holds
		err = corrupt("%v", err)
	}
	if s.db != nil {
		s.db.Close()
	} else if file != nil { // bbolt has panicked, and it is locked
		file.Close()
	}
	return nil, fmt.Errorf("store: %s: %w", path, err)
}

var errNoFile = errors.New("is no file; name one, which is made if it is absent")

// open opens the file, which it also stores in file.
func open(path string, readOnly bool, file **os.File) (*bolt.DB, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	if !stat.Mode().IsRegular() {
		return nil, errNoFile
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{
		Timeout: lockWait, ReadOnly: readOnly, FreelistType: bolt.FreelistMapType, PreLoadFreelist: true, InitialMmapSize: mapped(),
		OpenFile: func(name string, flags int, mode os.FileMode) (_ *os.File, err error) {
			*file, err = os.OpenFile(name, flags, mode)
			return *file, err
		},
	})
	if err != nil {
		return nil, err
	}
	db.AllocSize = growth
	return db, nil
}

// growth is by how many bytes a file grows at least; a change that needs more takes
// it at once.
const growth = 256 << 10

// mapped is how much of the address space a store has from the start. When it needs
// more, all that a transaction has changed so far is copied, and readers keep it
// waiting. Windows makes the file as large as what is mapped of it.
func mapped() int {
	if runtime.GOOS == "windows" {
		return 0
	}
	return 1 << 30
}

// create makes a file without lists, unless there is one: under another name, so
// that a file of that name is never half written.
func create(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	temp := filepath.Join(folder, "new")
	db, err := bolt.Open(temp, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(initialize), db.Close()); err != nil {
		return err
	}
	if err := os.Link(temp, path); err != nil && !errors.Is(err, fs.ErrExist) { // another process was faster
		return err
	}
	return durable.SyncFolder(filepath.Dir(path))
}

func initialize(tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketFormat, bucketLists, bucketChanges, bucketDeltas, bucketPolicies, bucketVersions} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketFormat).Put(bucketFormat, []byte(format))
}

// Close closes the file, when nothing reads or changes it any more.
func (s *File) Close() error { return s.db.Close() }

// Path returns the path of the file.
func (s *File) Path() string { return s.db.Path() }

// view runs read in a transaction that sees one state.
func (s *File) view(ctx context.Context, read func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return guard(func() error { return s.db.View(read) })
}

// update runs write in a transaction that is durable when it returns without an
// error, and otherwise has changed nothing.
func (s *File) update(ctx context.Context, write func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return guard(func() error { return s.db.Update(write) })
}

// Backup writes a copy of the store as it is now to a new file, durably.
func (s *File) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	err = s.view(ctx, func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("store: %s: %w", path, errors.Join(err, os.Remove(path)))
	}
	return durable.SyncFolder(filepath.Dir(path))
}

// nextRevision returns the number of the change that tx makes.
func nextRevision(tx *bolt.Tx) (uint64, error) { return tx.Bucket(bucketFormat).NextSequence() }

// put stores a value as JSON.
func put(b *bolt.Bucket, key []byte, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return b.Put(key, seal(key, text))
}

// get reads what put stored.
func get(key, sealed []byte, value any) error {
	text, err := unseal(key, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, value); err != nil {
		return corrupt("%v", err)
	}
	return nil
}

// trim removes the oldest of the records of each bucket, by revision, that are more
// than are kept: in number, and from the newest on in bytes. The newest stays.
func (s *File) trim(bytes int, buckets ...*bolt.Bucket) error {
	var old [][]byte
	n, size := 0, 0
	c := buckets[0].Cursor()
	for key, _ := c.Last(); key != nil; key, _ = c.Prev() {
		n++
		for _, b := range buckets {
			size += len(b.Get(key))
		}
		if n > s.options.Keep || n > 1 && size > bytes {
			old = append(old, slices.Clone(key))
		}
	}
	for _, key := range old {
		for _, b := range buckets {
			if err := b.Delete(key); err != nil {
				return err
			}
		}
	}
	return nil
}
