package fuzz_test

import (
	"crypto/sha1"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/internal/model"
)

// passwordMap is a password list in memory, by keys.
type passwordMap map[uint64]uint8

func newPasswordMap(list map[string]int) passwordMap {
	m := make(passwordMap, len(list))
	for folded, log2Rank := range list {
		m[engine.Key([]byte(folded))] = uint8(log2Rank)
	}
	return m
}

func (m passwordMap) Find(key uint64) (log2Rank uint8, ok bool) {
	log2Rank, ok = m[key]
	return log2Rank, ok
}

// breachMap is a breach corpus in memory.
type breachMap struct {
	kind    engine.HashKind
	classes map[string]int
}

func (m breachMap) Lookup(digest []byte) (class uint8, ok bool) {
	c, ok := m.classes[string(digest)]
	return uint8(c), ok
}

func (m breachMap) Err() error { return nil }

// digests are what breach corpora hold.
var digests = map[engine.HashKind]func(string) string{
	engine.SHA1: func(password string) string {
		sum := sha1.Sum([]byte(password))
		return string(sum[:])
	},
	engine.NTLM: func(password string) string { return string(engine.AppendNTHash(nil, []byte(password))) },
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// engine builds the engine of a trial.
func (q trial) engine(t failer) *engine.Engine {
	t.Helper()
	e, err := engine.New(q.config(t, q.lists))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return e
}

// config is that of the engine of a trial, with terms.
func (q trial) config(t failer, terms []engine.TermList) engine.Config {
	t.Helper()
	c := engine.Config{Snapshot: "trial", Policies: []engine.Policy{q.policy}, Terms: terms}
	for i, list := range q.passwords {
		c.Passwords = append(c.Passwords, engine.PasswordList{Name: fmt.Sprint("passwords/", i), Set: newPasswordMap(list)})
	}
	for i, b := range q.breaches {
		c.Breaches = append(c.Breaches, engine.BreachList{Name: fmt.Sprint("breaches/", i), Kind: b.kind, Set: b})
	}
	if q.chars != nil {
		chars, err := engine.ParseCharModel(q.chars)
		if err != nil {
			t.Fatalf("%v", err)
		}
		c.Chars = chars
	}
	return c
}

// model builds the model of a trial.
func (q trial) model(t failer) *model.Model {
	t.Helper()
	c := model.Config{Passwords: q.passwords, Chars: q.chars, Policy: modelPolicy(q.policy)}
	for _, list := range q.lists {
		for _, term := range list.Terms {
			c.Terms = append(c.Terms, model.Term{Text: term.Text, Rank: int(term.Rank), Match: term.Match.String(), Ban: term.Ban})
		}
	}
	for _, b := range q.breaches {
		c.Breaches = append(c.Breaches, model.Breach{Digest: digests[b.kind], Classes: b.classes})
	}
	m, err := model.New(c)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return m
}

func (q trial) modelSubject() model.Subject {
	s := q.subject
	return model.Subject{Account: s.Account, Names: s.Names, Attributes: s.Attributes, Mail: s.Mail, Tenant: s.Tenant, OldPassword: string(s.OldPassword)}
}

func codes(r engine.Reasons) (codes []string) {
	for reason := range r.All() {
		codes = append(codes, reason.Code())
	}
	return codes
}

// exhausted reports whether the search may have run out of steps: then the rest
// of the password is one segment that costs nothing.
func exhausted(x engine.Explanation) bool {
	for _, s := range x.Segments {
		if s.Kind == engine.KindChar && s.Guesses == 0 && s.Span.End-s.Span.Start > 1 {
			return true
		}
	}
	return false
}

// TestCheck compares the engine with the model; FuzzCheck does by coverage.
func TestCheck(t *testing.T) { rapid.Check(t, compare) }

func FuzzCheck(f *testing.F) {
	addDraws(f)
	f.Fuzz(rapid.MakeFuzz(compare))
}

// addDraws adds seeds that are long enough for all that a trial draws.
func addDraws(f *testing.F) {
	for seed := range byte(32) {
		draws := make([]byte, 8192)
		rand.NewChaCha8([32]byte{seed}).Read(draws)
		f.Add(draws)
	}
}

func compare(t *rapid.T) { compareTrial(t, drawTrial(t)) }

func compareTrial(t *rapid.T, q trial) {
	x := q.engine(t).Explain([]byte(q.password), q.subject)
	if exhausted(x) {
		t.Skip("out of steps")
	}
	want := q.model(t).Check(q.password, q.modelSubject())
	if x.Score.Points != want.Points || int(x.Score.Guesses) != want.Guesses {
		t.Errorf("%d points, %d guesses, want %d, %d", x.Score.Points, x.Score.Guesses, want.Points, want.Guesses)
	}
	if !want.Allows(codes(x.Reasons)) {
		t.Errorf("reasons %q, want %q and one of %q", codes(x.Reasons), want.Failed, want.Blames)
	}
	if refused := x.Would == engine.Reject; refused != (len(want.Failed) > 0) {
		t.Errorf("decision %v with reasons %q", x.Would, want.Failed)
	}
	compareModes(t, q.policy, x.Verdict, want)
	if t.Failed() {
		t.Logf("password %q subject %+q\npolicy %+v\nlists %+v\npasswords %v\nbreaches %v\nsegments %+v",
			q.password, q.subject, q.policy, q.lists, q.passwords, q.breaches, x.Segments)
	}
}

// TestAlphabet keeps what is drawn within what the model knows.
func TestAlphabet(t *testing.T) {
	for _, text := range slices.Concat(wordsOf, rows, dates, names, []string{string(spare)}) {
		for _, r := range text {
			if !model.Knows(r) {
				t.Errorf("%q: the model does not know %U", text, r)
			}
		}
	}
	for letter, as := range spellings {
		for _, r := range as {
			if !model.Knows(r) {
				t.Errorf("%q for %q: the model does not know it", r, letter)
			}
		}
	}
	if diff := cmp.Diff([]string{"too_short", "banned_term"}, codes(engine.Reasons(0).With(engine.BannedTerm).With(engine.TooShort))); diff != "" {
		t.Error(diff)
	}
}
