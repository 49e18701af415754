package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/vetopw/veto/engine"
)

// The words for the modes of policies and rules.
var modes = map[string]engine.Mode{"enforce": engine.Enforce, "audit": engine.Audit, "off": engine.Off}

// head are the keys of a policy that are no rules. profile is read before the
// others and not kept: what it stands for are the values of all other keys.
var head = []field[engine.Policy]{
	text("name", "name of the policy, unique", func(p *engine.Policy) *string { return &p.Name }),
	{
		name: "profile", doc: "built-in profile whose values hold for the keys that are left out; default if it is left out",
		read:   func(*reader, string, any, *engine.Policy) {},
		show:   func(*writer, string, *engine.Policy) *yaml.Node { return nil },
		schema: map[string]any{"type": "string", "enum": Profiles()},
	},
	choice("mode", "what failed rules lead to: enforce refuses, audit reports, off evaluates nothing", modes,
		func(p *engine.Policy) *engine.Mode { return &p.Mode }),
	choice("reading", "how the password is read: default finds terms in any spelling, patterns and whole passwords; entra reads as Microsoft documents it",
		map[string]engine.Profile{"default": engine.Default, "entra": engine.Entra}, func(p *engine.Policy) *engine.Profile { return &p.Profile }),
	texts("groups", "groups whose members the policy is for, compared without case; the first policy has none and is for everybody else",
		func(p *engine.Policy) *[]string { return &p.Groups }),
	integer("precedence", "of several policies for a person the one of the lowest precedence holds; from 1, required with groups, unique", 0, 1_000_000,
		func(p *engine.Policy) *int { return &p.Precedence }),
}

