package lists_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

var _ engine.Fetcher = (*lists.PasswordSet)(nil)

func smallSet() []byte {
	var entries []lists.Password
	for i := range uint32(1000) {
		entries = append(entries, lists.Password{Folded: fmt.Appendf(nil, "password%d", i), Rank: i + 1})
	}
	return lists.CompilePasswords(entries)
}

func mustOpen(t testing.TB, data []byte) *lists.PasswordSet {
	t.Helper()
	s, err := lists.OpenPasswordSet(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPasswordSetModel compares sets with maps.
func TestPasswordSetModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.OneOf(rapid.SliceOfN(rapid.ByteRange('a', 'd'), 0, 5), rapid.SliceOfN(rapid.ByteRange('a', 'b'), engine.LongKey-2, engine.LongKey+1))
		model := map[string]uint8{}
		var entries []lists.Password
		for _, w := range rapid.SliceOfN(word, 0, 300).Draw(rt, "words") {
			rank := rapid.Uint32Range(0, 1<<20).Draw(rt, "rank")
			entries = append(entries, lists.Password{Folded: w, Rank: rank})
			log2 := uint8(bits.Len32(max(rank, 1)) - 1)
			if old, ok := model[string(w)]; !ok || log2 < old {
				model[string(w)] = log2
			}
		}
		data := lists.CompilePasswords(entries)
		rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		if !bytes.Equal(data, lists.CompilePasswords(entries)) {
			rt.Fatal("the order of the entries matters")
		}
		s := mustOpen(t, data)
		if s.Len() != len(model) {
			rt.Fatalf("Len %d, want %d", s.Len(), len(model))
		}
		for _, w := range rapid.SliceOfN(word, 100, 100).Draw(rt, "lookups") {
			log2, ok := s.Lookup(w)
			want, wantOK := model[string(w)]
			if log2 != want && ok || ok != wantOK {
				rt.Fatalf("%q: got %d, %v; want %d, %v", w, log2, ok, want, wantOK)
			}
		}
	})
}

func TestPasswordSetExtremes(t *testing.T) {
	empty := mustOpen(t, lists.CompilePasswords(nil))
	if _, ok := empty.Lookup([]byte("password")); ok || empty.Len() != 0 {
		t.Error("the empty set is not empty")
	}
	one := mustOpen(t, lists.CompilePasswords([]lists.Password{{Folded: nil, Rank: 1<<32 - 1}}))
	if log2, ok := one.Lookup(nil); !ok || log2 != 31 {
		t.Errorf("got %d, %v; want 31, true", log2, ok)
	}
}

func TestGlobalPasswords(t *testing.T) {
	s, err := lists.GlobalPasswords()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(); err != nil {
		t.Fatal(err)
	}
	if s.Len() < 500_000 {
		t.Errorf("%d entries, want at least 500,000", s.Len())
	}
	for word, want := range map[string]uint8{"123456": 0, "password": 1, "12345678": 1, "qwerty": 2, "trustno1": 4} {
		if got, ok := s.Lookup([]byte(word)); !ok || got > want+1 {
			t.Errorf("%s: got %d, %v; want about %d", word, got, ok, want)
		}
	}
	var word [16]byte
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 400_000 {
		binary.LittleEndian.PutUint64(word[:], random.Uint64())
		binary.LittleEndian.PutUint64(word[8:], random.Uint64())
		for k := range word {
			word[k] = 'a' + word[k]%26
		}
		n := len(word) - i%2*5 // long ones and others
		if _, ok := s.Lookup(word[:n]); ok {
			t.Fatalf("found %s", word[:n])
		}
	}
}

