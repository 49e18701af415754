package filter_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"math/bits"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/filter"
)

// digestOf returns the digest of a number: any function that looks random will do
// for both kinds.
func digestOf(k filter.Kind, n uint64) (d [20]byte) {
	sum := sha1.Sum(binary.LittleEndian.AppendUint64(nil, n))
	copy(d[:k.Size()], sum[:])
	return d
}

// corpus returns n records with all classes of counts, ascending.
func corpus(k filter.Kind, n int) []filter.Record {
	records := make([]filter.Record, n)
	for i := range records {
		records[i] = filter.Record{Digest: digestOf(k, uint64(i)), Count: uint32(1)<<(i%31) - uint32(i%2)}
	}
	order(records)
	return records
}

func order(records []filter.Record) {
	slices.SortFunc(records, func(a, b filter.Record) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
}

// build writes an index file of the records.
func build(t testing.TB, o filter.Options, records []filter.Record) (path string, info filter.Info) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "index")
	w, err := filter.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	for batch := range slices.Chunk(records, 100) {
		if err := w.Append(batch); err != nil {
			t.Fatal(err)
		}
	}
	if info, err = w.Close(); err != nil {
		t.Fatal(err)
	}
	return path, info
}

func open(t testing.TB, path string) *filter.Set {
	t.Helper()
	s, err := filter.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shapes are the ways to build an index.
var shapes = []filter.Options{
	{Kind: filter.SHA1},
	{Kind: filter.SHA1, Ranges: true},
	{Kind: filter.NTLM},
	{Kind: filter.NTLM, Ranges: true, NoBloom: true},
	{Kind: filter.SHA1, NoBloom: true},
}

func name(o filter.Options) string {
	return fmt.Sprintf("%v,ranges=%v,bloom=%v,overlay=%v", o.Kind, o.Ranges, !o.NoBloom, o.Base != filter.ID{})
}

func TestEveryRecordIsFound(t *testing.T) {
	for _, o := range shapes {
		for _, n := range []int{0, 1, 2, 255, 256, 257, 727, 728, 729, 20_000} {
			t.Run(fmt.Sprintf("%s,%d", name(o), n), func(t *testing.T) {
				records := corpus(o.Kind, n)
				path, info := build(t, o, records)
				s := open(t, path)
				if diff := cmp.Diff(info, s.Info()); diff != "" {
					t.Errorf("Info of Close and of Open: %s", diff)
				}
				check(t, s, records)
				if err := s.Preload(); err != nil {
					t.Error(err)
				}
				check(t, s, records)
				if err := s.Verify(nil); err != nil {
					t.Error(err)
				}
				i := 0
				for r, err := range s.All() {
					if err != nil {
						t.Fatal(err)
					}
					if !same(r, records[i], info) {
						t.Fatalf("record %d of All is %v, not %v", i, r, records[i])
					}
					i++
				}
				if i != n {
					t.Errorf("All yields %d of %d records", i, n)
				}
			})
		}
	}
}

// same reports whether All may yield got for want.
func same(got, want filter.Record, info filter.Info) bool {
	if info.Ranges {
		return got == want
	}
	first := func(r filter.Record) uint64 {
		return binary.BigEndian.Uint64(r.Digest[:]) >> (64 - info.KeyBits)
	}
	// The last kept bit may differ by the rounding of the mixed base.
	return first(want)-first(got) <= 1 && uint64(got.Count) == filter.PrevalenceOf(want.Count).Min()
}

// lookups is what a Set and a Chain have in common.
type lookups interface {
	Contains(digest []byte) bool
	MayContain(digest []byte) bool
	Count(digest []byte) (filter.Prevalence, bool)
	Lookup(digest []byte) (uint8, bool)
	ContainsBatch(found []bool, digests []byte)
	Fetch(digests []byte)
	LookupAll(classes []uint8, digests []byte) (found uint32, err error)
	Range(dst []byte, prefix uint32) ([]byte, error)
	Kind() filter.Kind
}

// check asks for all records and for as many digests that are not there.
func check(t *testing.T, s lookups, records []filter.Record) {
	t.Helper()
	size := s.Kind().Size()
	var digests []byte
	for i, r := range records {
		d := r.Digest[:size]
		class, ok := s.Count(d)
		if !ok || class != filter.PrevalenceOf(r.Count) || !s.Contains(d) || !s.MayContain(d) {
			t.Fatalf("record %d: count %v, %v, contained %v, perhaps %v", i, class, ok, s.Contains(d), s.MayContain(d))
		}
		if plain, ok := s.Lookup(d); !ok || plain != uint8(class) {
			t.Fatalf("record %d: Lookup is %d, %v", i, plain, ok)
		}
		other := digestOf(s.Kind(), 1<<40+uint64(i))
		if s.Contains(other[:size]) {
			t.Fatalf("a digest that is not there is found")
		}
		digests = append(append(digests, d...), other[:size]...)
	}
	found := make([]bool, 2*len(records))
	s.ContainsBatch(found, digests)
	for i, ok := range found {
		if ok != (i%2 == 0) {
			t.Fatalf("digest %d of a batch: %v", i, ok)
		}
	}
	const most = 32
	for len(digests) > 0 {
		few := digests[:min(len(digests), most*size)]
		digests = digests[len(few):]
		classes := make([]uint8, len(few)/size)
		s.Fetch(few)
		some, err := s.LookupAll(classes, few)
		if err != nil {
			t.Fatal(err)
		}
		for i, class := range classes {
			want, ok := s.Lookup(few[i*size : (i+1)*size])
			if some>>i&1 != 0 != ok || class != want {
				t.Fatalf("digest %d of LookupAll: %d, %b, want %d, %v", i, class, some, want, ok)
			}
		}
		if n := bits.OnesCount32(some); n != (len(classes)+1)/2 {
			t.Fatalf("LookupAll finds %d of %d", n, len(classes))
		}
	}
	s.Fetch(make([]byte, size-1))
	if some, err := s.LookupAll(make([]uint8, 2), make([]byte, size-1)); some != 0 || err != nil {
		t.Errorf("LookupAll finds what lacks: %b, %v", some, err)
	}
	for _, wrong := range [][]byte{nil, make([]byte, size-1), make([]byte, size+1)} {
		if s.Contains(wrong) {
			t.Errorf("a digest of %d bytes is found", len(wrong))
		}
	}
}

func TestBatchOfAnyLength(t *testing.T) {
	records := corpus(filter.SHA1, 100)
	path, _ := build(t, filter.Options{Kind: filter.SHA1}, records)
	s := open(t, path)
	for _, state := range []string{"mapped", "preloaded"} {
		for n := range 40 {
			for short := range 3 {
				var digests []byte
				for _, r := range records[:n] {
					digests = append(digests, r.Digest[:]...)
				}
				digests = digests[:max(0, len(digests)-short*19)]
				found := slices.Repeat([]bool{true}, n)
				s.ContainsBatch(found, digests)
				for i, ok := range found {
					if ok != ((i+1)*20 <= len(digests)) {
						t.Errorf("%s, batch of %d in %d bytes, digest %d: %v", state, n, len(digests), i, ok)
					}
				}
			}
		}
		if err := s.Preload(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnyDistribution compares with a map, for digests that are anything but
// uniform.
func TestAnyDistribution(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := rapid.SampledFrom(shapes).Draw(rt, "shape")
		head := rapid.OneOf(
			rapid.Uint64(),
			rapid.Uint64Range(0, 40),
			rapid.Map(rapid.Uint64Range(0, 3000), func(n uint64) uint64 { return -n }),
			rapid.Map(rapid.Uint64Range(0, 100), func(n uint64) uint64 { return n << 57 }),
		)
		tail := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64())
		model := map[[20]byte]uint32{}
		for range rapid.IntRange(0, 2000).Draw(rt, "n") {
			var d [20]byte
			binary.BigEndian.PutUint64(d[:], head.Draw(rt, "head"))
			binary.BigEndian.PutUint64(d[8:], tail.Draw(rt, "tail"))
			model[d] = rapid.Uint32Range(0, filter.Removed-1).Draw(rt, "count")
		}
		var records []filter.Record
		for d, count := range model {
			records = append(records, filter.Record{Digest: d, Count: count})
		}
		order(records)
		path, _ := build(t, o, records)
		s, err := filter.Open(path)
		if err != nil {
			rt.Fatal(err)
		}
		if err := s.Verify(nil); err != nil {
			rt.Fatal(err)
		}
		for i, r := range records {
			class, ok := s.Count(r.Digest[:o.Kind.Size()])
			if !ok || (o.Ranges && class != filter.PrevalenceOf(r.Count)) {
				rt.Fatalf("record %d: %v, %v", i, class, ok)
			}
			r.Digest[7] ^= 1
			if _, known := model[r.Digest]; o.Ranges && s.Contains(r.Digest[:o.Kind.Size()]) != known {
				rt.Fatalf("the neighbor of record %d: %v", i, !known)
			}
		}
		n := 0
		for _, err := range s.All() {
			if err != nil {
				rt.Fatal(err)
			}
			n++
		}
		if n != len(records) {
			rt.Fatalf("All has %d of %d records", n, len(records))
		}
	})
}

func TestRange(t *testing.T) {
	for _, kind := range []filter.Kind{filter.SHA1, filter.NTLM} {
		records := corpus(kind, 3000)
		for i := range records[:1000] { // a crowded prefix
			records[i].Digest[0], records[i].Digest[1], records[i].Digest[2] = 0, 0, 1
		}
		order(records)
		path, _ := build(t, filter.Options{Kind: kind, Ranges: true}, records)
		s := open(t, path)
		want := map[uint32][]string{}
		for _, r := range records {
			row := fmt.Sprintf("%X:%d", r.Digest[:kind.Size()], max(1, r.Count))
			p := binary.BigEndian.Uint32(r.Digest[:]) >> 12
			want[p] = append(want[p], row[5:])
		}
		for p := range uint32(1 << filter.PrefixBits) {
			if p%64 != 0 && want[p] == nil {
				continue
			}
			got, err := s.Range([]byte("before"), p)
			if err != nil || string(got) != "before"+strings.Join(want[p], "\r\n") {
				t.Fatalf("range %05X: %v, %q", p, err, got)
			}
		}
		if _, err := s.Range(nil, 1<<filter.PrefixBits); err == nil {
			t.Error("a prefix of more than 20 bits is accepted")
		}
	}
}
