package engine_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/vetopw/veto/engine"
)

// vectors are the worked examples of Microsoft's documentation, and passwords
// that its rules let through.
type vectors struct {
	Vectors []struct {
		ID, Password, Decision, Rule string
		Terms, Names                 []string
		Points                       *int
	}
	MustReject struct {
		Terms, Passwords []string
	} `json:"must_reject_by_default_profile"`
}

func loadVectors(t testing.TB) (v vectors) {
	t.Helper()
	data, err := os.ReadFile("../testdata/entra.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Vectors) == 0 || len(v.MustReject.Passwords) == 0 {
		t.Fatal("no vectors")
	}
	return v
}

func custom(words ...string) []engine.TermList {
	list := engine.TermList{Name: "custom/test"}
	for _, w := range words {
		list.Terms = append(list.Terms, engine.Term{Text: w})
	}
	return []engine.TermList{list}
}

func newEngine(t testing.TB, p engine.Policy, words ...string) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Config{Policies: []engine.Policy{p}, Terms: custom(words...)})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEntraVectors(t *testing.T) {
	for _, v := range loadVectors(t).Vectors {
		p := engine.EntraPolicy()
		p.MinLength = 0 // some examples are shorter than eight characters
		x := newEngine(t, p, v.Terms...).Explain([]byte(v.Password), engine.Subject{Names: v.Names})
		if x.Decision.String() != v.Decision {
			t.Errorf("%s: %v %v, want %s", v.ID, x.Decision, x.Findings, v.Decision)
		}
		if v.Points != nil && x.Score.Points != *v.Points {
			t.Errorf("%s: %d points, want %d", v.ID, x.Score.Points, *v.Points)
		}
		if v.Rule == "name" && !x.Reasons.Has(engine.SubjectTerm) {
			t.Errorf("%s: reasons %v, want subject_term", v.ID, x.Findings)
		}
		if v.Rule == "edit-distance" && !x.Reasons.Has(engine.BannedTerm) {
			t.Errorf("%s: reasons %v, want banned_term", v.ID, x.Findings)
		}
	}
}

func TestDefaultRejectsWhatEntraAccepts(t *testing.T) {
	v := loadVectors(t).MustReject
	e := newEngine(t, engine.DefaultPolicy(), v.Terms...)
	for _, p := range v.Passwords {
		if x := e.Explain([]byte(p), engine.Subject{}); x.Decision != engine.Reject {
			t.Errorf("%q accepted with 10^%.1f guesses: %+v", p, x.Score.Guesses.Log10(), x.Segments)
		}
	}
}
