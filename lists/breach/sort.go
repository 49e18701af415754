package breach

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/vetopw/veto/filter"
)

// Sizes of sorting.
const (
	recordBytes   = 24               // in memory and in the temporary file
	minSortBytes  = 64 * recordBytes // of records in memory, however little is asked for
	fewRecords    = 1 << 16          // get room at once
	maxMergeBytes = 1 << 20          // read at once from a run
	minMergeBytes = 96 * recordBytes
)

// sorter sorts any number of records within bounded memory: it fills a buffer,
// sorts it, and writes it as a run to a temporary file when it is full.
type sorter struct {
	folder, name string // of the temporary file
	limit        int    // records in memory
	memory       int64
	records      []filter.Record
	file         *os.File
	runs         []run
	end          int64
}

// run is a piece of the temporary file.
type run struct{ at, bytes int64 }

// newSorter returns a sorter that takes about so many bytes of memory. Its
// temporary file has a name that begins with name.
func newSorter(folder, name string, memory int64) *sorter {
	memory = max(memory, minSortBytes)
	return &sorter{folder: folder, name: name, memory: memory, limit: int(memory / recordBytes)}
}

// add takes the records, in any order.
func (s *sorter) add(records []filter.Record) error {
	for len(records) > 0 {
		if len(s.records) == s.limit {
			if err := s.flush(); err != nil {
				return err
			}
		}
		n := min(len(records), s.limit-len(s.records))
		if need := len(s.records) + n; need > cap(s.records) {
			s.grow(need)
		}
		s.records = append(s.records, records[:n]...)
		records = records[n:]
	}
	return nil
}

// grow makes room for so many records or, if these are not few, for all that
// fit: a second growth would need twice the memory for a moment.
func (s *sorter) grow(need int) {
	if need = max(need, fewRecords); need > fewRecords {
		need = s.limit
	}
	s.records = append(make([]filter.Record, 0, min(need, s.limit)), s.records...)
}

// flush writes the sorted records as a run.
func (s *sorter) flush() error {
	if s.file == nil {
		f, err := createTemp(s.folder, s.name)
		if err != nil {
			return fmt.Errorf("sort: create temporary file: %w", err)
		}
		s.file = f
	}
	s.records = sortRecords(s.records)
	buf := make([]byte, 0, 1<<20)
	start := s.end
	for i, r := range s.records {
		buf = append(buf, r.Digest[:]...)
		buf = binary.LittleEndian.AppendUint32(buf, r.Count)
		if len(buf)+recordBytes > cap(buf) || i == len(s.records)-1 {
			if _, err := s.file.WriteAt(buf, s.end); err != nil {
				return fmt.Errorf("sort: write temporary file: %w", err)
			}
			s.end += int64(len(buf))
			buf = buf[:0]
		}
	}
	s.runs = append(s.runs, run{start, s.end - start})
	s.records = s.records[:0]
	return nil
}

// streams returns what was added, as sorted streams.
func (s *sorter) streams() ([]stream, error) {
	if s.file == nil {
		return []stream{&batch{records: sortRecords(s.records)}}, nil
	}
	if len(s.records) > 0 {
		if err := s.flush(); err != nil {
			return nil, err
		}
	}
	s.records = nil // room for reading
	size := min(max(s.memory/int64(len(s.runs))/2, minMergeBytes), maxMergeBytes)
	var all []stream
	for _, r := range s.runs {
		all = append(all, &runReader{
			r:       io.NewSectionReader(s.file, r.at, r.bytes),
			buf:     make([]byte, size/2/recordBytes*recordBytes),
			records: make([]filter.Record, size/2/recordBytes),
		})
	}
	return all, nil
}

// close removes the temporary file.
func (s *sorter) close() error {
	s.records = nil
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return closeTemp(f)
}

// batch is the stream of records in memory.
type batch struct{ records []filter.Record }

