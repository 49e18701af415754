package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
)

// TestCharactersAtEachLimit counts characters of many shapes, each of which is
// one, at every limit that counts them. A mark that composes is a part of its
// letter.
func TestCharactersAtEachLimit(t *testing.T) {
	for _, char := range []string{"a", "ж", "漢", "가", "\u1112\u1161\u11ab", "e\u0301", "é", "🦊", "\u2764", "ﬁ", "\U0001d5a0", "ㄱ", "\u0e01"} {
		one := func(n int) string { return strings.Repeat(char, n) }
		kind := engine.Minima{Symbols: 4}
		switch r := []rune(char)[0]; {
		case r == 'a' || r == 'ж' || r == 'e' || r == 'é' || r == 'ﬁ':
			kind = engine.Minima{Smalls: 4}
		case r == 0x1d5a0:
			kind = engine.Minima{Capitals: 4}
		}
		for name, c := range map[string]struct {
			policy engine.Policy
			code   string
			below  bool // too few fail, else too many
		}{
			"min":     {engine.Policy{MinLength: 4}, "too_short", true},
			"max":     {engine.Policy{MaxLength: 4}, "too_long", false},
			"minima":  {engine.Policy{Minima: kind}, "not_enough_classes", true},
			"points":  {engine.Policy{Points: engine.Points{Required: 8, Character: 2}}, "not_enough_classes", true},
			"band":    {engine.Policy{Bands: []engine.Band{{Below: 4, MinClasses: 5}}}, "not_enough_classes", true},
			"pattern": {engine.Policy{Expressions: []engine.Expression{{Text: ".{4,}", Whole: true, Required: true}}}, "pattern_required", true},
			"denied":  {engine.Policy{Expressions: []engine.Expression{{Text: ".{5,}"}}}, "pattern_denied", false},
		} {
			c.policy.Name = name
			e := newEngine(t, c.policy)
			good, bad := one(4), one(5)
			if c.below {
				bad = one(3)
			}
			if v := e.Check([]byte(good), engine.Subject{}); v.Reasons != 0 {
				t.Errorf("%s: %q: %s", name, good, codes(v.Reasons))
			}
			if v := e.Check([]byte(bad), engine.Subject{}); codes(v.Reasons) != c.code {
				t.Errorf("%s: %q: %q, want %s", name, bad, codes(v.Reasons), c.code)
			}
		}
	}
}

func TestAllowed(t *testing.T) {
	for _, c := range []struct {
		allowed, password string
		ok                bool
	}{
		{"a-z", "abc", true}, {"a-z", "abC", false}, {"a-z", "", true}, {"a-zé", "e\u0301", true}, {"a-ze\u0301", "é", false},
		{`\pL`, "漢字ж", true}, {`\pL`, "漢字1", false}, {"^x", "abc", true}, {"^x", "axc", false}, {`\]`, "]", true},
		{"a-z", "ab\n", false}, {`^\x00-\x1f`, "ab\xff", true}, {"a-z", "ab\xff", false}, {"x", "xx", true},
	} {
		e := newEngine(t, engine.Policy{Name: "allowed", AllowControl: true, Allowed: c.allowed})
		v := e.Check([]byte(c.password), engine.Subject{})
		if v.Reasons.Has(engine.CharacterDenied) == c.ok {
			t.Errorf("[%s] %q: %s", c.allowed, c.password, codes(v.Reasons))
		}
	}
}

func TestRuns(t *testing.T) {
	p := engine.Policy{Name: "runs", MaxRepeat: 2, MaxSequence: 3}
	e := newEngine(t, p)
	for password, want := range map[string]string{
		"aab": "", "xaaa": "repetition", "xaAａ": "repetition", "abc9": "", "9abcd": "sequence", "3210": "sequence", "ab!\"#": "",
		"абвг": "sequence", "1234aaa": "sequence,repetition", "acegi": "", "!!!": "repetition",
	} {
		x := e.Explain([]byte(password), engine.Subject{})
		if codes(x.Reasons) != want {
			t.Errorf("%q: %q, want %q", password, codes(x.Reasons), want)
		}
		for _, f := range x.Findings {
			if f.Span.End-f.Span.Start < 3 {
				t.Errorf("%q: %+v", password, f)
			}
		}
	}
}

