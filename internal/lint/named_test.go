package lint_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNamedTests wants every test that the documents name as folder.Test to exist.
func TestNamedTests(t *testing.T) {
	named := regexp.MustCompile("`([a-z/]+)\\.(Test[A-Za-z]+)`")
	documents, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range named.FindAllStringSubmatch(string(text), -1) {
			found++
			if !hasTest(t, name[1], name[2]) {
				t.Errorf("%s: there is no %s in %s", document, name[2], name[1])
			}
		}
	}
	if found == 0 {
		t.Error("no document names a test")
	}
}

// hasTest reports whether the tests in a folder have one of that name.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}
