package engine

import "fmt"

// MaxLength is the largest length, in characters, that a policy may allow.
// Longer passwords are too long under every policy; none is ever cut.
const MaxLength = 1024

// Profile selects how the evidence in a password is read.
type Profile uint8

// The profiles.
const (
	// Default reads all Unicode look-alikes and substitutions, finds terms
	// misspelt, reversed and spaced out, patterns and whole passwords, and
	// asks for a number of guesses.
	Default Profile = iota
	// Entra follows the documented rules of Microsoft Entra password
	// protection: lower case, the published substitutions, whole-password
	// edit distance 1, names, five points.
	Entra
	profileCount
)

var profileNames = [profileCount]string{"default", "entra"}

// String returns "default" or "entra".
func (p Profile) String() string { return profileNames[p] }

// Policy is the set of rules for a group of accounts. All rules are evaluated
// and all failed ones reported. The zero value of a field switches its rule off
// unless the field says otherwise.
type Policy struct {
	Name    string
	Profile Profile
	Mode    Mode
	// Audit are the rules that are in audit mode although the policy enforces.
	Audit Rules
	// Groups are the groups of subjects whose policy this is, compared without
	// case. Of several policies for a subject the one of the lowest Precedence
	// decides, then the first: as with fine-grained password policies.
	Groups     []string
	Precedence int
	// MinLength and MaxLength bound the length in characters, counted as code
	// points after NFC. MaxLength 0 means the constant MaxLength.
	MinLength, MaxLength int
	// Complexity asks for Active Directory complexity: three of the five
	// character classes, and neither the account name nor a token of a display
	// name inside. MinClasses alone asks for that many of the five.
	Complexity bool
	MinClasses int
	Minima     Minima
	Bands      []Band // by length, ascending; none may apply
	Points     Points
	// Allowed are the only characters allowed, as the inside of a bracket
	// expression of package regexp/syntax, such as "a-zA-Z0-9 "; empty means
	// all.
	Allowed string
	// AllowControl admits control characters (category Cc).
	AllowControl bool
	// RequiredPoints and RequiredGuesses are the least acceptable score.
	RequiredPoints  int
	RequiredGuesses Guesses
	// RefuseNear refuses a password that as a whole lies within edit distance
	// 1 of a banned term.
	RefuseNear bool
	// IgnoreBans lets terms with Ban count by their cost alone.
	IgnoreBans bool
	// RefuseSubject refuses a password that contains a word of the subject,
	// whatever its score.
	RefuseSubject bool
	// RefuseListed refuses a password that as a whole is on a password list.
	RefuseListed bool
	// MaxRepeat and MaxSequence are the longest runs of one character and of
	// characters that follow each other, up or down, as in "abc" or "321".
	MaxRepeat, MaxSequence int
	Expressions            []Expression
	Old                    Similarity
	// MinBreachCount refuses a password that a breach list has seen that often
	// or an unknown number of times, and lets parts of it that were seen so
	// often lower the score. Lists know counts as powers of two up to
	// MaxBreachCount: the rule takes the one at or below.
	MinBreachCount int
}

// DefaultPolicy returns the policy "default": 8 to 256 characters, no
// composition rules, no listed and no breached password, and the number of
// guesses argued in docs/DECISION.md.
func DefaultPolicy() Policy {
	return Policy{
		Name: "default", Profile: Default, MinLength: 8, MaxLength: 256,
		RequiredGuesses: GuessesLog10(14), RefuseListed: true, MinBreachCount: 1,
		Old: Similarity{Equal: true, Contains: true, Digits: true, Distance: 2},
	}
}

// EntraPolicy returns the policy "entra": the documented rules of Microsoft
// Entra password protection, with its 8 to 256 characters and 5 points.
func EntraPolicy() Policy {
	return Policy{
		Name: "entra", Profile: Entra, MinLength: 8, MaxLength: 256, AllowControl: true,
		RequiredPoints: 5, RefuseNear: true, RefuseSubject: true, MinBreachCount: 1,
		Old: Similarity{Equal: true},
	}
}

// ConfigError reports an unusable part of a Config.
type ConfigError struct {
	Field  string // path of the field, such as "Policies[0].MinLength"
	Detail string // what is wrong with it
}

// Error returns the field and the detail.
func (e *ConfigError) Error() string { return fmt.Sprintf("engine: %s: %s", e.Field, e.Detail) }

// Validate returns the first error of the policy, a *ConfigError, as New finds
// it; its field is relative to the policy.
func (p Policy) Validate() error {
	if err := p.validate(""); err != nil {
		return err
	}
	_, err := newRuleset(p)
	return err
}

// validate checks all but what is compiled. field is put before the names of
// the fields.
func (p *Policy) validate(field string) error {
	bad := func(name, format string, args ...any) error {
		return &ConfigError{field + name, fmt.Sprintf(format, args...)}
	}
	switch {
	case p.Name == "":
		return bad("Name", "is empty")
	case p.Profile >= profileCount:
		return bad("Profile", "unknown profile %d", p.Profile)
	case p.Mode > Off:
		return bad("Mode", "unknown mode %d", p.Mode)
	case p.MinLength < 0 || p.MinLength > MaxLength:
		return bad("MinLength", "%d is outside 0 to %d", p.MinLength, MaxLength)
	case p.MaxLength < 0 || p.MaxLength > MaxLength:
		return bad("MaxLength", "%d is outside 0 to %d", p.MaxLength, MaxLength)
	case p.MaxLength != 0 && p.MaxLength < p.MinLength:
		return bad("MaxLength", "%d is below MinLength %d", p.MaxLength, p.MinLength)
	case p.MinClasses < 0 || p.MinClasses > classCount:
		return bad("MinClasses", "%d is outside 0 to %d", p.MinClasses, classCount)
	case p.MinBreachCount < 0 || p.MinBreachCount > MaxBreachCount:
		return bad("MinBreachCount", "%d is outside 0 to %d", p.MinBreachCount, MaxBreachCount)
	case p.RequiredPoints < 0:
		return bad("RequiredPoints", "%d is negative", p.RequiredPoints)
	case p.RequiredGuesses < 0:
		return bad("RequiredGuesses", "%d is negative", p.RequiredGuesses)
	case p.MaxRepeat < 0 || p.MaxRepeat > MaxLength:
		return bad("MaxRepeat", "%d is outside 0 to %d", p.MaxRepeat, MaxLength)
	case p.MaxSequence < 0 || p.MaxSequence > MaxLength:
		return bad("MaxSequence", "%d is outside 0 to %d", p.MaxSequence, MaxLength)
	case p.Old.Distance < 0 || p.Old.Distance > MaxDistance:
		return bad("Old.Distance", "%d is outside 0 to %d", p.Old.Distance, MaxDistance)
	case len(p.Expressions) > MaxExpressions:
		return bad("Expressions", "has %d entries, more than %d", len(p.Expressions), MaxExpressions)
	}
	return p.validateMix(bad)
}
