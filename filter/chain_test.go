package filter_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vetopw/veto/filter"
)

// state is what a chain should hold.
type state map[[20]byte]uint32

func (s state) records() (records []filter.Record) {
	for d, count := range s {
		records = append(records, filter.Record{Digest: d, Count: count})
	}
	order(records)
	return records
}

// chained builds a base of n records and overlays with changes, and returns what
// the chain should hold and all digests it ever held.
func chained(t *testing.T, o filter.Options, n, overlays, changes int) (paths []string, now, ever state) {
	now, ever = state{}, state{}
	for _, r := range corpus(o.Kind, n) {
		now[r.Digest] = r.Count
		ever[r.Digest] = 0
	}
	path, info := build(t, o, now.records())
	paths = append(paths, path)
	for k := range overlays {
		delta := state{}
		for i := range changes {
			d := digestOf(o.Kind, uint64(n+k*changes/2+i))
			delta[d] = uint32(i + 1)
		}
		for d := range maps.Keys(now) {
			if d[1]%3 == byte(k) {
				delta[d] = filter.Removed
			} else if d[1]%5 == 0 {
				delta[d] = uint32(k)
			}
			if len(delta) > 2*changes {
				break
			}
		}
		delta[digestOf(o.Kind, 1<<50)] = filter.Removed // what is not there
		for d, count := range delta {
			ever[d] = 0
			if now[d] = count; count == filter.Removed {
				delete(now, d)
			}
		}
		path, next := build(t, filter.Options{Kind: o.Kind, Base: info.ID}, delta.records())
		paths, info = append(paths, path), next
	}
	return paths, now, ever
}

