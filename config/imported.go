package config

import (
	"bytes"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/vetopw/veto/engine"
)

// Imported is a configuration made of another product's settings.
type Imported struct {
	Policy engine.Policy
	// Words are banned, as terms.words. They are not checked.
	Words []string
	// Files are lists of words, as terms.files.
	Files []string
	// Sidecar is the mode of the local endpoint.
	Sidecar engine.Mode
	// Notes says what is not the same here, one sentence each.
	Notes []string
}

func (i *Imported) note(format string, args ...any) {
	i.Notes = append(i.Notes, fmt.Sprintf(format, args...))
}

// YAML returns the configuration as Load reads it, with the notes as comments.
func (i *Imported) YAML() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("# Made of another product's settings. Not the same here:\n")
	for _, note := range i.Notes {
		fmt.Fprintf(&out, "# - %s\n", note)
	}
	terms := map[string][]string{}
	if len(i.Words) > 0 {
		terms["words"] = i.Words
	}
	if len(i.Files) > 0 {
		terms["files"] = i.Files
	}
	if len(terms) > 0 {
		if err := writeSection(&out, "terms", terms); err != nil {
			return nil, err
		}
	}
	for word, mode := range SidecarModes() {
		if mode == i.Sidecar && mode != engine.Enforce {
			if err := writeSection(&out, "sidecar", map[string]string{"mode": word}); err != nil {
				return nil, err
			}
		}
	}
	policy := showFields(&writer{}, "", &i.Policy, policyFields)
	if err := writeSection(&out, "policies", []*yaml.Node{policy}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// writeSection writes one key of a configuration.
func writeSection(out *bytes.Buffer, key string, value any) error {
	text, err := yaml.Marshal(map[string]any{key: value})
	if err != nil {
		return fmt.Errorf("config: import: %s: %w", key, err)
	}
	out.Write(text)
	return nil
}

// decodeText returns data as UTF-8, if it is UTF-16 with a byte order mark.
func decodeText(data []byte, file string) ([]byte, error) {
	text, _, err := transform.Bytes(unicode.BOMOverride(unicode.UTF8.NewDecoder()), data)
	if err != nil {
		return nil, Errors{{File: file, Detail: "is neither UTF-8 nor UTF-16 text"}}
	}
	return text, nil
}

// caseless makes an expression of one of .NET that ignores case.
func caseless(text string, required bool) (engine.Expression, error) {
	x := engine.Expression{Text: "(?i)" + text, Required: required}
	if err := (engine.Policy{Name: "import", Expressions: []engine.Expression{x}}).Validate(); err != nil {
		return x, errors.New("cannot be taken over: RE2 has no lookaround and no backreferences; write it as several expressions, or take it out and import again")
	}
	return x, nil
}