// rules is the table of all rules: off switches one off.
var rules = []struct {
	rule   engine.Rule
	doc    string
	off    func(*engine.Policy)
	fields []field[engine.Policy]
}{
	{engine.RuleLength, "the length in characters after NFC", func(p *engine.Policy) { p.MinLength, p.MaxLength = 0, 0 }, []field[engine.Policy]{
		integer("min", "least length", 0, engine.MaxLength, func(p *engine.Policy) *int { return &p.MinLength }),
		integer("max", "largest length; 0: 1,024; passwords are never cut", 0, engine.MaxLength, func(p *engine.Policy) *int { return &p.MaxLength }),
	}},
	{engine.RuleCharacters, "which characters may occur", func(p *engine.Policy) { p.Allowed, p.AllowControl = "", true }, []field[engine.Policy]{
		text("allowed", `the only ones, as the inside of a bracket expression of RE2, such as "a-zA-Z0-9 "`, func(p *engine.Policy) *string { return &p.Allowed }),
		flag("control", "admit control characters", func(p *engine.Policy) *bool { return &p.AllowControl }),
	}},
	{engine.RuleComplexity, "Active Directory complexity", func(p *engine.Policy) { p.Complexity = false }, []field[engine.Policy]{
		flag("active_directory", "ask for three of the five classes, and neither the account name nor a part of the display name", func(p *engine.Policy) *bool { return &p.Complexity }),
	}},
	{engine.RuleClasses, "how many characters of a kind", func(p *engine.Policy) { p.MinClasses, p.Minima, p.Bands = 0, engine.Minima{}, nil }, []field[engine.Policy]{
		integer("min", "least number of the five classes: capitals, small letters, digits, symbols, other letters", 0, 5, func(p *engine.Policy) *int { return &p.MinClasses }),
		minimum("capitals", "least number of capitals", func(p *engine.Policy) *int { return &p.Minima.Capitals }),
		minimum("smalls", "least number of small letters", func(p *engine.Policy) *int { return &p.Minima.Smalls }),
		minimum("digits", "least number of digits", func(p *engine.Policy) *int { return &p.Minima.Digits }),
		minimum("symbols", "least number of characters that are none of these, letters without case included", func(p *engine.Policy) *int { return &p.Minima.Symbols }),
		minimum("digits_or_symbols", "least number of both together", func(p *engine.Policy) *int { return &p.Minima.DigitsOrSymbols }),
		list("bands", "more of the same by length; the first that applies holds", func(p *engine.Policy) *[]engine.Band { return &p.Bands },
			integer("below", "lengths below this; 0, in the last: all", 0, engine.MaxLength, func(b *engine.Band) *int { return &b.Below }),
			integer("min", "least number of the five classes", 0, 5, func(b *engine.Band) *int { return &b.MinClasses }),
			minimum("capitals", "least number of capitals", func(b *engine.Band) *int { return &b.Minima.Capitals }),
			minimum("smalls", "least number of small letters", func(b *engine.Band) *int { return &b.Minima.Smalls }),
			minimum("digits", "least number of digits", func(b *engine.Band) *int { return &b.Minima.Digits }),
			minimum("symbols", "least number of symbols", func(b *engine.Band) *int { return &b.Minima.Symbols }),
			minimum("digits_or_symbols", "least number of both together", func(b *engine.Band) *int { return &b.Minima.DigitsOrSymbols }),
		),
	}},
	{engine.RulePoints, "points by character, as in Lithnet Password Protection", func(p *engine.Policy) { p.Points = engine.Points{} }, []field[engine.Policy]{
		points("required", "least sum; 0: no such rule", func(p *engine.Points) *int { return &p.Required }),
		points("per_character", "for each character", func(p *engine.Points) *int { return &p.Character }),
		points("per_capital", "for each capital", func(p *engine.Points) *int { return &p.Capital }),
		points("per_small", "for each small letter", func(p *engine.Points) *int { return &p.Small }),
		points("per_digit", "for each digit", func(p *engine.Points) *int { return &p.Digit }),
		points("per_symbol", "for each other character", func(p *engine.Points) *int { return &p.Symbol }),
		points("any_capital", "once, for any capital", func(p *engine.Points) *int { return &p.AnyCapital }),
		points("any_small", "once, for any small letter", func(p *engine.Points) *int { return &p.AnySmall }),
		points("any_digit", "once, for any digit", func(p *engine.Points) *int { return &p.AnyDigit }),
		points("any_symbol", "once, for any other character", func(p *engine.Points) *int { return &p.AnySymbol }),
	}},
	{engine.RuleRepeats, "one character again and again", func(p *engine.Policy) { p.MaxRepeat = 0 }, []field[engine.Policy]{
		integer("max", "longest run of one character, whatever its case; 0: any", 0, engine.MaxLength, func(p *engine.Policy) *int { return &p.MaxRepeat }),
	}},
	{engine.RuleSequences, "letters or digits in order", func(p *engine.Policy) { p.MaxSequence = 0 }, []field[engine.Policy]{
		integer("max", "longest run as in abc or 321; 0: any", 0, engine.MaxLength, func(p *engine.Policy) *int { return &p.MaxSequence }),
	}},
	{engine.RuleBreached, "passwords in the breach corpora", func(p *engine.Policy) { p.MinBreachCount = 0 }, []field[engine.Policy]{
		integer("min_count", "refuse what was seen so often, or an unknown number of times; 0: no such rule", 0, engine.MaxBreachCount, func(p *engine.Policy) *int { return &p.MinBreachCount }),
	}},
	{engine.RuleListed, "passwords on the lists of whole passwords", func(p *engine.Policy) { p.RefuseListed = false }, []field[engine.Policy]{
		flag("refuse", "refuse them", func(p *engine.Policy) *bool { return &p.RefuseListed }),
	}},
	{engine.RuleNear, "passwords that as a whole are a banned term, or one edit from it", func(p *engine.Policy) { p.RefuseNear = false }, []field[engine.Policy]{
		flag("refuse", "refuse them", func(p *engine.Policy) *bool { return &p.RefuseNear }),
	}},
	{engine.RuleBanned, "terms that are banned whatever the score", func(p *engine.Policy) { p.IgnoreBans = true }, []field[engine.Policy]{
		flag("ignore", "let them count by their score alone", func(p *engine.Policy) *bool { return &p.IgnoreBans }),
	}},
	{engine.RuleSubject, "names, account and organization of the person inside", func(p *engine.Policy) { p.RefuseSubject = false }, []field[engine.Policy]{
		flag("refuse", "refuse them whatever the score", func(p *engine.Policy) *bool { return &p.RefuseSubject }),
	}},
	{engine.RuleScore, "the estimate of what an attacker needs", func(p *engine.Policy) { p.RequiredPoints, p.RequiredGuesses = 0, 0 }, []field[engine.Policy]{
		integer("points", "least points as Microsoft Entra counts them; 0: any", 0, engine.MaxLength, func(p *engine.Policy) *int { return &p.RequiredPoints }),
		guesses("guesses_log10", "least number of guesses, as decimal logarithm; 0: any", func(p *engine.Policy) *engine.Guesses { return &p.RequiredGuesses }),
	}},
	{engine.RuleOld, "likeness to the old password, where it is known", func(p *engine.Policy) { p.Old = engine.Similarity{} }, []field[engine.Policy]{
		flag("equal", "refuse the same, in any spelling of case and accents", func(p *engine.Policy) *bool { return &p.Old.Equal }),
		flag("contains", "refuse the one inside the other", func(p *engine.Policy) *bool { return &p.Old.Contains }),
		flag("digits", "refuse the same with other digits", func(p *engine.Policy) *bool { return &p.Old.Digits }),
		integer("distance", "refuse up to so many edits; 0: none", 0, engine.MaxDistance, func(p *engine.Policy) *int { return &p.Old.Distance }),
	}},
}