func TestChain(t *testing.T) {
	for _, o := range shapes {
		for overlays := range 4 {
			t.Run(fmt.Sprintf("%s,%d", name(o), overlays), func(t *testing.T) {
				paths, now, ever := chained(t, o, 3000, overlays, 300)
				c, err := filter.OpenChain(paths...)
				if err != nil {
					t.Fatal(err)
				}
				checkState(t, c, now, ever)
				if err := c.Verify(nil); err != nil {
					t.Error(err)
				}
				if len(c.Infos()) != overlays+1 {
					t.Errorf("%d files", len(c.Infos()))
				}
				path := filepath.Join(t.TempDir(), "compact")
				info, err := filter.Compact(path, c, filter.Options{Date: "2026-05-06T00:00:00Z", Ranges: o.Ranges, NoBloom: o.NoBloom})
				if err != nil {
					t.Fatal(err)
				}
				if info.Keys != uint64(len(now)) || (info.Base != filter.ID{}) || info.Removed != 0 {
					t.Errorf("compacted to %+v, want %d keys", info, len(now))
				}
				compact, err := filter.OpenChain(path)
				if err != nil {
					t.Fatal(err)
				}
				checkState(t, compact, now, ever)
				if err := compact.Verify(nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// checkState compares the answers of a chain with what it should hold.
func checkState(t *testing.T, c *filter.Chain, now, ever state) {
	t.Helper()
	check(t, c, now.records())
	size := c.Kind().Size()
	for d := range ever {
		if _, there := now[d]; !there && c.Contains(d[:size]) {
			t.Fatal("a removed digest is found")
		}
	}
	n := 0
	ranges := true
	for _, info := range c.Infos() {
		ranges = ranges && info.Ranges
	}
	for r, err := range c.All() {
		if err != nil {
			t.Fatal(err)
		}
		if count, there := now[r.Digest]; ranges && (!there || count != r.Count) {
			t.Fatalf("All: count %d, want %d, %v", r.Count, count, there)
		}
		n++
	}
	if n != len(now) {
		t.Errorf("All has %d records of %d", n, len(now))
	}
	if !ranges {
		return
	}
	rows, asked := 0, map[uint32]bool{}
	for d := range ever {
		p := binary.BigEndian.Uint32(d[:]) >> (32 - filter.PrefixBits)
		if asked[p] {
			continue
		}
		asked[p] = true
		body, err := c.Range(nil, p)
		if err != nil {
			t.Fatal(err)
		}
		rows += strings.Count(string(body), ":")
	}
	if rows != len(now) {
		t.Errorf("%d rows in all ranges, want %d", rows, len(now))
	}
}

func TestChainRefuses(t *testing.T) {
	paths, _, _ := chained(t, filter.Options{Kind: filter.SHA1}, 100, 2, 10)
	for _, wrong := range [][]string{
		{},
		{paths[1]},
		{paths[0], paths[2]},
		{paths[0], paths[2], paths[1]},
		{paths[0], paths[1], paths[1]},
		{paths[0], paths[0]},
	} {
		if _, err := filter.OpenChain(wrong...); !errors.Is(err, filter.ErrBase) {
			t.Errorf("%d files: %v", len(wrong), err)
		}
	}
	if _, err := filter.OpenChain(paths[0], paths[1]+".missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	c, err := filter.OpenChain(paths...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filter.Compact(paths[0]+".new", c, filter.Options{Ranges: true}); !errors.Is(err, filter.ErrNoRanges) {
		t.Errorf("compacting to full digests: %v", err)
	}
	if _, err := c.Range(nil, 0); !errors.Is(err, filter.ErrNoRanges) {
		t.Errorf("range: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := filter.Compact(paths[0]+".new", c, filter.Options{}); !errors.Is(err, filter.ErrClosed) {
		t.Errorf("compacting a closed chain: %v", err)
	}
}

// TestOverlaySize: a small change costs about what it holds.
func TestOverlaySize(t *testing.T) {
	for _, kind := range []filter.Kind{filter.SHA1, filter.NTLM} {
		const keys = 1000
		_, info := build(t, filter.Options{Kind: kind, Base: filter.ID{1}}, corpus(kind, keys))
		if limit := int64(keys*(kind.Size()+8) + 1024); info.Bytes > limit {
			t.Errorf("an overlay of %d keys of %v takes %d bytes, more than %d", keys, kind, info.Bytes, limit)
		}
	}
}

func TestCompactOnFailingDisk(t *testing.T) {
	paths, _, _ := chained(t, filter.Options{Kind: filter.SHA1}, 20_000, 1, 100)
	c, err := filter.OpenChain(paths...)
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	failEach(t, "compact", paths[0], old, func(d *filter.FailingDisk) error {
		_, err := filter.CompactOn(d, paths[0], c, filter.Options{})
		return err
	})
}

// TestStepBeforeReplacement ends the compilation of an index that is too small
// for a step in between.
func TestStepBeforeReplacement(t *testing.T) {
	stop := errors.New("stop")
	for _, o := range []filter.Options{{Kind: filter.SHA1}, {Kind: filter.SHA1, Ranges: true}} {
		path, _ := build(t, o, corpus(filter.SHA1, 10))
		o.Step = func(done, total uint64) error { return stop }
		w, err := filter.Create(path, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(corpus(filter.SHA1, 20)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); !errors.Is(err, stop) {
			t.Errorf("%s: Close: %v", name(o), err)
		}
		set := open(t, path)
		chain, err := filter.NewChain(set)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := filter.Compact(path, chain, o); !errors.Is(err, stop) {
			t.Errorf("%s: Compact: %v", name(o), err)
		}
		if n := open(t, path).Info().Keys; n != 10 || len(folder(t, path)) != 1 {
			t.Errorf("%s: %d keys, folder %q", name(o), n, folder(t, path))
		}
	}
}

// TestStep ends compilations and compactions at each of their steps.
func TestStep(t *testing.T) {
	stop := errors.New("stop")
	for _, o := range []filter.Options{{Kind: filter.SHA1}, {Kind: filter.NTLM, Ranges: true}} {
		paths, now, _ := chained(t, o, 200_000, 1, 100)
		c, err := filter.OpenChain(paths...)
		if err != nil {
			t.Fatal(err)
		}
		old, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		for what, write := range map[string]func(o filter.Options) error{
			"compile": func(o filter.Options) error {
				w, err := filter.Create(paths[0], o)
				if err != nil {
					return err
				}
				if err := w.Append(now.records()); err != nil {
					return err
				}
				_, err = w.Close()
				return err
			},
			"compact": func(o filter.Options) error {
				_, err := filter.Compact(paths[0], c, o)
				return err
			},
		} {
			for last := 1; ; last++ {
				steps, before := 0, uint64(0)
				o.Step = func(done, total uint64) error {
					if done < before || done > total {
						t.Errorf("%s, %s: step to %d of %d after %d", name(o), what, done, total, before)
					}
					before = done
					if steps++; steps == last {
						return stop
					}
					return nil
				}
				err := write(o)
				if err == nil {
					if steps < 3 {
						t.Errorf("%s, %s: %d steps", name(o), what, steps)
					}
					break
				}
				b, readErr := os.ReadFile(paths[0])
				if !errors.Is(err, stop) || readErr != nil || !bytes.Equal(b, old) || len(folder(t, paths[0])) != 1 {
					t.Fatalf("%s, %s, step %d: %v, %v, %q", name(o), what, last, err, readErr, folder(t, paths[0]))
				}
			}
			if err := os.WriteFile(paths[0]+".old", old, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(paths[0]+".old", paths[0]); err != nil {
				t.Fatal(err)
			}
		}
	}
}
