package bundle_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vetopw/veto/lists/bundle"
)

// publisher writes bundles of the given files into a folder.
type publisher struct {
	t    testing.TB
	dir  string
	key  *bundle.SigningKey
	keys bundle.Keys
	// public is the text of keys.
	public string
}

func newPublisher(t testing.TB) *publisher {
	key, keys, public := keyPair(t, "tests")
	return &publisher{t, filepath.Join(t.TempDir(), "bundle"), key, keys, public}
}

// content is a file of some size that no other has.
func content(name string, version, size int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "%s of version %d\n", name, version), size/16+1)
}

// sources makes files: company.txt, which changes with the version, veto.yaml,
// which does not, and index.veto, of so many bytes, which does too.
func (p *publisher) sources(version, size int) []bundle.Source {
	p.t.Helper()
	dir := p.t.TempDir()
	var all []bundle.Source
	for _, f := range []struct {
		name    string
		kind    bundle.Kind
		content []byte
	}{
		{"company.txt", bundle.Terms, content("company", version, 10)},
		{"veto.yaml", bundle.Policy, content("policy", 0, 10)},
		{"index.veto", bundle.Breached, content("index", version, size)},
	} {
		path := filepath.Join(dir, f.name)
		if err := os.WriteFile(path, f.content, 0o644); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, bundle.Source{Path: path, Kind: f.kind})
	}
	return all
}

func (p *publisher) publish(version int) *bundle.Manifest {
	p.t.Helper()
	m, err := bundle.Write(p.t.Context(), p.dir, bundle.WriteOptions{Sources: p.sources(version, 100_000), Keys: []*bundle.SigningKey{p.key}, Version: uint64(version)})
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

func TestWrite(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	m, err := bundle.Verify(t.Context(), p.dir, p.keys)
	if err != nil || m.Version != 1 || len(m.Files) != 3 || len(m.Signed) != 1 {
		t.Fatalf("%+v, %v", m, err)
	}
	next, err := bundle.Write(t.Context(), p.dir, bundle.WriteOptions{Sources: p.sources(2, 10)[:1], Keys: []*bundle.SigningKey{p.key}})
	if err != nil || next.Version != 2 || len(next.Files) != 1 {
		t.Fatalf("%+v, %v", next, err)
	}
	files := func() int {
		all, err := os.ReadDir(filepath.Join(p.dir, "files"))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if n := files(); n != 4 {
		t.Errorf("%d files of two versions", n)
	}
	p.publish(3)
	if n := files(); n != 4 {
		t.Errorf("%d files of two versions: older ones stay", n)
	}
	other, _, _ := keyPair(t, "other")
	for name, test := range map[string]struct {
		o    bundle.WriteOptions
		want error
	}{
		"older":         {bundle.WriteOptions{Sources: p.sources(3, 10), Keys: []*bundle.SigningKey{p.key}, Version: 2}, bundle.ErrRollback},
		"same":          {bundle.WriteOptions{Sources: p.sources(3, 10), Keys: []*bundle.SigningKey{p.key}, Version: 3}, bundle.ErrRollback},
		"no key":        {bundle.WriteOptions{Sources: p.sources(3, 10)}, bundle.ErrKey},
		"foreign key":   {bundle.WriteOptions{Sources: p.sources(3, 10), Keys: []*bundle.SigningKey{other}}, bundle.ErrSignature},
		"nothing":       {bundle.WriteOptions{Keys: []*bundle.SigningKey{p.key}}, bundle.ErrFormat},
		"missing":       {bundle.WriteOptions{Sources: []bundle.Source{{Path: filepath.Join(t.TempDir(), "no"), Kind: bundle.Terms}}, Keys: []*bundle.SigningKey{p.key}}, os.ErrNotExist},
		"the same name": {bundle.WriteOptions{Sources: append(p.sources(3, 10), p.sources(4, 10)...), Keys: []*bundle.SigningKey{p.key}}, bundle.ErrFormat},
	} {
		if _, err := bundle.Write(t.Context(), p.dir, test.o); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"../x", "a/b", "nul", ".x", "manifest"} {
		s := p.sources(4, 10)[:1]
		s[0].Name = name
		if _, err := bundle.Write(t.Context(), p.dir, bundle.WriteOptions{Sources: s, Keys: []*bundle.SigningKey{p.key}}); err == nil {
			t.Errorf("name %q is taken", name)
		}
	}
	if m, err := bundle.Verify(t.Context(), p.dir, p.keys); err != nil || m.Version != 3 {
		t.Errorf("after all: %+v, %v", m, err)
	}
}

// TestTwoWriters wants every version to be whole, and none to be written twice.
func TestTwoWriters(t *testing.T) {
	p := newPublisher(t)
	sources := p.sources(1, 1000)
	var all sync.WaitGroup
	var written atomic.Int64
	for range 8 {
		all.Go(func() {
			_, err := bundle.Write(t.Context(), p.dir, bundle.WriteOptions{Sources: sources, Keys: []*bundle.SigningKey{p.key}})
			if err == nil {
				written.Add(1)
			} else if !errors.Is(err, bundle.ErrBusy) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if m, err := bundle.Verify(t.Context(), p.dir, p.keys); err != nil || m.Version != uint64(written.Load()) {
		t.Errorf("%+v, %v, want version %d", m, err, written.Load())
	}
}

// TestWriteFails makes the n-th step fail, for every n: the old bundle stays,
// and the next try succeeds.
func TestWriteFails(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	sources := p.sources(2, 100_000)
	for n := 1; ; n++ {
		steps := 0
		o := bundle.WriteOptions{Sources: sources, Keys: []*bundle.SigningKey{p.key}}
		before, err := bundle.Verify(t.Context(), p.dir, p.keys)
		if err != nil {
			t.Fatal(err)
		}
		fault := errors.New("no space left on device")
		o.Fail(func(string) error {
			if steps++; steps == n {
				return fault
			}
			return nil
		})
		_, err = bundle.Write(t.Context(), p.dir, o)
		m, broken := bundle.Verify(t.Context(), p.dir, p.keys)
		if broken != nil {
			t.Fatalf("step %d: %v", n, broken)
		}
		if err == nil {
			if steps >= n || n < 5 {
				t.Fatalf("step %d of %d failed, and nobody was told", n, steps)
			}
			return
		}
		if !errors.Is(err, fault) || m.Version > before.Version+1 {
			t.Fatalf("step %d: version %d, %v", n, m.Version, err)
		}
	}
}
