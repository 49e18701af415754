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

// TestShiftedWalks has walks whose keys are shifted in every way: none costs more
// than 3 bits and one a key beside the walk.
func TestShiftedWalks(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	const walk, azerty, turn, shifts, join = 12, 1, 5, 3, 1
	for _, x := range []struct {
		password string
		bits     float64
	}{
		{"5t6y7u8i", walk + turn + join},
		{"5T6Y7U8I", walk + azerty + turn + join}, // where digits are shifted
		{"%T^Y&U*I", walk + turn + join},
		{"5T^Y7U8I", walk + 3*turn + join}, // shift takes turns from the fourth key on
		{"5t^Y7u*I", walk + turn + shifts + 8 + join},
		{"%t6Y&u8I", walk + turn + shifts + 8 + join},
		{"5T^Y7U8I9O)P", walk + turn + shifts + 12 + join},
		{"zxCVbnM", walk + shifts + 7 + join},
		{"zxCvb", walk + turn + join}, // the one change of shift is back at once
		{"zxCVb", walk + shifts + 5 + join},
	} {
		v := e.Check([]byte(x.password), engine.Subject{})
		if got := v.Score.Guesses.Bits(); got != x.bits || !v.Reasons.Has(engine.KeyboardWalk) {
			t.Errorf("%q: %v bits, %s, want %v", x.password, got, v.Reasons.AppendCodes(nil), x.bits)
		}
	}
}
