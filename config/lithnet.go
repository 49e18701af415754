package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vetopw/veto/engine"
)

// The keys of Lithnet Password Protection for Active Directory in the registry,
// below HKEY_LOCAL_MACHINE and in lower case: those of group policy before
// those of a machine. The names of keys and values are those of its ADMX files,
// the defaults of values those of its filter (version 1.1,
// github.com/lithnet/ad-password-protection).
var lithnetKeys = []string{`software\policies\lithnet\passwordfilter`, `software\lithnet\passwordfilter`}

// ImportLithnet makes a policy of Lithnet's settings: an export of the registry
// (.reg, version 5 or REGEDIT4), or the JSON of the values of the key Default,
// as Get-ItemProperty and ConvertTo-Json make it. The policy asks for what the
// settings ask for and no more. The error is Errors and names line and value.
func ImportLithnet(data []byte, file string) (Imported, error) {
	values, err := readRegistry(data, file)
	if err != nil {
		return Imported{}, err
	}
	in := lithnet{file: file, values: map[string]registryValue{}, left: map[string]bool{}}
	for _, key := range slices.Backward(lithnetKeys) {
		for _, k := range []string{key, key + `\default`} {
			for name, v := range values[k] {
				in.values[name] = v
				in.left[name] = true
			}
		}
	}
	if len(in.values) == 0 {
		return Imported{}, Errors{{File: file, Detail: `has no values below HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Lithnet\PasswordFilter; export that key, with the values of a group policy`}}
	}
	p := in.policy()
	for _, name := range slices.Sorted(maps.Keys(in.left)) {
		in.note("%s is left out: it has no meaning here", in.values[name].name)
	}
	if len(in.errs) > 0 {
		return Imported{}, in.errs
	}
	if err := p.Validate(); err != nil {
		return Imported{}, Errors{{File: file, Detail: err.Error()}}
	}
	return Imported{Policy: p, Notes: in.notes}, nil
}

// lithnet are the values by their names in lower case.
type lithnet struct {
	file   string
	values map[string]registryValue
	left   map[string]bool // not yet used
	notes  []string
	errs   Errors
}

func (in *lithnet) note(format string, args ...any) {
	in.notes = append(in.notes, fmt.Sprintf(format, args...))
}

// number returns a value, or otherwise where it is not set.
func (in *lithnet) number(name string, otherwise int, most int64) int {
	v, ok := in.values[strings.ToLower(name)]
	delete(in.left, strings.ToLower(name))
	switch {
	case !ok:
		return otherwise
	case !v.isNumber:
		in.fail(v, "must be a DWORD")
	case v.number > most:
		in.fail(v, "must be at most %d", most)
	}
	return int(min(v.number, most))
}

func (in *lithnet) fail(v registryValue, format string, args ...any) {
	in.errs = append(in.errs, &Error{File: in.file, Line: v.line, Path: v.name, Detail: fmt.Sprintf(format, args...)})
}

func (in *lithnet) on(names ...string) bool {
	on := false
	for _, name := range names {
		on = in.number(name, 0, 1<<32-1) != 0 || on
	}
	return on
}

// policy translates the values.
func (in *lithnet) policy() engine.Policy {
	p := engine.Policy{Name: "lithnet", MaxLength: engine.DefaultPolicy().MaxLength, AllowControl: true}
	p.MinLength = in.number("MinimumLength", 0, 255)
	switch {
	case in.on("Disabled"):
		p.Mode = engine.Off
	case in.on("AuditOnly"):
		p.Mode = engine.Audit
	}
	delete(in.left, "auditonly")
	p.Points = in.points()
	p.Bands = in.bands()
	p.Expressions = slices.Concat(in.expression("RegexApprove", true), in.expression("RegexReject", false))
	p.RefuseSubject = in.on("ValidatePasswordDoesntContainAccountName", "ValidatePasswordDoesntContainFullName")
	if p.RefuseSubject {
		in.note("names are found in any spelling, and account, mail and organization with them; Lithnet compares words of four and more letters as they are")
	}
	const store = "CheckPasswordNotInBannedPasswordStoreOn"
	const normalized = "CheckNormalizedPasswordNotInBannedPasswordStoreOn"
	const words = "CheckNormalizedPasswordNotInBannedWordStoreOn"
	if in.on(store+"Set", store+"Change", normalized+"Set", normalized+"Change") {
		p.RefuseListed = true
		in.note("the store of banned passwords becomes the built-in list, on set and on change; compile the store to a breach index")
	}
	if in.on(words+"Set", words+"Change") {
		p.RefuseNear = true
		in.note("the store of banned words becomes the lists of terms, compared with the whole password and one edit; write the words to terms.files")
	}
	delete(in.left, "store")
	in.note("score is off, as Lithnet has no such rule; score.guesses_log10: %v adds that of the profile default", shortest(engine.DefaultPolicy().RequiredGuesses))
	return p
}

// points reads the points-based policy.
func (in *lithnet) points() engine.Points {
	n := func(name string, otherwise int) int {
		return in.number("ComplexityPoints"+name, otherwise, engine.MaxPoints)
	}
	p := engine.Points{
		Required: n("Required", 0), Character: n("PerCharacter", 2),
		Capital: n("PerUpper", 0), Small: n("PerLower", 0), Digit: n("PerNumber", 0), Symbol: n("PerSymbol", 0),
		AnyCapital: n("UseOfUpper", 1), AnySmall: n("UseOfLower", 1), AnyDigit: n("UseOfNumber", 1), AnySymbol: n("UseOfSymbol", 1),
	}
	if p.Required == 0 {
		return engine.Points{}
	}
	return p
}

// bands reads the length-based policy: the rules of threshold 1 hold below it,
// or always without threshold 2; those of 2 below it; those of 3 above.
func (in *lithnet) bands() []engine.Band {
	var below [3]int
	var bands [3]engine.Band
	for i := range bands {
		name := fmt.Sprint("ComplexityThreshold", i+1)
		below[i] = in.number(name, 0, engine.MaxLength)
		need := func(kind string) int {
			if in.on(name + "Requires" + kind) {
				return 1
			}
			return 0
		}
		bands[i] = engine.Band{Below: below[i], MinClasses: in.number(name+"CharsetsRequired", 0, 4), Minima: engine.Minima{
			Capitals: need("Upper"), Smalls: need("Lower"), Digits: need("Number"), Symbols: need("Symbol"), DigitsOrSymbols: need("SymbolOrNumber"),
		}}
	}
	bands[2].Below = 0
	switch {
	case below[0] == 0:
		return nil
	case below[1] == 0:
		bands[0].Below = 0
		return bands[:1]
	case below[1] <= below[0]:
		return []engine.Band{bands[0], bands[2]}
	}
	return bands[:]
}

// expression reads a regular expression, which Lithnet matches without case
// with any part of the password.
func (in *lithnet) expression(name string, required bool) []engine.Expression {
	v, ok := in.values[strings.ToLower(name)]
	delete(in.left, strings.ToLower(name))
	if !ok || v.text == "" && !v.isNumber {
		return nil
	}
	if v.isNumber {
		in.fail(v, "must be a text")
		return nil
	}
	x, err := caseless(v.text, required)
	if err != nil {
		in.fail(v, "%v", err)
		return nil
	}
	return []engine.Expression{x}
}
