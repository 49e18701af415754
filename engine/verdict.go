package engine

import (
	"iter"
	"math"
	"math/bits"
)

// Decision is what a caller acts on. The zero value is Undecided, so that a
// forgotten assignment never accepts.
type Decision uint8

// The decisions. Check leaves undecided only what nothing else refuses when a
// breach list has failed; the caller then gives its declared answer.
const (
	Undecided Decision = iota
	Reject
	Accept
)

var decisionNames = [...]string{"undecided", "reject", "accept"}

// String returns "undecided", "reject" or "accept".
func (d Decision) String() string { return decisionNames[d] }

// Mode says what a policy's failed rules lead to.
type Mode uint8

// The modes. The zero value enforces.
const (
	Enforce Mode = iota // failed rules reject
	Audit               // failed rules are reported, the password is accepted
	Off                 // nothing is evaluated, the password is accepted
)

var modeNames = [...]string{"enforce", "audit", "off"}

// String returns "enforce", "audit" or "off".
func (m Mode) String() string { return modeNames[m] }

// Reason is one cause of a refusal.
type Reason uint8

// The reasons. Their codes are part of the public interface; the order here is
// the order in which a verdict lists them.
const (
	TooShort Reason = iota
	TooLong
	NotEnoughClasses
	NotUTF8
	ControlCharacter
	CharacterDenied
	BannedTerm
	BannedPassword
	Breached
	SubjectTerm
	SimilarToOld
	Sequence
	KeyboardWalk
	Repetition
	Date
	LowScore
	PatternDenied
	PatternRequired
	Unavailable
	reasonCount
)

// reasonTable is the one table of reason codes and English messages; the API
// documentation is compared with it by a test. Messages are read by the person
// who chose the password and never tell what a list holds.
var reasonTable = [reasonCount]struct{ code, message string }{
	TooShort:         {"too_short", "is too short"},
	TooLong:          {"too_long", "is too long"},
	NotEnoughClasses: {"not_enough_classes", "does not mix enough kinds of characters, or contains the account or display name"},
	NotUTF8:          {"not_utf8", "is not valid UTF-8 text"},
	ControlCharacter: {"control_character", "contains a control character"},
	CharacterDenied:  {"character_denied", "contains a character that is not allowed"},
	BannedTerm:       {"banned_term", "contains a banned word"},
	BannedPassword:   {"banned_password", "is a commonly used password"},
	Breached:         {"breached", "has appeared in a data breach"},
	SubjectTerm:      {"subject_term", "contains your name, account, organization or something else about you"},
	SimilarToOld:     {"similar_to_old", "is too similar to the old password"},
	Sequence:         {"sequence", "contains a sequence of letters or digits"},
	KeyboardWalk:     {"keyboard_walk", "contains a keyboard pattern"},
	Repetition:       {"repetition", "repeats characters or a part of itself"},
	Date:             {"date", "contains a date or year"},
	LowScore:         {"low_score", "is too easy to guess"},
	PatternDenied:    {"pattern_denied", "matches a pattern that is not allowed"},
	PatternRequired:  {"pattern_required", "does not match a required pattern"},
	Unavailable:      {"unavailable", "could not be checked"},
}

// Code returns the stable machine-readable code, such as "banned_term".
func (r Reason) Code() string { return reasonTable[r].code }

// Message returns the English text for the person choosing a password. It
// completes the sentence "The password …".
func (r Reason) Message() string { return reasonTable[r].message }

// Wording puts reasons in words for the person who chose a password, in one
// language. It must be safe for concurrent use. Package messages has some.
type Wording interface {
	// Message completes the sentence "The password …". n is the number that the
	// reason is about, or 0 if it is not known: the least length for TooShort,
	// the largest for TooLong, how often at least it was seen for Breached.
	Message(r Reason, n int) string
	// Advice says in a sentence what to do.
	Advice(r Reason) string
}

// Number returns the number that a reason is about, as a Wording takes it, or 0.
func (v Verdict) Number(r Reason) int {
	switch r {
	case TooShort:
		return v.MinLength
	case TooLong:
		return v.MaxLength
	}
	return 0
}

// AllReasons yields every reason in table order.
func AllReasons() iter.Seq[Reason] { return Reasons(1<<reasonCount - 1).All() }

// Reasons is a set of reasons. The zero value is empty.
type Reasons uint32

// Has reports whether r is in the set.
func (s Reasons) Has(r Reason) bool { return s&(1<<r) != 0 }

// With returns the set with r added.
func (s Reasons) With(r Reason) Reasons { return s | 1<<r }

// Len returns the number of reasons in the set.
func (s Reasons) Len() int { return bits.OnesCount32(uint32(s)) }

// decision returns Reject if there are any, else Accept: without a branch.
func (s Reasons) decision() Decision { return Accept - Decision(isFilled(uint64(s)))*(Accept-Reject) }

// All yields the reasons of the set in table order.
func (s Reasons) All() iter.Seq[Reason] {
	return func(yield func(Reason) bool) {
		for ; s != 0; s &= s - 1 {
			if !yield(Reason(bits.TrailingZeros32(uint32(s)))) {
				return
			}
		}
	}
}

// AppendCodes appends the codes of the set to dst, separated by commas, in
// table order: the form of the command line and of the local endpoint.
func (s Reasons) AppendCodes(dst []byte) []byte {
	first := true
	for r := range s.All() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, r.Code()...)
	}
	return dst
}

// Score is the strength of a password on two scales, and what the policy asks.
type Score struct {
	// Points is the score of Microsoft Entra's rules: one for each banned
	// term or pattern of the cheapest segmentation, one for each other
	// character. RequiredPoints is 0 when the policy asks for none.
	Points, RequiredPoints int
	// Guesses and RequiredGuesses estimate how many guesses an attacker who
	// knows the lists needs. RequiredGuesses is 0 when the policy asks for none.
	Guesses, RequiredGuesses Guesses
}

// Guesses is a number of guesses on a logarithmic scale, in 1/64 bit: n bits
// stand for 2^n guesses. Integers make verdicts equal on every platform.
type Guesses int32

// GuessesLog10 returns the Guesses for a decimal logarithm, rounded up to 1/64
// bit: GuessesLog10(8) is 10^8 guesses.
func GuessesLog10(x float64) Guesses { return Guesses(math.Ceil(x * bitsPerDecade * bit)) }

// bitsPerDecade is log2(10).
const bitsPerDecade = 3.321928094887362

// Log10 returns the decimal logarithm of the number of guesses.
func (g Guesses) Log10() float64 { return float64(g) / bit / bitsPerDecade }

// Bits returns the binary logarithm of the number of guesses.
func (g Guesses) Bits() float64 { return float64(g) / bit }

// Verdict is the answer to one check. It is a small value without pointers
// into the password.
type Verdict struct {
	Decision Decision // what the caller acts on
	Would    Decision // what enforcing would have decided; differs from Decision in audit mode
	Mode     Mode     // the mode of the policy that decided
	Reasons  Reasons  // every failed rule and, for a low score, what made it low
	Audited  Reasons  // of these, the ones of rules in audit mode alone, which refuse nothing
	Score    Score
	// MinLength and MaxLength are what the policy asks for, in characters.
	MinLength, MaxLength int

	Policy   string // name of the policy that decided
	Snapshot string // id of the configuration that decided
}
