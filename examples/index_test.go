//go:build unix

package examples_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIndex compares the folders with docs/INTEGRATIONS.md.
func TestIndex(t *testing.T) {
	index, err := os.ReadFile("../docs/INTEGRATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	readmes, err := filepath.Glob("*/README.md")
	if err != nil || len(readmes) == 0 {
		t.Fatal("no examples:", err)
	}
	for _, readme := range readmes {
		if folder := filepath.Dir(readme); !strings.Contains(string(index), "(../examples/"+folder+")") {
			t.Errorf("docs/INTEGRATIONS.md does not have %s", folder)
		}
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(e.Name(), "README.md")); e.IsDir() && e.Name() != "testdata" && err != nil {
			t.Errorf("%s: %v", e.Name(), err)
		}
	}
}
