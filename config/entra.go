package config

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/vetopw/veto/engine"
)

// entraTemplate is the id of the template "Password Rule Settings" of Microsoft
// Graph, of which a tenant's password protection is an instance (groupSettings).
const entraTemplate = "5cf42378-d67d-4f36-ba46-e8b86229381d"

// entraWords is the value with the custom list.
const entraWords = "BannedPasswordList"

// ImportEntra makes a configuration of the password protection of a Microsoft
// Entra tenant: of the answer of Microsoft Graph to GET /v1.0/groupSettings, of one
// setting of it or of the same from PowerShell as JSON, or of the custom list alone,
// one word a line. The policy is the profile entra. The error is Errors.
func ImportEntra(data []byte, file string) (Imported, error) {
	plain, err := decodeText(data, file)
	if err != nil {
		return Imported{}, err
	}
	in := Imported{Policy: engine.EntraPolicy()}
	in.note("the global list of Microsoft is secret; the built-in lists stand for it")
	in.note("the profile follows the documented rules and no more; profile: default refuses far more of what attackers try")
	text := bytes.TrimSpace(plain)
	if bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("[")) {
		err = entraSettings(&in, text, file)
	} else {
		err = entraList(&in, text, file)
	}
	if err != nil {
		return Imported{}, err
	}
	return in, nil
}

// EntraWords returns the words of the custom list in the settings of a tenant as
// ImportEntra reads them, whether the list is on or off; ok is false if text is
// anything else.
func EntraWords(text []byte) (words []string, ok bool) {
	plain, err := decodeText(text, "")
	if plain = bytes.TrimSpace(plain); err != nil || len(plain) == 0 || !bytes.Contains(bytes.ToLower(plain), []byte(entraTemplate)) {
		return nil, false
	}
	setting, err := graphSettings(plain)
	if err != nil {
		return nil, false
	}
	var in Imported
	for _, v := range setting.Values {
		if v.Name == entraWords {
			in.addWords(v.Value)
		}
	}
	return in.Words, true
}

// entraList reads the custom list: a word a line, or CSV of one column.
func entraList(in *Imported, text []byte, file string) error {
	lines := csv.NewReader(bytes.NewReader(text))
	lines.LazyQuotes, lines.FieldsPerRecord = true, -1
	for {
		cells, err := lines.Read()
		if err == io.EOF {
			break
		}
		line, _ := lines.FieldPos(0)
		if err != nil {
			return Errors{{File: file, Line: line, Detail: "must be a word, or JSON from Microsoft Graph"}}
		}
		if len(cells) > 1 {
			return Errors{{File: file, Line: line, Detail: "has more than one column; keep the one with the words"}}
		}
		in.addWords(cells[0])
	}
	if len(in.Words) == 0 {
		return Errors{{File: file, Detail: "holds no words; save the custom list, one word a line, or the answer of Microsoft Graph to GET /v1.0/groupSettings"}}
	}
	in.note("there are no settings in a list; controllers enforce, as the cloud does")
	return nil
}

// addWords adds words, between which there are tabs as in Microsoft Graph.
func (i *Imported) addWords(list string) {
	for word := range strings.SplitSeq(list, "\t") {
		if word = strings.TrimSpace(word); word != "" {
			i.Words = append(i.Words, word)
		}
	}
}

// graphSetting is a groupSetting of Microsoft Graph. Names are compared without
// case, as PowerShell capitalizes them.
type graphSetting struct {
	TemplateID string
	Values     []struct{ Name, Value string }
}

// graphSettings finds the setting of password protection in an answer, an array
// or by itself.
func graphSettings(text []byte) (*graphSetting, error) {
	var answer struct {
		Value []graphSetting
		graphSetting
	}
	var err error
	if text[0] == '[' {
		err = json.Unmarshal(text, &answer.Value)
	} else {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		return nil, fmt.Errorf("is not what Microsoft Graph answers: %w", err)
	}
	for _, s := range append(answer.Value, answer.graphSetting) {
		if strings.EqualFold(s.TemplateID, entraTemplate) {
			return &s, nil
		}
	}
	return nil, fmt.Errorf("has no setting of the template %s (Password Rule Settings): the tenant has never changed its password protection, and there is nothing to import", entraTemplate)
}

// entraSettings reads the settings of a tenant.
func entraSettings(in *Imported, text []byte, file string) error {
	setting, err := graphSettings(text)
	if err != nil {
		return Errors{{File: file, Detail: err.Error()}}
	}
	values := map[string]string{}
	for _, v := range setting.Values {
		values[v.Name] = v.Value
	}
	var errs Errors
	take := func(name, otherwise string, words ...string) string {
		v, ok := values[name]
		delete(values, name)
		if !ok || v == "" {
			return otherwise
		}
		for _, w := range words {
			if strings.EqualFold(v, w) {
				return w
			}
		}
		errs = append(errs, &Error{File: file, Path: name, Detail: "must be " + strings.Join(words, " or ")})
		return otherwise
	}
	custom := take("EnableBannedPasswordCheck", "False", "True", "False") == "True"
	controllers := take("EnableBannedPasswordCheckOnPremises", "False", "True", "False") == "True"
	mode := take("BannedPasswordCheckOnPremisesMode", "Audit", "Enforce", "Enforced", "Audit")
	if len(errs) > 0 {
		return errs
	}
	in.addWords(values[entraWords])
	if len(in.Words) > 0 && !custom {
		in.note("EnableBannedPasswordCheck is off, so the %d words of the custom list are left out; save them one a line to import them", len(in.Words))
		in.Words = nil
	}
	delete(values, entraWords)
	if !controllers {
		in.note("on controllers it was off; sidecar.mode: audit refuses nothing there, and tells what it would")
	}
	if !controllers || mode == "Audit" {
		in.Sidecar = engine.Audit
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		in.note("%s is left out: it is not about new passwords", name)
	}
	return nil
}
