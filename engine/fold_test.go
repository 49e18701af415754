package engine_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/vetopw/veto/engine"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Password", "password"},
		{"Straße", "strasse"},
		{"ＦｕｌｌＷｉｄｔｈ", "fullwidth"},
		{"Ⓒⓘⓡⓒⓛⓔ", "circle"},
		{"𝐁𝐨𝐥𝐝", "bold"},
		{"⒫⒜⒭🄔🄝🅣🆂", "parents"},
		{"➋⓿⓶➃⒌⑹⑽㈠", "20245610一"},
		{"ɔꝺᴙ", "odr"},
		{"₱₳ᔕ", "₱₳ᔕ"}, // readings
		{"pass\u200bword", "password"},
		{"pa\u0301sswo\u0308rd", "password"},
		{"ﬁnance", "finance"},
		{"Łódź", "lodz"},
		{"İstanbul", "istanbul"},
		{"Dıyarbakır", "diyarbakir"},
		{"ΣΊΣΥΦΟΣ", "σισυφοσ"},
		{"\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"},
		{"한글", "한글"},
		{"Ёлка", "елка"},
		{"a\xffb", "a\ufffdb"},
		{"\u0301\u200d", ""},
		{"\U000E0061x", "x"},
		{"a\x00B\n", "a\x00b\n"},
	} {
		if got := engine.AppendFold(nil, []byte(c.in)); string(got) != c.want {
			t.Errorf("%q folds to %q, want %q", c.in, got, c.want)
		}
	}
}

// TestFoldIdempotent tries every code point.
func TestFoldIdempotent(t *testing.T) {
	var in, once, twice []byte
	for r := rune(0); r <= utf8.MaxRune; r++ {
		in = utf8.AppendRune(in[:0], r)
		once = engine.AppendFold(once[:0], in)
		twice = engine.AppendFold(twice[:0], once)
		if !bytes.Equal(once, twice) {
			t.Errorf("%U folds to %q, then to %q", r, once, twice)
		}
	}
}
