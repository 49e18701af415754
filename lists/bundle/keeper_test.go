package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/remote"
)

func (p *publisher) keeper(source string) *bundle.Keeper {
	p.t.Helper()
	return p.keeperIn(source, filepath.Join(p.t.TempDir(), "cache"))
}

func (p *publisher) keeperIn(source, dir string) *bundle.Keeper {
	p.t.Helper()
	k, err := bundle.OpenKeeper(p.t.Context(), bundle.Options{Source: source, Dir: dir, Keys: p.keys})
	if err != nil {
		p.t.Fatal(err)
	}
	k.Hurry(time.Millisecond, time.Second)
	p.t.Cleanup(func() { k.Close() })
	return k
}

// has wants the current generation of k to be all of a version; 0: none.
func has(t testing.TB, k *bundle.Keeper, version int) {
	t.Helper()
	g, ok := k.Current()
	if ok != (version > 0) || k.Status().Version != uint64(version) {
		t.Fatalf("current: %v %v, status %+v, want version %d", g.Dir, ok, k.Status(), version)
	}
	if !ok {
		return
	}
	if g.Manifest.Version != uint64(version) {
		t.Fatalf("version %d, want %d", g.Manifest.Version, version)
	}
	got, err := os.ReadFile(filepath.Join(g.Dir, "company.txt"))
	if err != nil || !bytes.Equal(got, content("company", version, 10)) {
		t.Fatalf("company.txt of version %d: %.40q, %v", version, got, err)
	}
	for _, f := range g.Manifest.Files {
		if stat, err := os.Stat(g.Path(f)); err != nil || stat.Size() != f.Bytes {
			t.Fatalf("%s of version %d: %v, %v", f.Name, version, stat, err)
		}
	}
}

// refresh wants the outcome of k.Refresh.
func refresh(t testing.TB, k *bundle.Keeper, changed bool, want error) {
	t.Helper()
	got, err := k.Refresh(t.Context())
	if got != changed || !errors.Is(err, want) || (want == nil) != (k.Status().Err == nil) {
		t.Fatalf("refresh: %v, %v, want %v, %v; status %+v", got, err, changed, want, k.Status())
	}
}

// serve serves a folder as a web server does, through wrap.
func serve(t testing.TB, dir string, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	h := http.Handler(http.FileServer(http.Dir(dir)))
	if wrap != nil {
		h = wrap(h)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestKeeper(t *testing.T) {
	p := newPublisher(t)
	for name, source := range map[string]string{"folder": p.dir, "web": serve(t, p.dir, nil)} {
		t.Run(name, func(t *testing.T) {
			os.RemoveAll(p.dir)
			dir := filepath.Join(t.TempDir(), "cache")
			k := p.keeperIn(source, dir)
			has(t, k, 0)
			if changed, err := k.Refresh(t.Context()); changed || err == nil {
				t.Fatalf("without a source: %v, %v", changed, err)
			}
			p.publish(1)
			refresh(t, k, true, nil)
			has(t, k, 1)
			refresh(t, k, false, nil)
			p.publish(5)
			refresh(t, k, true, nil)
			has(t, k, 5)
			if _, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: source, Dir: dir, Keys: p.keys}); !errors.Is(err, bundle.ErrBusy) {
				t.Errorf("a second keeper: %v", err)
			}
			p.publish(6)
			refresh(t, k, true, nil)
			if all, _ := filepath.Glob(filepath.Join(dir, "*.0")); len(all) != 2 {
				t.Errorf("generations %v", all)
			}
			k.Close()
			os.RemoveAll(p.dir)
			k = p.keeperIn(source, dir)
			has(t, k, 6)
			if changed, err := k.Refresh(t.Context()); changed || err == nil {
				t.Fatalf("the source is gone: %v, %v", changed, err)
			}
			has(t, k, 6)
			k.Close()
			_, foreign, _ := keyPair(t, "tests")
			k, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: source, Dir: dir, Keys: foreign})
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()
			if g, ok := k.Current(); ok || !errors.Is(k.Status().Err, bundle.ErrSignature) {
				t.Errorf("a generation that no trusted key signed: %+v, %v", g, k.Status())
			}
		})
	}
}

