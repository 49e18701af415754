package lists

import (
	_ "embed"
	"fmt"
	"iter"
	"strings"

	"github.com/vetopw/veto/engine"
)

// What every program holds; data/README.md has sources, licenses and digests.
// Nothing writes to the byte slices.
var (
	//go:embed data/terms.txt
	globalTerms string
	//go:embed data/passwords.bin
	globalPasswords []byte
	//go:embed data/chars.bin
	globalChars []byte
)

// GlobalTerms returns the embedded list of terms, about 10,000, by popularity:
// the rank of a term is its place, from 1. The slice is the caller's.
func GlobalTerms() []engine.Term {
	terms := make([]engine.Term, 0, 10_000)
	for line := range globalLines() {
		terms = append(terms, engine.Term{Text: line, Rank: uint32(len(terms) + 1)})
	}
	return terms
}

// globalLines yields the embedded terms in order.
func globalLines() iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(globalTerms) {
			line = strings.TrimSuffix(line, "\n")
			if line != "" && line[0] != '#' && !yield(line) {
				return
			}
		}
	}
}

// GlobalPasswords returns the embedded set of 887,274 whole passwords. It
// fails with an error that wraps ErrCorrupt if the program is damaged.
func GlobalPasswords() (*PasswordSet, error) { return OpenPasswordSet(globalPasswords) }

// GlobalChars returns the embedded model of what single characters cost. It
// fails if the program is damaged.
func GlobalChars() (*engine.CharModel, error) {
	m, err := engine.ParseCharModel(globalChars)
	if err != nil {
		return nil, fmt.Errorf("lists: character model: %w", err)
	}
	return m, nil
}
