package lists_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

func TestGlobalTerms(t *testing.T) {
	terms := lists.GlobalTerms()
	if len(terms) != 10_000 {
		t.Errorf("%d terms, want 10,000", len(terms))
	}
	seen := map[string]bool{}
	for i, term := range terms {
		folded := string(engine.AppendFold(nil, []byte(term.Text)))
		odd := strings.IndexFunc(term.Text, func(r rune) bool { return !unicode.IsLower(r) && !unicode.IsDigit(r) })
		if int(term.Rank) != i+1 || folded != term.Text || seen[folded] || len(folded) < 4 || odd >= 0 {
			t.Errorf("term %d: %+v", i, term)
		}
		seen[folded] = true
	}
	for word, rank := range map[string]uint32{"password": 10, "dragon": 50, "summer": 200, "passwort": 2000, "motdepasse": 2000} {
		if !hasTerm(terms[:rank], word) {
			t.Errorf("%s is not among the first %d", word, rank)
		}
	}
	for _, fragment := range []string{"tion", "ther", "passw", "passwor", "footbal"} {
		if hasTerm(terms, fragment) {
			t.Errorf("%s is a term", fragment)
		}
	}
}

func hasTerm(terms []engine.Term, word string) bool {
	for _, t := range terms {
		if t.Text == word {
			return true
		}
	}
	return false
}

func TestGlobalChars(t *testing.T) {
	if _, err := lists.GlobalChars(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("data/chars.bin")
	if err != nil {
		t.Fatal(err)
	}
	const classes = engine.CharClasses
	for i, cost := range data {
		priced := i%classes > 0 && i%classes < classes-1
		if cost > 9*16+1 || (cost == 0) == priced {
			t.Errorf("class %d after %d and %d costs %d", i%classes, i/classes/classes, i/classes%classes, cost)
		}
	}
	at := func(a, b, c rune) byte {
		return data[(engine.CharClass(a)*classes+engine.CharClass(b))*classes+engine.CharClass(c)]
	}
	if common, rare := at('i', 'n', 'g'), at('q', 'x', 'z'); common > 2*16+8 || rare < 4*16 {
		t.Errorf("g after in costs %d, z after qx %d", common, rare)
	}
}

// TestReadme compares the digests in the data's README with the files.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("data/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var total int
	for _, name := range []string{"terms.txt", "passwords.bin", "chars.bin"} {
		data, err := os.ReadFile("data/" + name)
		if err != nil {
			t.Fatal(err)
		}
		total += len(data)
		var row string
		for line := range strings.Lines(string(readme)) {
			if strings.HasPrefix(line, "| `"+name+"` |") {
				row = line
			}
		}
		if sum := fmt.Sprintf("| `%x` |", sha256.Sum256(data)); !strings.Contains(row, sum) {
			t.Errorf("%s: README.md lacks %s", name, sum)
		}
	}
	if total > 8<<20 {
		t.Errorf("%d bytes are embedded, more than 8 MiB", total)
	}
}
