package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Show returns the values that hold as YAML that Load reads as the same, each
// with its origin as a comment. Only passwords of URLs are left out, see MaskURL.
func (l *Loaded) Show() ([]byte, error) {
	out, err := yaml.Marshal(showFields(&writer{note: l.Origin}, "", &l.Config, sections))
	if err != nil {
		return nil, fmt.Errorf("config: show: %w", err)
	}
	return out, nil
}

// Setting is one value that holds.
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Origin string `json:"origin"`
}

// Settings returns the values that hold, in the order of Show.
func (l *Loaded) Settings() []Setting { return l.settings(&writer{}) }

func (l *Loaded) settings(w *writer) []Setting {
	var all []Setting
	l.flatten(&all, "", showFields(w, "", &l.Config, sections))
	return all
}

// Changes returns the keys whose values are others in to, in order. A password of a
// URL counts, though Settings does not show it.
func (l *Loaded) Changes(to *Loaded) (keys []string) {
	values := func(l *Loaded) map[string]string {
		all := map[string]string{}
		for _, s := range l.settings(&writer{secrets: true}) {
			all[s.Key] = fmt.Sprint(s.Value)
		}
		return all
	}
	if reflect.DeepEqual(l.Config, to.Config) { // as mostly
		return nil
	}
	before, after := values(l), values(to)
	for key, value := range before {
		if now, ok := after[key]; !ok || now != value {
			keys = append(keys, key)
		}
	}
	for key := range after {
		if _, ok := before[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (l *Loaded) flatten(all *[]Setting, path string, n *yaml.Node) {
	switch {
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			l.flatten(all, join(path, n.Content[i].Value), n.Content[i+1])
		}
	case n.Kind == yaml.SequenceNode && n.Style != yaml.FlowStyle:
		for i, v := range n.Content {
			l.flatten(all, item(path, i), v)
		}
	default:
		s := Setting{Key: path, Origin: l.Origin(path)}
		_ = n.Decode(&s.Value) // what was encoded decodes
		*all = append(*all, s)
	}
}

// Schema returns the JSON Schema (draft 2020-12) of a configuration. What it
// cannot say, such as bounds that depend on each other, Load checks.
func Schema() []byte {
	schema := describeFields(sections)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "veto.yaml"
	out, _ := json.MarshalIndent(schema, "", "  ") // maps, slices, text and numbers never fail
	return append(out, '\n')
}
