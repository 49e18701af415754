package messages_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/messages"
)

var update = flag.Bool("update", false, "write docs/MESSAGES.md")

// numbered are the reasons whose messages have a number.
var numbered = []engine.Reason{engine.TooShort, engine.TooLong, engine.Breached}

// Every language says something of its own about every reason.
func TestComplete(t *testing.T) {
	english := messages.New().Languages()[0]
	seen := map[string]string{}
	for _, l := range messages.New().Languages() {
		for r := range engine.AllReasons() {
			for _, text := range []string{l.Message(r, 0), l.Message(r, 7), l.Advice(r), l.Sentence(r, 7)} {
				if text == "" || strings.ContainsAny(text, "%\n\t") || text != strings.TrimSpace(text) || strings.Contains(text, "  ") {
					t.Errorf("%s, %s: %q", l.Code(), r.Code(), text)
				}
			}
			for n := range 2 {
				if l.Code() != "en" && l.Message(r, n) == english.Message(r, n) {
					t.Errorf("%s, %s: in English", l.Code(), r.Code())
				}
			}
			advice := l.Advice(r)
			if !strings.HasSuffix(advice, ".") && !strings.HasSuffix(advice, "。") {
				t.Errorf("%s, %s: %q is no sentence", l.Code(), r.Code(), advice)
			}
			for _, text := range []string{l.Message(r, 0), advice} {
				if other := seen[text]; other != "" {
					t.Errorf("%s, %s: %q is also that of %s", l.Code(), r.Code(), text, other)
				}
				seen[text] = l.Code() + ", " + r.Code()
			}
		}
		if l.Audit() == "" || l.Name() == "" || !strings.Contains(l.Sentence(engine.LowScore, 0), l.Message(engine.LowScore, 0)) {
			t.Errorf("%s: %q %q", l.Code(), l.Name(), l.Audit())
		}
	}
	for r := range engine.AllReasons() { // the built-in English is that of the catalog
		if got := english.Message(r, 0); got != r.Message() {
			t.Errorf("%s: %q, built in %q", r.Code(), got, r.Message())
		}
	}
}

// Numbers are in the message, in the way of the language, and nowhere else.
func TestNumbers(t *testing.T) {
	for _, l := range messages.New().Languages() {
		for r := range engine.AllReasons() {
			has := false
			for _, n := range numbered {
				has = has || n == r
			}
			if strings.Contains(l.Message(r, 17), "17") != has || strings.Contains(l.Message(r, 0), "0") {
				t.Errorf("%s, %s: %q", l.Code(), r.Code(), l.Message(r, 17))
			}
		}
	}
	for code, want := range map[string][3]string{
		"en": {"it needs at least 1 character", "it needs at least 8 characters", "1,024 characters"},
		"de": {"mindestens 1 Zeichen", "mindestens 8 Zeichen", "1.024 Zeichen"},
		"fr": {"au moins 1 caractère", "au moins 8 caractères", "1\u00a0024 caractères"},
		"es": {"al menos 1 carácter", "al menos 8 caracteres", "1.024 caracteres"},
		"ja": {"1文字以上", "8文字以上", "1,024文字以上"},
	} {
		l := messages.New().Find(code)
		for i, n := range []int{1, 8, 1024} {
			got := l.Message(engine.TooShort, n)
			if !strings.Contains(got, want[i]) || n == 1 && strings.HasSuffix(got, "s") {
				t.Errorf("%s: %q, want %q", code, got, want[i])
			}
		}
	}
}

func TestAccept(t *testing.T) {
	c := messages.New()
	for header, want := range map[string]string{
		"de": "de", "de-CH": "de", "DE-at, en;q=0.5": "de", "gsw": "de", "fr-CA,fr;q=0.9,en;q=0.8": "fr", "es-419": "es", "ja-JP": "ja",
		"en-GB, de;q=0.9": "en", "pl, de;q=0.5": "de", "de;q=0, fr": "fr", "en;q=0.1, ja": "ja", "*": "en", "": "en", "zh-CN": "en",
		"de;q=x": "en", "\x00\xff": "en", ";;;,,,": "en", strings.Repeat("x", 5000): "en",
		"fr," + strings.Repeat("en;q=0.1,", 1000):      "fr",
		strings.Repeat("en-", 1500):                    "en",
		"ja," + strings.Repeat("-", 400) + ",de;q=0.5": "ja",
	} {
		for range 2 { // found and remembered
			if got := c.Accept([]byte(header)).Code(); got != want {
				t.Errorf("%.40q: %s, want %s", header, got, want)
			}
		}
	}
}

// What is remembered is bounded, what is not is matched again.
func TestAcceptIsBounded(t *testing.T) {
	c := messages.New()
	for i := range 500 {
		if got := c.Accept(fmt.Appendf(nil, "fr;q=0.%03d", i+1)).Code(); got != "fr" {
			t.Fatalf("%d: %s", i, got)
		}
	}
}

func TestAcceptDoesNotAllocate(t *testing.T) {
	c := messages.New()
	header := []byte("de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7")
	c.Accept(header)
	if n := testing.AllocsPerRun(100, func() { c.Accept(header).Message(engine.LowScore, 0) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestFind(t *testing.T) {
	c := messages.New()
	for locale, want := range map[string]string{
		"": "en", "C": "en", "POSIX": "en", "C.UTF-8": "en", "en_US.UTF-8": "en", "de_DE.UTF-8": "de", "de_AT@euro": "de", "fr_CA": "fr",
		"es_MX.UTF-8": "es", "ja_JP.eucJP": "ja", "de-CH": "de", "tlh": "en", "\xff": "en", "_": "en",
	} {
		if got := c.Find(locale).Code(); got != want {
			t.Errorf("%q: %s, want %s", locale, got, want)
		}
	}
}

// TestDocumented compares docs/MESSAGES.md with the catalog.
func TestDocumented(t *testing.T) {
	const path = "../docs/MESSAGES.md"
	want := document()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the catalog says (%v); go test ./messages -update writes it", path, err)
	}
}

func document() string {
	var b strings.Builder
	b.WriteString(`# What people are told

Each reason in each language: the message, with a number where it has one, and the advice. Written by ` + "`go test ./messages -update`" + ` from
the dictionaries in ` + "`messages/`" + `, one file a language; a new language is a new file and a row in ` + "`dictionaries`" + `.
`)
	for _, l := range messages.New().Languages() {
		fmt.Fprintf(&b, "\n## %s (`%s`)\n\n| code | message | advice |\n|---|---|---|\n", l.Name(), l.Code())
		for r := range engine.AllReasons() {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Code(), l.Sentence(r, 8), l.Advice(r))
		}
	}
	return b.String()
}

// BenchmarkMessage is a message with a number.
func BenchmarkMessage(b *testing.B) {
	l := messages.New().Find("de")
	b.ReportAllocs()
	for b.Loop() {
		l.Message(engine.TooShort, 8)
	}
}
