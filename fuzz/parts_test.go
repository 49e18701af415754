package fuzz_test

import (
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
)

// TestParts compares the engine with the model on passwords that random draws are too
// short for: the same several times, and characters that fold to several.
func TestParts(t *testing.T) {
	lists := []engine.TermList{{Name: "own", Terms: []engine.Term{{Text: "contoso"}, {Text: "pqrywxvz"}}}}
	for _, part := range []string{"cccooonnntttooosssooo", "p1q2r3y4w5x6v7z8", "сщтещыщ", "ф1сщтещыщ", "qzk-wjx-", "xqzkv㏇wjpfh", "xqz㏂wjp"} {
		for _, times := range []int{1, 2, 3, 4, 5, 6, 8, 16} {
			q := trial{policy: engine.DefaultPolicy(), lists: lists, password: strings.Repeat(part, times)}
			x := q.engine(t).Explain([]byte(q.password), q.subject)
			want := q.model(t).Check(q.password, q.modelSubject())
			if x.Score.Points != want.Points || int(x.Score.Guesses) != want.Guesses {
				t.Errorf("%q: %d points, %d guesses, want %d, %d", q.password, x.Score.Points, x.Score.Guesses, want.Points, want.Guesses)
			}
			tiled(t, []byte(q.password), x)
		}
	}
}
