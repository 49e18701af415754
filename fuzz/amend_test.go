package fuzz_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

// drawDeltas draws changes of the lists, of which many concern what is there.
func drawDeltas(t *rapid.T, lists []engine.TermList) (deltas []engine.Delta) {
	known := []engine.Term{{Text: "contoso"}, {Text: "new york"}}
	for _, list := range lists {
		known = append(known, list.Terms...)
	}
	terms := func(label string) (terms []engine.Term) {
		for range rapid.IntRange(0, 3).Draw(t, label) {
			term := drawRanked(t)
			if rapid.Bool().Draw(t, "known") {
				term.Text = rapid.SampledFrom(known).Draw(t, "term").Text
			}
			if model.Fold(term.Text) != "" {
				known = append(known, term)
				terms = append(terms, term)
			}
		}
		return terms
	}
	for range rapid.IntRange(0, 3).Draw(t, "deltas") {
		deltas = append(deltas, engine.Delta{
			List: oneOf(t, "list", []string{"list/a", "list/a", "list/b", "list/c"}), Drop: rapid.IntRange(0, 4).Draw(t, "drop") == 0,
			Remove: terms("removed"), Add: terms("added"),
		})
	}
	return deltas
}

// change makes a delta of lists, as its documentation says.
func change(lists []engine.TermList, d engine.Delta) []engine.TermList {
	lists = slices.Clone(lists)
	if d.Drop {
		lists = slices.DeleteFunc(lists, func(l engine.TermList) bool { return l.Name == d.List })
	}
	at := slices.IndexFunc(lists, func(l engine.TermList) bool { return l.Name == d.List })
	if at < 0 && len(d.Add) == 0 {
		return lists
	}
	if at < 0 {
		at = len(lists)
		lists = append(lists, engine.TermList{Name: d.List})
	}
	left := slices.DeleteFunc(slices.Clone(lists[at].Terms), func(have engine.Term) bool {
		return slices.ContainsFunc(d.Remove, func(out engine.Term) bool {
			return have.Match == out.Match && model.Fold(have.Text) == model.Fold(out.Text)
		})
	})
	lists[at].Terms = append(left, d.Add...)
	return lists
}

// TestAmend compares amended engines with new ones of the same lists, and with
// the model; FuzzAmend does by coverage.
func TestAmend(t *testing.T) { rapid.Check(t, compareAmended) }

func FuzzAmend(f *testing.F) {
	addDraws(f)
	f.Fuzz(rapid.MakeFuzz(compareAmended))
}

func compareAmended(t *rapid.T) {
	q := drawTrial(t)
	e := q.engine(t)
	words := append(termsOf(q.lists), "contoso") // of all lists there ever were
	var done [][]engine.Delta
	for range rapid.IntRange(1, 3).Draw(t, "amendments") {
		deltas := drawDeltas(t, q.lists)
		done = append(done, deltas)
		for _, d := range deltas {
			q.lists = change(q.lists, d)
		}
		amended, err := e.Amend("trial", deltas...)
		if err != nil {
			t.Fatalf("%+v: %v", deltas, err)
		}
		e = amended
		words = append(words, termsOf(q.lists)...)
	}
	if rapid.IntRange(0, 3).Draw(t, "other password") > 0 {
		q.password = drawPieces(t, words)
	}
	got, want := e.Explain([]byte(q.password), q.subject), q.engine(t).Explain([]byte(q.password), q.subject)
	if exhausted(got) || exhausted(want) {
		t.Skip("out of steps")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("password %q subject %+q\npolicy %+v\ndeltas %+v\nlists %+v\n%s", q.password, q.subject, q.policy, done, q.lists, diff)
	}
	slow := q.model(t).Check(q.password, q.modelSubject())
	if got.Score.Points != slow.Points || int(got.Score.Guesses) != slow.Guesses || !slow.Allows(codes(got.Reasons)) {
		t.Errorf("password %q lists %+v: %d points, %d guesses, %q, want %d, %d, %q and one of %q",
			q.password, q.lists, got.Score.Points, got.Score.Guesses, codes(got.Reasons), slow.Points, slow.Guesses, slow.Failed, slow.Blames)
	}
	if v := e.Check([]byte(q.password), q.subject); v != got.Verdict {
		t.Errorf("Check %+v, Explain %+v", v, got.Verdict)
	}
}

// TestReconfigure exchanges the policy of an engine, and nothing of its terms.
func TestReconfigure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := drawTrial(t)
		old := q
		old.policy = drawPolicy(t)
		old.passwords, old.breaches, old.chars = nil, nil, nil
		deltas := drawDeltas(t, q.lists)
		amended, err := old.engine(t).Amend("old", deltas...)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range deltas {
			q.lists = change(q.lists, d)
		}
		got, err := amended.Reconfigure(q.config(t, nil))
		lacks := q.policy.Profile == engine.Default && old.policy.Profile != engine.Default || q.policy.RefuseNear && !old.policy.RefuseNear
		if (err != nil) != lacks {
			t.Fatalf("from %+v to %+v: %v", old.policy, q.policy, err)
		}
		if lacks {
			return
		}
		x, want := got.Explain([]byte(q.password), q.subject), q.engine(t).Explain([]byte(q.password), q.subject)
		if diff := cmp.Diff(want, x); diff != "" && !exhausted(x) && !exhausted(want) {
			t.Errorf("password %q: %s", q.password, diff)
		}
		if fmt.Sprint(got.Policies()) != fmt.Sprint([]string{q.policy.Name}) {
			t.Errorf("policies %q", got.Policies())
		}
	})
}
