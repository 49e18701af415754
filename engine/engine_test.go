package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vetopw/veto/engine"
)

func codes(r engine.Reasons) string { return string(r.AppendCodes(nil)) }

func TestLengthCountsCharacters(t *testing.T) {
	p := engine.Policy{Name: "length", MinLength: 4, MaxLength: 4}
	e := newEngine(t, p)
	for _, password := range []string{"abcd", "жёлт", "e\u0301e\u0301e\u0301e\u0301", "密碼漢字", "😀😀😀😀", "한글한글",
		"\u1112\u1161\u11ab\u1112\u1161\u11ab\u1112\u1161\u11ab\u1112\u1161\u11ab"} {
		if v := e.Check([]byte(password), engine.Subject{}); v.Reasons != 0 {
			t.Errorf("%q: %s", password, codes(v.Reasons))
		}
		if v := e.Check([]byte(password+"x"), engine.Subject{}); codes(v.Reasons) != "too_long" {
			t.Errorf("%q and one more: %q", password, codes(v.Reasons))
		}
	}
}

// TestHalfPairs has halves of surrogate pairs, which are one character each, and
// other bytes that are not UTF-8, of which each is.
func TestHalfPairs(t *testing.T) {
	e := newEngine(t, engine.Policy{Name: "length", MinLength: 3, MaxLength: 3, MinClasses: 2, Points: engine.Points{Required: 6, Character: 2}})
	for password, want := range map[string]string{
		"a\xed\xa0\x80b": "not_utf8", "\xed\xbf\xbf\xed\xa0\xbdb": "not_utf8", "e\u0301\xed\xb0\x80b": "not_utf8",
		"a\xed\xa0\x80": "too_short,not_enough_classes,not_utf8",
		"a\xed\xa0b":    "too_long,not_utf8", "a\xed\xa0\x80\x80": "not_utf8", "a\xed\xc0": "not_utf8",
	} {
		x := e.Explain([]byte(password), engine.Subject{})
		if got := sorted(codes(x.Reasons)); got != sorted(want) {
			t.Errorf("%q: %s, want %s", password, got, want)
		}
		last := x.Segments[len(x.Segments)-1]
		if last.Span.End != x.Characters {
			t.Errorf("%q: %d characters, the last segment ends at %d", password, x.Characters, last.Span.End)
		}
	}
}

// sorted returns codes in the order of their names.
func sorted(codes string) string {
	list := strings.Split(codes, ",")
	slices.Sort(list)
	return strings.Join(list, ",")
}

// TestLongestInput has the largest length that a policy may allow.
func TestLongestInput(t *testing.T) {
	p := engine.DefaultPolicy()
	p.MaxLength = engine.MaxLength
	e := newEngine(t, p)
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{engine.MaxLength - 1, engine.MaxLength, engine.MaxLength + 1} {
		password := make([]byte, n)
		for i := range password {
			password[i] = byte('!' + r.IntN(94))
		}
		v := e.Check(password, engine.Subject{})
		if v.Reasons.Has(engine.TooLong) != (n > engine.MaxLength) || v.Reasons.Has(engine.LowScore) {
			t.Errorf("%d characters: %s", n, codes(v.Reasons))
		}
	}
}

func TestComplexity(t *testing.T) {
	p := engine.Policy{Name: "complex", Complexity: true}
	e := newEngine(t, p)
	s := engine.Subject{Account: "jdoe", Names: []string{"Erin M. Hagens", "Al"}}
	for _, c := range []struct {
		password string
		ok       bool
	}{
		{"abcDEF12", true},
		{"abcdef12", false},
		{"abcd密碼12", true}, // small letters, digits, letters that are neither
		{"abcd!!!!", false},
		{"abcdEF!!", true},
		{"xxJDOE1!", false},       // account name
		{"hagens99!X", false},     // token of the display name
		{"M.Al99!xyzq", true},     // tokens below three characters
		{"\x00\x01abcd12", false}, // control characters are no class
	} {
		if v := e.Check([]byte(c.password), s); v.Reasons.Has(engine.NotEnoughClasses) == c.ok {
			t.Errorf("%q: %s", c.password, codes(v.Reasons))
		}
	}
	p = engine.Policy{Name: "classes", MinClasses: 4}
	if v := newEngine(t, p).Check([]byte("abcDEF12"), engine.Subject{}); !v.Reasons.Has(engine.NotEnoughClasses) {
		t.Error("three classes pass where four are asked for")
	}
}

