package lint_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	link     = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fenced   = regexp.MustCompile("(?ms)^```.*?^```")
	houseRow = regexp.MustCompile("(?m)^\\| `([a-z/]+)/` \\|.*$")
	source   = regexp.MustCompile("`([a-z0-9_/]+\\.(?:go|c|h|mc|wxs|yaml|service|json))`")
)

// anchors returns what links to the headings of a document end with, as GitHub
// makes them.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		all[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, h[1])] = true
	}
	return all
}

// TestLinks follows the links between documents.
func TestLinks(t *testing.T) {
	paths := []string{"../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md"}
	for _, pattern := range []string{"../../docs/*.md", "../../examples/*/README.md", "../../deploy/helm/veto/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no documents: %v", pattern, err)
		}
		paths = append(paths, found...)
	}
	for _, p := range paths {
		text := read(t, p)
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], ":") {
				continue // another site
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := p
			if file != "" {
				target = filepath.Join(filepath.Dir(p), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: link to %s: %v", p, m[1], err)
			} else if anchor != "" && !anchors(read(t, target))[anchor] {
				t.Errorf("%s: link to %s: no such heading", p, m[1])
			}
		}
	}
}

// TestHouse looks for the files that the table of docs/ARCHITECTURE.md names.
func TestHouse(t *testing.T) {
	rows := houseRow.FindAllStringSubmatch(read(t, "../../docs/ARCHITECTURE.md"), -1)
	if len(rows) < 10 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		if _, err := os.Stat(filepath.Join("../..", row[1])); err != nil {
			t.Error(err)
		}
		enter := row[0][strings.LastIndex(row[0], " | "):]
		for _, m := range source.FindAllStringSubmatch(enter, -1) {
			_, inside := os.Stat(filepath.Join("../..", row[1], m[1]))
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil && inside != nil {
				t.Errorf("row %s: there is no %s", row[1], path.Join(row[1], m[1]))
			}
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
