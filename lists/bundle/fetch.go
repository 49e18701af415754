package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// partialFolder holds files under their digests until their generation is
// complete, so that what has arrived need not come again.
const partialFolder = "partial"

// fetchTries is how often a connection may be cut without a byte coming through.
const fetchTries = 3

// fetch brings a file into partialFolder and returns its path. It asks for the
// rest when a connection is cut.
func (k *Keeper) fetch(ctx context.Context, f File) (path string, err error) {
	path = filepath.Join(k.options.Dir, partialFolder, f.Digest.String())
	resumed := sizeOf(path) > 0
	for idle := 0; idle < fetchTries; {
		before := sizeOf(path)
		err = k.fetchOnce(ctx, f, path)
		if !errors.Is(err, errCut) || ctx.Err() != nil {
			break
		}
		if idle++; sizeOf(path) > before {
			idle = 0
		}
		if !sleep(ctx, k.resume/2+rand.N(k.resume)) {
			return path, ctx.Err()
		}
	}
	if err != nil {
		return path, err
	}
	err = f.verify(ctx, path)
	if !errors.Is(err, ErrDigest) {
		return path, err
	}
	if err := os.Remove(path); err != nil {
		return path, err
	}
	if resumed { // after a machine stopped, what was there before may be damaged
		return k.fetch(ctx, f)
	}
	return path, err
}

// fetchOnce appends what is missing of a file.
func (k *Keeper) fetchOnce(ctx context.Context, f File, path string) error {
	if sizeOf(path) > f.Bytes {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	to, err := k.disk.open(path)
	if err != nil {
		return err
	}
	defer to.Close()
	have, err := to.Seek(0, io.SeekEnd)
	if err != nil || have == f.Bytes {
		return errors.Join(err, k.disk.sync(to))
	}
	from, start, err := k.source.open(ctx, f, have)
	if err != nil {
		return err
	}
	defer from.Close()
	if start != have {
		if err := to.Truncate(start); err != nil {
			return err
		}
	}
	n, err := io.Copy(k.disk.writer(to), io.LimitReader(from, f.Bytes-start+1))
	switch {
	case err != nil:
		return err
	case start+n > f.Bytes:
		return errors.Join(&FileError{f.Name, ErrDigest, fmt.Sprintf("it is longer than the %d bytes that were signed", f.Bytes)}, os.Remove(path))
	case start+n < f.Bytes:
		return fmt.Errorf("%w at byte %d of %d", errCut, start+n, f.Bytes)
	}
	return k.disk.sync(to)
}

// sizeOf returns the size of the file at path, 0 if there is none.
func sizeOf(path string) int64 {
	stat, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return stat.Size()
}

// sleep reports whether the context lasted so long.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