// patterns is the rule that is a list; each entry has a mode of its own.
var patterns = list("patterns", "regular expressions of RE2 that passwords must or must not match", func(p *engine.Policy) *[]engine.Expression { return &p.Expressions },
	expression("deny", "refuse passwords that match it", false),
	expression("require", "refuse passwords that do not match it", true),
	flag("whole", "match the whole password instead of any part", func(x *engine.Expression) *bool { return &x.Whole }),
	choice("mode", "mode of this expression", modes, func(x *engine.Expression) *engine.Mode { return &x.Mode }),
)

// policyFields are all keys of a policy, in the order in which they are shown.
var policyFields = func() []field[engine.Policy] {
	all := slices.Clone(head)
	for _, row := range rules {
		mode := ruleMode(row.rule, row.off)
		rule := section(row.rule.String(), row.doc, append([]field[engine.Policy]{mode}, row.fields...)...)
		whole := rule.show
		rule.show = func(w *writer, path string, from *engine.Policy) *yaml.Node {
			if isOff(from, row.off) {
				return showFields(w, path, from, []field[engine.Policy]{mode})
			}
			return whole(w, path, from)
		}
		all = append(all, rule)
	}
	return append(all, patterns)
}()

func minimum[T any](name, doc string, get func(*T) *int) field[T] {
	return integer(name, doc, 0, engine.MaxLength, get)
}

func points(name, doc string, get func(*engine.Points) *int) field[engine.Policy] {
	return integer(name, doc, 0, engine.MaxPoints, func(p *engine.Policy) *int { return get(&p.Points) })
}

// ruleMode is the mode of one rule. Off is the same as the values that switch
// the rule off; the keys beside it are read and have no effect.
func ruleMode(rule engine.Rule, off func(*engine.Policy)) field[engine.Policy] {
	// It is kept in the set Policy.Audit, so read and show are replaced below.
	f := choice("mode", "mode of this rule, in a policy that enforces", modes, func(*engine.Policy) *engine.Mode { return new(engine.Mode) })
	read := f.read
	f.read = func(r *reader, path string, raw any, to *engine.Policy) {
		before := len(r.errs)
		if read(r, path, raw, to); len(r.errs) > before {
			return
		}
		to.Audit = to.Audit.Without(rule)
		if raw == "audit" {
			to.Audit = to.Audit.With(rule)
		}
	}
	f.show = func(w *writer, path string, from *engine.Policy) *yaml.Node {
		switch {
		case isOff(from, off):
			return w.scalar(path, "off")
		case from.Audit.Has(rule):
			return w.scalar(path, "audit")
		}
		return w.scalar(path, "enforce")
	}
	return f
}

// isOff reports whether switching a rule off would change nothing.
func isOff(p *engine.Policy, off func(*engine.Policy)) bool {
	without := *p
	off(&without)
	return reflect.DeepEqual(&without, p)
}

// expression is the text of an expression that is required or denied.
func expression(name, doc string, required bool) field[engine.Expression] {
	f := text(name, doc, func(x *engine.Expression) *string { return &x.Text })
	read, show := f.read, f.show
	f.read = func(r *reader, path string, raw any, to *engine.Expression) {
		if to.Text != "" {
			r.fail(path, "deny and require exclude each other; write two entries")
			return
		}
		read(r, path, raw, to)
		to.Required = required
	}
	f.show = func(w *writer, path string, from *engine.Expression) *yaml.Node {
		if from.Required != required {
			return nil
		}
		return show(w, path, from)
	}
	return f
}

