package lists_test

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// writeIndex compiles an index of passwords, each seen that often, in a folder
// of its own, and returns its path.
func writeIndex(t testing.TB, name string, o filter.Options, counts map[string]uint32) string {
	t.Helper()
	var records []filter.Record
	for password, count := range counts {
		r := filter.Record{Digest: sha1.Sum([]byte(password)), Count: count}
		if o.Kind == filter.NTLM {
			r.Digest = [20]byte{}
			engine.AppendNTHash(r.Digest[:0], []byte(password))
		}
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b filter.Record) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	path := filepath.Join(t.TempDir(), name)
	w, err := filter.Create(path, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(records); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func idOf(t testing.TB, path string) filter.ID {
	t.Helper()
	s, err := filter.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s.Info().ID
}

const leaked, added, strong = "qV7#xLp2w!9z", "mK4$tRb8n?3y", "dF6%hJs1c&5v"

// chain writes an index and two overlays, one on the other.
func chain(t testing.TB) (base, first, second string) {
	base = writeIndex(t, "hibp.veto", filter.Options{Kind: filter.SHA1}, map[string]uint32{leaked: 5})
	first = writeIndex(t, "march.veto", filter.Options{Kind: filter.SHA1, Base: idOf(t, base)}, map[string]uint32{added: 1})
	second = writeIndex(t, "april.veto", filter.Options{Kind: filter.SHA1, Base: idOf(t, first)}, map[string]uint32{leaked: filter.Removed})
	return base, first, second
}

func TestBreaches(t *testing.T) {
	base, first, second := chain(t)
	ntlm := writeIndex(t, "windows.veto", filter.Options{Kind: filter.NTLM, Ranges: true}, map[string]uint32{strong: 1})
	for _, x := range []struct {
		name    string
		paths   []string
		lists   string
		refused string // which of the three passwords
	}{
		{"none", nil, "", ""},
		{"base", []string{base}, "breached/hibp sha1 1", "leaked"},
		{"overlay", []string{base, first}, "breached/hibp sha1 2", "leaked added"},
		{"removal", []string{base, first, second}, "breached/hibp sha1 1", "added"},
		{"any order", []string{second, ntlm, first, base}, "breached/windows ntlm 1, breached/hibp sha1 1", "added strong"},
	} {
		t.Run(x.name, func(t *testing.T) {
			breaches, err := lists.OpenBreaches(x.paths...)
			if err != nil {
				t.Fatal(err)
			}
			s := build(t, lists.Options{NoGlobal: true, Breaches: breaches})
			var got []string
			for _, l := range s.Lists[1:] {
				got = append(got, l.Name+" "+l.Kind)
				if !strings.HasPrefix(l.Digest, "sha256:") || len(l.Digest) != 71 || l.Entries < 1 {
					t.Errorf("%+v", l)
				}
			}
			for i, want := range strings.Split(x.lists, ", ") {
				if x.lists != "" && (i >= len(got) || !strings.HasPrefix(want, got[i])) {
					t.Errorf("lists %q, want %s", got, x.lists)
				}
			}
			if len(s.Breaches) != len(breaches) || s.Err() != nil {
				t.Errorf("%d corpora, %v", len(s.Breaches), s.Err())
			}
			for name, password := range map[string]string{"leaked": leaked, "added": added, "strong": strong} {
				v := s.Engine.Check([]byte(password), engine.Subject{})
				if got := v.Reasons.Has(engine.Breached); got != strings.Contains(x.refused, name) || v.Decision == engine.Undecided {
					t.Errorf("%s: %v %b", name, v.Decision, v.Reasons)
				}
			}
		})
	}
	all, err := lists.OpenBreaches(ntlm, base)
	if err != nil || !all[0].Ranges() || all[1].Ranges() {
		t.Errorf("ranges: %+v %v", all, err)
	}
}

// TestBreachID wants another id for another index, another overlay and another
// name, and the same for the same file elsewhere.
func TestBreachID(t *testing.T) {
	base, first, _ := chain(t)
	other := writeIndex(t, "hibp.veto", filter.Options{Kind: filter.SHA1}, map[string]uint32{leaked: 9})
	data, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	renamed, copied := filepath.Join(t.TempDir(), "other.veto"), filepath.Join(t.TempDir(), "hibp.veto")
	for _, path := range []string{renamed, copied} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	id := func(paths ...string) string {
		breaches, err := lists.OpenBreaches(paths...)
		if err != nil {
			t.Fatal(err)
		}
		return build(t, lists.Options{NoGlobal: true, Breaches: breaches}).ID
	}
	want := id(base)
	if id(copied) != want {
		t.Error("a copy has another id")
	}
	seen := map[string]bool{want: true}
	for i, paths := range [][]string{{}, {other}, {renamed}, {base, first}, {base, renamed}} {
		if got := id(paths...); seen[got] {
			t.Errorf("case %d: an id that was there before", i)
		} else {
			seen[got] = true
		}
	}
}

func TestBreachErrors(t *testing.T) {
	base, first, second := chain(t)
	text := filepath.Join(t.TempDir(), "text.veto")
	if err := os.WriteFile(text, []byte(strings.Repeat("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:3\n", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		paths []string
		want  error
		named string
	}{
		{[]string{base + "x"}, fs.ErrNotExist, base + "x"},
		{[]string{text}, filter.ErrNotIndex, text},
		{[]string{first}, lists.ErrNoBase, first},
		{[]string{second, base}, lists.ErrNoBase, idOf(t, first).String()},
	} {
		_, err := lists.OpenBreaches(x.paths...)
		if !errors.Is(err, x.want) || !strings.Contains(err.Error(), x.named) {
			t.Errorf("%q: %v", x.paths, err)
		}
	}
	other := writeIndex(t, "hibp.veto", filter.Options{Kind: filter.NTLM}, map[string]uint32{strong: 1})
	if _, err := lists.OpenBreaches(base, other); !errors.Is(err, lists.ErrName) || !strings.Contains(err.Error(), base) || !strings.Contains(err.Error(), other) {
		t.Errorf("two corpora of a name: %v", err)
	}
	one, err := lists.OpenBreaches(base)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lists.Build(lists.Options{NoGlobal: true, Breaches: append(one, one...)}); !errors.Is(err, lists.ErrName) || !strings.Contains(err.Error(), "breached/hibp") {
		t.Errorf("a corpus twice: %v", err)
	}
}

func TestFileName(t *testing.T) {
	for path, want := range map[string]string{"a/company.txt": "company", "hibp": "hibp", ".veto": ".veto", "a.b.c": "a.b", "w\xf6rter.txt": "w\ufffdrter"} {
		if got := lists.FileName(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
