package config

import (
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Show returns the values that hold as YAML that Load reads as the same, each
// with its origin as a comment.
func (l *Loaded) Show() ([]byte, error) {
	out, err := yaml.Marshal(showFields(&writer{l.Origin}, "", &l.Config, sections))
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
func (l *Loaded) Settings() []Setting {
	var all []Setting
	l.flatten(&all, "", showFields(&writer{}, "", &l.Config, sections))
	return all
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