// TestHostileSource changes what the source has in every way; the last good
// generation stays, and the source is taken again when it is well.
func TestHostileSource(t *testing.T) {
	p := newPublisher(t)
	p.publish(1)
	oldManifest, err := bundle.ReadManifest(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	file := func(m *bundle.Manifest, name string) string {
		i := slices.IndexFunc(m.Files, func(f bundle.File) bool { return f.Name == name })
		return filepath.Join(p.dir, filepath.FromSlash(m.Files[i].Path()))
	}
	change := func(path string, edit func([]byte) []byte) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, edit(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	flip := func(i int) func([]byte) []byte {
		return func(data []byte) []byte {
			data[(i+len(data))%len(data)] ^= 1
			return data
		}
	}
	manifest := filepath.Join(p.dir, bundle.ManifestName)
	version := 1
	for _, source := range []string{p.dir, serve(t, p.dir, nil)} {
		k := p.keeper(source)
		refresh(t, k, true, nil)
		for _, test := range []struct {
			name string
			do   func(m *bundle.Manifest)
			want error
		}{
			{"manifest, first byte", func(*bundle.Manifest) { change(manifest, flip(0)) }, bundle.ErrSignature},
			{"manifest, version", func(*bundle.Manifest) { change(manifest, flip(strings.Index(head, "42"))) }, bundle.ErrSignature},
			{"manifest, cut", func(*bundle.Manifest) { change(manifest, func(b []byte) []byte { return b[:len(b)/2] }) }, bundle.ErrSignature},
			{"manifest, empty", func(*bundle.Manifest) { change(manifest, func(b []byte) []byte { return nil }) }, bundle.ErrSignature},
			{"list, first byte", func(m *bundle.Manifest) { change(file(m, "company.txt"), flip(0)) }, bundle.ErrDigest},
			{"list, last byte", func(m *bundle.Manifest) { change(file(m, "company.txt"), flip(-1)) }, bundle.ErrDigest},
			{"index, some byte", func(m *bundle.Manifest) { change(file(m, "index.veto"), flip(70_000)) }, bundle.ErrDigest},
			{"index, longer", func(m *bundle.Manifest) { change(file(m, "index.veto"), func(b []byte) []byte { return append(b, 0) }) }, bundle.ErrDigest},
			{"index missing", func(m *bundle.Manifest) { os.Remove(file(m, "index.veto")) }, bundle.ErrIncomplete},
			{"old manifest, new files", func(*bundle.Manifest) { change(manifest, func([]byte) []byte { return oldManifest }) }, bundle.ErrRollback},
		} {
			version++
			before := k.Status().Version
			m := p.publish(version)
			test.do(m)
			refresh(t, k, false, test.want)
			has(t, k, int(before))
			p.publish(version + 1) // writes its files anew
			version++
			refresh(t, k, true, nil)
			has(t, k, version)
		}
		// Torn: what is not there yet.
		version++
		m := p.publish(version)
		cut := file(m, "index.veto")
		content, _ := os.ReadFile(cut)
		if err := os.WriteFile(cut, content[:1000], 0o644); err != nil {
			t.Fatal(err)
		}
		if changed, err := k.Refresh(t.Context()); changed || err == nil {
			t.Fatalf("a file cut short: %v, %v", changed, err)
		}
		if err := os.WriteFile(cut, content, 0o644); err != nil {
			t.Fatal(err)
		}
		refresh(t, k, true, nil)
		has(t, k, version)
	}
}

// TestRollback wants no way back, also over a restart, and no second version of
// the same number.
func TestRollback(t *testing.T) {
	p := newPublisher(t)
	dir := filepath.Join(t.TempDir(), "cache")
	k := p.keeperIn(p.dir, dir)
	p.publish(7)
	refresh(t, k, true, nil)
	os.RemoveAll(p.dir)
	p.publish(6)
	refresh(t, k, false, bundle.ErrRollback)
	k.Close()
	k = p.keeperIn(p.dir, dir)
	refresh(t, k, false, bundle.ErrRollback)
	os.RemoveAll(p.dir)
	if _, err := bundle.Write(t.Context(), p.dir, bundle.WriteOptions{Sources: p.sources(8, 10), Keys: []*bundle.SigningKey{p.key}, Version: 7}); err != nil {
		t.Fatal(err)
	}
	refresh(t, k, false, bundle.ErrRollback)
	has(t, k, 7)
	k.Close()
	// Even when the newest generation is damaged, what comes next is not older.
	g, _ := k.Current()
	if err := os.Remove(filepath.Join(g.Dir, "company.txt")); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(p.dir)
	p.publish(6)
	k = p.keeperIn(p.dir, dir)
	has(t, k, 0)
	refresh(t, k, false, bundle.ErrRollback)
	os.RemoveAll(p.dir)
	p.publish(7)
	refresh(t, k, true, nil)
	has(t, k, 7)
	if _, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: p.dir, Dir: t.TempDir()}); !errors.Is(err, bundle.ErrKey) {
		t.Errorf("without keys: %v", err)
	}
	fresh, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: p.dir, Dir: t.TempDir(), Keys: p.keys, MinVersion: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	refresh(t, fresh, false, bundle.ErrRollback)
	small, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: p.dir, Dir: t.TempDir(), Keys: p.keys, MaxBytes: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	refresh(t, small, false, bundle.ErrSize)
}

