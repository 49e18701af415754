//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestForeignLists imports lists of words as other products have them.
func TestForeignLists(t *testing.T) {
	dir := t.TempDir()
	_, _, addr := startServe(t, "--no-global", "--store", filepath.Join(dir, "store"))
	const template = "5cf42378-d67d-4f36-ba46-e8b86229381d"
	type entry struct {
		Text, Match string
		Ban         bool
	}
	contains := func(texts ...string) (all []entry) {
		for _, text := range texts {
			all = append(all, entry{Text: text, Match: "contains"})
		}
		return all
	}
	for _, test := range []struct {
		list, file, content string
		flags               []string
		want                []entry
	}{
		{"graph", "entra.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#groupSettings","value":[` +
			`{"id":"1","displayName":"Group.Unified","templateId":"62375ab9-6b52-47ed-826b-58e47e0e304b","values":[{"name":"AllowToAddGuests","value":"true"}]},` +
			`{"id":"2","displayName":"Password Rule Settings","templateId":"` + template + `","values":[{"name":"EnableBannedPasswordCheck","value":"False"},` +
			`{"name":"BannedPasswordList","value":"contoso\tnorth wind"}]}]}`, nil, contains("contoso", "north wind")},
		{"powershell", "setting.json", "\xff\xfe" + wide(`{"Id":"2","TemplateId":"`+template+`","Values":[{"Name":"BannedPasswordList","Value":"contoso"}]}`), nil, contains("contoso")},
		{"portal", "custom.txt", "contoso\r\nnorthwind\r\n", nil, contains("contoso", "northwind")},
		{"lithnet", "words.txt", "\ufeffcontoso\r\n\r\nnorthwind", nil, contains("contoso", "northwind")},
		{"parts", "opfcont.txt", "welcome\r\ncontoso\r\n", []string{"--ban"}, []entry{{"contoso", "contains", true}, {"welcome", "contains", true}}},
		{"whole", "opfmatch.txt", "Password1\r\nSummer2015\r\n", []string{"--ban", "--match", "exact"}, []entry{{"Password1", "exact", true}, {"Summer2015", "exact", true}}},
	} {
		path := filepath.Join(dir, test.file)
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append([]string{"lists", "import", test.list, path, "--server", "http://" + addr}, test.flags...)
		if out, err := exec.Command("veto", args...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", test.list, err, out)
			continue
		}
		_, _, answer := send(t, "GET", "http://"+addr+"/v1/lists/"+test.list+"/export?format=json", "")
		var list struct{ Entries []entry }
		if err := json.Unmarshal(answer, &list); err != nil {
			t.Fatalf("%s: %v: %s", test.list, err, answer)
		}
		if diff := cmp.Diff(test.want, list.Entries); diff != "" {
			t.Errorf("%s: %s", test.list, diff)
		}
	}
}

// wide returns ASCII as UTF-16, as Windows PowerShell writes files.
func wide(text string) string {
	var out []byte
	for _, b := range []byte(text) {
		out = append(out, b, 0)
	}
	return string(out)
}
