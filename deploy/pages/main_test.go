package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// TestWrite follows every link of the documents of this tree where they are written.
func TestWrite(t *testing.T) {
	out := t.TempDir()
	if err := write("../..", out, "v1.2.3"); err != nil {
		t.Fatal(err)
	}
	pages := os.DirFS(out)
	for _, name := range []string{"README.md", "docs/OPERATING.md", "docs/images/console-try.png", "bench/results/quality.svg", "lists/data/README.md"} {
		if _, err := fs.Stat(pages, name); err != nil {
			t.Error(err)
		}
	}
	all, site := regexp.MustCompile(`\]\(([^()\s]+)\)`), 0
	err := fs.WalkDir(pages, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".md" {
			return err
		}
		text, err := fs.ReadFile(pages, name)
		for _, m := range all.FindAllStringSubmatch(string(text), -1) {
			file, _, _ := strings.Cut(m[1], "#")
			if rest, ok := strings.CutPrefix(file, "https://github.com/vetopw/veto/"); ok {
				site++
				_, target, _ := strings.Cut(rest, "/v1.2.3/")
				if _, err := os.Stat(filepath.Join("../..", target)); target == "" || err != nil {
					t.Errorf("%s: %s: %v", name, m[1], err)
				}
			} else if file != "" && !strings.Contains(file, ":") {
				if _, err := fs.Stat(pages, path.Join(path.Dir(name), file)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		return err
	})
	if err != nil || site < 10 {
		t.Errorf("%d links to the site, %v", site, err)
	}
}

func TestRelink(t *testing.T) {
	source := fstest.MapFS{"docs/API.md": {}, "examples/curl/README.md": {}, "Makefile": {}}
	tests := []struct{ name, text, want string }{
		{"README.md", "[a](docs/API.md#b) [c](https://example.org/d)", "[a](docs/API.md#b) [c](https://example.org/d)"},
		{"README.md", "[a](Makefile) (b)", "[a](https://github.com/vetopw/veto/blob/main/Makefile) (b)"},
		{"docs/A.md", "[a](../examples/curl), [b](API.md), [c](#d)", "[a](https://github.com/vetopw/veto/tree/main/examples/curl), [b](API.md), [c](#d)"},
		{"docs/A.md", "[a](../examples/curl/README.md#b)", "[a](https://github.com/vetopw/veto/blob/main/examples/curl/README.md#b)"},
	}
	for _, test := range tests {
		if got, err := relink(source, test.name, test.text, "main"); err != nil || got != test.want {
			t.Errorf("%s: %s, %v", test.text, got, err)
		}
	}
	if _, err := relink(source, "docs/A.md", "[a](../gone.md)", "main"); err == nil || !strings.Contains(err.Error(), "docs/A.md: link to ../gone.md") {
		t.Errorf("a link to nothing: %v", err)
	}
}
