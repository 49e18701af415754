package lint_test

import (
	"os"
	"testing"

	"github.com/vetopw/veto/internal/lint"
)

// exceptions from the limits of length, each with its reason.
var exceptions = lint.Exceptions{
	Functions: map[string]string{},
	Files:     map[string]string{},
}

func TestRepository(t *testing.T) {
	findings, err := lint.Check(os.DirFS("../.."), exceptions)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Error(f)
	}
}
