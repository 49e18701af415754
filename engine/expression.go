package engine

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
)

// Bounds of regular expressions. Matching takes time linear in the length of
// the password times the size of the programs (https://swtch.com/~rsc/regexp),
// so bounding both bounds the time of a check.
const (
	MaxExpressions     = 64   // of one policy
	MaxExpressionBytes = 1024 // of the text of one
	maxExpressionSteps = 500  // instructions of all programs of a policy
)

// Expression is a regular expression that passwords must or must not match.
// It sees the password in NFC.
type Expression struct {
	// Text is in the syntax of RE2 as package regexp has it: no backreferences,
	// no lookaround. "(?i)" in front ignores case.
	Text string
	// Whole compares with the whole password; else any part may match.
	Whole bool
	// Required refuses a password that does not match; else one that does is
	// refused.
	Required bool
	// Mode is that of this expression alone: Audit reports and refuses nothing,
	// Off does not match at all.
	Mode Mode
}

// compile returns the expression ready to match and the instructions of its
// program, or says why it is unusable. Errors repeat the part of the expression
// that is wrong.
func (x *Expression) compile() (r *regexp.Regexp, steps int, err error) {
	if x.Text == "" {
		return nil, 0, fmt.Errorf("is empty")
	}
	if len(x.Text) > MaxExpressionBytes {
		return nil, 0, fmt.Errorf("has %d bytes, more than %d", len(x.Text), MaxExpressionBytes)
	}
	parsed, err := syntax.Parse(x.Text, syntax.Perl)
	if err != nil {
		return nil, 0, fmt.Errorf("is not a valid RE2 expression: %w", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, 0, fmt.Errorf("is not a valid RE2 expression: %w", err)
	}
	text := x.Text
	if x.Whole {
		text = `\A(?:` + text + `)\z`
	}
	r, err = regexp.Compile(text)
	return r, len(program.Inst), err
}

// compileAllowed returns an expression for passwords of allowed characters
// only. allowed is the inside of a bracket expression, such as "a-z0-9 ".
func compileAllowed(allowed string) (*regexp.Regexp, error) {
	if len(allowed) > MaxExpressionBytes {
		return nil, fmt.Errorf("has %d bytes, more than %d", len(allowed), MaxExpressionBytes)
	}
	class := "[" + allowed + "]"
	parsed, err := syntax.Parse(class+"{2}", syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("is not the inside of a bracket expression: %w", err)
	}
	if parsed.Op != syntax.OpRepeat { // the count binds to a part only
		return nil, fmt.Errorf(`is not the inside of a bracket expression, such as "a-zA-Z0-9 "; write ] as \]`)
	}
	return regexp.Compile(`\A(?:` + class + `)*\z`)
}

// ruleset is a policy that is ready for checks.
type ruleset struct {
	Policy
	expressions []*regexp.Regexp
	allowed     *regexp.Regexp // nil: every character
	mixes       bool           // characters are counted by kind
	composed    bool           // there are rules on which characters there are, or how many in a row
}

// newRuleset compiles a policy that has been validated.
func newRuleset(p Policy) (ruleset, error) {
	p.Groups, p.Bands, p.Expressions = slices.Clone(p.Groups), slices.Clone(p.Bands), slices.Clone(p.Expressions)
	r := ruleset{Policy: p}
	r.mixes = p.Minima != Minima{} || len(p.Bands) > 0 || p.Points.Required > 0
	total := 0
	for i := range p.Expressions {
		if p.Expressions[i].Mode > Off {
			return r, &ConfigError{fmt.Sprintf("Expressions[%d].Mode", i), fmt.Sprintf("unknown mode %d", p.Expressions[i].Mode)}
		}
		x, steps, err := p.Expressions[i].compile()
		if total += steps; err == nil && total > maxExpressionSteps {
			err = fmt.Errorf("makes %d instructions with those before it, more than %d; shorten repetitions", total, maxExpressionSteps)
		}
		if err != nil {
			return r, &ConfigError{fmt.Sprintf("Expressions[%d].Text", i), err.Error()}
		}
		r.expressions = append(r.expressions, x)
	}
	if p.Allowed != "" {
		x, err := compileAllowed(p.Allowed)
		if err != nil {
			return r, &ConfigError{"Allowed", err.Error()}
		}
		r.allowed = x
	}
	r.composed = r.mixes || p.Complexity || r.allowed != nil || len(r.expressions) > 0 || max(p.MinClasses, p.MaxRepeat, p.MaxSequence) > 0
	return r, nil
}

// express evaluates the rules that are regular expressions; text is in NFC.
func (sc *scratch) express(text []byte) {
	p := sc.policy
	if p.allowed != nil && !p.allowed.Match(text) {
		sc.fail(RuleCharacters, CharacterDenied)
	}
	for i, x := range p.expressions {
		rule := &p.Expressions[i]
		if rule.Mode == Off || x.Match(text) == rule.Required {
			continue
		}
		reason := PatternDenied
		if rule.Required {
			reason = PatternRequired
		}
		sc.failed.add(rule.Mode == Audit || p.Audit.Has(RulePatterns), Reasons(0).With(reason))
	}
}
