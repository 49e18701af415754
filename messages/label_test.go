package messages_test

import (
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/messages"
)

// Every language has every word of an explanation, with the same places for texts.
func TestLabels(t *testing.T) {
	languages := messages.New().Languages()
	for _, l := range languages {
		seen := map[string]bool{}
		for label := messages.LabelAudit; label <= messages.LabelSpread; label++ {
			text, places := l.Label(label), strings.Count(languages[0].Label(label), "%s")
			if text == "" || strings.Count(text, "%s") != places || strings.Count(text, "%") != places {
				t.Errorf("%s, label %d: %q, English is %q", l.Code(), label, text, languages[0].Label(label))
			}
		}
		for k := engine.KindChar; k <= engine.KindBreached; k++ {
			if text := l.Kind(k); text == "" || seen[text] {
				t.Errorf("%s, %v: %q is missing, or that of another kind", l.Code(), k, text)
			}
			seen[l.Kind(k)] = true
		}
		clear(seen)
		for k := engine.ReadSubstitution; k <= engine.ReadSwapped; k++ {
			if text := l.Reading(k); text == "" || seen[text] {
				t.Errorf("%s, %v: %q is missing, or that of another reading", l.Code(), k, text)
			}
			seen[l.Reading(k)] = true
		}
	}
}

// Numbers are written with the noun in its form.
func TestCounts(t *testing.T) {
	c := messages.New()
	for code, want := range map[string][4]string{
		"en": {"1 character", "0 characters", "1 point", "12 points"},
		"de": {"1 Zeichen", "0 Zeichen", "1 Punkt", "12 Punkte"},
		"fr": {"1 caractère", "0 caractère", "1 point", "12 points"},
		"es": {"1 carácter", "0 caracteres", "1 punto", "12 puntos"},
		"ja": {"1 文字", "0 文字", "1 ポイント", "12 ポイント"},
	} {
		l := c.Find(code)
		if got := [4]string{l.Characters(1), l.Characters(0), l.Points(1), l.Points(12)}; got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
