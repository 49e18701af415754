package filter_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/filter"
)

func TestNoAllocations(t *testing.T) {
	for _, o := range shapes {
		records := corpus(o.Kind, 5000)
		path, _ := build(t, o, records)
		s := open(t, path)
		c, err := filter.NewChain(s)
		if err != nil {
			t.Fatal(err)
		}
		size := o.Kind.Size()
		digests := make([]byte, 0, 16*size)
		for i := range 8 {
			other := digestOf(o.Kind, 1<<40+uint64(i))
			digests = append(append(digests, records[i].Digest[:size]...), other[:size]...)
		}
		found, classes := make([]bool, 16), make([]uint8, 16)
		body := make([]byte, 0, 1<<16)
		for range 2 {
			n := testing.AllocsPerRun(100, func() {
				for _, l := range []lookups{s, c} {
					for i := range 2 {
						d := digests[i*size : (i+1)*size]
						l.Contains(d)
						l.MayContain(d)
						l.Count(d)
						l.Lookup(d)
					}
					l.ContainsBatch(found, digests)
					l.Fetch(digests)
					l.LookupAll(classes, digests)
					if _, err := l.Range(body, 5); err == nil != o.Ranges || s.Err() != nil || c.Err() != nil {
						t.Errorf("%s: Range: %v", name(o), err)
					}
				}
			})
			if n != 0 {
				t.Errorf("%s: %v allocations", name(o), n)
			}
			if err := s.Preload(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestClosed(t *testing.T) {
	for _, o := range shapes {
		records := corpus(o.Kind, 100)
		path, _ := build(t, o, records)
		s := open(t, path)
		c, err := filter.NewChain(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		d := records[0].Digest[:o.Kind.Size()]
		for _, l := range []lookups{s, c} {
			found := []bool{true}
			l.ContainsBatch(found, d)
			_, counted := l.Count(d)
			l.Fetch(d)
			if some, err := l.LookupAll(make([]uint8, 1), d); some != 0 || !errors.Is(err, filter.ErrClosed) {
				t.Errorf("%s: LookupAll: %b, %v", name(o), some, err)
			}
			if l.Contains(d) || l.MayContain(d) || counted || found[0] {
				t.Errorf("%s: a closed index finds a digest", name(o))
			}
			if _, err := l.Range(nil, 0); o.Ranges && !errors.Is(err, filter.ErrClosed) {
				t.Errorf("%s: Range: %v", name(o), err)
			}
		}
		for _, err := range s.All() {
			if !errors.Is(err, filter.ErrClosed) {
				t.Errorf("%s: All: %v", name(o), err)
			}
		}
		if err := s.Verify(nil); !errors.Is(err, filter.ErrClosed) {
			t.Errorf("%s: Verify: %v", name(o), err)
		}
		if !errors.Is(s.Err(), filter.ErrClosed) || !errors.Is(c.Err(), filter.ErrClosed) {
			t.Errorf("%s: Err: %v, %v", name(o), s.Err(), c.Err())
		}
		if err := s.Preload(); !errors.Is(err, filter.ErrClosed) {
			t.Errorf("%s: Preload: %v", name(o), err)
		}
	}
}

// TestCutShort truncates a file in place while it is mapped, which nobody should
// do.
func TestCutShort(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not cut mapped files short")
	}
	uses := map[string]func(*filter.Set, []byte) error{
		"Contains": func(s *filter.Set, d []byte) error {
			if s.Contains(d) {
				return errors.New("found")
			}
			return s.Err()
		},
		"Count": func(s *filter.Set, d []byte) error {
			if _, ok := s.Count(d); ok {
				return errors.New("found")
			}
			return s.Err()
		},
		"MayContain": func(s *filter.Set, d []byte) error {
			if s.MayContain(d) {
				return errors.New("found")
			}
			return s.Err()
		},
		"ContainsBatch": func(s *filter.Set, d []byte) error {
			found := make([]bool, 1)
			if s.ContainsBatch(found, d); found[0] {
				return errors.New("found")
			}
			return s.Err()
		},
		"LookupAll": func(s *filter.Set, d []byte) error {
			s.Fetch(d)
			found, err := s.LookupAll(make([]uint8, 1), d)
			if found != 0 {
				return errors.New("found")
			}
			return err
		},
		"Range":   func(s *filter.Set, d []byte) error { _, err := s.Range(nil, 0xFFFFF); return err },
		"Verify":  func(s *filter.Set, d []byte) error { return s.Verify(nil) },
		"Preload": func(s *filter.Set, d []byte) error { return s.Preload() },
		"All": func(s *filter.Set, d []byte) error {
			for _, err := range s.All() {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	records := corpus(filter.SHA1, 50_000)
	for name, use := range uses {
		path, _ := build(t, filter.Options{Kind: filter.SHA1, Ranges: true}, records)
		s := open(t, path)
		if err := os.Truncate(path, 4096); err != nil {
			t.Fatal(err)
		}
		d := records[len(records)-1].Digest[:]
		for range 2 {
			if err := use(s, d); !errors.Is(err, filter.ErrChanged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !errors.Is(s.Err(), filter.ErrChanged) || s.Contains(d) {
			t.Errorf("%s: afterwards %v", name, s.Err())
		}
	}
}

// TestCutAnywhere truncates files in place, also within the page of memory that is
// still mapped and then reads as zeros: what is not found is unknown.
func TestCutAnywhere(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not cut mapped files short")
	}
	loads := map[string]func(*filter.Set) error{
		"mapped":       func(s *filter.Set) error { return nil },
		"PreloadBloom": (*filter.Set).PreloadBloom,
		"Preload":      (*filter.Set).Preload,
		"both":         func(s *filter.Set) error { return errors.Join(s.PreloadBloom(), s.Preload()) },
	}
	for _, n := range []int{300, 8_000} {
		for _, o := range shapes {
			records := corpus(o.Kind, n)
			path, info := build(t, o, records)
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int64{0, 1, 100, 4096, info.Bytes / 2, info.Bytes - 4097, info.Bytes - 100, info.Bytes - 1} {
				for how, load := range loads {
					cut := filepath.Join(t.TempDir(), "index")
					if err := os.WriteFile(cut, whole, 0o600); err != nil {
						t.Fatal(err)
					}
					s := open(t, cut)
					if err := load(s); err != nil {
						t.Fatal(err)
					}
					if err := os.Truncate(cut, max(size, 0)); err != nil {
						t.Fatal(err)
					}
					name := fmt.Sprintf("%d of %s, %s, cut to %d", n, name(o), how, size)
					checkCut(t, name, s, o, records)
				}
			}
		}
	}
}

// checkCut looks for every record of a file that was cut short.
func checkCut(t *testing.T, name string, s *filter.Set, o filter.Options, records []filter.Record) {
	size := o.Kind.Size()
	found := make([]bool, 1)
	for i, r := range records {
		d := r.Digest[:size]
		if _, ok := s.Count(d); !ok && s.Err() == nil {
			t.Fatalf("%s: record %d is told to be absent", name, i)
		}
		if some, err := s.LookupAll(make([]uint8, 1), d); some == 0 && err == nil {
			t.Errorf("LookupAll: not found, without an error")
		}
		if s.ContainsBatch(found, d); !found[0] && s.Err() == nil {
			t.Fatalf("%s: record %d is told to be absent from a batch", name, i)
		}
	}
	if !o.Ranges {
		return
	}
	body, err := s.Range(nil, 0)
	first := 0
	for first < len(records) && binary.BigEndian.Uint32(records[first].Digest[:])>>12 == 0 {
		first++
	}
	if err == nil && bytes.Count(body, []byte(":")) != first {
		t.Errorf("%s: a range has other rows, and no error", name)
	}
}

// TestPreload preloads an index of several huge pages under readers.
func TestPreload(t *testing.T) {
	o := filter.Options{Kind: filter.NTLM}
	records := corpus(o.Kind, 1_500_000)
	path, _ := build(t, o, records)
	s := open(t, path)
	var stop atomic.Bool
	var readers sync.WaitGroup
	for r := range 2 {
		readers.Go(func() {
			for i := r; !stop.Load(); i += 997 {
				if !s.Contains(records[i%len(records)].Digest[:16]) {
					t.Error("a record is not found")
					return
				}
			}
		})
	}
	for range 3 {
		if err := errors.Join(s.PreloadBloom(), s.Preload()); err != nil {
			t.Fatal(err)
		}
	}
	stop.Store(true)
	readers.Wait()
	if err := s.Verify(nil); err != nil {
		t.Error(err)
	}
	if runtime.GOOS == "linux" { // the copy outlives the file
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range records {
		if !s.Contains(r.Digest[:16]) || !s.MayContain(r.Digest[:16]) {
			t.Fatalf("record %d is not found", i)
		}
	}
}

// TestReplace replaces the file under readers: each answer is of the old or the
// new file, and old ones are unmapped.
func TestReplace(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	o := filter.Options{Kind: filter.SHA1}
	records := corpus(o.Kind, 1000)
	path, _ := build(t, o, records)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var current atomic.Pointer[filter.Set]
	current.Store(open(t, path))
	var stop atomic.Bool
	var readers sync.WaitGroup
	for r := range 4 {
		readers.Go(func() {
			for i := r; !stop.Load(); i++ {
				if s := current.Load(); !s.Contains(records[i%len(records)].Digest[:]) {
					t.Error("a record is not found")
					return
				}
			}
		})
	}
	for range rounds {
		next := path + ".next"
		if err := os.WriteFile(next, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, path); err != nil {
			t.Fatal(err)
		}
		current.Store(open(t, path))
	}
	stop.Store(true)
	readers.Wait()
	if runtime.GOOS != "linux" {
		return
	}
	for range 100 {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(maps), path); n <= 2 {
			break
		}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(maps, []byte(path)); n > 2 {
		t.Errorf("%d files are still mapped", n)
	}
	runtime.KeepAlive(current.Load())
}
