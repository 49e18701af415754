package engine_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vetopw/veto/engine"
)

// TestRandomTails appends random characters one by one to words of the embedded
// lists: the score falls only where they complete something, and that is seldom.
func TestRandomTails(t *testing.T) {
	e := globalEngine(t)
	r := rand.New(rand.NewPCG(7, 7))
	words := []string{"doctor", "Serenity", "honda", "cocacola", "summer17", "qwerty", "Contoso", "paul", "1987", "пароль", "iloveyou"}
	appended, lowered := 0, 0
	for range 1500 {
		password := words[r.IntN(len(words))]
		was := e.Explain([]byte(password), engine.Subject{})
		for range 12 {
			password += string(rune('!' + r.IntN('~'-'!'+1)))
			is := e.Explain([]byte(password), engine.Subject{})
			appended++
			if is.Score.Guesses < was.Score.Guesses {
				lowered++
				if !completes(was, is) {
					t.Errorf("%q: %d, before the last character %d: %+v", password, is.Score.Guesses, was.Score.Guesses, is.Segments)
				}
			}
			was = is
		}
	}
	if lowered*200 > appended {
		t.Errorf("%d of %d characters lowered the score", lowered, appended)
	}
	if v := e.Check([]byte("doctor17HG13"), engine.Subject{}); v.Decision != engine.Accept {
		t.Errorf("doctor17HG13: %s", codes(v.Reasons))
	}
}

// completes reports whether what was appended completes a match, a spread password
// or a joint, which makes a separator cheaper.
func completes(was, is engine.Explanation) bool {
	return is.Spread > 0 || slices.ContainsFunc(is.Segments, func(s engine.Segment) bool {
		return s.Kind != engine.KindChar && s.Span.End > was.Characters || s.Kind == engine.KindChar && slices.ContainsFunc(was.Segments, func(w engine.Segment) bool {
			return w.Kind == engine.KindChar && w.Span == s.Span && w.Guesses > s.Guesses
		})
	})
}
