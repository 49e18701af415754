package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
)

// listing returns readings as "kind start-end", and as wrong what does not add up
// to the segment's spelling.
func listing(s engine.Segment) string {
	var all []string
	sum := engine.Guesses(0)
	for _, r := range s.Readings {
		sum += r.Guesses
		all = append(all, fmt.Sprintf("%s %d-%d", r.Kind, r.Span.Start, r.Span.End))
	}
	if sum != s.Spelling {
		all = append(all, fmt.Sprintf("wrong: %d of %d", sum, s.Spelling))
	}
	return strings.Join(all, ", ")
}

// TestReadings has one of each way to write a term.
func TestReadings(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy(), "contoso", "blumenwiese", "жуковский")
	for _, tt := range []struct{ password, want string }{
		{"contoso", ""},
		{"Contoso", ""},
		{"c0ntoso", "substitution 1-2"},
		{"8|umenwi3$e", "substitution 0-1, substitution 1-2, substitution 8-9, substitution 9-10"},
		{"c0nt0$0", "substitution 1-2, substitution 4-5, substitution 5-6, substitution 6-7"},
		{"8|um3nw!3$3", "substitution 0-1, substitution 1-2, substitution 4-5, substitution 7-8, substitution 8-9, substitution 9-10, substitution 10-11"},
		{"cоntosо", "lookalike 1-2, lookalike 6-7"},
		{"c-o-n-t-o-s-o", ""}, // spread: the separators are taken out of the whole
		{"conttooso", "doubled 4-5, doubled 6-7"},
		{"con.tto.so", "separator 3-4, doubled 5-6, separator 7-8"},
		{"osotnoc", "reversed 0-7"},
		{"0sotnoc", "substitution 0-1, reversed 0-7"},
		{"conxtoso", "extra 3-4"},
		{"blumnwiese", "missing 4-4"},
		{"blumenxiese", "changed 6-7"},
		{"blumenwises", "missing 8-8"},
		{"blumenwisee", "swapped 8-10"},
		{"b1umenxiese", "substitution 1-2, changed 6-7"},
		{"жуковзкий", "changed 5-6"},
		{"con\u200btosso", "doubled 7-8"},
	} {
		x := e.Explain([]byte(tt.password), engine.Subject{})
		if got := listing(x.Segments[0]); got != tt.want {
			t.Errorf("%s: %s, want %s (%+v)", tt.password, got, tt.want, x.Segments)
		}
	}
}

// TestReadingsOfSubject has a name misspelt and turned round.
func TestReadingsOfSubject(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	for password, want := range map[string]string{
		"sv3tlana": "substitution 2-3", "analtevs": "reversed 0-8", "svet_la_na": "separator 4-5, separator 7-8",
		"svetlena": "changed 5-6", "sxvetlana": "extra 1-2", "vetlana": "missing 0-0", "svetlna": "missing 5-5", "vsetlana": "swapped 0-2", "5vetlnaa": "substitution 0-1, swapped 5-7",
	} {
		x := e.Explain([]byte(password), engine.Subject{Names: []string{"Svetlana"}})
		if len(x.Segments) != 1 || listing(x.Segments[0]) != want {
			t.Errorf("%s: %+v, want %s", password, x.Segments, want)
		}
	}
}

// ranked is a password list by keys.
type ranked map[uint64]uint8

// rankedAt7 returns a list of passwords of the same rank.
func rankedAt7(passwords ...string) ranked {
	r := ranked{}
	for _, p := range passwords {
		r[engine.Key([]byte(p))] = 7
	}
	return r
}