// guesses is a number of guesses as a decimal logarithm.
func guesses(name, doc string, get func(*engine.Policy) *engine.Guesses) field[engine.Policy] {
	const most = 300
	return field[engine.Policy]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *engine.Policy) {
			n, ok := number(raw)
			if !ok || !(n >= 0 && n <= most) {
				r.fail(path, "must be a number from 0 to %d", most)
				return
			}
			*get(to) = engine.GuessesLog10(n)
		},
		show: func(w *writer, path string, from *engine.Policy) *yaml.Node {
			return w.scalar(path, shortest(*get(from)))
		},
		schema: map[string]any{"type": "number", "minimum": 0, "maximum": most},
	}
}

// shortest returns the logarithm with as few digits as stand for the same g.
func shortest(g engine.Guesses) float64 {
	for scale := 1.0; scale < 1e6; scale *= 10 {
		for _, n := range []int{0, 1, -1} {
			x := float64(int(g.Log10()*scale)+n) / scale
			if x >= 0 && engine.GuessesLog10(x) == g {
				return x
			}
		}
	}
	return g.Log10()
}

// readPolicy reads one policy on top of its profile.
func readPolicy(r *reader, path string, raw any) (p engine.Policy) {
	m, ok := raw.(map[string]any)
	if !ok {
		r.fail(path, "must be a mapping of keys to values")
		return p
	}
	base := "default"
	if v := m["profile"]; v != nil {
		base, _ = v.(string)
	}
	p, ok = Profile(base)
	if !ok {
		r.fail(join(path, "profile"), "must be %s", strings.Join(Profiles(), " or "))
		p = engine.DefaultPolicy()
	}
	p.Name = ""
	readFields(r, path, raw, &p, policyFields)
	for _, row := range rules {
		if rule, _ := m[row.rule.String()].(map[string]any); rule["mode"] == "off" {
			row.off(&p)
		}
	}
	if at := join(path, "name"); p.Name == "" && !r.failed(at) {
		r.fail(at, "is missing")
	}
	checkPolicy(r, path, p)
	return p
}

// engineNames are the names of fields in errors of package engine, and of the
// keys they are read from.
var engineNames = strings.NewReplacer("MaxLength", "length.max", "Bands", "classes.bands", "Below", "below",
	"Expressions", "patterns", ".Text", "", "Allowed", "characters.allowed")

// checkPolicy reports what only the whole policy tells, but for the parts that
// could not be read. What is wrong is put right in p to find the next.
func checkPolicy(r *reader, path string, p engine.Policy) {
	p.Name, p.Expressions = "p", slices.Clone(p.Expressions)
	for i := range p.Expressions {
		x := &p.Expressions[i]
		if at := item(join(path, "patterns"), i); x.Text == "" && !r.failed(at) {
			r.fail(at, "needs deny or require")
		}
		if x.Text == "" {
			x.Text = valid
		}
	}
	for _, rule := range []struct {
		key string
		off func(*engine.Policy)
	}{
		{"length", func(p *engine.Policy) { p.MinLength, p.MaxLength = 0, 0 }},
		{"classes", func(p *engine.Policy) { p.Bands = nil }},
	} {
		if r.failed(join(path, "profile")) || r.failed(join(path, rule.key)) {
			rule.off(&p)
		}
	}
	var wrong *engine.ConfigError
	for errors.As(p.Validate(), &wrong) {
		detail := strings.ReplaceAll(wrong.Detail, "MinLength", "length.min")
		r.fail(join(path, engineNames.Replace(wrong.Field)), "%s", detail)
		if !correct(&p, wrong.Field) {
			return
		}
	}
}

// valid is an expression without errors.
const valid = "a"

// correct makes a field of p valid. It reports whether it could.
func correct(p *engine.Policy, field string) bool {
	for i := range p.Expressions {
		if field == fmt.Sprintf("Expressions[%d].Text", i) {
			p.Expressions[i].Text = valid
			return true
		}
	}
	switch {
	case field == "Allowed":
		p.Allowed = ""
	case field == "MaxLength":
		p.MaxLength = 0
	case strings.HasPrefix(field, "Bands"):
		p.Bands = nil
	default:
		return false
	}
	return true
}

