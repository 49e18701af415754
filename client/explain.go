package client

import (
	"encoding/json"
	"errors"
	"math"

	"github.com/vetopw/veto/engine"
)

// ErrNotExplained is the error of Explanation for a verdict that tells no more than
// its reasons.
var ErrNotExplained = errors.New("the server does not explain: that takes server.explain and a credential with the scope explain")

// Explanation returns the verdict as package engine has it, with what it rests on.
// Without that it has the verdict alone, and the error is ErrNotExplained. Codes and
// kinds that this version does not know are left out.
func (v Verdict) Explanation() (engine.Explanation, error) {
	x := engine.Explanation{Verdict: engine.Verdict{Decision: v.Decision, Would: v.Would, Policy: v.Policy, Snapshot: v.Snapshot}}
	for _, m := range []engine.Mode{engine.Audit, engine.Off} {
		if v.Mode == m.String() {
			x.Mode = m
		}
	}
	for _, r := range v.Reasons {
		code, ok := reasonNamed(r.Code)
		if !ok {
			continue
		}
		x.Reasons = x.Reasons.With(code)
		if r.Mode == engine.Audit.String() {
			x.Audited = x.Audited.With(code)
		}
		x.Findings = append(x.Findings, engine.Finding{Reason: code, List: r.List, Span: spanOf(r.Span), Seen: r.Seen})
	}
	var wire struct{ Explain *explained }
	if v.JSON == nil || json.Unmarshal(v.JSON, &wire) != nil || wire.Explain == nil {
		return x, ErrNotExplained
	}
	wire.Explain.describe(&x)
	return x, nil
}

// explained is the member explain of a verdict.
type explained struct {
	Characters int
	Guesses    struct {
		Bits     float64
		Required float64 `json:"required_bits"`
		Spread   float64 `json:"spread_bits"`
		Segments []struct {
			where
			Bits, Base, Spelling, Case, Join float64
			Readings                         []struct {
				where
				Bits float64
			}
		}
	}
	Points struct {
		Points, Required int
		Segments         []struct {
			where
			Points int
		}
	}
}

// where is what parts have in common.
type where struct {
	Kind, List string
	Span       []int
}

// describe adds it to x.
func (e *explained) describe(x *engine.Explanation) {
	g := &e.Guesses
	x.Characters, x.Spread = e.Characters, guesses(g.Spread)
	x.Score = engine.Score{Points: e.Points.Points, RequiredPoints: e.Points.Required, Guesses: guesses(g.Bits), RequiredGuesses: guesses(g.Required)}
	for _, s := range g.Segments {
		kind, ok := kindNamed(s.Kind)
		if !ok {
			continue
		}
		segment := engine.Segment{
			Kind: kind, List: s.List, Span: spanOf(s.Span), Guesses: guesses(s.Bits),
			Base: guesses(s.Base), Spelling: guesses(s.Spelling), Case: guesses(s.Case), Join: guesses(s.Join),
		}
		for _, r := range s.Readings {
			if kind, ok := readingNamed(r.Kind); ok {
				segment.Readings = append(segment.Readings, engine.Reading{Kind: kind, Span: spanOf(r.Span), Guesses: guesses(r.Bits)})
			}
		}
		x.Segments = append(x.Segments, segment)
	}
	for _, s := range e.Points.Segments {
		if kind, ok := kindNamed(s.Kind); ok {
			x.Tallies = append(x.Tallies, engine.Tally{Kind: kind, List: s.List, Span: spanOf(s.Span), Points: s.Points})
		}
	}
}

// guesses returns bits as a server writes them: in full.
func guesses(bits float64) engine.Guesses {
	return engine.Guesses(math.Round(bits / engine.Guesses(1).Bits()))
}

func spanOf(s []int) engine.Span {
	if len(s) != 2 {
		return engine.Span{}
	}
	return engine.Span{Start: s[0], End: s[1]}
}

func reasonNamed(code string) (engine.Reason, bool) {
	for r := range engine.AllReasons() {
		if r.Code() == code {
			return r, true
		}
	}
	return 0, false
}

func kindNamed(name string) (engine.Kind, bool) {
	for k := engine.KindChar; k <= engine.KindBreached; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}

func readingNamed(name string) (engine.ReadingKind, bool) {
	for k := engine.ReadSubstitution; k <= engine.ReadSwapped; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return 0, false
}