func TestSubject(t *testing.T) {
	e := globalEngine(t)
	s := engine.Subject{
		Account: "CORP\\svetlana.kuznetsova", Names: []string{"Світлана Кузнецова", "홍길동서울"},
		Mail: "s.petrenko@fabrikam-research.example", Tenant: "Blue Yonder Airlines",
	}
	for _, password := range []string{
		"Svetlana1!", "kuznetsova2025", "Кузнецова1", "petrenko!!1", "Fabrikam2024", "BlueYonder#1", "Yonder.Blue1", "YonderAirlines1",
		"BlueYonderAirlines7", "s.v.e.t.l.a.n.a", "5v3tl4n4!", "analtevs", "av0sten2uk#1", "Kuznetzova24!", "Svetlaan24!", "Кузнецва#24",
		"\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc\u1109\u1165\u110b\u116e\u11af12",
	} {
		if v := e.Check([]byte(password), s); !v.Reasons.Has(engine.SubjectTerm) {
			t.Errorf("%q: %v %s", password, v.Decision, codes(v.Reasons))
		}
	}
	if v := e.Check([]byte("kV9#mQ2$svetlana!wZ8"), s); v.Decision != engine.Accept {
		t.Errorf("a name in a strong password: %s", codes(v.Reasons))
	}
}

func TestOldPassword(t *testing.T) {
	e := globalEngine(t)
	old := []byte("kV9#mQ2$xR7!wZ")
	for password, similar := range map[string]bool{
		"kV9#mQ2$xR7!wZ": true, "KV9#MQ2$XR7!WZ": true, "aP4%tN8&cL1?dY": false,
		"kV9#mQ2$xR7!wZ ": true, "kV9#mQ3$xR7!wZ": true, "mQ2$xR7!": true, "XkV9#mQ2xR7!wZ": true, "mQ9$tR7!wZkV9#": false,
	} {
		v := e.Check([]byte(password), engine.Subject{OldPassword: old, Operation: engine.Change})
		if v.Reasons.Has(engine.SimilarToOld) != similar {
			t.Errorf("%q: %s", password, codes(v.Reasons))
		}
	}
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		mode            engine.Mode
		decision, would engine.Decision
		reasons         bool
	}{
		{engine.Enforce, engine.Reject, engine.Reject, true},
		{engine.Audit, engine.Accept, engine.Reject, true},
		{engine.Off, engine.Accept, engine.Accept, false},
	} {
		p := engine.DefaultPolicy()
		p.Mode = c.mode
		v := newEngine(t, p, "contoso").Check([]byte("Contoso1"), engine.Subject{})
		if v.Decision != c.decision || v.Would != c.would || (v.Reasons != 0) != c.reasons || v.Mode != c.mode {
			t.Errorf("%v: %+v", c.mode, v)
		}
	}
}

func TestPolicyOfSubject(t *testing.T) {
	e := globalEngine(t)
	for name, want := range map[string]string{"": "default", "entra": "entra", "default": "default", "nobody": "default"} {
		if v := e.Check([]byte("x"), engine.Subject{Policy: name}); v.Policy != want {
			t.Errorf("%q: policy %q, want %q", name, v.Policy, want)
		}
	}
	if e.HasPolicy("nobody") || !e.HasPolicy("entra") || !e.HasPolicy("") {
		t.Error("HasPolicy")
	}
}

