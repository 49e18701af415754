package bundle

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Generation is a complete bundle on this machine.
type Generation struct {
	// Dir holds the files under their names. It stays as it is until the
	// generation after the next one arrives.
	Dir      string
	Manifest *Manifest
	attempt  uint64
	signed   []byte
	refused  bool
}

// Path returns where a file of the generation is.
func (g *Generation) Path(f File) string { return filepath.Join(g.Dir, f.Name) }

// found returns when g was last the newest at its source, which is when its manifest
// was modified; zero without g, or if that is in the future. Setting the clock
// afterwards changes nothing.
func found(g *Generation) time.Time {
	if g == nil {
		return time.Time{}
	}
	stat, err := os.Stat(filepath.Join(g.Dir, ManifestName))
	now := time.Now()
	if err != nil || stat.ModTime().After(now) {
		return time.Time{}
	}
	return now.Add(stat.ModTime().Sub(now))
}

// refusedName is a file in the folder of a generation that could not be used.
const refusedName = "refused"

// folderName names the folder of a generation: its version and how often that
// one was fetched before.
func folderName(version, attempt uint64) string { return fmt.Sprintf("%d.%d", version, attempt) }

func parseFolderName(name string) (version, attempt uint64, ok bool) {
	first, second, _ := strings.Cut(name, ".")
	version, ok1 := parseNumber(first)
	attempt, ok2 := parseNumber(second)
	return version, attempt, ok1 && ok2
}

// scan finds the generations that are whole, the newest first, and the highest
// version that there ever was. Broken ones are told in broken.
func (k *Keeper) scan(ctx context.Context) (whole []*Generation, highest uint64, broken error, err error) {
	entries, err := os.ReadDir(k.options.Dir)
	if err != nil {
		return nil, 0, nil, err
	}
	for _, e := range entries {
		version, attempt, ok := parseFolderName(e.Name())
		if !ok {
			continue
		}
		highest = max(highest, version)
		g, err := k.load(ctx, filepath.Join(k.options.Dir, e.Name()), version)
		if ctx.Err() != nil {
			return nil, 0, nil, ctx.Err()
		}
		if err != nil {
			broken = errors.Join(broken, fmt.Errorf("%s: %w", e.Name(), err))
			continue
		}
		g.attempt = attempt
		whole = append(whole, g)
	}
	slices.SortFunc(whole, func(a, b *Generation) int {
		return cmp.Or(cmp.Compare(b.Manifest.Version, a.Manifest.Version), cmp.Compare(b.attempt, a.attempt))
	})
	return whole, highest, broken, nil
}

// check verifies a file of a generation. Of breach indexes, which may take minutes
// to read and have checksums of their own, it checks the size; Run reads them.
func (g *Generation) check(ctx context.Context, f File) error {
	if f.Kind == Breached {
		return f.checkSize(g.Path(f))
	}
	return f.verify(ctx, g.Path(f))
}

// load reads a generation and checks its signature and files.
func (k *Keeper) load(ctx context.Context, dir string, version uint64) (*Generation, error) {
	signed, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	m, err := ParseManifest(signed, k.options.Keys)
	if err != nil {
		return nil, err
	}
	if m.Version != version {
		return nil, unusable(ErrFormat, "it is of version %d", m.Version)
	}
	g := &Generation{Dir: dir, Manifest: m, signed: signed}
	for _, f := range m.Files {
		if err := g.check(ctx, f); err != nil {
			return nil, err
		}
	}
	_, err = os.Stat(filepath.Join(dir, refusedName))
	g.refused = err == nil
	return g, nil
}

// install makes a generation of a manifest. Its folder appears by rename, when
// all is on the disk.
func (k *Keeper) install(ctx context.Context, m *Manifest, signed []byte) (*Generation, error) {
	partial := filepath.Join(k.options.Dir, partialFolder)
	if err := k.disk.mkdir(partial, 0o755); err != nil {
		return nil, err
	}
	have := k.owned(ctx)
	for _, f := range m.Files {
		if have[f.Digest] != "" {
			continue
		}
		path, err := k.fetch(ctx, f)
		if err != nil {
			return nil, err
		}
		have[f.Digest] = path
	}
	g, err := k.place(m, signed, have)
	if err != nil {
		return nil, err
	}
	sweep(partial, func(string) bool { return false })
	return g, nil
}

// owned returns the files of the current generation by digest.
func (k *Keeper) owned(ctx context.Context) map[Digest]string {
	have := map[Digest]string{}
	if g := k.current.Load(); g != nil {
		for _, f := range g.Manifest.Files {
			if g.check(ctx, f) == nil {
				have[f.Digest] = g.Path(f)
			}
		}
	}
	return have
}

// place puts the files together under their names.
func (k *Keeper) place(m *Manifest, signed []byte, have map[Digest]string) (g *Generation, err error) {
	g = &Generation{Manifest: m, signed: signed}
	for ; ; g.attempt++ {
		g.Dir = filepath.Join(k.options.Dir, folderName(m.Version, g.attempt))
		if _, err := os.Lstat(g.Dir); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	temp := g.Dir + tempSuffix
	if err := os.RemoveAll(temp); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(temp))
		}
	}()
	if err := k.disk.mkdir(temp, 0o755); err != nil {
		return nil, err
	}
	for _, f := range m.Files {
		if err := k.linkOrCopy(have[f.Digest], filepath.Join(temp, f.Name)); err != nil {
			return nil, err
		}
	}
	if err := k.disk.createBytes(filepath.Join(temp, ManifestName), signed); err != nil {
		return nil, err
	}
	if err := k.disk.rename(temp, g.Dir); err != nil {
		return nil, err
	}
	return g, k.disk.syncFolder(k.options.Dir)
}

// linkOrCopy gives a file a second name, or makes a second file where the file
// system has no links.
func (k *Keeper) linkOrCopy(from, to string) error {
	if k.disk.link(from, to) == nil {
		return nil
	}
	return k.disk.create(to, func(w io.Writer) error {
		f, err := openRegular(from)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

// sweepGenerations removes what is older than both, and what was left behind.
func (k *Keeper) sweepGenerations(kept ...*Generation) {
	sweep(k.options.Dir, func(name string) bool {
		if name == partialFolder {
			return true
		}
		return slices.ContainsFunc(kept, func(g *Generation) bool { return g != nil && filepath.Base(g.Dir) == name })
	})
}

// resign replaces the signatures of a generation, whose text is the same.
func (k *Keeper) resign(g *Generation, m *Manifest, signed []byte) (*Generation, error) {
	if bytes.Equal(g.signed, signed) {
		return g, nil
	}
	if err := k.disk.createBytes(filepath.Join(g.Dir, ManifestName), signed); err != nil {
		return g, err
	}
	renewed := *g
	renewed.Manifest, renewed.signed = m, signed
	return &renewed, nil
}
