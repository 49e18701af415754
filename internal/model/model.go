package model

import (
	"fmt"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Config is what a Model judges by.
type Config struct {
	Policy Policy
	Terms  []Term
	// Passwords are the lists of folded passwords, each with the binary
	// logarithm of its rank, rounded down.
	Passwords []map[string]int
	Breaches  []Breach
	// Chars is the character model: 38^3 costs in 1/16 bit; nil for none.
	Chars []byte
}

// Term is a banned term; Rank 0 marks one of the organization.
type Term struct {
	Text string
	Rank int
	// Match is "exact", "prefix", "suffix" or else "contains".
	Match string
	Ban   bool
}

// Breach is a breach corpus: Digest tells the key of a password, Classes the
// number of bits of its count.
type Breach struct {
	Digest  func(password string) string
	Classes map[string]int
}

// Policy is the set of rules. The zero value of a field switches its rule off.
type Policy struct {
	Entra                                   bool // the profile
	MinLength, MaxLength                    int  // MaxLength 0 is 1,024
	Complexity                              bool
	MinClasses                              int
	AllowControl                            bool
	RequiredPoints                          int
	RequiredGuesses                         int // in 1/64 bit
	RefuseNear, RefuseSubject, RefuseListed bool
	IgnoreBans                              bool
	MinBreachCount                          int
	Minima                                  Minima
	Bands                                   []Band
	Points                                  Points
	Allowed                                 string // inside of a bracket expression; empty for all
	MaxRepeat, MaxSequence                  int
	Patterns                                []Pattern
	Old                                     Old
	// Audit has the names of the rules that refuse nothing.
	Audit map[string]bool
}

// Model judges passwords. It is immutable and safe for concurrent use.
type Model struct {
	config Config
	terms  []word
}

// New returns a Model, or an error if the character model has a wrong size.
func New(c Config) (*Model, error) {
	if n := len(c.Chars); n != 0 && n != 38*38*38 {
		return nil, fmt.Errorf("model: %d costs of characters, want %d", n, 38*38*38)
	}
	return &Model{c, terms(c.Terms)}, nil
}

// Result is what a Model says of a password.
type Result struct {
	// Failed has the codes of the rules that failed, in any order.
	Failed []string
	// Enforced has those of rules that are not in audit mode.
	Enforced []string
	// Blames has what a low score is blamed on: the kinds of the cheapest
	// segmentation, once for each set of kinds that one of them has. It is
	// empty if the score is not low.
	Blames          [][]string
	Points, Guesses int // Guesses in 1/64 bit
}

// Allows reports whether a verdict may have exactly the reasons of these codes.
func (r Result) Allows(codes []string) bool {
	want := set(codes)
	for _, b := range r.Blames {
		if slices.Equal(want, set(append(b, r.Failed...))) {
			return true
		}
	}
	return len(r.Blames) == 0 && slices.Equal(want, set(r.Failed))
}

func set(codes []string) []string {
	codes = slices.Clone(codes)
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Check judges a password. It is made for dozens of characters, not hundreds.
func (m *Model) Check(password string, s Subject) Result {
	if len(password) > 4096 {
		return Result{Failed: []string{"too_long"}, Enforced: []string{"too_long"}}
	}
	text := positions(password)
	closed := text
	opening := 0
	if !m.config.Policy.Entra {
		closed, opening = closeUp(text)
	}
	words := append(slices.Clone(m.terms), s.words(m.config.Policy.Entra)...)
	all := m.segments(password, closed, words, opening)
	byGuesses, byPoints := cheapest(all, len(closed), guesses), cheapest(all, len(closed), points)
	r := Result{Points: byPoints.cost, Guesses: byGuesses.cost}
	p := m.config.Policy
	for _, f := range append(m.form(password, text), m.content(password, text, closed, words, s)...) {
		r.add(p, f)
	}
	lowGuesses, lowPoints := r.Guesses < p.RequiredGuesses, r.Points < p.RequiredPoints
	none := map[kinds]bool{{}: true}
	if !lowGuesses {
		byGuesses.kinds = none
	}
	if !lowPoints {
		byPoints.kinds = none
	}
	if !lowGuesses && !lowPoints {
		return r
	}
	r.add(p, failure{"score", "low_score"})
	for g := range byGuesses.kinds {
		for p := range byPoints.kinds {
			r.Blames = append(r.Blames, append(g.codes(), p.codes()...))
		}
	}
	return r
}

// add notes a failure.
func (r *Result) add(p Policy, f failure) {
	r.Failed = append(r.Failed, f.code)
	if !p.Audit[f.rule] && f.rule != "audited pattern" {
		r.Enforced = append(r.Enforced, f.code)
	}
}

// form evaluates the rules about length, encoding and characters.
func (m *Model) form(password string, text []position) (failed []failure) {
	p := m.config.Policy
	fail := func(rule, code string) { failed = append(failed, failure{rule, code}) }
	if !utf8.ValidString(password) {
		fail("", "not_utf8")
	}
	password = composed(password)
	characters := whole(password)
	length := utf8.RuneCountInString(characters)
	if length < p.MinLength {
		fail("length", "too_short")
	}
	if length > 1024 || len(text) > 1024 {
		fail("", "too_long")
	} else if p.MaxLength > 0 && length > p.MaxLength {
		fail("length", "too_long")
	}
	classes, control := classes(characters)
	if control && !p.AllowControl {
		fail("characters", "control_character")
	}
	if p.Complexity && classes < 3 {
		fail("complexity", "not_enough_classes")
	}
	failed = append(failed, p.mixed(characters)...)
	if length > 1024 {
		return failed
	}
	return append(failed, p.matched(password)...)
}

// classes counts the classes of characters in a password. A control character
// is of none.
func classes(password string) (n int, control bool) {
	found := map[string]bool{}
	for _, r := range password {
		switch {
		case unicode.IsControl(r):
			control = true
		case unicode.IsUpper(r):
			found["capital"] = true
		case unicode.IsLower(r):
			found["small"] = true
		case unicode.IsLetter(r):
			found["other letter"] = true
		case unicode.IsDigit(r):
			found["digit"] = true
		default:
			found["symbol"] = true
		}
	}
	return len(found), control
}

// content evaluates the rules about what a password says.
func (m *Model) content(password string, text, closed []position, words []word, s Subject) (failed []failure) {
	p := m.config.Policy
	fail := func(rule, code string) { failed = append(failed, failure{rule, code}) }
	if p.RefuseListed && m.isListed(text) {
		fail("listed", "banned_password")
	}
	if _, ok := m.breached(password); ok {
		fail("breached", "breached")
	}
	for _, w := range words {
		if p.RefuseNear && !w.subject && !w.typed && m.near(closed, w.letters) {
			fail("near", "banned_term")
		}
		if !p.IgnoreBans && w.ban && len(m.occurrences(closed, w)) > 0 {
			fail("banned", "banned_term")
		}
		if p.RefuseSubject && w.subject && slices.ContainsFunc(m.occurrences(closed, w), func(o occurrence) bool { return !o.edited }) {
			fail("names", "subject_term")
		}
	}
	if p.Complexity && s.inside(spell(text)) {
		fail("complexity", "not_enough_classes")
	}
	if p.Old.similar(password, s.OldPassword) {
		fail("old", "similar_to_old")
	}
	return append(failed, p.runs(text)...)
}

// near reports whether the text as a whole is within edit distance 1 of a word
// of 4 or more letters, by Levenshtein's recurrence over both.
func (m *Model) near(text []position, letters []rune) bool {
	if len(letters) < 4 {
		return false
	}
	above := make([]int, len(letters)+1)
	for k := range above {
		above[k] = k
	}
	for i, p := range text {
		row := []int{i + 1}
		for k, r := range letters {
			change := 1
			if _, reads := m.readings(p)[r]; reads {
				change = 0
			}
			row = append(row, min(above[k]+change, above[k+1]+1, row[k]+1))
		}
		above = row
	}
	return above[len(letters)] <= 1
}
