package engine_test

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/engine"
)

// engineOf returns an engine with the terms on the list "own".
func engineOf(t testing.TB, p engine.Policy, terms ...engine.Term) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Config{Snapshot: "new", Policies: []engine.Policy{p}, Terms: []engine.TermList{{Name: "own", Terms: terms}}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// refuses tells the findings about the password, "" if it is accepted.
func refuses(e *engine.Engine, password string) string {
	x := e.Explain([]byte(password), engine.Subject{})
	if x.Decision == engine.Accept {
		return ""
	}
	text := ""
	for _, f := range x.Findings {
		text += fmt.Sprintf("%s by %s at %v;", f.Reason.Code(), f.List, f.Span)
	}
	return text
}

// TestMatch has hard-banned terms that count in some places only.
func TestMatch(t *testing.T) {
	places := []string{"C0ntoso", "C.o.n.t.o.s.o", "osotnoc", "contozo", "contosoo", "contoso-vQ7#", "osotnocvQ7#", "vQ7#contoso", "vQ7#osotnoc", "vQ7#contoso-vQ7#", "vQ7#"}
	all := map[engine.Match][2]string{ // whether it is found at these places, by profile
		engine.Contains: {"yyyyyyyyyy-", "y---yy-y-y-"},
		engine.Exact:    {"yyyyy------", "y----------"},
		engine.Prefix:   {"yyyyyyy----", "y---yy-----"},
		engine.Suffix:   {"yyyyy--yy--", "y------y---"},
	}
	for match, found := range all {
		for profile, want := range found {
			e := engineOf(t, engine.Policy{Name: "p", Profile: engine.Profile(profile)}, engine.Term{Text: "Contoso", Match: match, Ban: true})
			got := ""
			for _, password := range places {
				switch v := e.Check([]byte(password), engine.Subject{}); {
				case codes(v.Reasons) == "banned_term" && v.Decision == engine.Reject:
					got += "y"
				case v.Decision == engine.Accept && v.Reasons == 0:
					got += "-"
				default:
					t.Errorf("%s: %+v", password, v)
				}
			}
			if got != want {
				t.Errorf("%v, %v: %s, want %s of %q", match, engine.Profile(profile), got, want, places)
			}
		}
	}
}

// TestBan says where the ban is, and follows the mode of its rule.
func TestBan(t *testing.T) {
	terms := []engine.Term{{Text: "fabrikam"}, {Text: "contoso", Ban: true}, {Text: "contoso", Rank: 9}}
	const password = "qZ7-vFabrikam-C0ntoso!kW3"
	p := engine.DefaultPolicy()
	if got, want := refuses(engineOf(t, p, terms...), password), "banned_term by own at {14 21};"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	p.Audit = p.Audit.With(engine.RuleBanned)
	if v := engineOf(t, p, terms...).Check([]byte(password), engine.Subject{}); v.Decision != engine.Accept || v.Would != engine.Reject || v.Audited != v.Reasons {
		t.Errorf("in audit mode: %+v", v)
	}
	p = engine.DefaultPolicy()
	p.IgnoreBans = true
	if v := engineOf(t, p, terms...).Check([]byte(password), engine.Subject{}); v.Reasons != 0 {
		t.Errorf("bans ignored: %+v", v)
	}
	_, err := engine.New(engine.Config{Policies: []engine.Policy{p}, Terms: []engine.TermList{{}, {Terms: []engine.Term{{Text: "a"}, {Text: "b", Match: 4}}}}})
	if want := "engine: Terms[1].Terms[1].Match: unknown match 4"; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestAmend removes and adds terms that are spelled alike.
func TestAmend(t *testing.T) {
	ban := func(text string) engine.Term { return engine.Term{Text: text, Ban: true} }
	e := engineOf(t, engine.Policy{Name: "p", RefuseNear: true}, ban("new york"), ban("newyork"), ban("new-york"), ban("fabrikam"))
	for _, step := range []struct {
		name    string
		delta   engine.Delta
		refused [4]string // for newyork, new york, fabrikam, contoso
		amended int
	}{
		{"what is not there", engine.Delta{List: "own", Remove: []engine.Term{ban("contoso"), ban("fabrik"), {Text: "fabrikam", Match: engine.Exact}, ban("✓")}}, [4]string{"own", "own", "own", ""}, 0},
		{"another list", engine.Delta{List: "other", Remove: []engine.Term{ban("fabrikam")}}, [4]string{"own", "own", "own", ""}, 0},
		{"one of three", engine.Delta{List: "own", Remove: []engine.Term{{Text: "New York"}}}, [4]string{"own", "own", "own", ""}, 1},
		{"two of three", engine.Delta{List: "own", Remove: []engine.Term{{Text: "newyork"}, {Text: "newyork"}}}, [4]string{"own", "own", "own", ""}, 2},
		{"all three", engine.Delta{List: "own", Remove: []engine.Term{{Text: "new-york"}}}, [4]string{"", "", "own", ""}, 3},
		{"in exchange", engine.Delta{List: "own", Remove: []engine.Term{ban("fabrikam")}, Add: []engine.Term{ban("contoso")}}, [4]string{"", "", "", "own"}, 5},
		{"and back", engine.Delta{List: "own", Remove: []engine.Term{ban("contoso")}, Add: []engine.Term{ban("fabrikam"), ban("new york")}}, [4]string{"own", "own", "own", ""}, 6},
		{"dropped, and another", engine.Delta{List: "own", Drop: true, Add: []engine.Term{ban("contoso")}}, [4]string{"", "", "", "own"}, 6},
	} {
		n, err := e.Amend(step.name, step.delta)
		if err != nil {
			t.Fatal(err)
		}
		if n.Snapshot() != step.name || n.Check(nil, engine.Subject{}).Snapshot != step.name || n.Amended() != step.amended {
			t.Errorf("%s: snapshot %s, %d terms, want %d", step.name, n.Snapshot(), n.Amended(), step.amended)
		}
		var refused [4]string
		for i, password := range []string{"xxnewyork", "xxnew york", "xxfabrikam", "xxcontoso"} {
			if x := n.Explain([]byte(password), engine.Subject{}); x.Decision == engine.Reject {
				refused[i] = x.Findings[0].List
			}
		}
		if refused != step.refused {
			t.Errorf("%s: refused by %q, want %q", step.name, refused, step.refused)
		}
		e = n
	}
}

// TestAmendedLikeNew goes through all searches for terms that were added, and
// decides between equal terms of two lists.
func TestAmendedLikeNew(t *testing.T) {
	p := engine.DefaultPolicy()
	p.RefuseNear, p.RequiredPoints = true, 5
	old := []engine.TermList{{Name: "a", Terms: []engine.Term{{Text: "tailspin"}, {Text: "northwind"}}}, {Name: "b", Terms: []engine.Term{{Text: "contoso"}, {Text: "fabrikam"}}}}
	added := []engine.Term{{Text: "contoso"}, {Text: "wide world"}, {Text: "пароль"}, {Text: "litware", Rank: 7}, {Text: "adatum", Ban: true}, {Text: "it"}}
	config := engine.Config{Snapshot: "x", Policies: []engine.Policy{p}, Terms: old}
	e, err := engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	amended, err := e.Amend("x", engine.Delta{List: "a", Remove: old[0].Terms[:1], Add: added})
	if err != nil {
		t.Fatal(err)
	}
	config.Terms = []engine.TermList{{Name: "a", Terms: append(old[0].Terms[1:2:2], added...)}, old[1]}
	same, err := engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{
		"contoso", "C0ntoso2024", "litwareX9", "erawtilX9", "l.i.t.w.a.r.e", "liitware-7", "litwrae77", "ilтware77", "iltware77", "litwar77", "xitware77", "itware77",
		"xcontosoxcontoso", "wideworld1", "wide world", "widworld", "wideworl", "wxdeworld", "Пароль99", "парорь99", "adatun!Q7", "-it-", "tailspin77", "tailspinn", "northwnd", "fabrikam-contoso",
	} {
		got, want := amended.Explain([]byte(password), engine.Subject{}), same.Explain([]byte(password), engine.Subject{})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", password, diff)
		}
		if v := amended.Check([]byte(password), engine.Subject{Policy: "p"}); v != got.Verdict {
			t.Errorf("%s: %+v, explained %+v", password, v, got.Verdict)
		}
	}
}

func TestAmendErrors(t *testing.T) {
	e := engineOf(t, engine.Policy{Name: "p", Profile: engine.Entra}, engine.Term{Text: "contoso"})
	for want, d := range map[string]engine.Delta{
		"engine: Deltas[1].Add[1].Text: folds to nothing":      {List: "own", Add: []engine.Term{{Text: "x"}, {Text: "\u200b"}}},
		"engine: Deltas[1].Remove[0].Match: unknown match 200": {List: "own", Remove: []engine.Term{{Text: "x", Match: 200}}},
	} {
		var wrong *engine.ConfigError
		if _, err := e.Amend("x", engine.Delta{}, d); !errors.As(err, &wrong) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	many := make([]engine.Term, engine.MaxAmended+1)
	for i := range many {
		many[i].Text = fmt.Sprint("term", i)
	}
	full, err := e.Amend("full", engine.Delta{List: "own", Add: many[1:]})
	if err != nil || full.Amended() != engine.MaxAmended || refuses(full, "contoso term7") != refuses(e, "contoso term7") {
		t.Errorf("%v, %d terms", err, full.Amended())
	}
	if _, err := full.Amend("more", engine.Delta{List: "other", Add: many[:1]}); !errors.Is(err, engine.ErrRebuild) {
		t.Errorf("%d terms: %v", len(many), err)
	}
	if e.Amended() != 0 || e.Snapshot() != "new" {
		t.Errorf("the engine amended changed: %d terms, %q", e.Amended(), e.Snapshot())
	}
	for want, c := range map[string]engine.Config{
		"engine: Terms: is not nil":  {Terms: []engine.TermList{}},
		"engine: Policies: is empty": {},
		"engine: a policy needs another index of the terms: must be built anew": {Policies: []engine.Policy{{Name: "d"}}},
	} {
		if _, err := full.Reconfigure(c); fmt.Sprint(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestAmendedDoesNotAllocate also runs checks through all searches of both.
func TestAmendedDoesNotAllocate(t *testing.T) {
	if engine.RaceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	p := engine.DefaultPolicy()
	p.RefuseNear = true
	e, err := engineOf(t, p, engine.Term{Text: "contoso"}, engine.Term{Text: "fabrikam"}).
		Amend("x", engine.Delta{List: "own", Remove: []engine.Term{{Text: "contoso"}}, Add: []engine.Term{{Text: "northwind", Ban: true}, {Text: "наш город"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"Contoso-N0rthwnd!", "dniwhtron fabrikma", "нашгород1"} {
		input := []byte(password)
		if n := testing.AllocsPerRun(100, func() { e.Check(input, engine.Subject{}) }); n != 0 {
			t.Errorf("%s: %v allocations", password, n)
		}
	}
	if got, want := refuses(e, "Contoso-N0rthwnd!"), "banned_term by own at {8 16};"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestScratchIsShared wants an engine made of another to check with the memory that
// the other has warmed up: it is a hundred kilobytes for each check at a time.
func TestScratchIsShared(t *testing.T) {
	if engine.RaceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // pools forget in collections
	e := engineOf(t, engine.DefaultPolicy(), engine.Term{Text: "contoso"})
	amended, err := e.Amend("x", engine.Delta{List: "own", Add: []engine.Term{{Text: "northwind"}}})
	if err != nil {
		t.Fatal(err)
	}
	reconfigured, err := amended.Reconfigure(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy()}})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // pools are by processor
	e.Check([]byte("contoso"), engine.Subject{})
	for name, e := range map[string]*engine.Engine{"amended": amended, "reconfigured": reconfigured} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e.Check([]byte("contoso"), engine.Subject{})
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%s: the first check allocates %d bytes", name, n)
		}
	}
}
