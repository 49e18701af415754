package engine_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/crypto/md4" //lint:ignore SA1019 the reference of ours
	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// testingT is what a *testing.T, a *testing.B and a *rapid.T have in common.
type testingT interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// corpus is a breach corpus in memory: digests with their class.
type corpus struct {
	classes map[string]uint8
	asked   [][]byte // if keep
	keep    bool
	err     error
}

func (c *corpus) Lookup(digest []byte) (class uint8, ok bool) {
	if c.keep {
		c.asked = append(c.asked, bytes.Clone(digest))
	}
	class, ok = c.classes[string(digest)]
	return class, ok
}

func (c *corpus) Err() error { return c.err }

func sha1Of(password string) string {
	sum := sha1.Sum([]byte(password))
	return string(sum[:])
}

func ntlmOf(password string) string {
	h := md4.New()
	for _, u := range utf16.Encode([]rune(password)) {
		binary.Write(h, binary.LittleEndian, u)
	}
	return string(h.Sum(nil))
}

// newCorpus returns a corpus of passwords with their classes.
func newCorpus(digest func(string) string, classes map[string]uint8) *corpus {
	c := &corpus{classes: map[string]uint8{}}
	for password, class := range classes {
		c.classes[digest(password)] = class
	}
	return c
}

func breachEngine(t testingT, p engine.Policy, breaches ...engine.BreachList) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Config{Policies: []engine.Policy{p}, Breaches: breaches})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return e
}

// askedFor returns the digest that the engine asks a list for.
func askedFor(t testingT, kind engine.HashKind, password string) string {
	t.Helper()
	c := &corpus{keep: true}
	p := engine.Policy{Name: "p", MinBreachCount: 1, Profile: engine.Entra}
	breachEngine(t, p, engine.BreachList{Name: "b", Kind: kind, Set: c}).Check([]byte(password), engine.Subject{})
	if len(c.asked) != 1 {
		t.Fatalf("%d digests asked for", len(c.asked))
	}
	return string(c.asked[0])
}

// TestDigests has published examples: FIPS 180, RFC 3174, [MS-NLMP] 4.2.2.1.2,
// and the hash of the empty password that Windows shows.
func TestDigests(t *testing.T) {
	for _, x := range []struct {
		kind         engine.HashKind
		password, is string
	}{
		{engine.SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
		{engine.SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{engine.SHA1, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
		{engine.NTLM, "", "31d6cfe0d16ae931b73c59d7e0c089c0"},
		{engine.NTLM, "Password", "a4f49c406510bdcab6824ee7c30fd852"},
		{engine.NTLM, "password", "8846f7eaee8fb117ad06bdd830b7586c"},
	} {
		if got := hex.EncodeToString([]byte(askedFor(t, x.kind, x.password))); got != x.is {
			t.Errorf("%v of %q is %s, want %s", x.kind, x.password, got, x.is)
		}
	}
}

// TestDigestsModel compares with other implementations, at every length around
// the blocks and with text that is no UTF-8.
func TestDigestsModel(t *testing.T) {
	compare := func(t testingT, password string) {
		if got := askedFor(t, engine.SHA1, password); got != sha1Of(password) {
			t.Errorf("SHA-1 of %q is %x", password, got)
		}
		if got := askedFor(t, engine.NTLM, password); got != ntlmOf(password) {
			t.Errorf("NT hash of %q is %x", password, got)
		}
		if got := string(engine.AppendNTHash([]byte("x"), []byte(password))); got != "x"+ntlmOf(password) {
			t.Errorf("NT hash of %q behind x is %x", password, got)
		}
	}
	for n := range 200 {
		compare(t, strings.Repeat("x", n))
		compare(t, strings.Repeat("x", n)+"€𝒳")
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.SampledFrom([]string{"\xed\xa0\x80", "a\xf0\x9f\x98", "\U0010ffff\U00010000\uffff", "\x00\x00"})).Draw(rt, "password")
		if len(text) <= 4096 {
			compare(rt, text)
		}
	})
}

// TestBreached has the rule with each kind of list, count and policy.
func TestBreached(t *testing.T) {
	const seven, unknown, twice, never = "qV7#xLp2w!9z", "mK4$tRb8n?3y", "dF6%hJs1c&5v", "zG2+kWq9u=7x"
	classes := map[string]uint8{seven: 7, unknown: 0, twice: 2}
	for _, kind := range []struct {
		kind   engine.HashKind
		digest func(string) string
	}{{engine.SHA1, sha1Of}, {engine.NTLM, ntlmOf}} {
		set := newCorpus(kind.digest, classes)
		for _, x := range []struct {
			count    int
			password string
			want     bool
		}{
			{1, seven, true}, {1, unknown, true}, {1, twice, true}, {1, never, false},
			{2, twice, true}, {3, twice, true}, // 2 to 3 times
			{4, twice, false}, {64, seven, true}, {127, seven, true}, {128, seven, false}, {8192, seven, false},
			{8192, unknown, true}, {0, seven, false}, {0, unknown, false},
		} {
			for _, p := range []engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()} {
				p.MinBreachCount = x.count
				v := breachEngine(t, p, engine.BreachList{Name: "b", Kind: kind.kind, Set: set}).Check([]byte(x.password), engine.Subject{})
				if got := v.Reasons.Has(engine.Breached); got != x.want || (v.Decision == engine.Reject) != x.want {
					t.Errorf("%v, %s, at least %d: %q refused %v by %s", kind.kind, p.Name, x.count, x.password, got, codes(v.Reasons))
				}
			}
		}
	}
}

