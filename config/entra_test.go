package config_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
)

const ruleSettings = `{"id":"1","displayName":"Password Rule Settings","templateId":"5cf42378-d67d-4f36-ba46-e8b86229381d","values":[
	{"name":"BannedPasswordCheckOnPremisesMode","value":"MODE"},{"name":"EnableBannedPasswordCheckOnPremises","value":"CONTROLLERS"},
	{"name":"EnableBannedPasswordCheck","value":"CUSTOM"},{"name":"LockoutDurationInSeconds","value":"60"},
	{"name":"BannedPasswordList","value":"contoso\tnorth wind\t\t#1: \"x\""}]}`

// settings returns the settings of a tenant.
func settings(mode, controllers, custom string) string {
	return strings.NewReplacer("MODE", mode, "CONTROLLERS", controllers, "CUSTOM", custom).Replace(ruleSettings)
}

func TestImportEntra(t *testing.T) {
	words := []string{"contoso", "north wind", `#1: "x"`}
	other := `{"displayName":"Group.Unified","templateId":"62375ab9-6b52-47ed-826b-58e47e0e304b","values":[{"name":"AllowToAddGuests","value":"true"}]}`
	all := settings("Enforce", "True", "True")
	for _, c := range []struct {
		name, text string
		words      []string
		sidecar    engine.Mode
		note       string
	}{
		{"answer", `{"value":[` + other + `,` + all + `]}`, words, engine.Enforce, "LockoutDurationInSeconds is left out"},
		{"array", "[" + all + "]", words, engine.Enforce, "the built-in lists"},
		{"one", all, words, engine.Enforce, "the built-in lists"},
		{"UTF-16", string(windows(all)), words, engine.Enforce, "the built-in lists"},
		{"PowerShell", strings.NewReplacer(`"name"`, `"Name"`, `"value"`, `"Value"`, `"values"`, `"Values"`, "templateId", "TemplateId").Replace(all), words, engine.Enforce, "the built-in lists"},
		{"audit", settings("Audit", "true", "true"), words, engine.Audit, "the built-in lists"},
		{"not on controllers", settings("Enforce", "False", "True"), words, engine.Audit, "on controllers it was off"},
		{"no custom list", settings("Enforce", "True", "False"), nil, engine.Enforce, "the 3 words of the custom list are left out"},
		{"list", "\ufeffcontoso\r\n\r\n  fabrikam \r\n\"a,b\"", []string{"contoso", "fabrikam", "a,b"}, engine.Enforce, "no settings in a list"},
	} {
		in, err := config.ImportEntra([]byte(c.text), "x.json")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.words, in.Words); diff != "" || in.Sidecar != c.sidecar || !strings.Contains(strings.Join(in.Notes, "\n"), c.note) {
			t.Errorf("%s: %s, sidecar %v, notes %q", c.name, diff, in.Sidecar, in.Notes)
		}
		if diff := cmp.Diff(engine.EntraPolicy(), in.Policy); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		checkYAML(t, in)
	}
}

// checkYAML reads what an import writes.
func checkYAML(t *testing.T, in config.Imported) {
	t.Helper()
	text, err := in.YAML()
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, string(text))
	l, err := config.Load(path, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var files []string
	for _, f := range in.Files {
		files = append(files, filepath.Join(filepath.Dir(path), f))
	}
	want := config.Config{Policies: []engine.Policy{in.Policy}, Terms: config.Terms{Global: true, Words: in.Words, Files: files}}
	got := config.Config{Policies: l.Policies, Terms: l.Terms}
	if diff := cmp.Diff(want, got); diff != "" || l.Sidecar.Mode != in.Sidecar {
		t.Errorf("%s, sidecar %v\n%s", diff, l.Sidecar.Mode, text)
	}
}

func TestImportEntraErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "x: holds no words",
		"\n \n":                               "x: holds no words",
		"{":                                   "x: is not what Microsoft Graph answers",
		"[1]":                                 "x: is not what Microsoft Graph answers",
		"{}":                                  "x: has no setting of the template",
		`{"value":[]}`:                        "x: has no setting of the template",
		"good\na,b\n":                         "x:2: has more than one column",
		settings("Sometimes", "True", "True"): "x: BannedPasswordCheckOnPremisesMode: must be Enforce",
		settings("Audit", "1", "True"):        "x: EnableBannedPasswordCheckOnPremises: must be True or False",
	} {
		_, err := config.ImportEntra([]byte(text), "x")
		var errs config.Errors
		if !errors.As(err, &errs) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func FuzzImportEntra(f *testing.F) {
	f.Add([]byte(ruleSettings))
	f.Add(windows(ruleSettings))
	f.Add([]byte("contoso\n\"fabrikam\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := config.ImportEntra(data, "x")
		if err != nil {
			return
		}
		if _, err := in.YAML(); err != nil {
			t.Error(err)
		}
	})
}

func TestImportOpenPasswordFilter(t *testing.T) {
	folder := fstest.MapFS{
		"opfmatch.txt":  {Data: []byte("Password1\r\n")},
		"opfcont.txt":   {Data: []byte("welcome\r\n")},
		"opfregex.txt":  {Data: []byte("xx.*xx\r\n\r\n^\\d+$")},
		"opfgroups.txt": {Data: []byte("Staff\r\n")},
	}
	in, err := config.ImportOpenPasswordFilter(folder, "OPF")
	if err != nil {
		t.Fatal(err)
	}
	want := engine.DefaultPolicy()
	want.Name, want.RefuseNear, want.RefuseSubject = "openpasswordfilter", true, true
	want.Expressions = []engine.Expression{{Text: "(?i)xx.*xx"}, {Text: `(?i)^\d+$`}}
	if diff := cmp.Diff(want, in.Policy); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"OPF/opfmatch.txt", "OPF/opfcont.txt"}, in.Files); diff != "" {
		t.Error(diff)
	}
	if notes := strings.Join(in.Notes, "\n"); !strings.Contains(notes, "members of groups") {
		t.Error(notes)
	}
	checkYAML(t, in)

	for _, c := range []struct {
		folder fstest.MapFS
		want   string
	}{
		{fstest.MapFS{}, "OPF: has none of opfmatch.txt"},
		{fstest.MapFS{"opfregex.txt": {Data: []byte("a\r\n\r\n(?=b)\nc(\n")}}, "OPF/opfregex.txt:3: cannot be taken over: RE2 has no lookaround and no backreferences; write it as several expressions, or take it out and import again\nOPF/opfregex.txt:4: "},
		{fstest.MapFS{"opfcont.txt": {Data: []byte("\xff\xfea")}}, ""},
	} {
		in, err := config.ImportOpenPasswordFilter(c.folder, "OPF")
		var errs config.Errors
		if c.want == "" {
			if err != nil || len(in.Policy.Expressions) > 0 {
				t.Errorf("%v, %+v", err, in)
			}
		} else if !errors.As(err, &errs) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestEntraWords wants the words of the custom list, on or off, and of nothing else.
func TestEntraWords(t *testing.T) {
	words := []string{"contoso", "north wind", `#1: "x"`}
	all := settings("Enforce", "True", "False")
	for text, want := range map[string][]string{
		all: words, "[" + all + "]": words, `{"value":[` + all + `]}`: words, string(windows(all)): words,
		"": nil, "contoso": nil, `{"entries":["contoso"]}`: nil, `["5cf42378-d67d-4f36-ba46-e8b86229381d"]`: nil,
		`{"note":"5cf42378-d67d-4f36-ba46-e8b86229381d","entries":["contoso"]}`: nil, all[:len(all)-1]: nil,
	} {
		have, ok := config.EntraWords([]byte(text))
		if diff := cmp.Diff(want, have); diff != "" || ok != (want != nil) {
			t.Errorf("%.60s: %t %s", text, ok, diff)
		}
	}
}
