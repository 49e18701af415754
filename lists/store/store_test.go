package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

var ctx = context.Background()

// clock is a time that tests set.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func open(t *testing.T, o store.Options) *store.File {
	t.Helper()
	s, err := store.Open(filepath.Join(t.TempDir(), "lists.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func entries(texts ...string) (all []store.Entry) {
	for _, text := range texts {
		all = append(all, store.Entry{Text: text})
	}
	return all
}

// texts returns the texts of a list at a revision, in its order.
func texts(t *testing.T, s store.Store, name string, revision uint64) []string {
	t.Helper()
	all := []string{}
	info, err := s.Walk(ctx, name, revision, func(e store.Entry) error {
		all = append(all, e.Text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if info.Entries != len(all) {
		t.Errorf("list %s has %d entries and says %d", name, len(all), info.Entries)
	}
	return all
}

func edit(t *testing.T, s store.Store, d store.Draft) store.Change {
	t.Helper()
	c, err := s.Edit(ctx, d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDraft wants a draft that is planned again, and then carried out, to come to the
// same, with the entries in the same order, which is told later, too.
func TestDraft(t *testing.T) {
	s := open(t, store.Options{})
	edit(t, s, store.Draft{List: "company", Actor: "ann", Add: entries("Tailspin")})
	for _, all := range [][]string{{"Northwind", "contoso", "Fabrikam"}, {"Wingtip", "Tailspin", "adventure", "Litware"}} {
		d := store.Draft{List: "company", Base: store.Any, Actor: "ann", Add: entries(all...)}
		var told [][]store.Entry
		for range 2 {
			p, err := s.Plan(ctx, d)
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, p.New)
		}
		c := edit(t, s, d)
		kept, err := s.Change(ctx, "company", c.Revision)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range append(told, kept.New) {
			if diff := cmp.Diff(c.New, other); diff != "" {
				t.Error(diff)
			}
		}
		for i, e := range d.Add {
			if e.Text != all[i] {
				t.Errorf("entry %d of the draft is %s, was %s", i, e.Text, all[i])
			}
		}
	}
}

func TestEdit(t *testing.T) {
	at := &clock{time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	s := open(t, store.Options{Now: at.read})
	note := "ours"
	created := edit(t, s, store.Draft{List: "company", Actor: "ann", Note: &note, Add: entries("Contoso", "Fabrikam")})
	if created.Action != store.Created || created.Added != 2 || created.Entries != 2 || created.Before != store.None {
		t.Errorf("create: %+v", created)
	}
	at.now = at.now.Add(time.Hour)
	d := store.Draft{List: "company", Base: created.Revision, Actor: "bob",
		Add:    []store.Entry{{Text: "contoso", Ban: true}, {Text: "Fabrikam"}, {Text: "Contoso", Match: store.Exact}},
		Remove: []store.Key{{Text: "ABSENT", Match: store.Prefix}}}
	edited := edit(t, s, d)
	if edited.Added != 1 || edited.Changed != 1 || edited.Unchanged != 1 || edited.Missing != 1 || edited.Entries != 3 ||
		!slices.Equal(edited.Absent, []store.Key{{Text: "absent", Match: store.Prefix}}) {
		t.Errorf("edit: %+v", edited)
	}
	again := edit(t, s, store.Draft{List: "company", Base: edited.Revision, Actor: "bob", Add: d.Add})
	if again.Revision != edited.Revision || again.Unchanged != 3 {
		t.Errorf("the same again: %+v", again)
	}
	replaced := edit(t, s, store.Draft{List: "company", Base: edited.Revision, Actor: "eve", Replace: true, Add: entries("Woodgrove", "FABRIKAM")})
	if replaced.Added != 1 || replaced.Removed != 2 || replaced.Unchanged != 1 {
		t.Errorf("replace: %+v", replaced)
	}
	for _, want := range []struct {
		revision uint64
		texts    []string
	}{
		{0, []string{"Fabrikam", "Woodgrove"}},
		{edited.Revision, []string{"contoso", "Contoso", "Fabrikam"}},
		{created.Revision, []string{"Contoso", "Fabrikam"}},
	} {
		if diff := cmp.Diff(want.texts, texts(t, s, "company", want.revision)); diff != "" {
			t.Errorf("revision %d (-want +have):\n%s", want.revision, diff)
		}
	}
	restored := edit(t, s, store.Draft{List: "company", Base: store.Any, Actor: "ann", Restore: created.Revision})
	if restored.Action != store.Restored || restored.Revision <= replaced.Revision {
		t.Errorf("restore: %+v", restored)
	}
	want := []store.Entry{
		{Text: "Contoso", Author: "ann", Added: at.now.Add(-time.Hour).Truncate(time.Second)},
		{Text: "Fabrikam", Author: "ann", Added: at.now.Add(-time.Hour).Truncate(time.Second)},
	}
	page, err := s.Page(ctx, "company", store.Query{})
	if diff := cmp.Diff(want, page.Entries); err != nil || diff != "" || page.Info.Note != note {
		t.Errorf("restored (-want +have), %v, %+v:\n%s", err, page.Info, diff)
	}
	history, err := s.History(ctx, "company", 0, 10)
	if err != nil || len(history) != 4 || history[0].Revision != restored.Revision || history[3].Actor != "ann" {
		t.Errorf("history: %v %+v", err, history)
	}
}

// TestExpired takes whole lists with entries that have expired, tells how many, and
// adds none.
func TestExpired(t *testing.T) {
	at := &clock{time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	s := open(t, store.Options{Now: at.read})
	old := store.Entry{Text: "Fabrikam", Expires: at.now.Add(-time.Hour)}
	list := []store.Entry{{Text: "Contoso", Expires: at.now.Add(time.Hour)}, old}
	whole := edit(t, s, store.Draft{List: "company", Replace: true, Add: list})
	if whole.Entries != 2 || whole.Expired != 1 {
		t.Errorf("a whole list: %+v", whole)
	}
	for _, expires := range []time.Time{old.Expires, at.now.Truncate(time.Second)} {
		var wrong *store.InvalidError
		_, err := s.Edit(ctx, store.Draft{List: "company", Base: store.Any, Add: []store.Entry{{Text: "Woodgrove"}, {Text: "Tailspin", Expires: expires}}}, nil)
		if !errors.As(err, &wrong) || len(wrong.Entries) != 1 || wrong.Entries[0].Index != 1 || !strings.HasSuffix(err.Error(), "is past: it is 2026-01-02T03:04:05Z") {
			t.Errorf("added at %v: %v", expires, err)
		}
	}
	at.now = at.now.Add(2 * time.Hour)
	edit(t, s, store.Draft{List: "company", Base: store.Any, Delete: true})
	if back := edit(t, s, store.Draft{List: "company", Restore: whole.Revision}); back.Entries != 2 || back.Expired != 2 {
		t.Errorf("restored: %+v", back)
	}
}

func TestDeleted(t *testing.T) {
	s := open(t, store.Options{})
	first := edit(t, s, store.Draft{List: "a", Add: entries("Contoso")})
	gone := edit(t, s, store.Draft{List: "a", Base: first.Revision, Delete: true})
	if _, err := s.List(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted list: %v", err)
	}
	if _, err := s.Edit(ctx, store.Draft{List: "a", Restore: gone.Revision}, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("restore of the deletion: %v", err)
	}
	if diff := cmp.Diff([]string{"Contoso"}, texts(t, s, "a", first.Revision)); diff != "" {
		t.Error(diff)
	}
	again := edit(t, s, store.Draft{List: "a", Restore: first.Revision})
	if again.Revision <= gone.Revision || again.Added != 1 {
		t.Errorf("restored: %+v", again)
	}
}

func TestRefused(t *testing.T) {
	s := open(t, store.Options{})
	c := edit(t, s, store.Draft{List: "a", Add: entries("Contoso")})
	abandoned := errors.New("abandoned")
	tests := []struct {
		name    string
		draft   store.Draft
		confirm error
		want    error
	}{
		{"other base", store.Draft{List: "a", Base: c.Revision + 1, Add: entries("Fabrikam")}, nil, store.ErrConflict},
		{"exists", store.Draft{List: "a", Add: entries("Fabrikam")}, nil, store.ErrExists},
		{"absent", store.Draft{List: "b", Base: 1, Add: entries("Fabrikam")}, nil, store.ErrNotFound},
		{"absent, any", store.Draft{List: "b", Base: store.Any, Add: entries("Fabrikam")}, nil, store.ErrNotFound},
		{"delete absent", store.Draft{List: "b", Delete: true}, nil, store.ErrNotFound},
		{"restore unknown", store.Draft{List: "a", Base: store.Any, Restore: 99}, nil, store.ErrNotFound},
		{"blank", store.Draft{List: "a", Base: c.Revision, Add: entries("Fabrikam", " \ufeff")}, nil, lists.ErrEmpty},
		{"short", store.Draft{List: "a", Base: c.Revision, Add: entries("ab")}, nil, lists.ErrShort},
		{"control", store.Draft{List: "a", Base: c.Revision, Add: entries("con\x00toso")}, nil, store.ErrInvalid},
		{"match", store.Draft{List: "a", Base: c.Revision, Add: []store.Entry{{Text: "Contoso", Match: 9}}}, nil, store.ErrInvalid},
		{"name", store.Draft{List: "../a", Add: entries("Contoso")}, nil, store.ErrName},
		{"actor", store.Draft{List: "b", Actor: "a\nb", Add: entries("Contoso")}, nil, store.ErrInvalid},
		{"delete and add", store.Draft{List: "a", Base: c.Revision, Delete: true, Add: entries("Contoso")}, nil, store.ErrInvalid},
		{"not confirmed", store.Draft{List: "a", Base: c.Revision, Add: entries("Fabrikam")}, abandoned, abandoned},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := s.Edit(ctx, test.draft, func(store.Change) error { return test.confirm })
			var invalid *store.InvalidError
			switch {
			case errors.As(err, &invalid):
				if !errors.Is(invalid.Entries[0].Err, test.want) && !errors.Is(err, test.want) {
					t.Errorf("error %v, want %v", err, test.want)
				}
			case !errors.Is(err, test.want):
				t.Errorf("error %v, want %v", err, test.want)
			}
			if diff := cmp.Diff([]string{"Contoso"}, texts(t, s, "a", 0)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPolicyRetention bounds the history of a policy in bytes, and the number of
// policies that have one.
func TestPolicyRetention(t *testing.T) {
	s := open(t, store.Options{})
	put := func(name string, base uint64, document []byte) (store.Policy, error) {
		return s.EditPolicy(ctx, store.PolicyDraft{Name: name, Base: base, Document: document}, nil)
	}
	p, err := put("large", store.None, make([]byte, store.MaxPolicy))
	for n := 1; n < 30 && err == nil; n++ {
		document := make([]byte, store.MaxPolicy)
		document[0] = byte(n)
		p, err = put("large", p.Revision, document)
	}
	if err != nil {
		t.Fatal(err)
	}
	versions, err := s.PolicyHistory(ctx, "large", 0, 100)
	size := 0
	for _, v := range versions {
		size += len(v.Document)
	}
	if err != nil || size > store.MaxVersions || len(versions) < 5 || versions[0].Revision != p.Revision {
		t.Errorf("%d versions of %d bytes, %v", len(versions), size, err)
	}
	for n := range store.MaxPolicies - 1 {
		p, err := put(fmt.Sprint("staff", n), store.None, []byte("{}"))
		if n < 2 && err == nil { // these are deleted
			_, err = put(p.Name, p.Revision, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range []error{nil, nil, store.ErrInvalid} {
		if _, err := put(fmt.Sprint("new", n), store.None, []byte("{}")); !errors.Is(err, want) {
			t.Errorf("policy %d more: %v, want %v", n, err, want)
		}
	}
	if _, err := s.PolicyHistory(ctx, "staff0", 0, 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("history of the policy deleted first: %v", err)
	}
}
