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
	"time"
)

// Source is a file that goes into a bundle.
type Source struct {
	Path string
	Name string // in the bundle; empty means the last element of Path
	Kind Kind
}

// WriteOptions is what Write makes a bundle of.
type WriteOptions struct {
	Sources []Source
	// Keys sign the bundle, each of them: while keys change, the old and the new.
	Keys []*SigningKey
	// Version must be greater than that of the bundle in the folder; 0 means one
	// more. It has to be given if that one is not signed by any of Keys.
	Version uint64
	Created time.Time
	disk    disk
}

// Write puts a bundle into the folder dir, which it makes if need be, in the
// place of the one there. The files come first, under their digests, then the
// manifest, by rename: readers see the old bundle or the new one. Files of the
// bundle before stay for readers that are at it; older ones are removed.
//
// The error wraps ErrRollback for a version that is not greater, ErrBusy if
// another process writes there, ErrFormat, ErrSize or that of a source. Then the
// old bundle stays.
func Write(ctx context.Context, dir string, o WriteOptions) (*Manifest, error) {
	m, err := write(ctx, dir, o)
	if err != nil {
		return nil, fmt.Errorf("bundle: write %s: %w", dir, err)
	}
	return m, nil
}

func write(ctx context.Context, dir string, o WriteOptions) (*Manifest, error) {
	if len(o.Keys) == 0 {
		return nil, fmt.Errorf("%w: none to sign with", ErrKey)
	}
	if err := o.disk.mkdir(filepath.Join(dir, filesFolder), 0o755); err != nil {
		return nil, err
	}
	locked, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	defer locked.Close()
	before, err := o.before(dir)
	if err != nil {
		return nil, err
	}
	m := &Manifest{Version: o.Version, Created: o.Created.UTC().Truncate(time.Second)}
	if m.Version == 0 {
		m.Version = before.Version + 1
	}
	if m.Version <= before.Version {
		return nil, fmt.Errorf("%w: version %d, the folder has %d", ErrRollback, m.Version, before.Version)
	}
	for _, s := range o.Sources {
		f, err := o.add(ctx, dir, s)
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, f)
	}
	signed, err := m.sign(o.Keys)
	if err != nil {
		return nil, err
	}
	if err := o.disk.createBytes(filepath.Join(dir, ManifestName), signed); err != nil {
		return nil, err
	}
	keep := map[string]bool{}
	for _, f := range append(before.Files, m.Files...) {
		keep[f.Digest.String()] = true
	}
	sweep(filepath.Join(dir, filesFolder), func(name string) bool { return keep[name] })
	return ParseManifest(signed, o.trusted())
}

func (o *WriteOptions) trusted() (keys Keys) {
	for _, k := range o.Keys {
		for _, v := range k.public.all {
			keys.add(v)
		}
	}
	return keys
}

// before returns the manifest in the folder, an empty one if there is none.
// Whoever can write there, but not sign, must not choose the next version.
func (o *WriteOptions) before(dir string) (*Manifest, error) {
	signed, err := readManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return new(Manifest), nil
	}
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(signed, o.trusted())
	if err != nil && o.Version > 0 {
		return new(Manifest), nil
	}
	if err != nil {
		return nil, fmt.Errorf("the bundle there: %w; sign with its key too, or give the version", err)
	}
	return m, nil
}

// add copies a source to where its digest says, unless it is there already.
func (o *WriteOptions) add(ctx context.Context, dir string, s Source) (File, error) {
	f := File{Name: s.Name, Kind: s.Kind}
	if f.Name == "" {
		f.Name = filepath.Base(s.Path)
	}
	if err := checkName(f.Name); err != nil {
		return f, err
	}
	var err error
	if f.Bytes, f.Digest, err = digestOf(ctx, s.Path, MaxFileBytes); err != nil {
		return f, err
	}
	if f.Bytes > MaxFileBytes {
		return f, fmt.Errorf("%s: %w", s.Path, ErrSize)
	}
	to := filepath.Join(dir, filepath.FromSlash(f.Path()))
	if n, d, err := digestOf(ctx, to, f.Bytes); err == nil && n == f.Bytes && d == f.Digest {
		return f, nil
	}
	return f, o.disk.create(to, func(w io.Writer) error {
		from, err := openRegular(s.Path)
		if err != nil {
			return err
		}
		defer from.Close()
		h := sha256.New()
		if _, err := io.Copy(io.MultiWriter(h, w), contextReader{ctx, from}); err != nil {
			return err
		}
		if Digest(h.Sum(nil)) != f.Digest {
			return fmt.Errorf("%s: it changed while it was read", s.Path)
		}
		return nil
	})
}

// ReadManifest reads the signed manifest of the bundle in the folder dir.
func ReadManifest(dir string) ([]byte, error) {
	signed, err := readManifest(dir)
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return signed, nil
}

// Verify reads all of the bundle in the folder dir. The error wraps what
// ParseManifest says, ErrIncomplete for a file that is missing or cut short, or
// ErrDigest.
func Verify(ctx context.Context, dir string, keys Keys) (*Manifest, error) {
	signed, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(signed, keys)
	if err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", dir, err)
	}
	for _, f := range m.Files {
		if err := f.verify(ctx, filepath.Join(dir, filepath.FromSlash(f.Path()))); err != nil {
			return nil, fmt.Errorf("bundle: %s: %w", dir, err)
		}
	}
	return m, nil
}

// verify reads the file at path.
func (f File) verify(ctx context.Context, path string) error {
	if err := f.checkSize(path); err != nil {
		return err
	}
	size, digest, err := digestOf(ctx, path, f.Bytes)
	if err != nil {
		return err
	}
	if size != f.Bytes || digest != f.Digest {
		return &FileError{f.Name, ErrDigest, ""}
	}
	return nil
}

// checkSize looks at the file at path without reading it.
func (f File) checkSize(path string) error {
	stat, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &FileError{f.Name, ErrIncomplete, "it is missing; a copy may be under way"}
	case err != nil:
		return err
	case !stat.Mode().IsRegular() || stat.Size() < f.Bytes:
		return &FileError{f.Name, ErrIncomplete, fmt.Sprintf("it has %d bytes of %d; a copy may be under way", stat.Size(), f.Bytes)}
	case stat.Size() > f.Bytes:
		return &FileError{f.Name, ErrDigest, fmt.Sprintf("it has %d bytes, %d were signed", stat.Size(), f.Bytes)}
	}
	return nil
}
