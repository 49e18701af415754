package engine

// Rule is one rule of a policy. A rule may be in audit mode by itself: what
// fails it is reported and refuses nothing.
type Rule uint8

// The rules. Some have several reasons, and some reasons several rules.
const (
	RuleLength     Rule = iota // MinLength, MaxLength
	RuleCharacters             // Allowed, AllowControl
	RuleComplexity             // Complexity
	RuleClasses                // MinClasses, Minima, Bands
	RulePoints                 // Points
	RuleRepeats                // MaxRepeat
	RuleSequences              // MaxSequence
	RulePatterns               // Expressions
	RuleBreached               // breach corpora
	RuleListed                 // RefuseListed
	RuleNear                   // RefuseNear
	RuleBanned                 // Term.Ban, IgnoreBans
	RuleSubject                // RefuseSubject
	RuleScore                  // RequiredPoints, RequiredGuesses
	RuleOld                    // Old
	ruleCount
)

var ruleNames = [ruleCount]string{
	RuleLength: "length", RuleCharacters: "characters", RuleComplexity: "complexity", RuleClasses: "classes",
	RulePoints: "points", RuleRepeats: "repeats", RuleSequences: "sequences", RulePatterns: "patterns",
	RuleBreached: "breached", RuleListed: "listed", RuleNear: "near", RuleBanned: "banned", RuleSubject: "names", RuleScore: "score",
	RuleOld: "old",
}

// String returns the name of the rule in configurations, such as "length".
func (r Rule) String() string { return ruleNames[r] }

// Rules is a set of rules. The zero value is empty.
type Rules uint32

// Has reports whether r is in the set.
func (s Rules) Has(r Rule) bool { return s&(1<<r) != 0 }

// With returns the set with r added.
func (s Rules) With(r Rule) Rules { return s | 1<<r }

// Without returns the set without r.
func (s Rules) Without(r Rule) Rules { return s &^ (1 << r) }

// failures collects the reasons of the failed rules, those in audit mode apart.
type failures struct{ enforced, audited Reasons }

func (f *failures) add(audit bool, reasons Reasons) {
	if audit {
		f.audited |= reasons
	} else {
		f.enforced |= reasons
	}
}

// fail notes that a rule of the policy failed.
func (sc *scratch) fail(r Rule, reason Reason) {
	sc.failed.add(sc.policy.Audit.Has(r), Reasons(0).With(reason))
}
