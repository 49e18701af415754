package main

import (
	"bytes"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/vetopw/veto/engine"
)

// TestRules holds the rules to what the group says of itself.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if seen[r.name] {
			t.Errorf("two rules %s", r.name)
		}
		seen[r.name] = true
		if r.bits() < leastBits {
			t.Errorf("%s: 2^%d passwords, want at least 2^%d", r.name, r.bits(), leastBits)
		}
		first, second := r.class(), r.class()
		distinct := map[string]bool{}
		for i, p := range first.passwords {
			distinct[string(p)] = true
			if !bytes.Equal(p, second.passwords[i]) {
				t.Fatalf("%s: %q, then %q", r.name, p, second.passwords[i])
			}
			if n := utf8.RuneCount(p); n < minLength || n != utf8.RuneCountInString(r.template) {
				t.Errorf("%s: %q has %d characters", r.name, p, n)
			}
		}
		if len(distinct) != generatedEach || !good(first.group) {
			t.Errorf("%s: %d different passwords of group %s", r.name, len(distinct), first.group)
		}
	}
}

// TestScripts wants letters that the fold keeps, each once and of one script.
func TestScripts(t *testing.T) {
	for _, s := range scripts {
		seen := map[rune]bool{}
		for _, r := range expand(s.letters) {
			if seen[r] || !unicode.IsLetter(r) {
				t.Errorf("%s: %U is no letter or there twice", s.name, r)
			}
			seen[r] = true
		}
	}
}

func TestExpand(t *testing.T) {
	for set, want := range map[string]string{"": "", "a": "a", "a-c": "abc", "a-cx0-2_": "abcx012_", "-": "-", "a-": "a-", "α-γω": "αβγω"} {
		if got := string(expand(set)); got != want {
			t.Errorf("%q: %q, want %q", set, got, want)
		}
	}
}

// TestEqual compares judges at the same price: the second could ask for more
// before it refuses a strong password, the third refuses one whatever it asks.
func TestEqual(t *testing.T) {
	c := &corpora{classes: []class{{groupSpray, "a", splitWords("password Summer24 contoso1 football")}, {groupStrong, "b", splitWords("vK3#pQ9! xZw7vK3#")}}}
	judge := func(required float64, weak, strong []float64) judged {
		r := judged{judge: judge{required: required}}
		for _, guesses := range [][]float64{weak, strong} {
			var opinions []opinion
			for _, g := range guesses {
				opinions = append(opinions, opinion{refused: g < required, guesses: g})
			}
			r.opinions = append(r.opinions, opinions)
		}
		r.shares = shares(r.opinions, func(o opinion) bool { return o.refused })
		r.summary = summarize(c, r.shares)
		return r
	}
	first := judge(14, []float64{4, 8, 12, 16}, []float64{15, 18})
	for _, test := range []struct {
		strong          []float64
		required, catch float64
	}{
		{[]float64{11.05, 18}, 11, 50},
		{[]float64{16.05, 18}, 16, 75},
		{[]float64{2, 18}, 3, 0},
	} {
		s := equalStep(c, judge(8, []float64{4, 8, 12, 16}, test.strong), first.summary.rejects())
		if s.required != test.required || s.mean(groupSpray).percent != test.catch {
			t.Errorf("strong %v: 10^%g and %g %%, want 10^%g and %g %%", test.strong, s.required, s.mean(groupSpray).percent, test.required, test.catch)
		}
	}
}

// TestStrict wants the policies of all judges to be those of their names.
func TestStrict(t *testing.T) {
	snapshot, err := newSnapshot(nil)
	if err != nil {
		t.Fatal(err)
	}
	const between = "vK3#pQ9!x" // nine characters: enough for default, too short for strict
	if v := snapshot.Engine.Check([]byte(between), engine.Subject{}); v.Decision != engine.Accept {
		t.Errorf("default refuses %q", between)
	}
	if !byPolicy(snapshot.Engine, "strict")([]byte(between)).refused {
		t.Errorf("strict accepts %q", between)
	}
}
