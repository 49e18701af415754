package audit

import "syscall"

// FailSyncs makes o write to files that cannot be synced or truncated when fail
// says so.
func FailSyncs(o *Options, fail func() bool) {
	o.openStorage = func(path string) (storage, error) {
		f, err := openStorage(path)
		return &unsynced{f, fail}, err
	}
}

type unsynced struct {
	storage
	fail func() bool
}

func (u *unsynced) Sync() error {
	if u.fail() {
		return syscall.EIO
	}
	return u.storage.Sync()
}

func (u *unsynced) Truncate(size int64) error {
	if u.fail() {
		return syscall.EIO
	}
	return u.storage.Truncate(size)
}

// FailWrites makes o write to files whose write fails with ENOSPC, after half of
// the bytes, when fail says so; and truncating them too, when broken says so.
func FailWrites(o *Options, fail, broken func() bool) {
	o.openStorage = func(path string) (storage, error) {
		f, err := openStorage(path)
		return &faulty{f, fail, broken}, err
	}
}

type faulty struct {
	storage
	fail, broken func() bool
}

func (f *faulty) Write(p []byte) (int, error) {
	if !f.fail() {
		return f.storage.Write(p)
	}
	n, _ := f.storage.Write(p[:len(p)/2])
	return n, syscall.ENOSPC
}

func (f *faulty) Truncate(size int64) error {
	if f.broken() {
		return syscall.EIO
	}
	return f.storage.Truncate(size)
}

// EndOfFiles is where the decisions of before the start are counted from.
func EndOfFiles(path string, sequence int, bytes int64) (string, error) {
	return endOfFiles(path, sequence, bytes)
}
