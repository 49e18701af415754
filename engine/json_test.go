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

func TestExplanationJSON(t *testing.T) {
	p := engine.DefaultPolicy()
	p.Mode = engine.Audit
	e := newEngine(t, p, "contoso")
	x := e.Explain([]byte("Contoso2024"), engine.Subject{})
	var got struct {
		Decision, Mode, Policy string
		Would                  string `json:"would_decision"`
		Reasons                []struct {
			Code, List, Message string
			Span                *[2]int
		}
		Score struct {
			Points, Required_points               int
			Guesses_log10, Required_guesses_log10 float64
		}
		Segments []struct {
			Kind string
			Span [2]int
		}
		Characters int
	}
	data := x.AppendJSON(nil, "")
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if got.Decision != "accept" || got.Would != "reject" || got.Mode != "audit" || got.Characters != 11 {
		t.Errorf("%s", data)
	}
	first := got.Reasons[0]
	if first.Code != "banned_term" || first.List != "custom/test" || first.Span == nil || *first.Span != [2]int{0, 7} {
		t.Errorf("%s", data)
	}
	if got.Score.Points != 2 || got.Score.Required_guesses_log10 != 12.5 || got.Score.Guesses_log10 >= 12.5 || got.Score.Guesses_log10 == 0 {
		t.Errorf("%s", data)
	}
	if len(got.Segments) != 2 || got.Segments[1].Kind != "date" || got.Segments[1].Span != [2]int{7, 11} {
		t.Errorf("%s", data)
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
