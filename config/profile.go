package config

import (
	"slices"

	"github.com/vetopw/veto/engine"
)

// profiles is the table of the built-in profiles. sources says which clause of
// which standard a value follows, by key.
var profiles = []struct {
	policy  func() engine.Policy
	sources map[string]string
}{
	{engine.DefaultPolicy, nil},
	{strict, nil},
	{engine.EntraPolicy, map[string]string{
		"length.min": "Microsoft Entra password policies: 8 to 256 characters", "length.max": "the same",
		"score.points": "Microsoft Entra password protection: at least five points",
		"near.refuse":  "Microsoft Entra password protection: fuzzy matching, edit distance of one",
		"names.refuse": "Microsoft Entra password protection: substring matching of names",
	}},
	{nist, map[string]string{
		"length.min":         "SP 800-63B-4, 3.1.1.2: at least 15 if the password is the only factor (8 with another one)",
		"length.max":         "SP 800-63B-4, 3.1.1.2: at least 64 should be permitted; verified in full, never truncated",
		"characters.mode":    "SP 800-63B-4, 3.1.1.2: printing ASCII, space and Unicode should be accepted",
		"classes.mode":       "SP 800-63B-4, 3.1.1.2: no composition rules",
		"complexity.mode":    "SP 800-63B-4, 3.1.1.2: no composition rules",
		"points.mode":        "SP 800-63B-4, 3.1.1.2: no composition rules",
		"listed.refuse":      "SP 800-63B-4, 3.1.1.2: the entire password compared with a blocklist",
		"near.refuse":        "SP 800-63B-4, 3.1.1.2: blocklist of dictionary and context-specific words and their derivatives",
		"names.mode":         "SP 800-63B-4, 3.1.1.2: the entire password, not substrings",
		"breached.min_count": "SP 800-63B-4, 3.1.1.2: passwords of previous breach corpuses",
		"score.mode":         "SP 800-63B-4, 3.1.1.2: blocklist and length, no measure of strength",
	}},
	{asvs, map[string]string{
		"length.min":          "ASVS 5.0, 6.2.1: at least 8 characters, 15 recommended",
		"length.max":          "ASVS 5.0, 6.2.9: at least 64 characters are permitted",
		"characters.mode":     "ASVS 5.0, 6.2.5: no limit on the type of characters",
		"classes.mode":        "ASVS 5.0, 6.2.5: no minimum of capitals, small letters, digits or symbols",
		"complexity.mode":     "ASVS 5.0, 6.2.5: no minimum of capitals, small letters, digits or symbols",
		"points.mode":         "ASVS 5.0, 6.2.5: no minimum of capitals, small letters, digits or symbols",
		"listed.refuse":       "ASVS 5.0, 6.2.4: not among the top 3,000 passwords",
		"near.refuse":         "ASVS 5.0, 6.2.11: list of context-specific words",
		"names.refuse":        "ASVS 5.0, 6.2.11: list of context-specific words",
		"breached.min_count":  "ASVS 5.0, 6.2.12: not in a set of breached passwords",
		"score.guesses_log10": "ASVS 5.0, 6.2.11: context-specific words make no easy to guess password",
	}},
}

// Profiles returns the names of the built-in profiles, default first.
func Profiles() []string {
	var names []string
	for _, row := range profiles {
		names = append(names, row.policy().Name)
	}
	return names
}

// Profile returns the built-in policy of that name.
func Profile(name string) (engine.Policy, bool) {
	i := slices.Index(Profiles(), name)
	if i < 0 {
		return engine.Policy{}, false
	}
	return profiles[i].policy(), true
}

// Source returns the clause of a standard that the profile's value for the key
// follows, or "".
func Source(profile, key string) string {
	if i := slices.Index(Profiles(), profile); i >= 0 {
		return profiles[i].sources[key]
	}
	return ""
}

// BuiltIn returns the policies that hold without a configuration: one of each
// profile, that of the name first. An unknown name counts as default.
func BuiltIn(first string) []engine.Policy {
	var all []engine.Policy
	for _, row := range profiles {
		if p := row.policy(); p.Name == first {
			all = slices.Insert(all, 0, p)
		} else {
			all = append(all, p)
		}
	}
	return all
}

// strict is for accounts that matter most: guesses that three words of a large
// dictionary do not reach, four characters more, no names whatever the score,
// nothing like the old password.
func strict() engine.Policy {
	p := engine.DefaultPolicy()
	p.Name, p.MinLength, p.RequiredGuesses = "strict", 12, engine.GuessesLog10(15.5)
	p.RefuseNear, p.RefuseSubject, p.Old.Distance = true, true, 4
	return p
}

// nist follows NIST SP 800-63B-4 (August 2025), section 3.1.1.2, for passwords
// that are the only factor: length and a blocklist for the whole password, no
// composition rules. Equality with the old password is refused, which the
// standard leaves open.
func nist() engine.Policy {
	return engine.Policy{
		Name: "nist", MinLength: 15, MaxLength: 256, RefuseListed: true, RefuseNear: true, MinBreachCount: 1,
		Old: engine.Similarity{Equal: true},
	}
}

// asvs follows OWASP ASVS 5.0.0 (May 2025), section 6.2, whose clauses are in
// the table above. The strength of default carries clause 6.2.11.
func asvs() engine.Policy {
	return engine.Policy{
		Name: "asvs", MinLength: 8, MaxLength: 256, AllowControl: true, RefuseListed: true, RefuseNear: true, RefuseSubject: true, MinBreachCount: 1,
		RequiredGuesses: engine.DefaultPolicy().RequiredGuesses, Old: engine.Similarity{Equal: true},
	}
}
