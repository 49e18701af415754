package engine_test

import (
	"math/rand/v2"
	"testing"
	"unicode"

	"github.com/vetopw/veto/engine"
)

// TestScripts has random strings of other scripts: what is estimated is at most a
// little more than there are of them, and what is out of reach passes.
func TestScripts(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	for _, x := range []struct {
		name     string
		from, to []rune // ranges
		length   int
		least    float64 // log10 of the guesses of nine in ten
		most     float64 // of all
	}{
		{"hiragana", []rune{'ぁ'}, []rune{'ん'}, 8, 15.4, 15.5},
		{"katakana", []rune{'ァ'}, []rune{'ヴ'}, 9, 17.5, 17.6},
		{"Cyrillic", []rune{'а'}, []rune{'я'}, 10, 15.1, 15.2},
		{"Cyrillic too short", []rune{'а'}, []rune{'я'}, 9, 13.6, 13.7},
		{"Cyrillic, small and capital", []rune{'А'}, []rune{'я'}, 8, 14.1, 15.7},
		{"Cyrillic and digits", []rune{'а', '0'}, []rune{'я', '9'}, 10, 15.1, 16.4},
		{"Greek", []rune{'α'}, []rune{'ω'}, 11, 15.3, 15.4},
		{"Hebrew", []rune{'א'}, []rune{'ת'}, 11, 15.7, 15.8},
		{"Arabic", []rune{'ا', 'ف'}, []rune{'غ', 'ي'}, 10, 14.9, 15},
		{"Devanagari", []rune{'अ'}, []rune{'ह'}, 10, 17.4, 18.8}, // three have a mark
		{"Devanagari with vowel signs", []rune{'क', 'ा'}, []rune{'ह', 'ी'}, 10, 17.4, 18.8},
		{"Thai", []rune{'ก'}, []rune{'ฮ'}, 10, 17.4, 17.5},
		{"Ethiopic", []rune{'ሀ'}, []rune{'ፊ'}, 8, 19.2, 19.3},
		{"Yi", []rune{'ꀀ'}, []rune{'ꒌ'}, 8, 19.2, 19.3},
		{"Han", []rune{'一'}, []rune{'龥'}, 8, 19.2, 19.3},
	} {
		var letters []rune
		for i := range x.from {
			for r := x.from[i]; r <= x.to[i]; r++ {
				if unicode.In(r, unicode.L, unicode.M, unicode.Nd) {
					letters = append(letters, r)
				}
			}
		}
		random := rand.New(rand.NewPCG(1, 2))
		const n = 300
		low := 0
		for range n {
			password := make([]rune, x.length)
			for i := range password {
				password[i] = letters[random.IntN(len(letters))]
			}
			v := e.Check([]byte(string(password)), engine.Subject{})
			guesses := v.Score.Guesses.Log10()
			if guesses > x.most || (v.Decision == engine.Accept) != (guesses >= 14) {
				t.Errorf("%s: %s: %v, 10^%.2f", x.name, string(password), v.Decision, guesses)
			}
			if guesses < x.least {
				low++
			}
		}
		if low > n/10 {
			t.Errorf("%s: %d of %d below 10^%.1f", x.name, low, n, x.least)
		}
	}
}
