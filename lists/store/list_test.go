package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/vetopw/veto/lists/store"
)

func TestPage(t *testing.T) {
	s := open(t, store.Options{})
	c := edit(t, s, store.Draft{List: "company", Add: entries("Contoso", "contoso spring", "Fabrikam", "Woodgrove", "old Contoso")})
	edit(t, s, store.Draft{List: "company", Base: c.Revision, Remove: []store.Key{{Text: "Fabrikam"}}})
	for _, test := range []struct {
		query store.Query
		want  []string
	}{
		{store.Query{}, []string{"Contoso", "contoso spring", "old Contoso", "Woodgrove"}},
		{store.Query{Limit: 1}, []string{"Contoso", "contoso spring", "old Contoso", "Woodgrove"}},
		{store.Query{Limit: 3, Revision: c.Revision}, []string{"Contoso", "contoso spring", "Fabrikam", "old Contoso", "Woodgrove"}},
		{store.Query{Text: "CONTOSO"}, []string{"Contoso", "contoso spring", "old Contoso"}},
		{store.Query{Text: "Contoso", Prefix: true, Limit: 1}, []string{"Contoso", "contoso spring"}},
		{store.Query{Text: "nothing"}, nil},
	} {
		var have []string
		for q, more := test.query, true; more; more = q.After != "" {
			p, err := s.Page(ctx, "company", q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range p.Entries {
				have = append(have, e.Text)
			}
			q.After = p.Next
		}
		if !slices.Equal(have, test.want) {
			t.Errorf("%+v: %q, want %q", test.query, have, test.want)
		}
	}
	for _, cursor := range []string{"%", "xyz", "AAA", "Y29udG9zbwAE", "Y29udG9zbw"} {
		if _, err := s.Page(ctx, "company", store.Query{After: cursor}); !errors.Is(err, store.ErrCursor) {
			t.Errorf("foreign cursor %q: %v", cursor, err)
		}
	}
}

// TestKeep wants the oldest changes gone, and no others.
func TestKeep(t *testing.T) {
	s := open(t, store.Options{Keep: 3})
	var c store.Change
	var all []uint64
	for i := range 5 {
		c = edit(t, s, store.Draft{List: "company", Base: c.Revision, Add: entries(fmt.Sprintf("contoso%d", i))})
		all = append(all, c.Revision)
	}
	for i, revision := range all {
		_, err := s.Walk(ctx, "company", revision, func(store.Entry) error { return nil })
		if gone := errors.Is(err, store.ErrNotFound); gone != (i < 2) {
			t.Errorf("revision %d: %v", revision, err)
		}
	}
	if have := texts(t, s, "company", all[2]); len(have) != 3 {
		t.Errorf("the oldest kept revision: %q", have)
	}
	before, err := s.History(ctx, "company", all[4], 1)
	if err != nil || len(before) != 1 || before[0].Revision != all[3] {
		t.Errorf("history before %d: %v %+v", all[4], err, before)
	}
	one, err := s.Change(ctx, "company", all[3])
	if err != nil || len(one.New) != 1 || one.New[0].Text != "contoso3" || len(one.Old) != 0 {
		t.Errorf("change: %v %+v", err, one)
	}
}

func TestPolicies(t *testing.T) {
	s := open(t, store.Options{})
	put := func(d store.PolicyDraft) (store.Policy, error) { return s.EditPolicy(ctx, d, nil) }
	first, err := put(store.PolicyDraft{Name: "staff", Actor: "ann", Document: []byte("one")})
	if err != nil || first.Action != store.Created {
		t.Fatalf("%+v, %v", first, err)
	}
	second, err := put(store.PolicyDraft{Name: "staff", Base: first.Revision, Actor: "bob", Document: []byte("two")})
	if err != nil || second.Before != first.Revision {
		t.Fatalf("%+v, %v", second, err)
	}
	for _, test := range []struct {
		draft store.PolicyDraft
		want  error
	}{
		{store.PolicyDraft{Name: "staff", Document: []byte("x")}, store.ErrExists},
		{store.PolicyDraft{Name: "staff", Base: first.Revision, Document: []byte("x")}, store.ErrConflict},
		{store.PolicyDraft{Name: "other", Base: store.Any, Document: []byte("x")}, store.ErrNotFound},
		{store.PolicyDraft{Name: "other"}, store.ErrNotFound},
		{store.PolicyDraft{Name: "A B", Document: []byte("x")}, store.ErrName},
		{store.PolicyDraft{Name: "staff", Base: store.Any, Restore: 99}, store.ErrNotFound},
		{store.PolicyDraft{Name: "big", Document: make([]byte, store.MaxPolicy+1)}, store.ErrInvalid},
	} {
		if _, err := put(test.draft); !errors.Is(err, test.want) {
			t.Errorf("%+v: %v, want %v", test.draft, err, test.want)
		}
	}
	if _, err := put(store.PolicyDraft{Name: "staff", Base: second.Revision}); err != nil {
		t.Error(err)
	}
	if _, err := s.Policy(ctx, "staff", 0); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	back, err := put(store.PolicyDraft{Name: "staff", Restore: first.Revision, Actor: "ann"})
	if err != nil || string(back.Document) != "one" || back.Action != store.Restored {
		t.Errorf("restored: %+v, %v", back, err)
	}
	history, err := s.PolicyHistory(ctx, "staff", 0, 10)
	if err != nil || len(history) != 4 || history[1].Action != store.Deleted || history[3].Actor != "ann" {
		t.Errorf("history: %v %+v", err, history)
	}
	if all, err := s.Policies(ctx); err != nil || len(all) != 1 {
		t.Errorf("policies: %v %+v", err, all)
	}
}