// checkAssignment reports what is wrong with the choice of policies by groups.
func checkAssignment(r *reader, policies []engine.Policy, path func(i int) string) {
	named, ranked := map[string]int{}, map[int]int{}
	for i, p := range policies {
		at := path(i)
		if other, ok := named[p.Name]; ok && p.Name != "" {
			r.fail(join(at, "name"), "is that of %s, too", path(other))
		}
		named[p.Name] = i
		other, taken := ranked[p.Precedence]
		switch {
		case len(p.Groups) == 0 || r.failed(join(at, "precedence")):
			continue
		case i == 0:
			r.fail(join(at, "groups"), "must be left out: the first policy is for everybody without a policy of a group; put another one first")
		case p.Precedence == 0:
			r.fail(join(at, "precedence"), "is missing: a policy with groups needs one from 1, the lowest wins")
		case taken:
			r.fail(join(at, "precedence"), "is that of %s, too", path(other))
		}
		ranked[p.Precedence] = i
	}
}

// readPolicies reads the policies of a configuration.
func readPolicies(r *reader, path string, raw any) []engine.Policy {
	var all []engine.Policy
	for i, v := range items(r, path, raw) {
		all = append(all, readPolicy(r, item(path, i), v))
	}
	if len(all) == 0 && !r.failed(path) {
		r.fail(path, "holds no policy; leave the key out for the built-in ones")
	}
	checkAssignment(r, all, func(i int) string { return item(path, i) })
	return all
}

// Overlay returns policies with others in place of those of the same names, and
// behind them. The error is Errors if they cannot hold together; its paths begin
// with the name of a policy.
func Overlay(policies, others []engine.Policy) ([]engine.Policy, error) {
	all := slices.Clone(policies)
	for _, p := range others {
		if i := slices.IndexFunc(all, func(q engine.Policy) bool { return q.Name == p.Name }); i >= 0 {
			all[i] = p
		} else {
			all = append(all, p)
		}
	}
	r := &reader{}
	checkAssignment(r, all, func(i int) string { return all[i].Name })
	return all, r.result()
}

// ParsePolicy reads one policy from the YAML or JSON of a mapping. The error is
// Errors, with paths relative to the policy.
func ParsePolicy(data []byte, file string) (engine.Policy, error) {
	raw, lines, err := parse(data, file)
	if err != nil {
		return engine.Policy{}, err
	}
	r := &reader{file: file, lines: lines}
	p := readPolicy(r, "", any(raw))
	if err := r.result(); err != nil {
		return engine.Policy{}, err
	}
	return p, nil
}

// ShowPolicy returns the policy as YAML that ParsePolicy reads as the same.
// note returns the comment for a key, or ""; nil means none.
func ShowPolicy(p engine.Policy, note func(path string) string) ([]byte, error) {
	out, err := yaml.Marshal(showFields(&writer{note: note}, "", &p, policyFields))
	if err != nil {
		return nil, fmt.Errorf("config: show policy %q: %w", p.Name, err)
	}
	return out, nil
}

// PolicyJSON returns the policy as JSON that ParsePolicy reads as the same.
func PolicyJSON(p engine.Policy) ([]byte, error) {
	var values map[string]any
	if err := showFields(&writer{}, "", &p, policyFields).Decode(&values); err != nil {
		return nil, fmt.Errorf("config: show policy %q: %w", p.Name, err)
	}
	return json.Marshal(values)
}

// Idle yields the policies that refuse nothing, by index, and why, for people.
func Idle(policies []engine.Policy) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, p := range policies {
			if why := idle(p); why != "" && !yield(i, why) {
				return
			}
		}
	}
}

// idle returns why a policy refuses nothing; "" if it may refuse.
func idle(p engine.Policy) string {
	refuses := slices.ContainsFunc(p.Expressions, func(x engine.Expression) bool { return x.Mode == engine.Enforce })
	for _, row := range rules {
		refuses = refuses || !p.Audit.Has(row.rule) && !isOff(&p, row.off)
	}
	switch {
	case p.Mode == engine.Off:
		return "its mode is off, which accepts every password without judging it"
	case p.Mode == engine.Audit:
		return "its mode is audit, which only reports; enforce it once you have seen enough"
	case !refuses:
		return "all its rules are in mode off or audit; let one enforce"
	}
	return ""
}

// Grouped returns the names of the policies that are for groups: they hold for nobody
// where callers do not tell groups, as the local endpoint does not.
func Grouped(policies []engine.Policy) (names []string) {
	for _, p := range policies {
		if len(p.Groups) > 0 {
			names = append(names, p.Name)
		}
	}
	return names
}
