package lists

import (
	"fmt"
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
