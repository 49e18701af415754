package lists

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
)

// TestSift compares sift with its definition, and wants what is found to pass it.
func TestSift(t *testing.T) {
	set, err := GlobalPasswords()
	if err != nil {
		t.Fatal(err)
	}
	listed := rapid.Map(rapid.SampledFrom([]string{"password", "contoso", "dragon", "iloveyou", "correcthorse"}),
		func(text string) uint64 { return engine.Key([]byte(text)) })
	keys := rapid.SliceOfN(rapid.OneOf(rapid.Uint64(), listed, rapid.Uint64Max(1<<60-1)), 0, 32)
	found := 0
	rapid.Check(t, func(rt *rapid.T) {
		some := keys.Draw(rt, "keys")
		set.Fetch(some)
		may := set.Sift(some)
		if want := siftGeneric(set.buckets, some); may != want {
			rt.Fatalf("%x: %b, want %b", some, may, want)
		}
		eights := len(some) &^ 7
		if got, want := set.Sift(some[:eights]), may&(1<<eights-1); got != want {
			rt.Fatalf("%x: %b, want %b", some[:eights], got, want)
		}
		for i, key := range some {
			if _, ok := set.Find(key); ok {
				found++
				if may>>i&1 == 0 {
					rt.Fatalf("%x is in the set, %b says not", key, may)
				}
			}
		}
	})
	if found == 0 {
		t.Error("nothing was found")
	}
}

// TestCrowded compares what is found in two buckets, most of whose keys begin alike, with
// what is there.
func TestCrowded(t *testing.T) {
	entry := rapid.OneOf(rapid.Uint64Max(entryMask>>rankBits), rapid.Uint64Max(20))
	rapid.Check(t, func(rt *rapid.T) {
		some := rapid.SliceOfDistinct(entry, rapid.ID[uint64]).Draw(rt, "entries")
		slices.Sort(some)
		first := rapid.IntRange(0, len(some)).Draw(rt, "in the first")
		s := &PasswordSet{buckets: new([bucketCount + 1]bucket)}
		ranks := map[uint64]uint8{}
		bucketOf := func(i int) uint64 {
			if i < first {
				return 0
			}
			return 1
		}
		for i, e := range some {
			rank := uint8(i % (1 << rankBits))
			s.entries = binary.LittleEndian.AppendUint64(s.entries, e<<rankBits|uint64(rank))[:entryBytes*(i+1)]
			ranks[bucketOf(i)<<48|e<<13] = rank
		}
		s.entries = append(s.entries, make([]byte, paddingBytes)...)
		s.buckets[1].start = uint32(first)
		for k := range s.buckets[2:] {
			s.buckets[2+k].start = uint32(len(some))
		}
		s.take()
		for _, e := range append(some, entry.Draw(rt, "absent")) {
			for bucket := range uint64(2) {
				key := bucket<<48 | e<<13
				want, is := ranks[key]
				if got, ok := s.Find(key); ok != is || ok && got != want {
					rt.Fatalf("%x: rank %d, %v, want %d, %v", key, got, ok, want, is)
				}
			}
		}
	})
}

// unsifted hides that a set is a Fetcher: each key is looked up.
type unsifted struct{ *PasswordSet }

// Fetch has another type than that of a Fetcher.
func (unsifted) Fetch() {}

// TestUnsifted compares engines with the list of passwords as it is, and as one that
// every key is looked up in.
func TestUnsifted(t *testing.T) {
	set, err := GlobalPasswords()
	if err != nil {
		t.Fatal(err)
	}
	var engines [2]*engine.Engine
	for i, of := range []engine.PasswordSet{set, unsifted{set}} {
		if engines[i], err = engine.New(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy()}, Passwords: []engine.PasswordList{{Name: "p", Set: of}}}); err != nil {
			t.Fatal(err)
		}
	}
	part := rapid.SampledFrom([]string{"password", "dragon", "iloveyou", "P4$$w0rd", "123456", "1999", "!", "!!", "-", "drowssap", "Monkey", "xkzvqj", "é", "qwertyuiop"})
	rapid.Check(t, func(rt *rapid.T) {
		password := ""
		for _, p := range rapid.SliceOfN(part, 1, 12).Draw(rt, "parts") {
			password += p
		}
		x, y := engines[0].Explain([]byte(password), engine.Subject{}), engines[1].Explain([]byte(password), engine.Subject{})
		if got, want := fmt.Sprintf("%+v", x), fmt.Sprintf("%+v", y); got != want {
			rt.Fatalf("%s: %s, want %s", password, got, want)
		}
	})
}
