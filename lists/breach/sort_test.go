package breach

import (
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/filter"
)

// randomRecords returns records with many equal bytes, and some equal digests.
func randomRecords(n int) []filter.Record {
	r := rand.New(rand.NewPCG(3, 4))
	records := make([]filter.Record, n)
	for i := range records {
		d := &records[i].Digest
		for j := range d {
			d[j] = byte(r.IntN(256))
			if r.IntN(4) == 0 {
				d[j] = 7
			}
		}
		if i > 0 && r.IntN(3) == 0 {
			*d = records[r.IntN(i)].Digest
		}
		if r.IntN(2) == 0 {
			copy(d[:19], make([]byte, 19))
		}
		if records[i].Count = r.Uint32(); r.IntN(4) == 0 {
			records[i].Count = 0
		}
	}
	return records
}

// naiveSort sorts and merges as simply as possible.
func naiveSort(records []filter.Record) []filter.Record {
	most := map[[20]byte]uint32{}
	for _, r := range records {
		if count, ok := most[r.Digest]; ok {
			r.Count = mergeCounts(count, r.Count)
		}
		most[r.Digest] = r.Count
	}
	var sorted []filter.Record
	for d, count := range most {
		sorted = append(sorted, filter.Record{Digest: d, Count: count})
	}
	slices.SortFunc(sorted, func(a, b filter.Record) int { return slices.Compare(a.Digest[:], b.Digest[:]) })
	return sorted
}

func TestSorter(t *testing.T) {
	for _, test := range []struct {
		records int
		memory  int64
		runs    int
	}{
		{0, 1, 0}, {1, 1, 0}, {64, 1, 0}, {65, 1, 2}, {10_000, 1, 157}, {10_000, 24 * 1000, 10}, {10_000, 1 << 20, 0}, {300_000, 24 * 70_000, 5},
	} {
		dir := t.TempDir()
		records := randomRecords(test.records)
		want := naiveSort(records)
		s := newSorter(dir, "out", test.memory)
		for part := range slices.Chunk(records, 777) {
			if err := s.add(part); err != nil {
				t.Fatal(err)
			}
		}
		streams, err := s.streams()
		if err != nil {
			t.Fatal(err)
		}
		if len(s.runs) != test.runs {
			t.Errorf("%d records in %d bytes: %d runs, want %d", test.records, test.memory, len(s.runs), test.runs)
		}
		merged, err := mergeStreams(streams)
		if err != nil {
			t.Fatal(err)
		}
		var got []filter.Record
		for err == nil {
			var batch []filter.Record
			batch, err = merged.next()
			got = append(got, batch...)
		}
		if !errors.Is(err, io.EOF) || !cmp.Equal(mergeEqual(got), want) {
			t.Errorf("%d records in %d bytes: wrong result, %v", test.records, test.memory, err)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestSorterSweeps(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".out.sort-123", ".out.sort-x", ".outer.sort-1", "out"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newSorter(dir, "out", 1)
	if err := s.add(randomRecords(100)); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{".outer.sort-1", "out"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func TestSorterFails(t *testing.T) {
	s := newSorter(filepath.Join(t.TempDir(), "nosuch"), "out", 1)
	if err := s.add(randomRecords(100)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	s = newSorter(t.TempDir(), "out", 1)
	if err := s.add(randomRecords(100)); err != nil {
		t.Fatal(err)
	}
	s.file.Close() // as if the disk failed
	if err := s.add(randomRecords(100)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed file: %v", err)
	}
}

func BenchmarkSort(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	records := make([]filter.Record, 4<<20)
	for b.Loop() {
		b.StopTimer()
		for i := range records {
			for j := range records[i].Digest {
				records[i].Digest[j] = byte(r.Uint32())
			}
		}
		b.StartTimer()
		sortRecords(records)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(records)), "ns/record")
}