// TestClock has a signer whose clock is far ahead, and then far behind: versions
// decide.
func TestClock(t *testing.T) {
	p := newPublisher(t)
	k := p.keeper(p.dir)
	for i, year := range []int{2100, 1971, 2026} {
		o := bundle.WriteOptions{Sources: p.sources(i+1, 10), Keys: []*bundle.SigningKey{p.key}, Created: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)}
		if _, err := bundle.Write(t.Context(), p.dir, o); err != nil {
			t.Fatal(err)
		}
		refresh(t, k, true, nil)
		has(t, k, i+1)
	}
}

// TestRotation replaces the key without a new version: old, both, new.
func TestRotation(t *testing.T) {
	p := newPublisher(t)
	next, _, _ := keyPair(t, "next")
	third, keys, _ := keyPair(t, "third")
	sources := p.sources(1, 10)
	write := func(signers ...*bundle.SigningKey) {
		os.RemoveAll(p.dir)
		if _, err := bundle.Write(t.Context(), p.dir, bundle.WriteOptions{Sources: sources, Keys: signers, Version: 1}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write(p.key)
	k := p.keeperIn(p.dir, dir)
	refresh(t, k, true, nil)
	write(p.key, next, third)
	refresh(t, k, false, nil) // takes the signatures over
	k.Close()
	k, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: p.dir, Dir: dir, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	has(t, k, 1)
	write(p.key)
	refresh(t, k, false, bundle.ErrSignature)
	has(t, k, 1)
}

func TestRefuse(t *testing.T) {
	p := newPublisher(t)
	dir := t.TempDir()
	k := p.keeperIn(p.dir, dir)
	p.publish(1)
	refresh(t, k, true, nil)
	p.publish(2)
	refresh(t, k, true, nil)
	if g, ok := k.Refuse(errors.New("not valid")); !ok || g.Manifest.Version != 1 {
		t.Fatalf("%+v %v", g, ok)
	}
	has(t, k, 1)
	for range 2 {
		if changed, err := k.Refresh(t.Context()); changed || err != nil || k.Status().Err == nil {
			t.Fatalf("the refused version again: %v, %v, %+v", changed, err, k.Status())
		}
		has(t, k, 1)
		k.Close()
		k = p.keeperIn(p.dir, dir)
	}
	p.publish(3)
	refresh(t, k, true, nil)
	has(t, k, 3)
}

// TestChecked wants the time at which the current generation was last found to be the
// newest: also over a restart, and not that of a look that failed.
func TestChecked(t *testing.T) {
	p := newPublisher(t)
	dir := t.TempDir()
	k := p.keeperIn(p.dir, dir)
	ago := func(name string, least, most time.Duration) {
		t.Helper()
		if age := time.Since(k.Status().Checked); age < least || age > most {
			t.Fatalf("%s: found to be the newest %v ago, want %v to %v", name, age, least, most)
		}
	}
	again := func(mtime time.Time) {
		t.Helper()
		g, _ := k.Current()
		k.Close()
		if err := os.Chtimes(filepath.Join(g.Dir, bundle.ManifestName), mtime, mtime); err != nil {
			t.Fatal(err)
		}
		k = p.keeperIn(p.dir, dir)
	}
	const moment = time.Minute
	p.publish(1)
	refresh(t, k, true, nil)
	ago("arrived", 0, moment)
	again(time.Now().Add(-2 * time.Hour))
	ago("started again", 2*time.Hour, 2*time.Hour+moment)
	away := p.dir + ".away"
	if err := os.Rename(p.dir, away); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Refresh(t.Context()); err == nil || k.Status().Err == nil {
		t.Fatalf("the source is gone: %v, %+v", err, k.Status())
	}
	ago("without the source", 2*time.Hour, 2*time.Hour+moment)
	if err := os.Rename(away, p.dir); err != nil {
		t.Fatal(err)
	}
	refresh(t, k, false, nil)
	ago("unchanged", 0, moment)
	k.Close()
	k = p.keeperIn(p.dir, dir)
	ago("unchanged, started again", 0, moment)
	full := errors.New("read-only file system")
	k.Fail(func(string) error { return full })
	refresh(t, k, false, full)
	k.Fail(nil)
	again(time.Now().Add(time.Hour))
	if !k.Status().Checked.IsZero() {
		t.Errorf("found to be the newest in the future: %v", k.Status().Checked)
	}
	again(time.Now().Add(-3 * time.Hour))
	p.publish(2)
	refresh(t, k, true, nil)
	k.Refuse(errors.New("not valid"))
	for range 2 {
		ago("refused", 3*time.Hour, 3*time.Hour+moment)
		if _, err := k.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKeeperFails makes the n-th step on the disk fail, for every n: the old
// generation serves, the error is told, and the next try succeeds.
func TestKeeperFails(t *testing.T) {
	p := newPublisher(t)
	k := p.keeper(p.dir)
	p.publish(1)
	refresh(t, k, true, nil)
	version := 1
	for n := 1; ; n++ {
		version++
		p.publish(version)
		steps, fault, linked := 0, errors.New("input/output error"), false
		k.Fail(func(step string) error {
			if steps++; steps == n {
				linked = step == "link" // is replaced by a copy
				return fault
			}
			return nil
		})
		changed, err := k.Refresh(t.Context())
		if n > steps {
			if err != nil || n < 10 {
				t.Fatalf("%d steps: %v", steps, err)
			}
			return
		}
		if !linked && (changed || !errors.Is(err, fault) || k.Status().Err == nil) {
			t.Fatalf("step %d: %v, %v", n, changed, err)
		}
		if !linked {
			has(t, k, version-1)
		}
		k.Fail(nil)
		if _, err := k.Refresh(t.Context()); err != nil {
			t.Fatalf("after step %d: %v", n, err)
		}
		has(t, k, version)
	}
}

// TestDamagedIndex wants Run to find what load leaves out, and to fetch it again.
func TestDamagedIndex(t *testing.T) {
	p := newPublisher(t)
	dir := t.TempDir()
	k := p.keeperIn(p.dir, dir)
	p.publish(1)
	refresh(t, k, true, nil)
	g, _ := k.Current()
	k.Close()
	path := filepath.Join(g.Dir, "index.veto")
	data, _ := os.ReadFile(path)
	data[5000] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		k, err := bundle.OpenKeeper(t.Context(), bundle.Options{Source: p.dir, Dir: dir, Keys: p.keys})
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		ctx, cancel := context.WithCancel(t.Context())
		var arrived []string
		go k.Run(ctx, func(g bundle.Generation) error {
			arrived = append(arrived, filepath.Base(g.Dir))
			return nil
		})
		time.Sleep(2 * time.Minute)
		cancel()
		synctest.Wait()
		if fmt.Sprint(arrived) != "[1.1]" {
			t.Errorf("generations %v", arrived)
		}
		has(t, k, 1)
	})
	fixed, err := os.ReadFile(filepath.Join(dir, "1.1", "index.veto"))
	if err != nil || !bytes.Equal(fixed, content("index", 1, 100_000)) {
		t.Errorf("the index is not repaired: %v", err)
	}
}

// TestJitter starts 500 keepers at once and counts how many look at the source
// in the same second.
func TestJitter(t *testing.T) {
	const keepers, hours = 500, 10
	p := newPublisher(t)
	p.publish(1)
	dir := t.TempDir()
	var all []*bundle.Keeper
	for i := range keepers {
		k := p.keeperIn(p.dir, filepath.Join(dir, strconv.Itoa(i)))
		if i == 0 {
			refresh(t, k, true, nil)
		} else { // a generation like that of the first
			k.Close()
			if err := os.CopyFS(filepath.Join(dir, strconv.Itoa(i), "1.0"), os.DirFS(filepath.Join(dir, "0", "1.0"))); err != nil {
				t.Fatal(err)
			}
			k = p.keeperIn(p.dir, filepath.Join(dir, strconv.Itoa(i)))
		}
		all = append(all, k)
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var mu sync.Mutex
		looks := map[int]int{} // by second
		ctx, cancel := context.WithCancel(t.Context())
		for _, k := range all {
			k.Watch(func() {
				mu.Lock()
				defer mu.Unlock()
				looks[int(time.Since(start).Seconds())]++
			})
			go k.Run(ctx, nil)
		}
		time.Sleep(hours * time.Hour)
		cancel()
		synctest.Wait()
		total, first, most := 0, 0, 0
		for second, n := range looks {
			total += n
			if second < 60 {
				first = max(first, n)
			} else {
				most = max(most, n)
			}
		}
		t.Logf("%d looks, at most %d in a second of the first minute, then %d", total, first, most)
		if first > 30 || most > 15 || total < keepers*hours*9/10 || total > keepers*hours*12/10 {
			t.Errorf("%d looks, at most %d in a second of the first minute, then %d", total, first, most)
		}
	})
}

func TestPause(t *testing.T) {
	for range 1000 {
		if d := bundle.Pause(time.Hour, 0, nil); d < 45*time.Minute || d > 75*time.Minute {
			t.Fatalf("interval %v", d)
		}
		if d := bundle.Pause(time.Hour, 1, io.EOF); d < 2*time.Second || d > 5*time.Second {
			t.Fatalf("first failure %v", d)
		}
		if d := bundle.Pause(time.Hour, 1000, io.EOF); d < 30*time.Minute || d > time.Hour {
			t.Fatalf("last failure %v", d)
		}
		busy := fmt.Errorf("busy: %w", &remote.StatusError{Status: 429, RetryAfter: time.Minute})
		if d := bundle.Pause(time.Hour, 1, busy); d < time.Minute || d > 65*time.Second {
			t.Fatalf("busy %v", d)
		}
	}
}
