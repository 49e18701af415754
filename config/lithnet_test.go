package config_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
)

const policyKey = `[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Lithnet\PasswordFilter\Default]`

const export = `Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SOFTWARE\Lithnet\PasswordFilter]
"Store"="C:\\Program Files\\Lithnet\\Store"

[HKEY_LOCAL_MACHINE\SOFTWARE\Lithnet\PasswordFilter\Default]
"MinimumLength"=dword:00000006

[HKEY_LOCAL_MACHINE\Software\Policies\Lithnet\PasswordFilter]
"AuditOnly"=dword:00000001
"Disabled"=dword:00000000

` + policyKey + `
"MinimumLength"=dword:0000000a
"ComplexityPointsRequired"=dword:0000001e
"ComplexityPointsPerCharacter"=dword:00000001
"ComplexityPointsPerUpper"=dword:00000005
"ComplexityThreshold1"=dword:0000000d
"ComplexityThreshold1CharsetsRequired"=dword:00000003
"ComplexityThreshold2"=dword:00000010
"ComplexityThreshold2RequiresSymbolOrNumber"=dword:00000001
"ComplexityThreshold3RequiresLower"=dword:00000001
"RegexReject"="^(\\d+|\"x\")$"
"ValidatePasswordDoesntContainAccountName"=dword:00000001
"CheckPasswordNotInBannedPasswordStoreOnChange"=dword:00000001
"CheckNormalizedPasswordNotInBannedWordStoreOnSet"=dword:00000001
"SomethingNew"=dword:00000001
"Binary"=hex:01,02,\
  03
`

func imported() engine.Policy {
	return engine.Policy{
		Name: "lithnet", Mode: engine.Audit, MinLength: 10, MaxLength: 256, AllowControl: true,
		Points: engine.Points{Required: 30, Character: 1, Capital: 5, AnyCapital: 1, AnySmall: 1, AnyDigit: 1, AnySymbol: 1},
		Bands: []engine.Band{
			{Below: 13, MinClasses: 3}, {Below: 16, Minima: engine.Minima{DigitsOrSymbols: 1}}, {Minima: engine.Minima{Smalls: 1}},
		},
		Expressions:  []engine.Expression{{Text: `(?i)^(\d+|"x")$`}},
		RefuseListed: true, RefuseNear: true, RefuseSubject: true,
	}
}

// windows encodes text as regedit does.
func windows(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(strings.ReplaceAll(text, "\n", "\r\n"))) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

func TestImportLithnet(t *testing.T) {
	for name, data := range map[string][]byte{"UTF-8": []byte(export), "UTF-16": windows(export), "CRLF": []byte(strings.ReplaceAll(export, "\n", "\r\n"))} {
		in, err := config.ImportLithnet(data, "lithnet.reg")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(imported(), in.Policy); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if notes := strings.Join(in.Notes, "\n"); !strings.Contains(notes, "SomethingNew is left out") || strings.Contains(notes, "MinimumLength") || strings.Contains(notes, "Store is left out") {
			t.Errorf("%s: notes %s", name, notes)
		}
	}
}

// TestImportLithnetJSON has the output of Get-PasswordFilterPolicy and of
// Get-ItemProperty.
func TestImportLithnetJSON(t *testing.T) {
	const text = `{"MinimumLength":12,"ComplexityThreshold1":10,"ComplexityThreshold1RequiresNumber":1,"RegexApprove":"[a-z]","PSPath":"x","PSDrive":{"a":1}}`
	in, err := config.ImportLithnet([]byte(text), "policy.json")
	want := engine.Policy{Name: "lithnet", MinLength: 12, MaxLength: 256, AllowControl: true,
		Bands:       []engine.Band{{Minima: engine.Minima{Digits: 1}}},
		Expressions: []engine.Expression{{Text: "(?i)[a-z]", Required: true}}}
	if diff := cmp.Diff(want, in.Policy); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

// TestImportedVerdicts has the worked examples of Lithnet's documentation of
// points and of thresholds.
func TestImportedVerdicts(t *testing.T) {
	check := func(settings, password string) bool {
		in, err := config.ImportLithnet([]byte("REGEDIT4\n"+policyKey+"\n"+settings), "x.reg")
		if err != nil {
			t.Fatal(err)
		}
		e, err := engine.New(engine.Config{Policies: []engine.Policy{in.Policy}})
		if err != nil {
			t.Fatal(err)
		}
		return e.Check([]byte(password), engine.Subject{}).Decision == engine.Accept
	}
	const three = "\"ComplexityThreshold1\"=dword:d\n\"ComplexityThreshold1CharsetsRequired\"=dword:3\n\"ComplexityThreshold2\"=dword:d\n"
	for _, c := range []struct {
		settings, password string
		accept             bool
	}{
		{three, "abcdefghijk1", false}, {three, "Abcdefghijk1", true}, {three, "abcdefghijklm", true},
		{"\"ComplexityPointsRequired\"=dword:8\n", "abc", false}, // 2 each, 1 for small letters
		{"\"ComplexityPointsRequired\"=dword:7\n", "abc", true},
		{"\"RegexApprove\"=\"[a-z]\"", "ABC", true}, {"\"RegexApprove\"=\"[a-z]\"", "123", false},
	} {
		if got := check(c.settings, c.password); got != c.accept {
			t.Errorf("%q %s: accepted %v", c.settings, c.password, got)
		}
	}
}

func TestImportLithnetErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":           "x.reg:1: is neither an export",
		"hello":      "x.reg:1: is neither an export",
		"REGEDIT4\n": "x.reg: has no values below",
		"REGEDIT4\n[HKEY_CURRENT_USER\\SOFTWARE\\Other]\n\"MinimumLength\"=dword:1\n": "x.reg: has no values below",
		"REGEDIT4\n" + policyKey + "\n\"MinimumLength\"=dword:zz\n":                   "x.reg:3: dword must have",
		"REGEDIT4\n" + policyKey + "\n\"MinimumLength\"=\"8\"\n":                      "x.reg:3: MinimumLength: must be a DWORD",
		"REGEDIT4\n" + policyKey + "\n\n\"MinimumLength\"=dword:400\n":                "x.reg:4: MinimumLength: must be at most 255",
		"REGEDIT4\n" + policyKey + "\n\"RegexReject\"=\"(?=a)b\"\n":                   "x.reg:3: RegexReject: cannot be taken over: RE2 has no lookaround",
		"REGEDIT4\n" + policyKey + "\n\"RegexReject\"=dword:1\n":                      "x.reg:3: RegexReject: must be a text",
		"REGEDIT4\n" + policyKey + "\n\"RegexReject\"=\"abc\n":                        "x.reg:3: text without closing quote",
		"REGEDIT4\n" + policyKey + "\n\"RegexReject\"\n":                              "x.reg:3: value without =",
		`{"MinimumLength": 1.5}`:                                                      "x.reg: MinimumLength: must be a DWORD",
		`{"MinimumLength": null}`:                                                     "x.reg: MinimumLength: must be a number or a text",
		`{"MinimumLength": `:                                                          "x.reg: is not valid JSON",
	} {
		_, err := config.ImportLithnet([]byte(text), "x.reg")
		var errs config.Errors
		if !errors.As(err, &errs) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzImportLithnet(f *testing.F) {
	f.Add([]byte(export))
	f.Add(windows(export))
	f.Add([]byte(`{"MinimumLength":12}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if in, err := config.ImportLithnet(data, "x"); err == nil && in.Policy.Validate() != nil {
			t.Errorf("invalid policy %+v", in.Policy)
		}
	})
}
