package filter_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/vetopw/veto/filter"
)

// files returns the bytes of small index files of all shapes, and of an overlay.
func files(t testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for _, o := range append(slices.Clone(shapes), filter.Options{Kind: filter.SHA1, Base: filter.ID{1}}) {
		o.Date = "2026-01-02T03:04:05Z"
		o.Sources = []filter.Source{{Name: "passwords.txt", Lines: 3}}
		records := corpus(o.Kind, 2000)
		for i := range records[:400] { // a line that spills
			records[i].Digest[0], records[i].Digest[1] = 0, 0
		}
		order(records)
		if (o.Base != filter.ID{}) {
			records[7].Count = filter.Removed
		}
		path, _ := build(t, o, records)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[name(o)] = b
	}
	return all
}

func TestEveryHeaderBit(t *testing.T) {
	for name, b := range files(t) {
		for bit := range 8 * filter.HeaderBytes {
			b[bit/8] ^= 1 << (bit % 8)
			if _, err := filter.OpenBytes(b); !known(err) {
				t.Errorf("%s: bit %d of the header flipped: %v", name, bit, err)
			}
			b[bit/8] ^= 1 << (bit % 8)
		}
	}
}

// known reports whether the error is one of those that Open promises.
func known(err error) bool {
	return slices.ContainsFunc([]error{filter.ErrNotIndex, filter.ErrVersion, filter.ErrTruncated, filter.ErrCorrupt},
		func(target error) bool { return errors.Is(err, target) })
}

func TestEveryTruncation(t *testing.T) {
	path, _ := build(t, filter.Options{Kind: filter.NTLM, Ranges: true}, corpus(filter.NTLM, 100))
	small, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range small {
		if _, err := filter.OpenBytes(small[:n]); !errors.Is(err, filter.ErrTruncated) {
			t.Errorf("the first %d of %d bytes: %v", n, len(small), err)
		}
	}
	for name, b := range files(t) {
		for _, end := range append(filter.Ends(b), filter.HeaderBytes, len(b)) {
			for n := end - 70; n < end+70; n++ {
				if n >= len(b) {
					break
				}
				if _, err := filter.OpenBytes(b[:n:n]); !errors.Is(err, filter.ErrTruncated) {
					t.Errorf("%s: the first %d of %d bytes: %v", name, n, len(b), err)
				}
			}
		}
		if _, err := filter.OpenBytes(append(slices.Clone(b), 0)); !errors.Is(err, filter.ErrCorrupt) {
			t.Errorf("%s: with a byte more: %v", name, err)
		}
	}
}

// TestBodyFlips flips 10,000 random bits.
func TestBodyFlips(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := files(t)
	for name, b := range all {
		for range 10_000/len(all) + 1 {
			bit := 8*filter.HeaderBytes + random.IntN(8*(len(b)-filter.HeaderBytes))
			b[bit/8] ^= 1 << (bit % 8)
			s, err := filter.OpenBytes(b)
			if err == nil {
				err = s.Verify(nil)
			}
			var where *filter.CorruptError
			if !errors.As(err, &where) {
				t.Errorf("%s: bit %d flipped: %v", name, bit, err)
			} else if where.Section == "" || where.Offset > int64(bit/8) || where.Offset < int64(bit/8)-1<<16 {
				t.Errorf("%s: bit %d flipped, in byte %d: %v", name, bit, bit/8, err)
			}
			b[bit/8] ^= 1 << (bit % 8)
		}
	}
}

func TestForeignFiles(t *testing.T) {
	newer := files(t)[name(shapes[0])]
	newer[8]++
	for _, c := range []struct {
		b    []byte
		want error
	}{
		{nil, filter.ErrTruncated},
		{[]byte("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\r\n"), filter.ErrNotIndex},
		{make([]byte, 5000), filter.ErrNotIndex},
		{newer, filter.ErrVersion},
	} {
		if _, err := filter.OpenBytes(c.b); !errors.Is(err, c.want) {
			t.Errorf("%d bytes: %v, want %v", len(c.b), err, c.want)
		}
	}
	if _, err := filter.Open(t.TempDir()); err == nil {
		t.Error("a folder is opened")
	}
}

// FuzzOpenBytes asks everything of whatever opens: nothing may panic, read
// beyond the bytes or run for long.
func FuzzOpenBytes(f *testing.F) {
	for _, b := range files(f) {
		f.Add(b, true, uint32(5))
	}
	small, _ := build(f, filter.Options{Kind: filter.SHA1, Ranges: true}, corpus(filter.SHA1, 3))
	b, err := os.ReadFile(small)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b, true, uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, reseal bool, prefix uint32) {
		b = slices.Clip(b)
		if reseal {
			filter.Reseal(b)
		}
		s, err := filter.OpenBytes(b)
		if err != nil {
			if !known(err) {
				t.Errorf("unknown error %v", err)
			}
			return
		}
		sound := s.Verify(nil) == nil
		records := 0
		size := s.Kind().Size()
		for r, err := range s.All() {
			if err != nil {
				if sound {
					t.Errorf("Verify is content, All is not: %v", err)
				}
				break
			}
			if sound && s.Info().Ranges && r.Count != filter.Removed && !s.Contains(r.Digest[:size]) {
				t.Errorf("record %d is not found", records)
			}
			records++
		}
		if sound && uint64(records) != s.Info().Keys {
			t.Errorf("%d records, Info says %d", records, s.Info().Keys)
		}
		digest := digestOf(s.Kind(), uint64(prefix))
		s.Contains(digest[:size])
		s.Count(digest[:size])
		s.MayContain(digest[:size])
		s.ContainsBatch(make([]bool, 17), make([]byte, 17*size))
		if body, err := s.Range(nil, prefix%(1<<filter.PrefixBits)); err == nil && len(body) > 60*len(b) {
			t.Errorf("a range of %d bytes from a file of %d", len(body), len(b))
		}
	})
}