func (b *batch) next() ([]filter.Record, error) {
	if len(b.records) == 0 {
		return nil, io.EOF
	}
	n := min(len(b.records), mergeRecords)
	records := b.records[:n]
	b.records = b.records[n:]
	return records, nil
}

func (b *batch) close() { b.records = nil }

// runReader is the stream of a run.
type runReader struct {
	r       *io.SectionReader
	buf     []byte
	records []filter.Record
}

func (r *runReader) next() ([]filter.Record, error) {
	n, err := io.ReadFull(r.r, r.buf)
	if n == 0 {
		return nil, err
	}
	n /= recordBytes
	for i := range n {
		b := r.buf[i*recordBytes:]
		r.records[i].Count = binary.LittleEndian.Uint32(b[copy(r.records[i].Digest[:], b):])
	}
	return r.records[:n], nil
}

func (r *runReader) close() { r.buf, r.records = nil, nil }

// sortRecords sorts in place and merges equal digests.
// Two processors share the work.
func sortRecords(records []filter.Record) []filter.Record {
	var group sync.WaitGroup
	jobs := make(chan []filter.Record, 256)
	for range 2 {
		group.Go(func() {
			for part := range jobs {
				sortFrom(part, 1)
			}
		})
	}
	for part := range deal(records, 0) {
		jobs <- part
	}
	close(jobs)
	group.Wait()
	return mergeEqual(records)
}

// shortPart is the number of records that are sorted by comparing.
const shortPart = 64

// sortFrom sorts records whose digests are equal before byte at.
func sortFrom(records []filter.Record, at int) {
	if len(records) <= shortPart || at == len(filter.Record{}.Digest) {
		slices.SortFunc(records, compare)
		return
	}
	for part := range deal(records, at) {
		sortFrom(part, at+1)
	}
}

// deal orders records by one byte of the digest, in place, and yields those of
// each value (American flag sort, McIlroy et al. 1993).
func deal(records []filter.Record, at int) func(yield func([]filter.Record) bool) {
	return func(yield func([]filter.Record) bool) {
		var next, end [256]int
		for i := range records {
			end[records[i].Digest[at]]++
		}
		sum := 0
		for v := range end {
			next[v] = sum
			sum += end[v]
			end[v] = sum
		}
		for v := range next {
			for next[v] < end[v] {
				r := records[next[v]]
				for int(r.Digest[at]) != v {
					to := r.Digest[at]
					records[next[to]], r = r, records[next[to]]
					next[to]++
				}
				records[next[v]] = r
				next[v]++
			}
		}
		start := 0
		for _, stop := range end {
			if stop > start && !yield(records[start:stop]) {
				return
			}
			start = stop
		}
	}
}

// compare orders records by digest.
func compare(a, b filter.Record) int {
	return cmp.Or(
		cmp.Compare(binary.BigEndian.Uint64(a.Digest[:]), binary.BigEndian.Uint64(b.Digest[:])),
		bytes.Compare(a.Digest[8:], b.Digest[8:]))
}

// mergeEqual merges neighbors with equal digests.
func mergeEqual(records []filter.Record) []filter.Record {
	n := 0
	for _, r := range records {
		if n > 0 && records[n-1].Digest == r.Digest {
			records[n-1].Count = mergeCounts(records[n-1].Count, r.Count)
			continue
		}
		records[n] = r
		n++
	}
	return records[:n]
}

// createTemp creates a temporary file, after removing those of killed runs.
// Where the system can, it takes the name away at once, so that nothing remains
// whatever happens; elsewhere an open file cannot be removed by others.
func createTemp(folder, name string) (*os.File, error) {
	begin := "." + name + ".sort-"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), begin) {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
	f, err := os.CreateTemp(folder, begin+"*")
	if err == nil {
		_ = os.Remove(f.Name())
	}
	return f, err
}

func closeTemp(f *os.File) error {
	err := f.Close()
	_ = os.Remove(f.Name()) // where it still has its name
	return err
}
