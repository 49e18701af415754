package main

import (
	"fmt"
	"io"
	"slices"
)

// A step is what a judge would refuse that asked for a number of guesses and
// has no rule but those that refuse always.
type step struct {
	required float64 // decimal logarithm
	summary
}

// The curves' range and grid, in tenths of a decade.
const (
	curveFrom = 30
	curveTo   = 200
)

// steps returns the curve of a judge that estimates guesses.
func steps(c *corpora, r judged) []step {
	var curve []step
	for tenths := curveFrom; tenths <= curveTo; tenths++ {
		curve = append(curve, stepAt(c, r, float64(tenths)/10))
	}
	return curve
}

func stepAt(c *corpora, r judged, required float64) step {
	return step{required, summarize(c, shares(r.opinions, func(o opinion) bool { return o.always || o.guesses < required }))}
}

// printCurve prints what a judge would refuse of each set that asks for 10^7
// to 10^14 guesses.
func printCurve(w io.Writer, c *corpora, r judged) {
	heads := []string{r.name + ", guesses required"}
	for _, group := range groupsOf(c) {
		heads = append(heads, group)
		if len(r.summary[group]) > 1 {
			heads = append(heads, "worst")
		}
	}
	t := newTable(heads...)
	for tenths := 70; tenths <= 140; tenths += 5 {
		s := stepAt(c, r, float64(tenths)/10)
		cells := []string{fmt.Sprintf("10^%.1f", s.required)}
		for _, group := range groupsOf(c) {
			cells = append(cells, percent(s.mean(group).percent))
			if len(s.summary[group]) > 1 {
				cells = append(cells, percent(s.worst(group).percent()))
			}
		}
		t.row(cells...)
	}
	t.print(w)
}

// printEqual prints what each judge that estimates guesses would refuse if it
// asked for as many as it can while it refuses no more strong passwords than
// the first judge does: catches compared at the same price.
func printEqual(w io.Writer, c *corpora, results []judged) {
	heads := []string{"at veto's false rejects", "guesses required", "strong"}
	groups := slices.DeleteFunc(groupsOf(c), good)
	t := newTable(append(heads, groups...)...)
	for i, r := range results {
		if r.missing != nil || r.required == 0 {
			continue
		}
		s := step{r.required, r.summary}
		if i > 0 {
			s = equalStep(c, r, results[0].summary.rejects())
		}
		cells := []string{r.name, fmt.Sprintf("10^%.1f", s.required), percent(s.rejects())}
		for _, group := range groups {
			cells = append(cells, percent(s.mean(group).percent))
		}
		t.row(cells...)
	}
	t.print(w)
}

// equalStep returns the last step of the judge's curve that rejects at most so
// many percent of the strong passwords, or the first one.
func equalStep(c *corpora, r judged, rejects float64) step {
	curve := steps(c, r)
	last := curve[0]
	for _, s := range curve {
		if s.rejects() <= rejects {
			last = s
		}
	}
	return last
}