// TestBreachedExplained wants the list that has seen the password most.
func TestBreachedExplained(t *testing.T) {
	const password = "qV7#xLp2w!9z\u0301"
	e := breachEngine(t, engine.DefaultPolicy(),
		engine.BreachList{Name: "none", Kind: engine.SHA1, Set: &corpus{}},
		engine.BreachList{Name: "few", Kind: engine.SHA1, Set: newCorpus(sha1Of, map[string]uint8{password: 1})},
		engine.BreachList{Name: "most", Kind: engine.NTLM, Set: newCorpus(ntlmOf, map[string]uint8{password: 10})},
		engine.BreachList{Name: "unknown", Kind: engine.SHA1, Set: newCorpus(sha1Of, map[string]uint8{password: 0})})
	x := e.Explain([]byte(password), engine.Subject{})
	want := engine.Finding{Reason: engine.Breached, List: "most", Span: engine.Span{End: 13}, Seen: 512}
	if len(x.Findings) != 1 || x.Findings[0] != want || x.Number(want) != 512 {
		t.Errorf("%+v", x.Findings)
	}
	if text := x.AppendJSON(nil, ""); !json.Valid(text) || !bytes.Contains(text, []byte(`"list":"most","span":[0,13],"seen_at_least":512}`)) {
		t.Errorf("%s", text)
	}
	if text := x.Verdict.AppendJSON(nil, ""); bytes.Contains(text, []byte("seen")) || bytes.Contains(text, []byte("most")) {
		t.Errorf("told to everybody: %s", text)
	}
}