func TestConfigErrors(t *testing.T) {
	ok := engine.DefaultPolicy()
	with := func(change func(*engine.Policy)) engine.Config {
		p := ok
		change(&p)
		return engine.Config{Policies: []engine.Policy{p}}
	}
	for field, c := range map[string]engine.Config{
		"Policies":                    {},
		"Policies[1].Name":            {Policies: []engine.Policy{ok, ok}},
		"Policies[0].Name":            with(func(p *engine.Policy) { p.Name = "" }),
		"Policies[0].Profile":         with(func(p *engine.Policy) { p.Profile = 9 }),
		"Policies[0].Mode":            with(func(p *engine.Policy) { p.Mode = 9 }),
		"Policies[0].MinLength":       with(func(p *engine.Policy) { p.MinLength = -1 }),
		"Policies[0].MaxLength":       with(func(p *engine.Policy) { p.MaxLength = 7 }),
		"Policies[0].MinClasses":      with(func(p *engine.Policy) { p.MinClasses = 6 }),
		"Policies[0].RequiredPoints":  with(func(p *engine.Policy) { p.RequiredPoints = -1 }),
		"Policies[0].RequiredGuesses": with(func(p *engine.Policy) { p.RequiredGuesses = -1 }),
		"Terms[0].Terms[1].Text":      {Policies: []engine.Policy{ok}, Terms: custom("good", "\u0301")},
		"Terms[0].Terms[0].Text":      {Policies: []engine.Policy{ok}, Terms: custom(strings.Repeat("x", 257))},
		"Passwords[0].Set":            {Policies: []engine.Policy{ok}, Passwords: []engine.PasswordList{{Name: "x"}}},
	} {
		_, err := engine.New(c)
		var ce *engine.ConfigError
		if !errors.As(err, &ce) || ce.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := engine.ParseCharModel(make([]byte, 7)); err == nil {
		t.Error("a short character model is taken")
	}
}

func TestCheckDoesNotAllocate(t *testing.T) {
	if engine.RaceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	e := globalEngine(t)
	s := engine.Subject{Account: "svetlana", Names: []string{"Svetlana Kuznetsova"}, Mail: "s@fabrikam.example", Attributes: []string{"Kim Lee", "Світлана Марія Кузнецова"}, Policy: "default"}
	cases := append([][]byte{[]byte("pass\u200bwörd123"), []byte("e\u0301tudiant2024"), []byte("Контосо12"), []byte("правильный конь батарея скрепка"), []byte("Kuznetzova24!"), []byte("xузнецова24!"), []byte("Kim.Lee-87"), []byte("Repytwjdf87"), []byte("Сщтещыщ-ыусгку"), []byte("ㅔㅁㄴㄴ재ㄱㅇ"), []byte("mo̍t-lo̍h"),
		bytes.Repeat([]byte("passw0rd!"), 100), bytes.Repeat([]byte("\U0001D160"), 1000)}, typical...)
	for _, password := range cases {
		if n := testing.AllocsPerRun(200, func() { e.Check(password, s) }); n != 0 {
			t.Errorf("%.20q: %v allocations", password, n)
		}
	}
}

// TestCheckLists compares the lists of a check with the findings of Explain.
func TestCheckLists(t *testing.T) {
	e := globalEngine(t)
	s := engine.Subject{Account: "svetlana", Names: []string{"Svetlana Kuznetsova"}}
	named := 0
	for _, password := range append([][]byte{[]byte("pass\u200bwörd123"), []byte("Contoso2024"), []byte("short"), bytes.Repeat([]byte("contoso"), 1000)}, typical...) {
		x := e.Explain(password, s)
		var want []string
		for _, f := range x.Findings {
			if f.List != "" {
				want = append(want, f.List)
			}
		}
		slices.Sort(want)
		want = slices.Compact(want)
		for room := range 4 {
			v, got := e.CheckLists(make([]string, 0, room), password, s)
			all := len(got) == min(room, len(want))
			for _, list := range got {
				all = all && slices.Contains(want, list)
			}
			if slices.Sort(got); v != x.Verdict || !all || len(slices.Compact(got)) != len(got) {
				t.Errorf("%.20q: %v, want %d of %v; %+v, want %+v", password, got, room, want, v, x.Verdict)
			}
		}
		named += len(want)
		buffer := make([]string, 0, 4)
		if n := testing.AllocsPerRun(100, func() { e.CheckLists(buffer, password, s) }); n != 0 && !engine.RaceEnabled {
			t.Errorf("%.20q: %v allocations", password, n)
		}
	}
	if named == 0 {
		t.Error("no list was named")
	}
}

func TestCheckLeavesThePassword(t *testing.T) {
	e := globalEngine(t)
	for _, want := range typical {
		password := bytes.Clone(want)
		e.Explain(password, engine.Subject{})
		if !bytes.Equal(password, want) {
			t.Errorf("%q became %q", want, password)
		}
	}
}

// TestConcurrentChecks compares verdicts under load with those of a quiet
// engine.
func TestConcurrentChecks(t *testing.T) {
	e := globalEngine(t)
	subjects := []engine.Subject{{}, {Policy: "entra", Names: []string{"Maria Garcia"}}, {Account: "contoso"}}
	want := map[int]engine.Verdict{}
	for i := range len(typical) * len(subjects) {
		want[i] = e.Check(typical[i%len(typical)], subjects[i/len(typical)])
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range 3000 {
				i := r.IntN(len(want))
				if v := e.Check(typical[i%len(typical)], subjects[i/len(typical)]); v != want[i] {
					t.Errorf("%q: %+v, want %+v", typical[i%len(typical)], v, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestExplainTiles checks that segments cover the password in order and add up
// to the score, and that each reason has a finding.
func TestExplainTiles(t *testing.T) {
	e := globalEngine(t)
	for _, password := range append([][]byte{[]byte("pass\u200bwörd1987ﬁﬁ"), []byte("\u200bДракон!"), nil}, typical...) {
		x := e.Explain(password, engine.Subject{})
		if v := e.Check(password, engine.Subject{}); v != x.Verdict {
			t.Errorf("%q: Explain says %+v, Check %+v", password, x.Verdict, v)
		}
		sum, at := engine.Guesses(0), 0
		for _, s := range x.Segments {
			sum += s.Guesses
			if s.Guesses != s.Base+s.Spelling+s.Case+s.Join {
				t.Errorf("%q: segment %+v does not add up", password, s)
			}
			if s.Span.Start < at-1 || s.Span.End < s.Span.Start || s.Span.End > x.Characters {
				t.Errorf("%q: segment %+v is out of place", password, s)
			}
			at = s.Span.End
		}
		if sum != x.Score.Guesses {
			t.Errorf("%q: segments have %d, score %d", password, sum, x.Score.Guesses)
		}
		for r := range x.Reasons.All() {
			found := false
			for _, f := range x.Findings {
				found = found || f.Reason == r
			}
			if !found {
				t.Errorf("%q: no finding for %s", password, r.Code())
			}
		}
	}
}

// TestSubjectJoins has fields whose words are short by themselves, or are joined.
func TestSubjectJoins(t *testing.T) {
	p := engine.Policy{Name: "names", RefuseSubject: true}
	e := newEngine(t, p)
	for _, c := range []struct{ name, password string }{
		{"Ann Lee!", "xxannleexx"}, {"Jo-Ann.", "joann7yuq"},
		{"Ann M. Lee", "LeeAnn-xx"}, {"Smith, John", "jsmith77x"}, {"John Smith", "smithj!xx"}, {"John Smith", "xjohns77"}, {"李 明", "明李-xx"}, {"nike", "ΝIKE-xx"}, {"ᎠᎡᎢᎣ", "1ꭰꭱꭲꭳ1"},
		{"Jane Mary Doe", "JMDoe2024"}, {"Jane Mary Doe", "J.M.Doe.87"}, {"Jane Mary Doe", "xdoejm"}, {"Jane Mary Doe", "xjanemd"}, {"Jane Mary Doe", "mdjane"},
		{"Jane Mary Doe", "xJaneMary"}, {"Jane Mary Doe", "marydoex"}, {"Jane Mary Doe", "87-JMD"}, {"J. R. R. Tolkien", "jrrt1987"}, {"Maria da Silva", "dasilva1"},
	} {
		for _, s := range []engine.Subject{{Names: []string{c.name}}, {Account: c.name}, {Tenant: c.name}, {Attributes: []string{"x", c.name}}} {
			if v := e.Check([]byte(c.password), s); !v.Reasons.Has(engine.SubjectTerm) {
				t.Errorf("%q: %+v is not found", c.password, s)
			}
		}
	}
}

// TestSubjectAlone has a name of three letters, which counts where it stands alone.
func TestSubjectAlone(t *testing.T) {
	e := newEngine(t, engine.Policy{Name: "names", RefuseSubject: true})
	for password, found := range map[string]bool{
		"Lee": true, "LeeFamily#7": true, "Lee-Oslo-1987": true, "99lee99": true, "KIM.LEE": true, "myLee": true, "myLeeOslo": true, "LEE1": true, "Lеe1": true,
		"leeway": false, "mylee": false, "XLee": false, "LEEway": false, "lEe": false, "l33": false, "eel": false, "l-e-e": false, "llee": false, "leee": false, "Le": false,
	} {
		if v := e.Check([]byte(password), engine.Subject{Names: []string{"Kim Lee"}}); v.Reasons.Has(engine.SubjectTerm) != found {
			t.Errorf("%q: found %v, want %v", password, !found, found)
		}
	}
	if v := e.Check([]byte("a1b-a1b"), engine.Subject{Account: "a1b"}); v.Reasons.Has(engine.SubjectTerm) {
		t.Error("an account of three characters that are not all letters is found")
	}
}

// TestSubjectMisspelt has the rule on words of the subject: an edit is not a word.
func TestSubjectMisspelt(t *testing.T) {
	e := newEngine(t, engine.Policy{Name: "names", RefuseSubject: true})
	for password, found := range map[string]bool{"xkuznetsovx": true, "xkuznetzovx": false, "xvostenzukx": true} {
		if v := e.Check([]byte(password), engine.Subject{Names: []string{"Kuznetsov"}}); v.Reasons.Has(engine.SubjectTerm) != found {
			t.Errorf("%q: found %v, want %v", password, !found, found)
		}
	}
}

// TestSpread has spellings with separators between all letters. Where they are
// few letters only, they are characters like others.
func TestSpread(t *testing.T) {
	e := globalEngine(t)
	for password, points := range map[string]int{
		"l.i.n.k.i.n.p.a.r.k": 1, "l--i--n--k--i--n--p--a--r--k": 1, "l-i_n.k-i_n.p-a_r.k": 1, "(p)(a)(s)(s)(w)(o)(r)(d)": 3, "l----i----n----k": 8, "l i n k i n p a r k 2 0 0 1": 2, "Z-p.a-s.s-w.o-r.d": 2, "1.1.99": 1,
	} {
		x := e.Explain([]byte(password), engine.Subject{})
		if x.Score.Points != points {
			t.Errorf("%q: %d points, want %d: %+v", password, x.Score.Points, points, x.Segments)
		}
		if last := x.Segments[len(x.Segments)-1]; last.Span.End != len(password) {
			t.Errorf("%q: %+v", password, x.Segments)
		}
	}
}

// TestBudgetKeepsWholeTerms has a term that takes more steps than the budget,
// as a password.
func TestBudgetKeepsWholeTerms(t *testing.T) {
	term := "xkqvzjwpyghmbtdrfnl" + strings.Repeat("ab.", 27)
	x := newEngine(t, engine.DefaultPolicy(), term).Explain([]byte(term), engine.Subject{})
	if x.Decision != engine.Reject || x.Score.Points != 1 {
		t.Errorf("%v %+v %+v", x.Decision, x.Score, x.Segments)
	}
}

// TestRunsOfAmbiguousMarks has runs that can be read and passed over in many
// ways in front of strong passwords.
func TestRunsOfAmbiguousMarks(t *testing.T) {
	e := globalEngine(t)
	for _, run := range []string{strings.Repeat("!", 11), strings.Repeat("|", 40), strings.Repeat("1", 68), strings.Repeat("!|", 51), strings.Repeat("!!1", 31)} {
		if v := e.Check([]byte(run+"kV9#mQ2$xR7!wZ"), engine.Subject{}); v.Decision != engine.Accept {
			t.Errorf("%d marks in front of a strong password: %s", len(run), codes(v.Reasons))
		}
	}
}

// TestSubjectBeyondBudget has a name behind what exhausts the budget.
func TestSubjectBeyondBudget(t *testing.T) {
	p := engine.DefaultPolicy()
	p.RefuseSubject, p.MaxLength = true, engine.MaxLength
	var runs []string
	for n := 3; n < 128; n++ {
		runs = append(runs, strings.Repeat("il", n))
	}
	e := newEngine(t, p, runs...)
	password := strings.Repeat("1!", 400) + "zyxwvut"
	if v := e.Check([]byte(password), engine.Subject{Account: "zyxwvut"}); !v.Reasons.Has(engine.SubjectTerm) {
		t.Errorf("reasons %s", codes(v.Reasons))
	}
}

// TestManyNames has more names than are looked for; account and tenant come
// first.
func TestManyNames(t *testing.T) {
	p := engine.DefaultPolicy()
	p.Complexity = true
	e := newEngine(t, p)
	var names []string
	for i := range 40 {
		names = append(names, strings.Repeat(string(rune('a'+i%26)), 60)+" q"+strings.Repeat("x", i))
	}
	s := engine.Subject{Names: append(names, "abcdefgh"), Tenant: "megacorp"}
	if v := e.Check([]byte("Megacorp2025!"), s); !v.Reasons.Has(engine.SubjectTerm) {
		t.Errorf("tenant: %s", codes(v.Reasons))
	}
	if v := e.Check([]byte("Kabcdefgh9#mQ2$xR7!w"), s); !v.Reasons.Has(engine.NotEnoughClasses) {
		t.Errorf("last name: %s", codes(v.Reasons))
	}
}

// TestExplainWithoutAnalysis has the verdicts that look at nothing, after one
// that did with the same engine.
func TestExplainWithoutAnalysis(t *testing.T) {
	off := engine.DefaultPolicy()
	off.Name, off.Mode = "off", engine.Off
	e, err := engine.New(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy(), off}, Terms: custom("contoso")})
	if err != nil {
		t.Fatal(err)
	}
	e.Explain([]byte("Contoso2024"), engine.Subject{})
	x := e.Explain(bytes.Repeat([]byte("contoso"), 1000), engine.Subject{})
	if codes(x.Reasons) != "too_long" || len(x.Findings) != 1 || x.Findings[0] != (engine.Finding{Reason: engine.TooLong}) || x.Segments != nil {
		t.Errorf("7,000 bytes: %s %+v %+v", codes(x.Reasons), x.Findings, x.Segments)
	}
	if x := e.Explain([]byte("contoso"), engine.Subject{Policy: "off"}); x.Decision != engine.Accept || x.Findings != nil || x.Segments != nil {
		t.Errorf("mode off: %+v", x)
	}
}

// TestTermsThatBeginAlike has a list of numbered names: they must not use up the
// search, and with it the score, of passwords that begin as they do.
func TestTermsThatBeginAlike(t *testing.T) {
	var terms []engine.Term
	for i := range 20000 {
		terms = append(terms, engine.Term{Text: fmt.Sprintf("siemens-%05d", i)})
	}
	e, err := engine.New(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy()}, Terms: []engine.TermList{{Name: "own", Terms: terms}}})
	if err != nil {
		t.Fatal(err)
	}
	if v := e.Check([]byte("siemensX9#vT2!mZw8$Lkq7"), engine.Subject{}); v.Decision != engine.Accept {
		t.Errorf("%+v", v)
	}
	if v := e.Check([]byte("siemens-01243!"), engine.Subject{}); v.Decision != engine.Reject {
		t.Errorf("%+v", v)
	}
}
