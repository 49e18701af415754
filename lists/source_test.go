package lists_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

func terms(words ...string) []engine.Term {
	out := make([]engine.Term, len(words))
	for i, w := range words {
		out[i].Text = w
	}
	return out
}

func utf16(t *testing.T, order unicode.Endianness, text string) string {
	t.Helper()
	out, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestParseTerms(t *testing.T) {
	long := strings.Repeat("x", lists.MaxTermBytes)
	for _, test := range []struct {
		name, text string
		want       []engine.Term
	}{
		{"one line", "contoso\n", terms("contoso")},
		{"no final newline", "contoso\nfabrikam", terms("contoso", "fabrikam")},
		{"CRLF", "contoso\r\nfabrikam\r\n", terms("contoso", "fabrikam")},
		{"CR", "contoso\rfabrikam\r", terms("contoso", "fabrikam")},
		{"mixed ends", "alpha\rbravo\ncharlie\r\n\rdelta\n\r\necho", terms("alpha", "bravo", "charlie", "delta", "echo")},
		{"UTF-8", "Müller\nпароль\n東京\n", terms("Müller", "пароль", "東京")},
		{"UTF-8 mark", "\ufeffcontoso\n", terms("contoso")},
		{"marks at line starts", "\ufeffcontoso\r\n\ufefffabrikam\r\n\ufeff\r\n", terms("contoso", "fabrikam")},
		{"mark before comment", "\ufeff# ours\ncontoso\n", terms("contoso")},
		{"UTF-16 LE", utf16(t, unicode.LittleEndian, "Müller\r\nпароль\r\n"), terms("Müller", "пароль")},
		{"UTF-16 BE", utf16(t, unicode.BigEndian, "Müller\n𝒳enon"), terms("Müller", "𝒳enon")},
		{"blank lines", "\n\n  \n\t\r\ncontoso\n\u00a0\u2003\n\u200b\n", terms("contoso")},
		{"comments", "# a\n!#comment: b\n  # c\n" + "#" + long + long + "\ncontoso\n", terms("contoso")},
		{"white space around", "  contoso\t\n\u00a0fabrikam \n", terms("contoso", "fabrikam")},
		{"white space inside", "north wind\n", terms("north wind")},
		{"comment sign inside", "c#sharp\n", terms("c#sharp")},
		{"duplicates", "contoso\nCONTOSO\ncontöso\nｃｏｎｔｏｓｏ\nfabrikam\n", terms("contoso", "fabrikam")},
		{"longest", long, terms(long)},
		{"longest with CRLF", long + "\r\n", terms(long)},
		{"shortest", "abc\n東京\n", terms("abc", "東京")},
		{"digits", "2024\n", terms("2024")},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
				got, err := lists.ParseTerms(r, "test")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestParseTermsErrors(t *testing.T) {
	long := strings.Repeat("x", lists.MaxTermBytes+1)
	for _, test := range []struct {
		name, text string
		line       int
		want       error
	}{
		{"empty", "", 0, lists.ErrEmpty},
		{"mark only", "\ufeff", 0, lists.ErrEmpty},
		{"UTF-16 mark only", "\xff\xfe", 0, lists.ErrEmpty},
		{"comments only", "# canary\n\n", 0, lists.ErrEmpty},
		{"Latin-1", "contoso\ncanary-m\xfcller\n", 2, lists.ErrEncoding},
		{"Latin-1 after CR ends", "contoso\r\rcanary\xfc\r", 3, lists.ErrEncoding},
		{"cut rune", "contoso\r\ncanary\xc3", 2, lists.ErrEncoding},
		{"surrogate in UTF-8", "canary\xed\xa0\x80\n", 1, lists.ErrEncoding},
		{"replacement character", "canary\ufffd\n", 1, lists.ErrEncoding},
		{"NUL", "contoso\n\ncanary\x00\n", 3, lists.ErrEncoding},
		{"UTF-16 without mark", "c\x00a\x00n\x00a\x00r\x00y\x00\n\x00", 1, lists.ErrEncoding},
		{"UTF-32", "\xff\xfe\x00\x00c\x00\x00\x00a\x00\x00\x00n\x00\x00\x00", 1, lists.ErrEncoding},
		{"UTF-16 lone surrogate", "\xff\xfec\x00a\x00n\x00\n\x00c\x00a\x00n\x00\x00\xd8x\x00", 2, lists.ErrEncoding},
		{"UTF-16 odd length", "\xff\xfec\x00a\x00n\x00a\x00r\x00y", 1, lists.ErrEncoding},
		{"tab inside", "contoso\ncanary\t42\n", 2, lists.ErrControl},
		{"comma", "contoso,canary\n", 1, lists.ErrFormat},
		{"comment behind", "fabrikam\ncontoso # canary\n", 2, lists.ErrFormat},
		{"escape", "\x1b[31mcanary\n", 1, lists.ErrControl},
		{"too long", "contoso\n" + long + "canary\n", 2, lists.ErrLong},
		{"endless", strings.Repeat("canary", 1<<20), 1, lists.ErrLong},
		{"too short", "contoso\nab\n", 2, lists.ErrShort},
		{"one letter of another script", "東\n", 1, lists.ErrShort},
		{"marks only", "contoso\n!!!---\n", 2, lists.ErrShort},
		{"accents only", "\u0301\u0302\u0303\u0304\n", 1, lists.ErrShort},
		{"letters kept apart", "a--b\n", 1, lists.ErrShort},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := lists.ParseTerms(strings.NewReader(test.text), "company.txt")
			var e *lists.SourceError
			if !errors.As(err, &e) || !errors.Is(err, test.want) {
				t.Fatalf("got %v, want a SourceError that wraps %v", err, test.want)
			}
			if got != nil {
				t.Errorf("got %d terms beside the error", len(got))
			}
			if e.Source != "company.txt" || e.Line != test.line {
				t.Errorf("at %s:%d, want company.txt:%d", e.Source, e.Line, test.line)
			}
			prefix := "company.txt: "
			if test.line > 0 {
				prefix = fmt.Sprintf("company.txt:%d: ", test.line)
			}
			if text := err.Error(); !strings.HasPrefix(text, prefix) || strings.Contains(text, "canary") {
				t.Errorf("message %q, want prefix %q and nothing of the list", text, prefix)
			}
		})
	}
}

// repeat yields a text over and over, without end.
type repeat struct{ text, rest string }

func (r *repeat) Read(p []byte) (n int, err error) {
	if r.rest == "" {
		r.rest = r.text
	}
	n = copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func TestParseTermsStops(t *testing.T) {
	for _, test := range []struct {
		name string
		r    io.Reader
		want error
	}{
		{"endless line", &repeat{text: "x"}, lists.ErrLong},
		{"endless lines", &repeat{text: "# " + strings.Repeat("x", 5000) + "\r\n\r\n  \ncontoso\n"}, lists.ErrSize},
		{"failing reader", iotest.ErrReader(io.ErrClosedPipe), io.ErrClosedPipe},
		{"failing UTF-16", io.MultiReader(strings.NewReader("\xff\xfea\x00"), iotest.ErrReader(io.ErrClosedPipe)), io.ErrClosedPipe},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := lists.ParseTerms(test.r, "test"); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// counter yields a number of different lines.
type counter struct{ next, end int }

func (c *counter) Read(p []byte) (n int, err error) {
	for ; c.next < c.end && n+16 <= len(p); c.next++ {
		n += copy(p[n:], fmt.Sprintf("term%d\n", c.next))
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestParseTermsCount(t *testing.T) {
	if os.Getenv("VETO_SLOW") == "" {
		t.Skip("reads two million lines; set VETO_SLOW")
	}
	_, err := lists.ParseTerms(&counter{end: lists.MaxTerms + 1}, "test")
	var e *lists.SourceError
	if !errors.As(err, &e) || !errors.Is(err, lists.ErrSize) || e.Line != lists.MaxTerms+1 {
		t.Errorf("got %v, want ErrSize at line %d", err, lists.MaxTerms+1)
	}
}

func TestOpenTerms(t *testing.T) {
	path := filepath.Join(t.TempDir(), "company.txt")
	if err := os.WriteFile(path, []byte("contoso\nab\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := lists.OpenTerms(path); err == nil || !strings.HasPrefix(err.Error(), path+":2: ") {
		t.Errorf("got %v, want an error at line 2 of the path", err)
	}
	if _, err := lists.OpenTerms(path + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	var e *lists.SourceError
	if _, err := lists.OpenTerms(filepath.Dir(path)); !errors.As(err, &e) {
		t.Errorf("folder: got %v, want a SourceError", err)
	}
}

func TestParseTerm(t *testing.T) {
	for _, test := range []struct {
		word, text string
		want       error
	}{
		{" Contoso ", "Contoso", nil},
		{"#sales", "#sales", nil},
		{"", "", lists.ErrEmpty},
		{" \u200b", "", lists.ErrEmpty},
		{"ab", "", lists.ErrShort},
		{"con\ntoso", "", lists.ErrControl},
		{"con\x00toso", "", lists.ErrEncoding},
		{"con\xfftoso", "", lists.ErrEncoding},
		{strings.Repeat("x", lists.MaxTermBytes+1), "", lists.ErrLong},
	} {
		got, err := lists.ParseTerm(test.word)
		if !errors.Is(err, test.want) || got.Text != test.text || got.Rank != 0 {
			t.Errorf("%q: got %+v, %v; want %q, %v", test.word, got, err, test.text, test.want)
		}
	}
}

// FuzzParseTerms checks what holds for every accepted list: terms are valid,
// trimmed, long enough, different after folding, and survive a second reading.
func FuzzParseTerms(f *testing.F) {
	f.Add([]byte("contoso\r\n# x\n\ufefffabrikam"))
	f.Add([]byte("\xff\xfec\x00a\x00n\x00\n\x00"))
	f.Add([]byte("\xfe\xff\x00c\x00a\x00n"))
	f.Add([]byte("a\x00\xff\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := lists.ParseTerms(bytes.NewReader(data), "fuzz")
		if err != nil {
			var e *lists.SourceError
			if !errors.As(err, &e) || got != nil {
				t.Fatalf("error %v with %d terms", err, len(got))
			}
			return
		}
		var again []byte
		seen := map[string]bool{}
		for _, term := range got {
			folded := string(engine.AppendFold(nil, []byte(term.Text)))
			if !utf8.ValidString(term.Text) || strings.TrimSpace(term.Text) != term.Text || len(term.Text) > lists.MaxTermBytes ||
				len(folded) < 3 || seen[folded] || term.Rank != 0 {
				t.Fatalf("accepted %q of rank %d", term.Text, term.Rank)
			}
			seen[folded] = true
			again = append(append(again, term.Text...), '\n')
		}
		second, err := lists.ParseTerms(bytes.NewReader(again), "fuzz")
		if err != nil || !cmp.Equal(got, second) {
			t.Fatalf("second reading differs: %v, %v", second, err)
		}
	})
}