// TestBreachedParts adds up what parts of a password cost: 31 bits for one
// that was seen once, less 1.25 for each doubling, and what every match costs.
func TestBreachedParts(t *testing.T) {
	const bit = 64
	letter, number := 4*bit+44, 3*bit+20 // without a model of characters
	// A digit at the start, behind a letter, and a part behind a digit.
	const first, behind, join = 3 * bit / 2, 5 * bit / 2, bit + 4*bit
	set := newCorpus(sha1Of, map[string]uint8{"zxqwvmbtk": 1, "xqzwvk": 11, "qzxv": 14, "zqx": 14, "Vxzpcf": 14, "Kv Zqx": 14})
	for _, x := range []struct {
		password string
		guesses  int
	}{
		{"ZXQWVMBTK", (31 + 1 + 1) * bit},                                         // the whole, folded
		{"Zxqwvmbtk", (31 + 1 + 1) * bit},                                         //
		{"7xqzwvk", number + first + 31*bit - 25*bit/2 + join},                    // the core
		{"Xqzwvk99", 31*bit - 25*bit/2 + 2*bit + 2*number + behind},               //
		{"xq2wvk9", 31*bit - 25*bit/2 + bit + 7*bit/2 + number + behind},          // undone: a rare reading
		{"qzxv42", 31*bit - 13*5*bit/4 + bit + 2*number + behind},                 // four letters are enough
		{"zqx42", 3*letter + 2*number + behind},                                   // three aren't
		{"9Vxzpcf9", first + number + 8*bit + 3*bit + 6*letter + behind + number}, // the core is asked for folded
		{"Kv Zqx7", 31*bit - 13*5*bit/4 + bit + number + behind},                  // the stem, whose capitals are those of the corpus
		{"zxqwvmbtk", (31 + 1) * bit},                                             // as it is
	} {
		e := breachEngine(t, engine.Policy{Name: "p", MinBreachCount: 1}, engine.BreachList{Name: "b", Kind: engine.SHA1, Set: set})
		x2 := e.Explain([]byte(x.password), engine.Subject{})
		if got := int(x2.Score.Guesses); got != x.guesses {
			t.Errorf("%q: %d/64 bits, want %d: %+v", x.password, got, x.guesses, x2.Segments)
		}
	}
	wide := newCorpus(sha1Of, map[string]uint8{"йщцфы": 14, "ñandúes": 14})
	for _, password := range []string{"Йщцфы", "ЙЩЦФЫ9", "!йщцфы", "\u00d1andúes", "N\u0303andu\u0301es9"} {
		x := breachEngine(t, engine.Policy{Name: "p", MinBreachCount: 1}, engine.BreachList{Name: "b", Kind: engine.SHA1, Set: wide}).Explain([]byte(password), engine.Subject{})
		if !slices.ContainsFunc(x.Segments, func(s engine.Segment) bool { return s.Kind == engine.KindBreached }) {
			t.Errorf("%q: its small letters are not found: %+v", password, x.Segments)
		}
	}
	p := engine.DefaultPolicy()
	x := breachEngine(t, p, engine.BreachList{Name: "b", Kind: engine.SHA1, Set: set}).Explain([]byte("Xqzwvk9%"), engine.Subject{})
	if codes(x.Reasons) != "low_score" || x.Segments[0].Kind != engine.KindBreached || x.Segments[0].List != "b" {
		t.Errorf("%s %+v", codes(x.Reasons), x.Segments)
	}
	p.MinBreachCount = 2048 // more often than the part was seen
	if v := breachEngine(t, p, engine.BreachList{Name: "b", Kind: engine.SHA1, Set: set}).Check([]byte("Xqzwvk9%"), engine.Subject{}); v.Decision != engine.Accept {
		t.Errorf("a part that was not seen often enough counts: %s", codes(v.Reasons))
	}
}

// TestBreachLookups bounds the number of digests a check asks for.
func TestBreachLookups(t *testing.T) {
	for password, want := range map[string][]string{
		"":               {""},
		"lowercase":      {"lowercase"},
		"12345678":       {"12345678"},
		"Capital":        {"Capital", "capital"},
		"capital9":       {"capital9", "capital"},
		"P4ssw0rd!1":     {"P4ssw0rd!1", "p4ssw0rd!1", "p4ssw0rd", "password", "P4ssw0rd"},
		"1-p4ssw0rd-1":   {"1-p4ssw0rd-1", "p4ssw0rd", "password", "1-p4ssw0rd"},
		"p4ssw0rd":       {"p4ssw0rd", "password"},
		"Straße12":       {"Straße12", "strasse12", "straße12", "straße", "strasse", "Straße"},
		"straße":         {"straße", "strasse"},
		"!Юрий7":         {"!Юрий7", "!юрии7", "!юрий7", "юрий", "юрии", "!Юрий"},
		"!Пароль7":       {"!Пароль7", "!пароль7", "пароль", "!Пароль"},
		"пароль":         {"пароль"},
		"Kleptu-Kleptu-": {"Kleptu-Kleptu-", "kleptu-kleptu-", "kleptu-kleptu", "Kleptu-Kleptu", "Kleptu-"},
		"kleptukleptu":   {"kleptukleptu", "kleptu"},
		"kleptu✓12":      {"kleptu✓12", "kleptu", "kleptu✓"},
		"cafe\u0301s":    {"cafe\u0301s", "cafes", "cafés"},
		"Юрий\xff":       {"Юрий\xff", "юрии\ufffd", "юрии"},
		"P-a-s-s-w-0":    {"P-a-s-s-w-0", "passw0", "passw"},
	} {
		c := &corpus{keep: true}
		breachEngine(t, engine.DefaultPolicy(), engine.BreachList{Name: "b", Kind: engine.SHA1, Set: c}).Check([]byte(password), engine.Subject{})
		var digests [][]byte
		for _, w := range want {
			digests = append(digests, []byte(sha1Of(w)))
		}
		if !slices.EqualFunc(c.asked, digests, bytes.Equal) {
			t.Errorf("%q: %d digests asked for, want those of %q", password, len(c.asked), want)
		}
	}
}

