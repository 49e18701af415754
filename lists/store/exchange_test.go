package store_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// TestRead reads what people and spreadsheets write.
func TestRead(t *testing.T) {
	day := time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		format store.Format
		text   string
		want   []store.Entry
		places string
	}{
		{store.Plain, "\ufeffcontoso\r\n\r\n# comment\nnew york", []store.Entry{{Text: "contoso"}, {Text: "new york"}}, "line 1,line 4"},
		{store.Plain, "\xff\xfea\x00b\x00c\x00\n\x00", []store.Entry{{Text: "abc"}}, "line 1"},
		{store.CSV, "text,match,ban,rank,note,author,added,expires\r\ncontoso,prefix,true,7,\"a, \"\"b\"\"\",ann,2026-01-31T00:00:00Z,2026-01-31\r\n",
			[]store.Entry{{Text: "contoso", Match: store.Prefix, Ban: true, Rank: 7, Note: `a, "b"`, Author: "ann", Added: day, Expires: day}}, "line 2"},
		{store.CSV, "\ufeffNote;Text\nx;contoso\n;fabrikam\n;\n", []store.Entry{{Text: "contoso", Note: "x"}, {Text: "fabrikam"}}, "line 2,line 3"},
		{store.CSV, "text\tban\ncontoso\tyes\n", []store.Entry{{Text: "contoso", Ban: true}}, "line 2"},
		{store.CSV, "text\n'=cmd|x\n'plain\n", []store.Entry{{Text: "=cmd|x"}, {Text: "'plain"}}, "line 2,line 3"},
		{store.CSV, "text,note\n\"contoso\",\"two\nlines\"\nfabrikam,\n", []store.Entry{{Text: "contoso", Note: "two\nlines"}, {Text: "fabrikam"}}, "line 2,line 4"},
		{store.JSON, `["contoso",{"text":"fabrikam","match":"exact","expires":"2026-01-31"}]`,
			[]store.Entry{{Text: "contoso"}, {Text: "fabrikam", Match: store.Exact, Expires: day}}, "entries[0],entries[1]"},
		{store.JSON, `{"name":"custom/x","entries":["contoso"],"more":{"a":[1]}}`, []store.Entry{{Text: "contoso"}}, "entries[0]"},
	} {
		got, err := store.Read(strings.NewReader(c.text), c.format)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		var places []string
		for i := range got.Entries {
			places = append(places, got.Place(i))
		}
		if diff := cmp.Diff(c.want, got.Entries); diff != "" || strings.Join(places, ",") != c.places {
			t.Errorf("%q: %s at %v", c.text, diff, places)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for _, c := range []struct {
		format     store.Format
		text, want string
		line       int
		is         error
	}{
		{store.Plain, "", "holds no entries", 0, lists.ErrEmpty},
		{store.Plain, "\ufeff\n \n# only\n", "holds no entries", 0, lists.ErrEmpty},
		{store.Plain, "ok\n" + strings.Repeat("secret", 100), "longer than 256 bytes", 2, lists.ErrLong},
		{store.CSV, "text\n", "holds no entries", 0, lists.ErrEmpty},
		{store.CSV, "", "holds no entries", 0, lists.ErrEmpty},
		{store.CSV, "contoso\n", "names of columns", 1, lists.ErrFormat},
		{store.CSV, "note\nx\n", "no column named text", 1, lists.ErrFormat},
		{store.CSV, "text,text\nx,y\n", "each once", 1, lists.ErrFormat},
		{store.CSV, "text,note\nsecret\n", "wrong number of fields", 2, lists.ErrFormat},
		{store.CSV, "text\n\"secret\n", `extraneous or missing`, 2, lists.ErrFormat},
		{store.CSV, "text,rank\nsecret,-1\n", "rank must be", 2, lists.ErrFormat},
		{store.CSV, "text,ban\nsecret,maybe\n", "ban must be", 2, lists.ErrFormat},
		{store.CSV, "text,match\nsecret,infix\n", "match must be", 2, lists.ErrFormat},
		{store.CSV, "text,expires\nsecret,soon\n", "must be times", 2, lists.ErrFormat},
		{store.JSON, "", "holds no entries", 0, lists.ErrEmpty},
		{store.JSON, "{}", "holds no entries", 0, lists.ErrEmpty},
		{store.JSON, `"secret"`, "must be an object", 0, lists.ErrFormat},
		{store.JSON, `{"entries":"secret"}`, "must be an array", 0, lists.ErrFormat},
		{store.JSON, `["secret",{"text":"secret","secret":1}]`, "entries[1]: must be a text, or", 0, lists.ErrFormat},
		{store.JSON, `["secret",7]`, "entries[1]: must be", 0, lists.ErrFormat},
		{store.JSON, `["secret"`, "ends too early", 0, lists.ErrFormat},
		{store.JSON, `["secret",secret]`, "not well-formed", 0, lists.ErrFormat},
		{"xml", "secret", "unknown format", 0, nil},
	} {
		_, err := store.Read(strings.NewReader(c.text), c.format)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s %q: %v", c.format, c.text, err)
			continue
		}
		var source *lists.SourceError
		if c.is != nil && (!errors.Is(err, c.is) || !errors.As(err, &source) || source.Line != c.line) {
			t.Errorf("%s %q: line of %#v, want %d", c.format, c.text, source, c.line)
		}
	}
}

// endless is a source without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '\n'
	}
	return len(p), nil
}

func TestReadIsBounded(t *testing.T) {
	for _, f := range store.Formats() {
		if _, err := store.Read(endless{}, f); !errors.Is(err, lists.ErrSize) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestExchange writes lists and reads them as the same.
func TestExchange(t *testing.T) {
	text := rapid.StringMatching(`[=+@'"<>a-z;,é漢]{1,8}[a-z]`)
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(1, 1<<33).Draw(t, "seconds"), 0).UTC()
	})
	entry := rapid.Custom(func(t *rapid.T) store.Entry {
		return store.Entry{
			Text: text.Draw(t, "text"), Match: store.Match(rapid.IntRange(0, 3).Draw(t, "match")), Ban: rapid.Bool().Draw(t, "ban"),
			Rank: rapid.Uint32().Draw(t, "rank"), Note: text.Draw(t, "note"), Author: text.Draw(t, "author"), Added: moment.Draw(t, "added"),
			Expires: moment.Draw(t, "expires"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(entry, 1, 5).Draw(t, "entries")
		for _, f := range store.Formats() {
			var out bytes.Buffer
			w, err := store.NewWriter(&out, f, store.Info{Name: "company", Note: "<x>", Revision: 7})
			for _, e := range want {
				err = errors.Join(err, w.Write(e))
			}
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
			got, err := store.Read(&out, f)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			for i := range want {
				if f == store.Plain {
					got.Entries[i].Match, got.Entries[i].Ban = want[i].Match, want[i].Ban
					want := want[i]
					want.Rank, want.Note, want.Author, want.Added, want.Expires = 0, "", "", time.Time{}, time.Time{}
					if diff := cmp.Diff(want, got.Entries[i]); diff != "" {
						t.Fatal(diff)
					}
				} else if diff := cmp.Diff(want[i], got.Entries[i]); diff != "" {
					t.Fatal(f, diff)
				}
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add("text;note\r\na;\"b\"\n")
	f.Add(`{"entries":["a",{"text":"b"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range store.Formats() {
			if i, err := store.Read(strings.NewReader(text), format); err == nil {
				for n := range i.Entries {
					if i.Place(n) == "" {
						t.Error("no place")
					}
				}
			}
		}
	})
}