// engineListing returns an engine that lists a few passwords.
func engineListing(t testing.TB, passwords ...string) *engine.Engine {
	t.Helper()
	e, err := engine.New(engine.Config{
		Policies:  []engine.Policy{engine.DefaultPolicy()},
		Passwords: []engine.PasswordList{{Name: "few", Set: rankedAt7(passwords...)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (r ranked) Find(key uint64) (uint8, bool) {
	rank, ok := r[key]
	return rank, ok
}

// TestReadingsOfListed has listed passwords reversed and with substitutions.
func TestReadingsOfListed(t *testing.T) {
	e := engineListing(t, "dragonfly")
	for password, want := range map[string]string{
		"dr4g0nfly": "substitution 2-3, substitution 4-5", "ylfnogard": "reversed 0-9",
	} {
		x := e.Explain([]byte(password), engine.Subject{})
		if s := x.Segments[0]; s.Kind != engine.KindPassword || listing(s) != want {
			t.Errorf("%s: %+v, want %s", password, x.Segments, want)
		}
	}
}

// TestSpreadIsTold tells what separators between all characters cost.
func TestSpreadIsTold(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy(), "contoso")
	with := e.Explain([]byte("c.o.n.t.o.s.o"), engine.Subject{})
	without := e.Explain([]byte("contoso"), engine.Subject{})
	if with.Spread == 0 || without.Spread != 0 || with.Score.Guesses != without.Score.Guesses+with.Spread {
		t.Errorf("%d of %d, without %d", with.Spread, with.Score.Guesses, without.Score.Guesses)
	}
}

// TestExplainTwice wants the memory of an explanation to leave nothing for the
// next check.
func TestExplainTwice(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy(), "contoso")
	password := []byte("C-0-ntoso92")
	want := e.Check(password, engine.Subject{})
	for range 3 {
		if x := e.Explain(password, engine.Subject{}); x.Verdict != want || len(x.Segments) == 0 {
			t.Fatalf("%+v, want %+v", x.Verdict, want)
		}
		if got := e.Check(password, engine.Subject{}); got != want {
			t.Fatalf("%+v, want %+v", got, want)
		}
	}
}

// TestTallies adds up points where they are segmented otherwise than guesses.
func TestTallies(t *testing.T) {
	e := newEngine(t, engine.EntraPolicy(), "contoso")
	x := e.Explain([]byte("c0nt0$oﬁ!x"), engine.Subject{})
	sum := 0
	for _, tally := range x.Tallies {
		sum += tally.Points
	}
	if sum != x.Score.Points || x.Tallies[0].Kind != engine.KindTerm || x.Tallies[0].Points != 1 || x.Tallies[0].List != "custom/test" {
		t.Errorf("%+v, score %+v", x.Tallies, x.Score)
	}
}

// TestSpreadAlphabet: an attacker who tries all strings of an alphabet tries those
// without the separators, whatever these are.
func TestSpreadAlphabet(t *testing.T) {
	e := newEngine(t, engine.DefaultPolicy())
	for _, letters := range []string{"kqzxvj", "aBcdAA1WIDE", "73920461"} {
		want := e.Explain([]byte(strings.Join(strings.Split(letters, ""), "^")), engine.Subject{})
		x := e.Explain([]byte(strings.Join(strings.Split(letters, ""), "✓")), engine.Subject{})
		if x.Spread == 0 || x.Score != want.Score {
			t.Errorf("%s: %+v, want %+v", letters, x.Score, want.Score)
		}
	}
}

// TestThreads has listed passwords, terms and words of the subject with something
// between all letters, or with each several times.
func TestThreads(t *testing.T) {
	listed := engineListing(t, "dragon", "boss")
	amended, err := newEngine(t, engine.DefaultPolicy(), "gecko").Amend("amended", engine.Delta{List: "terms", Add: []engine.Term{{Text: "dragon"}, {Text: "boss"}}})
	if err != nil {
		t.Fatal(err)
	}
	subject := engine.Subject{Names: []string{"Dragon"}, Tenant: "Boss"}
	for _, of := range []struct {
		kind    engine.Kind
		engine  *engine.Engine
		subject engine.Subject
	}{
		{engine.KindPassword, listed, engine.Subject{}},
		{engine.KindTerm, newEngine(t, engine.DefaultPolicy(), "dragon", "dragons", "boss"), engine.Subject{}},
		{engine.KindTerm, amended, engine.Subject{}},
		{engine.KindSubject, newEngine(t, engine.DefaultPolicy()), subject},
	} {
		t.Run(of.kind.String(), func(t *testing.T) { checkThreads(t, of.engine, of.subject, of.kind) })
	}
}

// checkThreads compares what is found of a kind.
func checkThreads(t *testing.T, e *engine.Engine, subject engine.Subject, kind engine.Kind) {
	const separator, doubled, letter, number = 6 * 64, 3 * 64, 300, 212
	for _, x := range []struct {
		password string
		spelling engine.Guesses // 0: it is not found
	}{
		{"d1r2a3g4o5n6", separator + number + 64},
		{"6d5r4a3g2o1n", separator + number + 64},
		{"dkrkakgkokn", separator + letter},
		{"dgrgaggogogn", 0},
		{"darbacgdoen", 0},
		{"d7r7a7g7o7n", separator + number},
		{"d7r2a9g4o5n", separator + 5*number},
		{"d7r2a9gxo5n", 0},
		{"D1r2a3g4o5n6!", separator + number + 64},
		{"d1r2a3g4o5n6?!", separator + number + 64},
		{"d1r2a3g4o5n6k!", 0},
		{"ddrraaggoonn##", doubled},
		{"d1r2a3g4o5n6!d1r2a3g4o5n6!", separator + number + 64},
		{"dd-rr-aa-gg", 0},
		{"ddrraaggoonn", doubled},
		{"dddrrraaagggooonnn", doubled + 64},
		{"bbboooссsss", 0}, // not ASCII
		{"bbooossss", 0},
		{"bboossss", doubled},
	} {
		var spelling engine.Guesses
		for _, s := range e.Explain([]byte(x.password), subject).Segments {
			sum := engine.Guesses(0)
			for _, r := range s.Readings {
				sum += r.Guesses
			}
			if s.Kind == kind {
				spelling = s.Spelling
			}
			if sum != s.Spelling {
				t.Errorf("%s: readings add up to %d, want %d", x.password, sum, s.Spelling)
			}
		}
		if spelling != x.spelling {
			t.Errorf("%s: spelling costs %d, want %d", x.password, spelling, x.spelling)
		}
	}
}

// TestManyParts has a listed password behind more runs of letters than are looked up
// at once.
func TestManyParts(t *testing.T) {
	e := engineListing(t, "zorbitan")
	for runs := range 20 {
		password := strings.Repeat("qzxwvkpjh7", runs) + "zorbitania"
		x := e.Explain([]byte(password), engine.Subject{})
		found := slices.ContainsFunc(x.Segments, func(s engine.Segment) bool {
			return s.Kind == engine.KindPassword && s.Span == engine.Span{Start: 10 * runs, End: 10*runs + 8}
		})
		if !found {
			t.Errorf("behind %d runs: %+v", runs, x.Segments)
		}
	}
}