func TestLithnetPoints(t *testing.T) {
	// The settings and the sum are those of the worked example in Lithnet's
	// documentation of points.
	p := engine.Policy{Name: "points", Points: engine.Points{Character: 1, Digit: 1, Small: 2, Capital: 5, Symbol: 2, AnyDigit: 1, AnySymbol: 1}}
	for password, points := range map[string]int{"abc": 3 + 6, "aB1!": 4 + 2 + 5 + 1 + 2 + 1 + 1, "漢": 1 + 2 + 1} {
		for _, required := range []int{points, points + 1} {
			p.Points.Required = required
			v := newEngine(t, p).Check([]byte(password), engine.Subject{})
			if v.Reasons.Has(engine.NotEnoughClasses) != (required > points) {
				t.Errorf("%q with %d required: %s", password, required, codes(v.Reasons))
			}
		}
	}
}

// TestSimilarity has likenesses and their nearest neighbors that are none.
func TestSimilarity(t *testing.T) {
	for _, c := range []struct {
		rule     engine.Similarity
		old, new string
		alike    bool
	}{
		{engine.Similarity{Equal: true}, "Tree-7", "tREE-7", true},
		{engine.Similarity{Equal: true}, "\xff", "\xff", true},
		{engine.Similarity{Equal: true}, "Tree-7", "Tree-8", false},
		{engine.Similarity{Equal: true}, "\u0301", "\u0300", false}, // nothing is like nothing
		{engine.Similarity{}, "Tree-7", "Tree-7", false},
		{engine.Similarity{Contains: true}, "Tree", "aTReEb", true},
		{engine.Similarity{Contains: true}, "Tre", "aTreb", false},
		{engine.Similarity{Contains: true}, "aaaTreebbb", "Tree", true},
		{engine.Similarity{Contains: true}, "aabaabaac", "xaabaabaabaacx", true},
		{engine.Similarity{Contains: true}, "Tree", "Trexe", false},
		{engine.Similarity{Digits: true}, "Summer7!", "Summer8!", true},
		{engine.Similarity{Digits: true}, "Summer9!", "Summer10!", true},
		{engine.Similarity{Digits: true}, "Su1mmer9!", "Su2mmer10!", true},
		{engine.Similarity{Digits: true}, "Summer9!", "Summer!", false},
		{engine.Similarity{Digits: true}, "ab-1", "ab-2", false}, // three positions beside the digits
		{engine.Similarity{Digits: true}, "ab--1", "ab--2", true},
		{engine.Similarity{Digits: true}, "1234", "9876", false},
		{engine.Similarity{Distance: 2}, "kitten", "sitten", true},
		{engine.Similarity{Distance: 2}, "kitten", "sittin", true},
		{engine.Similarity{Distance: 2}, "kitten", "sitting", false},
		{engine.Similarity{Distance: 3}, "kitten", "sitting", true},
		{engine.Similarity{Distance: 1}, "kitten", "kittens", true},
		{engine.Similarity{Distance: 1}, "kitten", "itten", true},
		{engine.Similarity{Distance: 1}, "kitten", "itte", false},
		{engine.Similarity{Distance: 8}, "abcdefghij", "klmnopqrij", true},
		{engine.Similarity{Distance: 8}, "abcdefghij", "klmnopqrsj", false},
		{engine.Similarity{Distance: 1}, "пароль", "Пороль", true},
		{engine.Similarity{Equal: true, Contains: true, Digits: true, Distance: 8}, "", "kitten", false},
		{engine.Similarity{Contains: true, Distance: 8}, strings.Repeat("x", 5000), "xxxxxx", false}, // too long to compare
		{engine.Similarity{Equal: true}, strings.Repeat("\u200b", 1400), strings.Repeat("\u200b", 1300), false},
	} {
		e := newEngine(t, engine.Policy{Name: "old", AllowControl: true, Old: c.rule})
		v := e.Check([]byte(c.new), engine.Subject{OldPassword: []byte(c.old)})
		if v.Reasons.Has(engine.SimilarToOld) != c.alike {
			t.Errorf("%+v: %.20q and %.20q: %s", c.rule, c.old, c.new, codes(v.Reasons))
		}
	}
}

