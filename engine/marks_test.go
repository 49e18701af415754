package engine_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/vetopw/veto/engine"
)

// TestMarks has what marks add to letters that stand as characters, in bits: nothing
// where they belong to a word, to no letter, or make a letter that is counted.
func TestMarks(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy(), "příšerně", "contoso")
	plain := strings.NewReplacer("ř", "r", "š", "s", "ž", "z", "ů", "u", "ế", "e", "đ", "d", "ł", "l", "ø", "o", "ǿ", "o", "ụ", "u", "ό", "ο", "ά", "α", "й", "и", "ё", "е", "が", "か", "ñ", "n", "ự", "u")
	for password, bits := range map[string]float64{
		"qřmšpž": 3, "qxůw": 1, "xếqwụz": 3, "đłøq": 3, "ǿqxw": 2, "kựqx": 2, "Ñqřx": 2, "ξόψά": 2,
		"příšerně": 0, "çöntösö": 0, "p\u0301q5\u0301x-\u0301": 1, "\u0301qx": 0, "q\u0301\u0302\u0303\u0304x": 2, "q\u200b\u0301x": 1, "q\u034fx": 0, "q\ufe0fx": 0,
		"жйшё": 0, "がかが": 0, "ⓠⓧｑｘ": 0, "q\u20ddx": 1, "कुचू": 2,
	} {
		var without strings.Builder
		for _, r := range plain.Replace(strings.ToLower(password)) {
			if !strings.ContainsRune("\u0301\u0302\u0303\u0304\u20dd\u200b\u034f\ufe0fुू", r) {
				without.WriteRune(r)
			}
		}
		score := func(password string) float64 {
			return e.Check([]byte(strings.ToLower(password)), engine.Subject{}).Score.Guesses.Bits()
		}
		if got := score(password) - score(without.String()); got != bits {
			t.Errorf("%q: %v bits more than %q, want %v", password, got, without.String(), bits)
		}
		if a, b := score(norm.NFC.String(password)), score(norm.NFD.String(password)); a != b {
			t.Errorf("%q: %v bits composed, %v decomposed", password, a, b)
		}
	}
}

// TestMarksSpread has letters with marks whose separators are taken out.
func TestMarksSpread(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	closed := e.Explain([]byte("q.w.x.k.z.v.p"), engine.Subject{})
	marked := e.Explain([]byte("q.w.x.ķ.z.v.p"), engine.Subject{})
	if got := marked.Score.Guesses - closed.Score.Guesses; got != 64 || marked.Spread == 0 {
		t.Errorf("a mark adds %d, spread %d", got, marked.Spread)
	}
}
