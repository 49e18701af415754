package messages_test

import (
	"bufio"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/messages"
)

// Who takes the advice passes, and who is given it does not follow it yet: nearly
// all rows of four uncommon words are accepted, and of three common ones refused.
func TestAdviceHolds(t *testing.T) {
	snapshot, err := lists.Build(lists.Options{Policies: config.Default().Policies})
	if err != nil {
		t.Fatal(err)
	}
	const rows = 1000
	words, random, wrong := embeddedTerms(t), rand.New(rand.NewPCG(1, 2)), map[string]int{}
	check := func(from []string, n int) engine.Verdict {
		var row []string
		for _, i := range random.Perm(len(from))[:n] {
			row = append(row, from[i])
		}
		return snapshot.Engine.Check([]byte(strings.Join(row, " ")), engine.Subject{})
	}
	for range rows {
		if v := check(words[len(words)/10:], 4); v.Decision != engine.Accept {
			wrong["four uncommon words are refused"]++
		}
		if v := check(words[:len(words)/100], 3); !v.Reasons.Has(engine.BannedTerm) || !v.Reasons.Has(engine.LowScore) {
			wrong["three common words are accepted"]++
		}
	}
	for what, n := range wrong {
		if n > rows/100 {
			t.Errorf("%s, %d times in %d", what, n, rows)
		}
	}
	for code, four := range map[string]string{"en": "four or more uncommon", "de": "vier oder mehr seltene", "fr": "quatre mots peu courants", "es": "cuatro o más palabras poco comunes", "ja": "四つ以上"} {
		l := messages.New().Find(code)
		for _, r := range []engine.Reason{engine.TooShort, engine.BannedTerm, engine.BannedPassword} {
			if advice := strings.ToLower(l.Advice(r)); !strings.Contains(advice, four) {
				t.Errorf("%s, %s: %q does not tell how many words, or of which kind", code, r.Code(), advice)
			}
		}
	}
}

// embeddedTerms returns the embedded terms, the likeliest first.
func embeddedTerms(t *testing.T) (terms []string) {
	f, err := os.Open("../lists/data/terms.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if !strings.HasPrefix(s.Text(), "#") {
			terms = append(terms, s.Text())
		}
	}
	return terms
}