// TestSubstitutedEnds has terms whose first or last letter is written as a digit
// or symbol: none may be trimmed before it is read.
func TestSubstitutedEnds(t *testing.T) {
	p := engine.Policy{Name: "ends", RequiredGuesses: 18 * 64}
	e := newEngine(t, p, "secret", "summer", "company", "alibi")
	for _, password := range []string{"$ecret", "5ummer", "compan1", "$ecret1", "5umm3r!", "al1b1", "@libi", "!alib1"} {
		x := e.Explain([]byte(password), engine.Subject{})
		if !x.Reasons.Has(engine.BannedTerm) {
			t.Errorf("%q: %s %+v", password, codes(x.Reasons), x.Segments)
		}
	}
}

// TestGroups chooses policies as fine-grained password policies are chosen.
func TestGroups(t *testing.T) {
	e, err := engine.New(engine.Config{Policies: []engine.Policy{
		{Name: "everybody"},
		{Name: "staff", Groups: []string{"Staff", "Ärzte"}, Precedence: 20},
		{Name: "admins", Groups: []string{"Domain Admins"}, Precedence: 10},
		{Name: "tie", Groups: []string{"Domain Admins"}, Precedence: 10},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		groups []string
		name   string
		want   string
	}{
		{nil, "", "everybody"}, {[]string{"guests"}, "", "everybody"}, {[]string{"STAFF"}, "", "staff"}, {[]string{"ärzte"}, "", "staff"},
		{[]string{"staff", "domain admins"}, "", "admins"}, {[]string{"domain admins"}, "everybody", "everybody"},
		{[]string{"staff"}, "nobody", "staff"}, {[]string{""}, "", "everybody"},
	} {
		if v := e.Check([]byte("x"), engine.Subject{Groups: c.groups, Policy: c.name}); v.Policy != c.want {
			t.Errorf("%q %q: %s, want %s", c.groups, c.name, v.Policy, c.want)
		}
	}
}

// everyRule has each rule fail on "aaa1234漢x" with the old password behind.
func everyRule() engine.Policy {
	return engine.Policy{
		Name: "every", MinLength: 40, Complexity: true, MinClasses: 5, Minima: engine.Minima{Symbols: 9}, Points: engine.Points{Required: 99},
		Bands: []engine.Band{{MinClasses: 5}}, MaxRepeat: 1, MaxSequence: 2, Allowed: "a-z", RequiredPoints: 99, RequiredGuesses: 99 * 64,
		RefuseNear: true, RefuseSubject: true, RefuseListed: true,
		Old: engine.Similarity{Equal: true, Contains: true, Digits: true, Distance: 8},
		Expressions: []engine.Expression{
			{Text: "[0-9]{3}"}, {Text: "^aaa", Mode: engine.Audit}, {Text: "z", Required: true}, {Text: `(?i)\pL+`, Whole: true, Required: true},
		},
	}
}

// TestEveryRuleRuns has all rules fail: none keeps another from being seen.
func TestEveryRuleRuns(t *testing.T) {
	p := everyRule()
	e := newEngine(t, p, "contoso")
	s := engine.Subject{Names: []string{"Aaa1234x"}, OldPassword: []byte("aaa1234x")}
	want := "too_short,not_enough_classes,character_denied,similar_to_old,sequence,repetition,low_score,pattern_denied,pattern_required"
	v := e.Check([]byte("aaa1234漢x"), s)
	for code := range strings.SplitSeq(want, ",") {
		if !strings.Contains(codes(v.Reasons), code) {
			t.Errorf("%s is missing in %s", code, codes(v.Reasons))
		}
	}
	all := engine.Rules(1<<(engine.RuleOld+1) - 1)
	p.Audit = all
	if v := newEngine(t, p).Check([]byte("aaa1234漢x"), s); v.Decision != engine.Accept || v.Would != engine.Reject || v.Audited != v.Reasons {
		t.Errorf("all in audit mode: %+v", v)
	}
	for r := engine.RuleLength; r <= engine.RuleOld; r++ {
		if !all.Has(r) || all.Without(r).Has(r) || r.String() == "" {
			t.Errorf("rule %d %q", r, r)
		}
	}
}

func TestRulesDoNotAllocate(t *testing.T) {
	if engine.RaceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	e := newEngine(t, everyRule(), "contoso")
	for _, password := range []string{"Contoso2025!", "e\u0301tudiant-1111", "правильный конь батарея скрепка", strings.Repeat("ab1", 80), "x\xffy"} {
		s, input := engine.Subject{Account: "jdoe", Groups: []string{"Staff"}, OldPassword: []byte("x" + password[1:])}, []byte(password)
		if n := testing.AllocsPerRun(200, func() { e.Check(input, s) }); n != 0 {
			t.Errorf("%.20q: %v allocations", password, n)
		}
	}
}

// TestExpressionsShareABound has expressions that are small each.
func TestExpressionsShareABound(t *testing.T) {
	p := engine.Policy{Name: "many"}
	for range 3 {
		p.Expressions = append(p.Expressions, engine.Expression{Text: "[a-z]{150}x?"})
	}
	if err := p.Validate(); err != nil {
		t.Errorf("460 instructions: %v", err)
	}
	p.Expressions = append(p.Expressions, p.Expressions...)
	var wrong *engine.ConfigError
	if err := p.Validate(); !errors.As(err, &wrong) || wrong.Field != "Expressions[3].Text" {
		t.Errorf("920 instructions: %v", err)
	}
}

// TestPolicyIsCopied changes what an engine was built from.
func TestPolicyIsCopied(t *testing.T) {
	p := engine.Policy{Name: "copied", Expressions: []engine.Expression{{Text: "x"}}, Bands: []engine.Band{{MinClasses: 2}}}
	e := newEngine(t, p)
	p.Expressions[0].Required, p.Bands[0].MinClasses = true, 0
	if v := e.Check([]byte("xx"), engine.Subject{}); codes(v.Reasons) != "not_enough_classes,pattern_denied" {
		t.Errorf("reasons %s", codes(v.Reasons))
	}
}

func TestExpressionErrors(t *testing.T) {
	long := strings.Repeat("a", engine.MaxExpressionBytes+1)
	for text, want := range map[string]string{
		"": "is empty", "a(b": "missing closing", `(?=a)`: "invalid or unsupported Perl syntax", `(a)\1`: "invalid escape", "[z-a]": "invalid character class range",
		long: "more than 1024", "(?:abcde){400}": "instructions", "a{1001}": "invalid repeat count",
	} {
		_, err := engine.New(engine.Config{Policies: []engine.Policy{{Name: "a"}, {Name: "b", Expressions: []engine.Expression{{Text: "."}, {Text: text}}}}})
		var wrong *engine.ConfigError
		if !errors.As(err, &wrong) || wrong.Field != "Policies[1].Expressions[1].Text" || !strings.Contains(wrong.Detail, want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
	for _, allowed := range []string{"a]|[b", "", "z-a", "a]b", `\`, "a][b"} {
		_, err := engine.New(engine.Config{Policies: []engine.Policy{{Name: "a", Allowed: allowed}}})
		if (err == nil) != (allowed == "") {
			t.Errorf("[%s]: %v", allowed, err)
		}
	}
}

func TestRuleErrors(t *testing.T) {
	for field, change := range map[string]func(*engine.Policy){
		"Minima":              func(p *engine.Policy) { p.Minima.Digits = -1 },
		"Bands[0].Below":      func(p *engine.Policy) { p.Bands = []engine.Band{{}, {Below: 4}} },
		"Bands[1].Below":      func(p *engine.Policy) { p.Bands = []engine.Band{{Below: 4}, {Below: 4}} },
		"Bands[0].MinClasses": func(p *engine.Policy) { p.Bands = []engine.Band{{MinClasses: 6}} },
		"Bands[0].Minima":     func(p *engine.Policy) { p.Bands = []engine.Band{{Minima: engine.Minima{Smalls: 2000}}} },
		"Points":              func(p *engine.Policy) { p.Points.AnyDigit = 1 << 30 },
		"MaxRepeat":           func(p *engine.Policy) { p.MaxRepeat = -1 },
		"MaxSequence":         func(p *engine.Policy) { p.MaxSequence = 5000 },
		"Old.Distance":        func(p *engine.Policy) { p.Old.Distance = 9 },
		"Expressions":         func(p *engine.Policy) { p.Expressions = make([]engine.Expression, engine.MaxExpressions+1) },
	} {
		p := engine.Policy{Name: "x"}
		change(&p)
		_, err := engine.New(engine.Config{Policies: []engine.Policy{p}})
		var wrong *engine.ConfigError
		if !errors.As(err, &wrong) || wrong.Field != "Policies[0]."+field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// BenchmarkRules has the default policy without and with rules on top.
func BenchmarkRules(b *testing.B) {
	regex := engine.DefaultPolicy()
	regex.Expressions = []engine.Expression{{Text: `(?i)^acme`}, {Text: `[0-9]{6}`}}
	regex.Allowed = `\x20-\x7e`
	mix := engine.DefaultPolicy()
	mix.Minima, mix.MaxRepeat, mix.MaxSequence = engine.Minima{Digits: 1}, 3, 4
	for name, p := range map[string]engine.Policy{"default": engine.DefaultPolicy(), "regex": regex, "mix": mix} {
		e, err := engine.New(engine.Config{Policies: []engine.Policy{p}})
		if err != nil {
			b.Fatal(err)
		}
		for _, old := range []string{"", "Summer2023!"} {
			b.Run(fmt.Sprint(name, "/old=", old != ""), func(b *testing.B) {
				s := engine.Subject{OldPassword: []byte(old)}
				for i := 0; b.Loop(); i++ {
					e.Check(typical[i%len(typical)], s)
				}
			})
		}
	}
}

// BenchmarkWorstExpression has an expression near the bound that keeps all its
// threads alive, on the longest password.
func BenchmarkWorstExpression(b *testing.B) {
	e := newEngine(b, engine.Policy{Name: "worst", MaxLength: engine.MaxLength, Expressions: []engine.Expression{{Text: `(?i)(?:[\pL\pN]?){240}$y`}}})
	password := bytes.Repeat([]byte("a"), engine.MaxLength)
	for b.Loop() {
		e.Check(password, engine.Subject{})
	}
}

// TestSpreadRuns wants the place of a run in a password that is closed up.
func TestSpreadRuns(t *testing.T) {
	p := engine.DefaultPolicy()
	p.MaxSequence, p.MaxRepeat = 3, 3
	x := breachEngine(t, p).Explain([]byte("q-x-k-z-v-w!mnop!7777"), engine.Subject{})
	for reason, want := range map[engine.Reason]engine.Span{engine.Sequence: {Start: 12, End: 16}, engine.Repetition: {Start: 17, End: 21}} {
		if !slices.Contains(x.Findings, engine.Finding{Reason: reason, Span: want}) {
			t.Errorf("%+v lack %v", x.Findings, want)
		}
	}
}