func TestLookupAllocs(t *testing.T) {
	s := mustOpen(t, smallSet())
	key := []byte("password17")
	if n := testing.AllocsPerRun(1000, func() { s.Lookup(key) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// openAndVerify returns the first error of both.
func openAndVerify(data []byte) error {
	s, err := lists.OpenPasswordSet(data)
	if err != nil {
		return err
	}
	return s.Verify()
}

func TestCorruptHeader(t *testing.T) {
	data := smallSet()
	for bit := range 64 * 8 {
		damaged := slices.Clone(data)
		damaged[bit/8] ^= 1 << (bit % 8)
		if _, err := lists.OpenPasswordSet(damaged); !errors.Is(err, lists.ErrCorrupt) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
	}
}

// TestCorruptHeaderSigned flips bits and corrects the header's checksum: only
// the version's, the size's and the reserved bytes' own checks are left.
func TestCorruptHeaderSigned(t *testing.T) {
	data := smallSet()
	for bit := range 56 * 8 {
		damaged := slices.Clone(data)
		damaged[bit/8] ^= 1 << (bit % 8)
		sign(damaged)
		if err := openAndVerify(damaged); !errors.Is(err, lists.ErrCorrupt) {
			t.Errorf("bit %d flipped: %v", bit, err)
		}
	}
}

// TestOldVersion tells who has a file of the version before what to do.
func TestOldVersion(t *testing.T) {
	data := smallSet()
	binary.LittleEndian.PutUint32(data[8:], 1)
	sign(data)
	if _, err := lists.OpenPasswordSet(data); err == nil || !strings.Contains(err.Error(), "version is 1, not 2: compile the passwords anew") {
		t.Error(err)
	}
}

func sign(data []byte) { binary.LittleEndian.PutUint64(data[56:], xxhash.Sum64(data[:56])) }

func TestCorruptLength(t *testing.T) {
	data := smallSet()
	for n := range len(data) {
		if _, err := lists.OpenPasswordSet(data[:n]); !errors.Is(err, lists.ErrCorrupt) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := lists.OpenPasswordSet(append(slices.Clone(data), 0)); !errors.Is(err, lists.ErrCorrupt) {
		t.Errorf("one byte more: %v", err)
	}
}

func TestCorruptBody(t *testing.T) {
	data := smallSet()
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		damaged := slices.Clone(data)
		at := 64 + random.IntN(len(damaged)-64)
		damaged[at] ^= 1 << random.IntN(8)
		if err := openAndVerify(damaged); !errors.Is(err, lists.ErrCorrupt) {
			t.Errorf("byte %d damaged: %v", at, err)
		}
	}
}

// FuzzOpenPasswordSet damages a small set as the input says (an offset of three
// bytes, a value), corrects the header's checksum, and looks words up.
func FuzzOpenPasswordSet(f *testing.F) {
	data := smallSet()
	f.Add([]byte{64, 0, 0, 255}, []byte("password1"))
	f.Add([]byte{12, 0, 0, 1, 0, 1, 0, 255}, []byte("password2"))
	f.Fuzz(func(t *testing.T, damage, word []byte) {
		if _, err := lists.OpenPasswordSet(damage); err == nil {
			t.Fatal("opened noise")
		}
		damaged := slices.Clone(data)
		for ; len(damage) >= 4; damage = damage[4:] {
			at := int(damage[0]) | int(damage[1])<<8 | int(damage[2])<<16
			damaged[at%len(damaged)] = damage[3]
		}
		sign(damaged)
		s, err := lists.OpenPasswordSet(damaged)
		if err != nil {
			if !errors.Is(err, lists.ErrCorrupt) {
				t.Fatal(err)
			}
			return
		}
		for i := range 1000 {
			s.Lookup(fmt.Appendf(nil, "password%d", i))
		}
		s.Lookup(word)
		if s.Verify() == nil && !bytes.Equal(damaged, data) {
			t.Fatal("damage not found")
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	s, err := lists.GlobalPasswords()
	if err != nil {
		b.Fatal(err)
	}
	keys := func(format string) [][]byte {
		out := make([][]byte, 1<<16)
		for i := range out {
			out[i] = fmt.Appendf(nil, format, i*7919%1000003)
		}
		return out
	}
	for _, bench := range []struct {
		name string
		keys [][]byte
	}{{"digits", keys("%06d")}, {"miss", keys("miss%08dmiss")}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Lookup(bench.keys[i&(1<<16-1)])
			}
		})
	}
}

func BenchmarkOpenPasswordSet(b *testing.B) {
	for b.Loop() {
		if _, err := lists.GlobalPasswords(); err != nil {
			b.Fatal(err)
		}
	}
}