// TestFailedBreachList wants no accept from a list that cannot tell what is absent.
func TestFailedBreachList(t *testing.T) {
	const strong, breached = "qV7#xLp2w!9z", "mK4$tRb8n?3y"
	set := newCorpus(sha1Of, map[string]uint8{breached: 1})
	set.err = errors.New("gone")
	audit := engine.DefaultPolicy()
	audit.Mode = engine.Audit
	off := engine.DefaultPolicy()
	off.MinBreachCount = 0
	for _, x := range []struct {
		policy          engine.Policy
		password        string
		decision, would engine.Decision
		codes           string
	}{
		{engine.DefaultPolicy(), strong, engine.Undecided, engine.Undecided, "unavailable"},
		{engine.DefaultPolicy(), breached, engine.Reject, engine.Reject, "breached"},
		{engine.DefaultPolicy(), "zj4", engine.Reject, engine.Reject, "too_short,low_score"},
		{audit, strong, engine.Accept, engine.Undecided, "unavailable"},
		{off, strong, engine.Accept, engine.Accept, ""},
	} {
		v := breachEngine(t, x.policy, engine.BreachList{Name: "b", Kind: engine.SHA1, Set: set}).Check([]byte(x.password), engine.Subject{})
		if v.Decision != x.decision || v.Would != x.would || codes(v.Reasons) != x.codes {
			t.Errorf("%q: %v, would %v, %s", x.password, v.Decision, v.Would, codes(v.Reasons))
		}
	}
}

