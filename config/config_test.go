package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
)

var update = flag.Bool("update", false, "write docs/veto.schema.json anew")

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "veto.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, text string, overrides ...config.Override) (*config.Loaded, error) {
	t.Helper()
	return config.Load(write(t, text), overrides)
}

func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "null\n", "{}\n", "\ufeff{}"} {
		l, err := load(t, text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(config.Default(), l.Config); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if l, err := config.Load("", nil); err != nil || l.Origin("server.listen") != "default" || l.Origin("policies[1].length.min") != "profile strict" {
		t.Errorf("without a file: %v", err)
	}
}

const sample = `# Contoso
server: {listen: "127.0.0.1:9000"}
terms:
  words: [contoso]
  files: [company.txt]
operations:
  set: {overload: accept}
policies:
  - name: everybody
    length: {min: 10}
    old: {distance: 3, mode: audit}
  - name: admins
    profile: strict
    groups: [Domain Admins]
    precedence: 10
    score: {guesses_log10: 13.5}
    sequences: {max: 3, mode: off}
    patterns:
      - deny: (?i)contoso
        mode: audit
      - require: '.*[0-9].*'
        whole: true
  - {name: kiosk, profile: nist, mode: audit, groups: [Kiosk], precedence: 20, listed: {mode: off}}
`

func TestLoad(t *testing.T) {
	path := write(t, sample)
	l, err := config.Load(path, []config.Override{{Key: "server.explain", Value: true, Origin: "environment VETO_EXPLAIN"},
		{Key: "terms.words", Value: []string{"a"}, Origin: "flag --term"}, {Key: "terms.words", Value: []string{"b", "c"}, Origin: "flag --term"}})
	if err != nil {
		t.Fatal(err)
	}
	everybody := engine.DefaultPolicy()
	everybody.Name, everybody.MinLength, everybody.Old.Distance = "everybody", 10, 3
	everybody.Audit = everybody.Audit.With(engine.RuleOld)
	admins, _ := config.Profile("strict")
	admins.Name, admins.Groups, admins.Precedence, admins.RequiredGuesses = "admins", []string{"Domain Admins"}, 10, engine.GuessesLog10(13.5)
	admins.Expressions = []engine.Expression{{Text: "(?i)contoso", Mode: engine.Audit}, {Text: ".*[0-9].*", Whole: true, Required: true}}
	kiosk, _ := config.Profile("nist")
	kiosk.Name, kiosk.Mode, kiosk.Groups, kiosk.Precedence, kiosk.RefuseListed = "kiosk", engine.Audit, []string{"Kiosk"}, 20, false
	want := config.Default()
	want.Policies = []engine.Policy{everybody, admins, kiosk}
	want.Server.Listen, want.Server.Explain = "127.0.0.1:9000", true
	want.Terms.Words, want.Terms.Files = []string{"b", "c"}, []string{filepath.Join(filepath.Dir(path), "company.txt")}
	want.Operations.Set.Overload = engine.Accept
	if diff := cmp.Diff(want, l.Config); diff != "" {
		t.Error(diff)
	}
	for key, origin := range map[string]string{
		"server.listen": path + ":2", "server.explain": "environment VETO_EXPLAIN", "terms.words": "flag --term", "terms.global": "default",
		"terms.files": path + ":5", "operations.set.overload": path + ":7", "operations.change.overload": "default",
		"policies[0].length.min": path + ":10", "policies[0].length.max": "profile default", "policies[1].length.min": "profile strict",
		"policies[1].patterns[0].deny": path + ":19", "policies[2].length.min": "profile nist",
	} {
		if got := l.Origin(key); got != origin {
			t.Errorf("%s is from %q, want %q", key, got, origin)
		}
	}
}

// several has mistakes of all kinds, which are reported together.
const several = `terms: {words: [""]}
policies:
  - name: a
    lenth: {min: 3}
    length: {min: x, max: 3}
    characters: {allowed: 'z-a'}
    patterns:
      - deny: '('
      - deny: 7
      - require: '['
      - mode: audit
  - name: b
    profile: medium
    groups: [x]
    precedence: 1
    length: {min: 9, max: 3}
  - name: a
    groups: [y]
    precedence: 1
  - groups: [z]
    precedence: no
    length: {min: 9, max: 3}
`

var severalErrors = []string{
	":1: terms.words[0]: must not be empty",
	":4: policies[0].lenth: is no key here",
	":5: policies[0].length.min: must be a whole number",
	":6: policies[0].characters.allowed: is not the inside",
	":8: policies[0].patterns[0]: is not a valid RE2",
	":9: policies[0].patterns[1].deny: must be text",
	":10: policies[0].patterns[2]: is not a valid RE2",
	":11: policies[0].patterns[3]: needs deny or require",
	":13: policies[1].profile: must be default or",
	":17: policies[2].name: is that of policies[0], too",
	":19: policies[2].precedence: is that of policies[1], too",
	":20: policies[3].name: is missing",
	":21: policies[3].precedence: must be a whole number",
	":22: policies[3].length.max: 3 is below length.min 9",
}

// TestErrors has one mistake each; the message names line and path.
func TestErrors(t *testing.T) {
	policy := func(keys string) string { return "policies:\n  - name: a\n    " + keys + "\n" }
	for text, want := range map[string]string{
		"nosuch: 1\n":                                               ":1: nosuch: is no key here; use server, terms,",
		"server:\n  listn: x\n":                                     ":2: server.listn: is no key here; use listen, explain",
		"server.listen: x\n":                                        ":1: server.listen: is no key here",
		"server: 7\n":                                               ":1: server: must be a mapping of keys to values",
		"server: {listen: 8080}\n":                                  ":1: server.listen: must be text; quote it if",
		"audit: {rotate_age: 5}\n":                                  ":1: audit.rotate_age: must be a duration such as",
		"audit: {rotate_age: 2000h}\n":                              ":1: audit.rotate_age: must be a duration such as",
		"audit: {queue: 7, full: maybe}\n":                          ":1: audit.full: must be drop or refuse",
		"terms: {files: x.txt}\n":                                   ":1: terms.files: must be a list",
		"terms: {words: [a, 2024]}\n":                               ":1: terms.words[1]: must be text",
		"terms: {global: yes please}\n":                             ":1: terms.global: must be true or false",
		"operations: {set: {overload: 1}}\n":                        ":1: operations.set.overload: must be accept or reject",
		"policies: []\n":                                            ":1: policies: holds no policy",
		"policies: {}\n":                                            ":1: policies: must be a list",
		"policies: [7]\n":                                           ":1: policies[0]: must be a mapping",
		"policies:\n  - profile: entra\n":                           ":2: policies[0].name: is missing",
		"policies:\n - name: a\n - name: a\n":                       ":3: policies[1].name: is that of policies[0], too",
		policy("profile: medium"):                                   ":3: policies[0].profile: must be default or strict or entra or nist or asvs",
		policy("profile: 7"):                                        ":3: policies[0].profile: must be default or",
		policy("mode: on"):                                          ":3: policies[0].mode: must be audit or enforce or off",
		policy("length: {mim: 8}"):                                  ":3: policies[0].length.mim: is no key here; use mode, min, max",
		policy("length:\n      min: 2000"):                          ":4: policies[0].length.min: must be a whole number from 0 to 1024",
		policy("length: {min: 8.5}"):                                ":3: policies[0].length.min: must be a whole number",
		policy("length: {min: '8'}"):                                ":3: policies[0].length.min: must be a whole number",
		policy("length: {min: 20, max: 10}"):                        ":3: policies[0].length.max: 10 is below length.min 20",
		policy("score: {guesses_log10: .nan}"):                      ":3: policies[0].score.guesses_log10: must be a number from 0 to 300",
		policy("score: {guesses_log10: -1}"):                        ":3: policies[0].score.guesses_log10: must be a number from 0 to 300",
		policy("characters: {allowed: 'z-a'}"):                      ":3: policies[0].characters.allowed: is not the inside of a bracket",
		policy("patterns: [{deny: 'a(b'}]"):                         ":3: policies[0].patterns[0]: is not a valid RE2 expression: error parsing regexp: missing closing )",
		policy("patterns:\n    - deny: ok\n    - require: '(?=a)'"): ":5: policies[0].patterns[1]: is not a valid RE2 expression",
		policy("patterns: [{deny: a, require: b}]"):                 ":3: policies[0].patterns[0].require: deny and require exclude",
		policy("patterns: [{mode: audit}]"):                         ":3: policies[0].patterns[0]: needs deny or require",
		policy("classes: {bands: [{below: 0}, {below: 9}]}"):        ":3: policies[0].classes.bands[0].below: only the last band",
		policy("groups: [x]\n    precedence: 1"):                    ":3: policies[0].groups: must be left out",
		policy("old: {distance: 9}"):                                ":3: policies[0].old.distance: must be a whole number from 0 to 8",
		policy("old: {mode: sometimes}"):                            ":3: policies[0].old.mode: must be audit or enforce or off",
		"policies:\n- name: a\n- name: b\n  groups: [x]\n":          ":3: policies[1].precedence: is missing",
		"policies:\n- name: a\n- {name: b, groups: [x], precedence: 1}\n- {name: c, groups: [y], precedence: 1}\n": ":4: policies[2].precedence: is that of policies[1], too",
		"server: {listen: a}\nserver: {}\n": ":2: mapping key \"server\" already defined at line 1",
		"a: b: c\n":                         ":1: mapping values are not allowed",
		"server:\n  explain: true\n listen: x\nterms: {}\n": ":3: did not find expected key",
		"server: {}\nterms: {words: [a\npolicies: []\n":     ":2: did not find",
		"- a\n":                         ":1: must be a mapping of keys",
		"server: {}\n---\nserver: {}\n": ":2: holds more than one document",
		"\tserver: {}\n":                ":1: found character that cannot start any token; YAML is indented by spaces",
		"server:\n  listen: @a\n":       ":2: found character that cannot start any token\n",
		"store: {file: }\n":             ":1: store.file: is empty; give it a value",
		"tls:\nstore: {}\n":             ":1: tls: is empty; give it a value",
		"terms: {words: [abc, ~]}\n":    ":1: terms.words[1]: is empty; give it a value",
		"a: &a [*a]\n":                  "contains itself",
	} {
		_, err := load(t, text)
		var errs config.Errors
		if !errors.As(err, &errs) || !strings.Contains(err.Error()+"\n", want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	_, err := load(t, "nosuch: 1\nserver: {listen: 1, explain: 2}\npolicies: [{name: a, length: {min: x}}]\n")
	if n := strings.Count(fmt.Sprint(err), "\n"); n != 3 {
		t.Errorf("%d lines of errors, want 4: %v", n+1, err)
	}
	_, err = load(t, several)
	for i, line := range strings.Split(fmt.Sprint(err), "\n") {
		if i >= len(severalErrors) || !strings.Contains(line, severalErrors[i]) {
			t.Errorf("line %d of errors: %s", i, line)
		}
	}
	if n := strings.Count(fmt.Sprint(err), "\n") + 1; n != len(severalErrors) {
		t.Errorf("%d errors, want %d", n, len(severalErrors))
	}
	_, err = load(t, "server: {explain: 1}\n", config.Override{Key: "server.explain", Value: "x", Origin: "environment VETO_EXPLAIN"})
	if fmt.Sprint(err) != "environment VETO_EXPLAIN: must be true or false" {
		t.Errorf("override: %v", err)
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil || !strings.Contains(err.Error(), "none.yaml: cannot be read: no such file") {
		t.Errorf("missing file: %v", err)
	}
}

// drawPolicy draws a valid policy of any values.
func drawPolicy(t *rapid.T) engine.Policy {
	n := func(most int) int { return rapid.IntRange(0, most).Draw(t, "n") }
	b := func() bool { return rapid.Bool().Draw(t, "b") }
	minima := func() engine.Minima {
		return engine.Minima{Capitals: n(9), Smalls: n(9), Digits: n(9), Symbols: n(9), DigitsOrSymbols: n(9)}
	}
	p := engine.Policy{
		Name: rapid.StringMatching(`[a-z0-9: #'"é-]{1,9}`).Draw(t, "name"), Profile: engine.Profile(n(1)), Mode: engine.Mode(n(2)),
		MinLength: n(20), MaxLength: 20 + n(1000), Complexity: b(), MinClasses: n(5), Minima: minima(), AllowControl: b(), IgnoreBans: b(),
		RequiredPoints: n(9), RequiredGuesses: engine.Guesses(n(4000)), RefuseNear: b(), RefuseSubject: b(), RefuseListed: b(), MinBreachCount: n(9),
		MaxRepeat: n(4), MaxSequence: n(4), Old: engine.Similarity{Equal: b(), Contains: b(), Digits: b(), Distance: n(8)}, Precedence: n(9),
	}
	if b() {
		p.Points = engine.Points{Required: n(99), Character: n(9), Capital: n(9), Small: n(9), Digit: n(9), Symbol: n(9),
			AnyCapital: n(9), AnySmall: n(9), AnyDigit: n(9), AnySymbol: n(9)}
	}
	for i := range n(3) {
		p.Bands = append(p.Bands, engine.Band{Below: 5 + 5*i, MinClasses: n(5), Minima: minima()})
	}
	for range n(2) {
		p.Expressions = append(p.Expressions, engine.Expression{Text: rapid.SampledFrom([]string{"a", "off", "1", "(?i)^é$", "~", "# x"}).Draw(t, "text"),
			Whole: b(), Required: b(), Mode: engine.Mode(n(2))})
		p.Groups = append(p.Groups, rapid.SampledFrom([]string{"Staff", "true", "2024", "Ärzte: #1"}).Draw(t, "group"))
	}
	if b() {
		p.Allowed = rapid.SampledFrom([]string{"a-z", `\pL `, "0-9", "'\""}).Draw(t, "allowed")
	}
	for r := engine.RuleLength; r <= engine.RuleOld; r++ {
		if b() && r != engine.RulePatterns {
			p.Audit = p.Audit.With(r)
		}
	}
	return p
}

// normal drops the audit mode of rules that are off, which says nothing.
func normal(t *rapid.T, p engine.Policy) engine.Policy {
	text, err := config.ShowPolicy(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]map[string]any
	_ = yaml.Unmarshal(text, &shown)
	for r := engine.RuleLength; r <= engine.RuleOld; r++ {
		if shown[r.String()]["mode"] == "off" {
			p.Audit = p.Audit.Without(r)
		}
	}
	return p
}

// TestShowPolicy reads back what is shown, and has the schema agree.
func TestShowPolicy(t *testing.T) {
	schema := compileSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		p := normal(t, drawPolicy(t))
		text, err := config.ShowPolicy(p, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := config.ParsePolicy(text, "")
		if diff := cmp.Diff(p, got); err != nil || diff != "" {
			t.Errorf("%v %s\n%s", err, diff, text)
		}
		var document map[string]any
		if err := yaml.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, map[string]any{"policies": []any{document}})); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	})
}

type fataler interface {
	Helper()
	Fatal(...any)
}

func asJSON(t fataler, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(config.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("veto.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("veto.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSchema compares the published schema with the table, and what it says of
// documents with what Load says.
func TestSchema(t *testing.T) {
	const path = "../docs/veto.schema.json"
	if *update {
		if err := os.WriteFile(path, config.Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(published, config.Schema()) {
		t.Errorf("%s differs from the table (%v); write it with: go test ./config -update", path, err)
	}
	schema := compileSchema(t)
	for text, valid := range map[string]bool{
		sample: true, "{}": true, "server: {explain: 1}": false, "nosuch: 1": false, "policies: [{profile: entra}]": false, "policies: []": false,
		"policies: [{name: a, length: {min: 2000}}]": false, "policies: [{name: a, length: {min: 8.5}}]": false, "policies: [{name: a, profile: asvs}]": true,
		"policies: [{name: a, mode: on}]": false, "policies: [{name: a, patterns: [{denied: x}]}]": false, "policies: [{name: a, groups: ['']}]": false,
	} {
		var document any
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(asJSON(t, document)); (err == nil) != valid {
			t.Errorf("%q: the schema says %v", text, err)
		}
		if _, err := load(t, text); (err == nil) != valid {
			t.Errorf("%q: Load says %v", text, err)
		}
	}
}

// TestShow reads back what is shown: the values are those that run.
func TestShow(t *testing.T) {
	for _, text := range []string{"", sample} {
		l, err := load(t, text)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := l.Show()
		if err != nil {
			t.Fatal(err)
		}
		again, err := load(t, string(shown))
		if err != nil {
			t.Fatalf("%v\n%s", err, shown)
		}
		if diff := cmp.Diff(l.Config, again.Config); diff != "" {
			t.Errorf("%s\n%s", diff, shown)
		}
		settings := l.Settings()
		for _, s := range settings {
			if s.Key == "" || s.Origin == "" || s.Value == nil {
				t.Errorf("setting %+v", s)
			}
		}
		if lines := strings.Count(string(shown), " # "); lines < len(settings)*9/10 {
			t.Errorf("%d origins for %d settings\n%s", lines, len(settings), shown)
		}
	}
}

func TestProfiles(t *testing.T) {
	want := []string{"default", "strict", "entra", "nist", "asvs"}
	if diff := cmp.Diff(want, config.Profiles()); diff != "" {
		t.Error(diff)
	}
	for _, name := range want {
		p, ok := config.Profile(name)
		if !ok || p.Name != name || p.Validate() != nil {
			t.Errorf("%s: %+v %v", name, p, p.Validate())
		}
		if first := config.BuiltIn(name); len(first) != len(want) || !reflect.DeepEqual(first[0], p) {
			t.Errorf("%s is not first", name)
		}
	}
	for name, p := range map[string]engine.Policy{"default": engine.DefaultPolicy(), "entra": engine.EntraPolicy()} {
		if got, _ := config.Profile(name); !reflect.DeepEqual(got, p) {
			t.Errorf("%s differs from that of the engine", name)
		}
	}
	if strict, _ := config.Profile("strict"); strict.RequiredGuesses <= engine.DefaultPolicy().RequiredGuesses {
		t.Error("strict asks for no more guesses than default")
	}
	nist, _ := config.Profile("nist")
	asvs, _ := config.Profile("asvs")
	for _, p := range []engine.Policy{nist, asvs} {
		if p.Complexity || p.MinClasses > 0 || p.Minima != (engine.Minima{}) || p.Bands != nil || p.Points.Required > 0 || p.Allowed != "" || p.Expressions != nil || p.MaxLength < 64 {
			t.Errorf("%s has composition rules: %+v", p.Name, p)
		}
	}
	if _, ok := config.Profile("medium"); ok {
		t.Error("an unknown profile is found")
	}
}

// TestSources makes sure that sources are of keys that exist.
func TestSources(t *testing.T) {
	for _, name := range config.Profiles() {
		p, _ := config.Profile(name)
		found := 0
		if _, err := config.ShowPolicy(p, func(path string) string {
			if config.Source(name, path) != "" {
				found++
			}
			return ""
		}); err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"entra": 5, "nist": 11, "asvs": 11}[name]; found != want {
			t.Errorf("%s: %d sources are of keys, want %d", name, found, want)
		}
	}
}

// FuzzLoad gives any bytes: errors, no panic; what is accepted is shown and
// read back as the same.
func FuzzLoad(f *testing.F) {
	for _, text := range []string{sample, "", "a: &a [*a]", "policies: [{name: a, patterns: [{deny: x}]}]", "? {a: b}\n: c\n", "<<: {server: {listen: x}}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := load(t, string(data))
		if err != nil {
			return
		}
		shown, err := l.Show()
		if err != nil {
			t.Fatal(err)
		}
		again, err := load(t, string(shown))
		if err != nil {
			t.Fatalf("%v\n%s", err, shown)
		}
		if diff := cmp.Diff(len(l.Settings()), len(again.Settings())); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAuditSection(t *testing.T) {
	path := write(t, "audit: {file: log/audit.jsonl, key_file: /etc/key, rotate_age: 1h30m, full: refuse, sync: always}\nserver: {stale_after: 24h}\n")
	l, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default().Audit
	want.File, want.KeyFile, want.RotateAge = filepath.Join(filepath.Dir(path), "log/audit.jsonl"), "/etc/key", 90*time.Minute
	want.Refuse, want.Sync = true, "always"
	if diff := cmp.Diff(want, l.Audit); diff != "" || l.Server.StaleAfter != 24*time.Hour {
		t.Error(diff)
	}
}

// TestTrustedProxies takes networks of IPv4 that are written as IPv6 for what they are:
// no address of a connection is in them otherwise.
func TestTrustedProxies(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3": "10.1.2.3/32", "10.1.2.3/8": "10.0.0.0/8", "::ffff:10.1.2.3": "10.1.2.3/32", "::ffff:10.0.0.0/104": "10.0.0.0/8",
		"2001:db8::1/32": "2001:db8::/32", "::/0": "::/0",
	} {
		l, err := load(t, fmt.Sprintf("server: {trusted_proxies: [%q]}\n", text))
		if err != nil || len(l.Server.TrustedProxies) != 1 || l.Server.TrustedProxies[0].String() != want {
			t.Errorf("%s: %v, %v", text, l, err)
		}
	}
}

// TestWarnings warns of networks that nobody's proxies are.
func TestWarnings(t *testing.T) {
	for text, warned := range map[string]bool{
		"0.0.0.0/0": true, "::/0": true, "::ffff:0.0.0.0/96": true, "128.0.0.0/1": true, "2000::/3": true,
		"10.0.0.0/8": false, "fc00::/7": false, "10.1.2.3": false, "::1": false,
	} {
		l, err := load(t, fmt.Sprintf("server:\n  trusted_proxies:\n    - 192.0.2.1\n    - %q\n", text))
		if err != nil {
			t.Fatal(err)
		}
		all := l.Warnings()
		if len(all) > 1 || (len(all) == 1) != warned {
			t.Errorf("%s: %q", text, all)
		} else if warned && !regexp.MustCompile(`veto.yaml:4: server.trusted_proxies\[1\]: \S+ holds`).MatchString(all[0]) {
			t.Errorf("%s: %q", text, all)
		}
	}
}

// TestIdle warns of policies that refuse nothing, in which one rule is enough to
// refuse, and of none of the built-in ones.
func TestIdle(t *testing.T) {
	var audited strings.Builder
	rules := []string{"length", "characters", "complexity", "classes", "points", "repeats", "sequences", "breached", "listed", "near", "banned", "names", "score", "old"}
	for i, rule := range rules {
		fmt.Fprintf(&audited, "    %s: {mode: %q}\n", rule, []string{"audit", "off"}[i%2])
	}
	all := audited.String()
	for text, want := range map[string]string{
		"":                                  "",
		"    mode: enforce\n":               "",
		"    mode: off\n":                   "its mode is off",
		"    mode: audit\n":                 "its mode is audit",
		all:                                 "all its rules are in mode off or audit",
		all + "    patterns: [{deny: x}]\n": "",
		all + "    patterns: [{deny: x, mode: audit}]\n":                 "all its rules",
		strings.Replace(all, `length: {mode: "audit"}`, "length: {}", 1): "",
	} {
		l, err := load(t, "policies:\n  - name: first\n  - name: second\n    groups: [x]\n    precedence: 1\n"+text)
		if err != nil {
			t.Fatal(err)
		}
		got := l.Warnings()
		switch {
		case want == "" && len(got) > 0, want != "" && len(got) != 1:
			t.Errorf("%s: %q", text, got)
		case want != "" && !regexp.MustCompile(`veto.yaml:3: policies\[1\]: policy second refuses nothing: `+want).MatchString(got[0]):
			t.Errorf("%s: %q", text, got)
		}
	}
	for _, name := range config.Profiles() {
		p, _ := config.Profile(name)
		for _, why := range config.Idle([]engine.Policy{p}) {
			t.Errorf("%s: %s", name, why)
		}
	}
}
