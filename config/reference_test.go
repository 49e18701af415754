package config_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/vetopw/veto/config"
)

// schemaNode is the part of JSON Schema that the table of keys needs.
type schemaNode struct {
	Type, Description string
	Enum              []string
	Minimum, Maximum  *float64
	Properties        map[string]*schemaNode
	Items             *schemaNode
}

// rows returns a row for each key below the node.
func (n *schemaNode) rows(path string) (rows []string) {
	for _, key := range slices.Sorted(maps.Keys(n.Properties)) {
		child, at := n.Properties[key], strings.TrimPrefix(path+"."+key, ".")
		inner := child
		if child.Items != nil && child.Items.Properties != nil {
			inner, at = child.Items, at+"[]"
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", at, child.values(), strings.ReplaceAll(child.Description, "|", `\|`)))
		rows = append(rows, inner.rows(at)...)
	}
	return rows
}

func (n *schemaNode) values() string {
	switch {
	case n.Enum != nil:
		return "`" + strings.Join(n.Enum, "` `") + "`"
	case n.Minimum != nil:
		return grouped(*n.Minimum) + "–" + grouped(*n.Maximum)
	case n.Type == "boolean":
		return "`true` `false`"
	case n.Type == "string":
		return "text"
	case n.Type == "array" && n.Items.Properties == nil:
		return "texts"
	}
	return ""
}

// grouped writes a number of five digits and more with commas.
func grouped(n float64) string {
	if n < 1e4 {
		return fmt.Sprint(n)
	}
	return message.NewPrinter(language.English).Sprintf("%.0f", n)
}

// TestReference compares the table of keys in the documentation with the keys.
func TestReference(t *testing.T) {
	const path, begin, end = "../docs/CONFIG.md", "-update\" -->\n", "<!-- end -->"
	var schema schemaNode
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	want := "| key | values | |\n|---|---|---|\n" + strings.Join(schema.rows(""), "\n") + "\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), begin)
	have, tail, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("%s has no place for the table", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+begin+want+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if have != want {
		t.Errorf("the table of %s differs from the keys; write it with: go test ./config -update", path)
	}
	_, example, _ := strings.Cut(head, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if l, err := load(t, example); err != nil || len(l.Policies) != 2 {
		t.Errorf("the example of %s: %v", path, err)
	}
}
