package fuzz_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

func fold(s string) string { return string(engine.AppendFold(nil, []byte(s))) }

// FuzzFold folds any bytes.
func FuzzFold(f *testing.F) {
	for _, s := range append(wordsOf, string(spare), "\xff\xfe", "\u1100\u1161\u11a8", "ꮳꮃꭹ", "ℏ𝚤", "İ") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := fold(s)
		if !utf8.ValidString(folded) {
			t.Errorf("fold of %+q is invalid: %+q", s, folded)
		}
		if again := fold(folded); again != folded {
			t.Errorf("fold of %+q is %+q, folded again %+q", s, folded, again)
		}
		if kept := string(engine.AppendFold([]byte("\u1100"), []byte(s))); kept != "\u1100"+folded {
			t.Errorf("AppendFold of %+q changed what it appends to: %+q", s, kept)
		}
		for _, r := range s {
			if !model.Knows(r) {
				return
			}
		}
		if want := model.Fold(s); folded != want {
			t.Errorf("fold of %+q is %+q, want %+q", s, folded, want)
		}
	})
}

// TestFoldRunes folds every rune there is.
func TestFoldRunes(t *testing.T) {
	known := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		s := string(r)
		folded := fold(s)
		if again := fold(folded); again != folded {
			t.Errorf("%U folds to %+q, folded again %+q", r, folded, again)
		}
		// Of Cherokee the model lacks the look-alikes only.
		if r < 0x30000 && (model.Knows(r) || unicode.Is(unicode.Cherokee, r)) {
			known++
			if want := model.Fold(s); folded != want {
				t.Errorf("%U folds to %+q, want %+q", r, folded, want)
			}
		}
	}
	if known < 30000 {
		t.Errorf("the model knows %d runes only", known)
	}
}
