package filter_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/filter"
)

func TestOrder(t *testing.T) {
	records := corpus(filter.SHA1, 600)
	low, high := records[0], records[599]
	sameHead := high
	sameHead.Digest[19]--
	for _, c := range []struct {
		name   string
		last   filter.Record
		record uint64
		again  bool
	}{
		{"smaller", low, 600, false},
		{"repeated", high, 600, true},
		{"smaller behind the first 8 bytes", sameHead, 600, false},
	} {
		for _, batch := range []int{1, 7, 601} {
			w, err := filter.Create(filepath.Join(t.TempDir(), "index"), filter.Options{Kind: filter.SHA1})
			if err != nil {
				t.Fatal(err)
			}
			for part := range slices.Chunk(append(slices.Clone(records), c.last), batch) {
				if err = w.Append(part); err != nil {
					break
				}
			}
			var order *filter.OrderError
			if !errors.As(err, &order) || !errors.Is(err, filter.ErrOrder) || order.Record != c.record || order.Repeated != c.again {
				t.Errorf("%s, batches of %d: %v", c.name, batch, err)
			}
			if _, err := w.Close(); !errors.Is(err, filter.ErrOrder) {
				t.Errorf("%s: Close returns %v", c.name, err)
			}
		}
	}
}

func TestRemovalNeedsBase(t *testing.T) {
	w, err := filter.Create(filepath.Join(t.TempDir(), "index"), filter.Options{Kind: filter.SHA1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append([]filter.Record{{Count: filter.Removed}}); err == nil {
		t.Error("an index with a removal")
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if _, err := filter.Create(filepath.Join(t.TempDir(), "index"), filter.Options{}); err == nil {
		t.Error("an index without a kind")
	}
}

// TestSameBytes: neither batches nor the hint change the result.
func TestSameBytes(t *testing.T) {
	for _, o := range shapes {
		records := corpus(o.Kind, 3000)
		path, _ := build(t, o, records)
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range []int{1, 999, 3000} {
			o.Keys = uint64(batch) * 1000
			w, err := filter.Create(path, o)
			if err != nil {
				t.Fatal(err)
			}
			for part := range slices.Chunk(records, batch) {
				if err := w.Append(part); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: batches of %d make other bytes", name(o), batch)
			}
		}
	}
}

// folder returns the names in the folder of path.
func folder(t *testing.T, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestFailingDisk lets every operation fail, once or from then on: the old file
// stays, and nothing else.
func TestFailingDisk(t *testing.T) {
	// Enough to fill buffers before Close.
	records, few := corpus(filter.SHA1, 60_000), corpus(filter.SHA1, 10)
	for _, o := range []filter.Options{{Kind: filter.SHA1}, {Kind: filter.SHA1, Ranges: true}} {
		path, _ := build(t, o, few)
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write := func(d *filter.FailingDisk) error {
			w, err := filter.CreateOn(d, path, o)
			if err != nil {
				return err
			}
			if err := w.Append(records); err != nil {
				return errors.Join(err, w.Abort())
			}
			_, err = w.Close()
			return err
		}
		failEach(t, name(o), path, old, write)
	}
}

// failEach runs write with a disk whose n-th operation fails, for every n, until
// it succeeds.
func failEach(t *testing.T, name, path string, old []byte, write func(*filter.FailingDisk) error) {
	t.Helper()
	for _, rest := range []bool{true, false} {
		for n := 0; ; n++ {
			disk := &filter.FailingDisk{Fail: n, Rest: rest}
			err := write(disk)
			if names := folder(t, path); !slices.Equal(names, []string{filepath.Base(path)}) {
				t.Fatalf("%s, operation %d fails: %q are left", name, n, names)
			}
			now, readErr := os.ReadFile(path)
			if readErr != nil {
				t.Fatal(readErr)
			}
			if err == nil && disk.Done <= n {
				break
			}
			if err == nil && bytes.Equal(now, old) {
				t.Fatalf("%s, operation %d fails: no error", name, n)
			}
			if err != nil && !errors.Is(err, filter.ErrDisk) {
				t.Fatalf("%s, operation %d fails: %v", name, n, err)
			}
			if !bytes.Equal(now, old) {
				// What failed came behind the replacement: the new file is whole.
				s, err := filter.OpenBytes(now)
				if err != nil || s.Verify(nil) != nil {
					t.Fatalf("%s, operation %d fails: neither the old nor the new file is there", name, n)
				}
				if err := os.WriteFile(path, old, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if n > 1000 {
				t.Fatal("no end")
			}
		}
		if err := os.WriteFile(path, old, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAbort(t *testing.T) {
	path, _ := build(t, filter.Options{Kind: filter.SHA1}, corpus(filter.SHA1, 10))
	w, err := filter.Create(path, filter.Options{Kind: filter.SHA1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(corpus(filter.SHA1, 5)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Abort(); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.Close(); !errors.Is(err, filter.ErrClosed) {
		t.Errorf("Close after Abort: %v", err)
	}
	if err := w.Append(nil); !errors.Is(err, filter.ErrClosed) {
		t.Errorf("Append after Abort: %v", err)
	}
	if n := open(t, path).Info().Keys; n != 10 || len(folder(t, path)) != 1 {
		t.Errorf("%d keys, folder %q", n, folder(t, path))
	}
}

// TestManyWriters lets writers of one path remove what killed ones have left,
// beside each other.
func TestManyWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index")
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			for range 100 {
				w, err := filter.Create(path, filter.Options{Kind: filter.SHA1})
				if err == nil {
					err = w.Append(corpus(filter.SHA1, n+1))
				}
				if err == nil {
					_, err = w.Close()
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if names := folder(t, path); !slices.Equal(names, []string{"index"}) {
		t.Errorf("%q are left", names)
	}
}

// killed, in the environment, makes the test binary a writer that is killed.
const killed = "VETO_FILTER_KILLED"

// TestKilledWriter kills writers and looks what they leave: the old file, and
// temporary ones only until the next writer.
func TestKilledWriter(t *testing.T) {
	o := filter.Options{Kind: filter.SHA1}
	if path := os.Getenv(killed); path != "" {
		w, err := filter.Create(path, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(corpus(filter.SHA1, 100_000)); err != nil {
			t.Fatal(err)
		}
		p, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		p.Kill()
		select {}
	}
	path, _ := build(t, o, corpus(filter.SHA1, 10))
	alien := filepath.Join(filepath.Dir(path), ".index.notes.tmp")
	if err := os.WriteFile(alien, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	alive, err := filter.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	before := len(folder(t, path))
	for range 2 {
		c := exec.Command(os.Args[0], "-test.run=^TestKilledWriter$")
		c.Env = append(os.Environ(), killed+"="+path)
		if out, err := c.CombinedOutput(); err == nil {
			t.Fatalf("the writer was not killed: %s", out)
		}
		if left := len(folder(t, path)) - before; left != 2 {
			t.Fatalf("a killed writer leaves %d files", left)
		}
		if n := open(t, path).Info().Keys; n != 10 {
			t.Fatalf("%d keys", n)
		}
	}
	if err := alive.Append(corpus(filter.SHA1, 20)); err != nil {
		t.Fatal(err)
	}
	if _, err := alive.Close(); err != nil {
		t.Fatalf("a writer that others ran beside: %v", err)
	}
	w, err := filter.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if names := folder(t, path); !slices.Equal(names, []string{filepath.Base(alien), "index"}) {
		t.Errorf("%q are left", names)
	}
}

// FuzzWriter compares an index of any records with a map.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), uint8(3), uint8(0))
	f.Add(bytes.Repeat([]byte{0, 0, 255, 1}, 500), uint8(20), uint8(1))
	f.Add(bytes.Repeat([]byte{7, 255}, 900), uint8(1), uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, step, shape uint8) {
		o := shapes[int(shape)%len(shapes)]
		size := o.Kind.Size()
		model := map[[20]byte]uint32{}
		for i := 0; i < len(data); i += 1 + int(step)%30 {
			var d [20]byte
			copy(d[:size], data[i:])
			model[d] = uint32(i)
		}
		var records []filter.Record
		for d, count := range model {
			records = append(records, filter.Record{Digest: d, Count: count})
		}
		order(records)
		path, info := build(t, o, records)
		s := open(t, path)
		if err := s.Verify(nil); err != nil || info.Keys != uint64(len(model)) {
			t.Fatalf("%d of %d keys: %v", info.Keys, len(model), err)
		}
		for d, count := range model {
			if class, ok := s.Count(d[:size]); !ok || o.Ranges && class != filter.PrevalenceOf(count) {
				t.Fatalf("%v, %v instead of %v", class, ok, filter.PrevalenceOf(count))
			}
		}
	})
}

func TestPrevalence(t *testing.T) {
	for _, c := range []struct {
		count uint32
		least uint64
		text  string
	}{
		{0, 0, "unknown"}, {1, 1, "1"}, {2, 2, "2-3"}, {3, 2, "2-3"}, {4, 4, "4-7"},
		{8191, 4096, "4096-8191"}, {8192, 8192, "8192+"}, {filter.Removed - 1, 8192, "8192+"},
	} {
		p := filter.PrevalenceOf(c.count)
		if p.Min() != c.least || p.String() != c.text {
			t.Errorf("count %d: %d, %q", c.count, p.Min(), p)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint32().Draw(t, "count")
		if least := filter.PrevalenceOf(n).Min(); least > uint64(n) || filter.PrevalenceOf(uint32(least)) != filter.PrevalenceOf(n) {
			t.Errorf("count %d: class from %d", n, least)
		}
	})
}

func ExampleCreate() {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		return
	}
	defer os.RemoveAll(folder)
	w, err := filter.Create(filepath.Join(folder, "index"), filter.Options{Kind: filter.NTLM})
	if err != nil {
		return
	}
	record := filter.Record{Count: 5}
	copy(record.Digest[:], "0123456789abcdef")
	if err := w.Append([]filter.Record{record}); err != nil {
		return
	}
	if _, err := w.Close(); err != nil {
		return
	}
	s, err := filter.Open(filepath.Join(folder, "index"))
	if err != nil {
		return
	}
	fmt.Println(s.Count([]byte("0123456789abcdef")))
	// Output: 4-7 true
}
