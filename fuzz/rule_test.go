package fuzz_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

// expressions match some of what is drawn.
var expressions = []string{
	`[0-9]`, `^[A-Z]`, `(?i)pass`, `\d{4}$`, `.`, `^$`, `a|b`, `(?s).*`, `\pL+`, `[^\x00-\x7f]`, `é`, `\x{fffd}`, `(?:ab)+`, `x??y`,
}

var allowedSets = []string{`a-z`, `a-zA-Z0-9 `, `\pL\pN`, `^\x00-\x1f`, `!-~`, `x`, `\]\-a`, `[:alnum:]é가`}

// drawRules adds rules about characters, runs and the old password to a policy,
// and puts some rules into audit mode.
func drawRules(t *rapid.T, p *engine.Policy) {
	some := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	small := rapid.IntRange(0, 3)
	minima := func() engine.Minima {
		return engine.Minima{Capitals: small.Draw(t, "capitals"), Smalls: small.Draw(t, "smalls"), Digits: small.Draw(t, "digits"),
			Symbols: small.Draw(t, "symbols"), DigitsOrSymbols: small.Draw(t, "digits or symbols")}
	}
	if some("minima") {
		p.Minima = minima()
	}
	for below := 4; some("band") && len(p.Bands) < 3; below += 4 {
		p.Bands = append(p.Bands, engine.Band{Below: below, MinClasses: small.Draw(t, "classes"), Minima: minima()})
	}
	if n := len(p.Bands); n > 0 && some("last band") {
		p.Bands[n-1].Below = 0
	}
	if some("class points") {
		q := &p.Points
		*q = engine.Points{Required: rapid.IntRange(1, 60).Draw(t, "required")}
		for _, n := range []*int{&q.Character, &q.Capital, &q.Small, &q.Digit, &q.Symbol, &q.AnyCapital, &q.AnySmall, &q.AnyDigit, &q.AnySymbol} {
			*n = small.Draw(t, "worth")
		}
	}
	if some("runs") {
		p.MaxRepeat, p.MaxSequence = small.Draw(t, "repeat"), small.Draw(t, "sequence")
	}
	if some("allowed") {
		p.Allowed = oneOf(t, "set", allowedSets)
	}
	for some("expression") {
		p.Expressions = append(p.Expressions, engine.Expression{Text: oneOf(t, "text", expressions), Whole: rapid.Bool().Draw(t, "whole"),
			Required: rapid.Bool().Draw(t, "require"), Mode: rapid.SampledFrom([]engine.Mode{engine.Enforce, engine.Audit, engine.Off}).Draw(t, "mode")})
	}
	p.Old = engine.Similarity{Equal: rapid.Bool().Draw(t, "equal"), Contains: rapid.Bool().Draw(t, "contains"),
		Digits: rapid.Bool().Draw(t, "counted"), Distance: rapid.IntRange(0, engine.MaxDistance).Draw(t, "distance")}
	if some("audited") {
		p.Audit = engine.Rules(rapid.Uint32().Draw(t, "audited rules"))
	}
}

// drawOld draws an old password that may resemble the new one.
func drawOld(t *rapid.T, password string) string {
	switch rapid.IntRange(0, 12).Draw(t, "old") {
	case 0:
		return password
	case 1, 2, 3:
		return misspell(t, password)
	case 4:
		return model.Fold(password)
	case 5, 6:
		return password + oneOf(t, "behind", []string{"1", "2!", "2024", "abcd"})
	case 7:
		r := []rune(password)
		return string(r[min(len(r), 1):])
	case 8:
		counted := []rune(password)
		for i, r := range counted {
			if '0' <= r && r <= '9' {
				counted[i] = rapid.SampledFrom([]rune("0189")).Draw(t, "digit")
			}
		}
		return string(counted)
	}
	return ""
}

// modelPolicy is the policy as the model has it.
func modelPolicy(p engine.Policy) model.Policy {
	m := model.Policy{
		Entra: p.Profile == engine.Entra, MinLength: p.MinLength, MaxLength: p.MaxLength,
		Complexity: p.Complexity, MinClasses: p.MinClasses, AllowControl: p.AllowControl,
		RequiredPoints: p.RequiredPoints, RequiredGuesses: int(p.RequiredGuesses),
		RefuseNear: p.RefuseNear, RefuseSubject: p.RefuseSubject, RefuseListed: p.RefuseListed, IgnoreBans: p.IgnoreBans, MinBreachCount: p.MinBreachCount,
		Minima: model.Minima(p.Minima), Points: model.Points(p.Points), Allowed: p.Allowed,
		MaxRepeat: p.MaxRepeat, MaxSequence: p.MaxSequence, Old: model.Old(p.Old), Audit: map[string]bool{},
	}
	for _, b := range p.Bands {
		m.Bands = append(m.Bands, model.Band{Below: b.Below, MinClasses: b.MinClasses, Minima: model.Minima(b.Minima)})
	}
	for _, x := range p.Expressions {
		if x.Mode != engine.Off {
			m.Patterns = append(m.Patterns, model.Pattern{Text: x.Text, Whole: x.Whole, Required: x.Required, Audit: x.Mode == engine.Audit})
		}
	}
	for r := engine.RuleLength; r <= engine.RuleOld; r++ {
		m.Audit[r.String()] = p.Audit.Has(r)
	}
	return m
}

// compareModes checks which reasons refuse and which are only reported.
func compareModes(t *rapid.T, p engine.Policy, v engine.Verdict, want model.Result) {
	refused := p.Mode == engine.Enforce && len(want.Enforced) > 0
	if (v.Decision == engine.Reject) != refused {
		t.Errorf("decision %v, enforced rules %q", v.Decision, want.Enforced)
	}
	for r := range v.Reasons.All() {
		switch enforced := slices.Contains(want.Enforced, r.Code()); {
		case enforced && v.Audited.Has(r):
			t.Errorf("%s is reported as audited", r.Code())
		case !enforced && !v.Audited.Has(r) && (p.Audit.Has(engine.RuleScore) || len(want.Blames) == 0):
			t.Errorf("%s is not reported as audited", r.Code())
		}
	}
	if v.Audited&^v.Reasons != 0 {
		t.Errorf("audited %q of %q", codes(v.Audited), codes(v.Reasons))
	}
}

// TestModes has a rule in audit mode beside an enforced one.
func TestModes(t *testing.T) {
	p := engine.Policy{Name: "modes", MinLength: 12, MinClasses: 3, Audit: engine.Rules(0).With(engine.RuleClasses)}
	e := trial{policy: p}.engine(t)
	for password, want := range map[string]struct{ decision, reasons, audited string }{
		"abcdefghijkl": {"accept", "not_enough_classes", "not_enough_classes"},
		"abcdef":       {"reject", "too_short,not_enough_classes", "not_enough_classes"},
		"aB1":          {"reject", "too_short", ""},
		"aB1aB1aB1aB1": {"accept", "", ""},
	} {
		v := e.Check([]byte(password), engine.Subject{})
		if v.Decision.String() != want.decision || string(v.Reasons.AppendCodes(nil)) != want.reasons || string(v.Audited.AppendCodes(nil)) != want.audited {
			t.Errorf("%s: %+v", password, v)
		}
	}
}
