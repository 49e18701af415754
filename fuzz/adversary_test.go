package fuzz_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vetopw/veto/engine"
)

const mostBytes = 4096

// crowded returns engines whose lists make searches branch.
func crowded(t testing.TB) (engines []*engine.Engine) {
	t.Helper()
	var list engine.TermList
	for i, text := range wordsOf {
		list.Terms = append(list.Terms, engine.Term{Text: text, Rank: uint32(i)})
	}
	for n := 1; n <= 256; n *= 2 {
		list.Terms = append(list.Terms, engine.Term{Text: strings.Repeat("a", n)}, engine.Term{Text: strings.Repeat("ab", n/2+1)[:n]})
	}
	for _, p := range []engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()} {
		p.RefuseNear, p.RefuseSubject, p.RefuseListed, p.Complexity = true, true, true, true
		p.MaxRepeat, p.MaxSequence, p.Allowed, p.Minima.Symbols, p.Points.Required = 2, 2, `\pL`, 1, 1
		p.Old = engine.Similarity{Equal: true, Contains: true, Digits: true, Distance: engine.MaxDistance}
		p.Expressions = []engine.Expression{{Text: `(a|aa|aaa){1,20}$`}, {Text: `(?:x+x+)+y`, Whole: true, Required: true}, {Text: `[^a]*b{1,40}a*$`}}
		q := trial{policy: p, lists: []engine.TermList{list}, chars: synthetic, passwords: []map[string]int{{"password": 0}}}
		engines = append(engines, q.engine(t))
	}
	return engines
}

var hostile = engine.Subject{
	Account: strings.Repeat("a", 300), Names: []string{strings.Repeat("aaaa ", 100), strings.Repeat("ab", 30), "\xff\xfe\u1100"},
	Mail: strings.Repeat("a.", 50) + "@" + strings.Repeat("b.", 50), Tenant: strings.Repeat("北", 50), OldPassword: bytes.Repeat([]byte("a"), 5000),
}

// FuzzBytes gives any bytes to engines with crowded lists: they return, agree
// with themselves, and leave the input alone.
func FuzzBytes(f *testing.F) {
	for _, s := range adversaries() {
		f.Add(s)
	}
	engines := crowded(f)
	f.Fuzz(func(t *testing.T, password []byte) {
		if len(password) > mostBytes+8 {
			return
		}
		before := bytes.Clone(password)
		for _, e := range engines {
			x := e.Explain(password, hostile)
			if v := e.Check(password, hostile); !reflect.DeepEqual(v, x.Verdict) {
				t.Errorf("%q: Check says %+v, Explain %+v", password, v, x.Verdict)
			}
			if len(password) <= mostBytes {
				tiledUpTo(t, password, x)
			} else if want := engine.Reasons(0).With(engine.TooLong); x.Reasons != want {
				t.Errorf("%d bytes: reasons %v", len(password), x.Reasons)
			}
		}
		if !bytes.Equal(password, before) {
			t.Errorf("password %q became %q", before, password)
		}
	})
}

// tiledUpTo is tiled for passwords that may be cut at the most positions.
func tiledUpTo(t *testing.T, password []byte, x engine.Explanation) {
	if n := len(engine.AppendFold(nil, password)); n <= engine.MaxLength {
		tiled(t, password, x)
	} else if x.Score.Guesses < 0 || x.Score.Points < 0 {
		t.Errorf("%q: score %+v", password, x.Score)
	}
}

// adversaries returns inputs of the most bytes that make every stage work.
func adversaries() (inputs [][]byte) {
	parts := []string{
		"a", "ab", "aA", "a.", "aa.", "a!", "1l!|", "pass", "p@s", "\x00", "\xff", "\xed\xa0\x80", "\xed\xbf\xbf", "1/1/11", "12", "qwe", "Á", "ß", "ﬃ", "ﷺ",
		"\u0301", "e\u0301\u0302", "\u200b", "\u1100\u1161\u11a8", "가\u11a8", "가", "北京", "а", "😀", "\U000e0041", "$", "$$s", "abcabd", "0o", "\U0001d160",
	}
	for _, part := range parts {
		for _, n := range []int{mostBytes, mostBytes + 1, 1024, 1025} {
			s := strings.Repeat(part, n/len(part)+1)
			inputs = append(inputs, []byte(s[:n]))
		}
	}
	return inputs
}

// TestAdversaries also mixes the inputs, one into the next.
func TestAdversaries(t *testing.T) {
	inputs := adversaries()
	for _, e := range crowded(t) {
		for i, input := range inputs {
			v := e.Check(input, hostile)
			if long := len(input) > mostBytes; long != (v.Reasons == engine.Reasons(0).With(engine.TooLong)) && long {
				t.Errorf("%d bytes: %v", len(input), v.Reasons)
			}
			next := inputs[(i+5)%len(inputs)]
			mixed := make([]byte, 0, mostBytes)
			for k := 0; k < min(len(input), len(next), mostBytes/2); k++ {
				mixed = append(mixed, input[k], next[k])
			}
			if v := e.Check(mixed, hostile); utf8.RuneCount(mixed) > engine.MaxLength && !v.Reasons.Has(engine.TooLong) && utf8.Valid(mixed) && !strings.ContainsAny(string(mixed), "\u0301\u1161\u11a8") {
				t.Errorf("%.20q…: %v", mixed, v.Reasons)
			}
		}
	}
}