func TestBreachConfig(t *testing.T) {
	p := engine.DefaultPolicy()
	low, high := p, p
	low.MinBreachCount, high.MinBreachCount = -1, engine.MaxBreachCount+1
	set := &corpus{}
	for field, c := range map[string]engine.Config{
		"Breaches[1].Set":            {Policies: []engine.Policy{p}, Breaches: []engine.BreachList{{Kind: engine.SHA1, Set: set}, {Kind: engine.NTLM}}},
		"Breaches[0].Kind":           {Policies: []engine.Policy{p}, Breaches: []engine.BreachList{{Set: set}}},
		"Policies[0].MinBreachCount": {Policies: []engine.Policy{low}},
		"Policies[1].MinBreachCount": {Policies: []engine.Policy{p, high}},
	} {
		_, err := engine.New(c)
		if e, ok := errors.AsType[*engine.ConfigError](err); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestBreachedDoesNotAllocate(t *testing.T) {
	if engine.RaceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	e := globalBreachEngine(t)
	for _, password := range append([][]byte{bytes.Repeat([]byte("Passw0rd!"), 400), []byte("Пароль-2024𝒳")}, typical...) {
		if n := testing.AllocsPerRun(200, func() { e.Check(password, engine.Subject{}) }); n != 0 {
			t.Errorf("%.20q: %v allocations", password, n)
		}
	}
}

// fetching is a corpus whose lookups are begun before they are ended.
type fetching struct {
	*corpus
	begun []byte
}

func (f *fetching) Fetch(digests []byte) { f.begun = bytes.Clone(digests) }

func (f *fetching) LookupAll(classes []uint8, digests []byte) (found uint32, err error) {
	if !bytes.Equal(digests, f.begun) {
		return 0, nil
	}
	size := len(digests) / len(classes)
	for i := range classes {
		class, ok := f.Lookup(digests[i*size : (i+1)*size])
		if ok {
			classes[i] = class
			found |= 1 << i
		}
	}
	return found, f.Err()
}

// TestBreachFetcher compares a corpus that is asked at once with one that is not.
func TestBreachFetcher(t *testing.T) {
	classes := map[string]uint8{"Sommer": 9, "sommer2024!": 2, "Xqzwvk": 14, "xqzwvk": 3, "password": 7, "p4ssw0rd": 1, "zk2mlq9v": 1, strings.Repeat("long", 20): 5}
	policy := engine.DefaultPolicy()
	policy.MinBreachCount = 2
	for name, kind := range map[string]struct {
		kind   engine.HashKind
		digest func(string) string
	}{"SHA-1": {engine.SHA1, sha1Of}, "NTLM": {engine.NTLM, ntlmOf}} {
		c := newCorpus(kind.digest, classes)
		one := breachEngine(t, policy, engine.BreachList{Name: "b", Kind: kind.kind, Set: c})
		all := breachEngine(t, policy, engine.BreachList{Name: "b", Kind: kind.kind, Set: &fetching{corpus: c}})
		for _, password := range []string{"Sommer2024!", "Sommer", "!Xqzwvk9", "P4ssw0rd!", "Zk2mlq9v", "zk2mlq9v", strings.Repeat("Long", 20) + "1", "", "x"} {
			want, got := one.Explain([]byte(password), engine.Subject{}), all.Explain([]byte(password), engine.Subject{})
			if !reflect.DeepEqual(want, got) {
				t.Errorf("%s, %q: %+v, want %+v", name, password, got, want)
			}
			if v := all.Check([]byte(password), engine.Subject{}); v != want.Verdict {
				t.Errorf("%s, %q: Check says %+v, Explain %+v", name, password, v, want.Verdict)
			}
		}
	}
}

// blind finds everything, and tells no class.
type blind struct{ *fetching }

func (blind) LookupAll(classes []uint8, digests []byte) (found uint32, err error) {
	return 1<<32 - 1, nil
}

// TestBreachClasses asks a corpus that tells no class behind one that tells some of what
// it does not find.
func TestBreachClasses(t *testing.T) {
	policy := engine.DefaultPolicy()
	policy.MinBreachCount = 100
	told := &hinting{&fetching{corpus: newCorpus(sha1Of, nil)}}
	e := breachEngine(t, policy, engine.BreachList{Name: "told", Kind: engine.SHA1, Set: told},
		engine.BreachList{Name: "blind", Kind: engine.SHA1, Set: blind{told.fetching}})
	if v := e.Check([]byte("qV7#xLp2w!9z"), engine.Subject{}); !v.Reasons.Has(engine.Breached) {
		t.Errorf("%v: the class is that of another list", v.Reasons)
	}
}

// hinting finds nothing, but tells classes.
type hinting struct{ *fetching }

func (hinting) LookupAll(classes []uint8, digests []byte) (found uint32, err error) {
	for i := range classes {
		classes[i] = 1
	}
	return 0, nil
}

// globalBreachEngine has the embedded lists and an empty breach list of each kind.
func globalBreachEngine(tb testing.TB, kinds ...engine.HashKind) *engine.Engine {
	tb.Helper()
	if kinds == nil {
		kinds = []engine.HashKind{engine.SHA1, engine.NTLM}
	}
	set, err := lists.GlobalPasswords()
	if err != nil {
		tb.Fatal(err)
	}
	chars, err := lists.GlobalChars()
	if err != nil {
		tb.Fatal(err)
	}
	c := engine.Config{
		Policies: []engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()}, Chars: chars,
		Terms:     []engine.TermList{{Name: "global", Terms: lists.GlobalTerms()}},
		Passwords: []engine.PasswordList{{Name: "global/passwords", Set: set}},
	}
	for _, k := range kinds {
		c.Breaches = append(c.Breaches, engine.BreachList{Name: k.String(), Kind: k, Set: &corpus{}})
	}
	e, err := engine.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// BenchmarkBreached is BenchmarkCheck with empty breach lists: what the digests cost.
func BenchmarkBreached(b *testing.B) {
	for _, kind := range []engine.HashKind{engine.SHA1, engine.NTLM} {
		b.Run(kind.String(), func(b *testing.B) {
			e := globalBreachEngine(b, kind)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.Check(typical[i%len(typical)], engine.Subject{})
			}
		})
	}
}
