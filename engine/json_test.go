package engine_test

import (
	"encoding/json"
	"testing"

	"github.com/vetopw/veto/engine"
)

func TestVerdictJSON(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy(), "contoso")
	v := e.Check([]byte("Contoso1"), engine.Subject{})
	got := string(v.AppendJSON(nil, `a"b`))
	want := `{"decision":"reject","mode":"enforce","reasons":[` +
		`{"code":"banned_term","message":"contains a banned word"},{"code":"low_score","message":"is too easy to guess"}],` +
		`"policy":"default","snapshot":"","id":"a\"b"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// explained is the JSON of an explanation.
type explained struct {
	Decision, Mode, Policy string
	Would                  string `json:"would_decision"`
	Reasons                []struct {
		Code, List, Message string
		Span                *[2]int
	}
	Score struct {
		Points          int
		RequiredPoints  int     `json:"required_points"`
		Guesses         float64 `json:"guesses_log10"`
		RequiredGuesses float64 `json:"required_guesses_log10"`
	}
	Explain struct {
		Characters int
		Guesses    struct {
			Bits     float64
			Required float64 `json:"required_bits"`
			Segments []struct {
				Kind, List                       string
				Span                             [2]int
				Bits, Base, Spelling, Case, Join float64
				Readings                         []struct {
					Kind string
					Span *[2]int
					Bits float64
				}
			}
		}
		Points struct {
			Points, Required int
			Segments         []struct {
				Kind, List string
				Span       [2]int
				Points     int
			}
		}
	}
}

func TestExplanationJSON(t *testing.T) {
	p := engine.DefaultPolicy()
	p.Mode = engine.Audit
	p.RequiredPoints = 5
	e := newEngine(t, p, "contoso")
	x := e.Explain([]byte("C0ntos2024"), engine.Subject{})
	var got explained
	data := x.AppendJSON(nil, "")
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	detail := got.Explain
	if got.Decision != "accept" || got.Would != "reject" || got.Mode != "audit" || detail.Characters != 10 {
		t.Errorf("%s", data)
	}
	first := got.Reasons[0]
	if first.Code != "banned_term" || first.List != "custom/test" || first.Span == nil || *first.Span != [2]int{0, 6} {
		t.Errorf("%s", data)
	}
	if got.Score.Points != 2 || got.Score.RequiredGuesses != 14 || got.Score.Guesses >= 14 || got.Score.Guesses == 0 {
		t.Errorf("%s", data)
	}
	segments := detail.Guesses.Segments
	if len(segments) != 2 || segments[1].Kind != "date" || segments[1].Span != [2]int{6, 10} || len(segments[0].Readings) != 2 {
		t.Fatalf("%s", data)
	}
	if r := segments[0].Readings[1]; r.Kind != "missing" || r.Span == nil || *r.Span != [2]int{6, 6} || r.Bits == 0 {
		t.Errorf("%s", data)
	}
	if detail.Points.Required != 5 || detail.Points.Points != 2 || len(detail.Points.Segments) != 2 {
		t.Errorf("%s", data)
	}
}

// TestSumsOfJSON adds up what is written, without a tolerance.
func TestSumsOfJSON(t *testing.T) {
	e := globalEngine(t)
	for _, password := range typical {
		x := e.Explain(password, engine.Subject{})
		var got explained
		if err := json.Unmarshal(x.AppendJSON(nil, ""), &got); err != nil {
			t.Fatal(err)
		}
		guesses, points := got.Explain.Guesses, got.Explain.Points
		for _, s := range guesses.Segments {
			spelling := 0.0
			for _, r := range s.Readings {
				spelling += r.Bits
			}
			if s.Spelling != spelling || s.Bits != s.Base+s.Spelling+s.Case+s.Join {
				t.Errorf("%q: %+v", password, s)
			}
			guesses.Bits -= s.Bits
		}
		for _, s := range points.Segments {
			points.Points -= s.Points
		}
		if guesses.Bits != 0 || points.Points != 0 {
			t.Errorf("%q: %g bits and %d points are not accounted for", password, guesses.Bits, points.Points)
		}
	}
}

func TestAppendJSONString(t *testing.T) {
	for _, s := range []string{"", `"\`, "a\x00\x1f\x7f", "<script>&", "\u2028\u2029é漢😀", "bad\xff"} {
		var got string
		if err := json.Unmarshal(engine.AppendJSONString(nil, s), &got); err != nil {
			t.Errorf("%q: %v", s, err)
		} else if want := string([]rune(s)); got != want {
			t.Errorf("%q became %q", s, got)
		}
	}
}

func TestReasonCodes(t *testing.T) {
	seen := map[string]bool{}
	for r := range engine.AllReasons() {
		if r.Code() == "" || r.Message() == "" || seen[r.Code()] {
			t.Errorf("reason %d: %q %q", r, r.Code(), r.Message())
		}
		seen[r.Code()] = true
	}
	if len(seen) != 19 {
		t.Errorf("%d reasons, the interface has 19", len(seen))
	}
}
