package engine_test

import (
	"testing"

	"github.com/vetopw/veto/engine"
)

// TestLayouts has walks over keyboards, and the same keys out of order.
func TestLayouts(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	for password, walk := range map[string]bool{
		"йцукенгшщзхъ": true, "фывапролджэ": true, "ячсмитьбю2024": true, "Фывапролд1": true, "2ц3у4к5е6н7г8ш": true,
		"лфоажвыпрдэр": false, "шщуцхзгкнеъй": false,
		"qwfpgjluyarst": true, "ARSTDHNEIO2024": true, "arstdhneio!1": true,
	} {
		v := e.Check([]byte(password), engine.Subject{})
		if v.Reasons.Has(engine.KeyboardWalk) != walk || (v.Decision == engine.Reject) != walk {
			t.Errorf("%s: %v %s, 10^%.1f", password, v.Decision, v.Reasons.AppendCodes(nil), v.Score.Guesses.Log10())
		}
	}
}
