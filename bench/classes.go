package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/vetopw/veto/engine"
)

// printClasses prints what the profile default refuses of each class, and for
// which reasons.
func printClasses(w io.Writer, c *corpora, e *engine.Engine) {
	verdicts := make([][]engine.Verdict, len(c.classes))
	eachClass(c, func(i int) { verdicts[i] = check(e, &c.classes[i]) })
	t := newTable("class, profile default", "n", "refused", "%", "95 % interval", "reasons")
	for i, class := range c.classes {
		s := share{n: len(class.passwords)}
		var reasons [32]int
		for _, v := range verdicts[i] {
			if v.Decision != engine.Accept {
				s.k++
			}
			for r := range v.Reasons.All() {
				reasons[r]++
			}
		}
		low, high := s.wilson()
		t.row(class.group+": "+class.name, strconv.Itoa(s.n), strconv.Itoa(s.k), percent(s.percent()),
			percent(low)+" to "+percent(high), commonReasons(reasons[:]))
	}
	t.print(w)
}

func check(e *engine.Engine, c *class) []engine.Verdict {
	verdicts := make([]engine.Verdict, len(c.passwords))
	for i, p := range c.passwords {
		verdicts[i] = e.Check(p, engine.Subject{})
	}
	return verdicts
}

// commonReasons lists the three most frequent reasons with their counts.
func commonReasons(counts []int) string {
	reasons := slices.Collect(engine.AllReasons())
	slices.SortStableFunc(reasons, func(a, b engine.Reason) int { return counts[b] - counts[a] })
	text := ""
	for _, r := range reasons[:3] {
		if counts[r] > 0 {
			text += fmt.Sprintf("%s %d ", r.Code(), counts[r])
		}
	}
	return text
}

// scores returns the sorted logarithms of the guesses of each class.
func scores(c *corpora, e *engine.Engine) [][]float64 {
	all := make([][]float64, len(c.classes))
	eachClass(c, func(i int) {
		for _, v := range check(e, &c.classes[i]) {
			all[i] = append(all[i], v.Score.Guesses.Log10())
		}
		slices.Sort(all[i])
	})
	return all
}

// printScores prints quantiles of the guesses that the profile default
// estimates for each class.
func printScores(w io.Writer, c *corpora, e *engine.Engine) {
	quantiles := []float64{0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1}
	heads := []string{"log10 of guesses, quantiles"}
	for _, q := range quantiles {
		heads = append(heads, fmt.Sprintf("%g %%", 100*q))
	}
	t := newTable(heads...)
	for i, values := range scores(c, e) {
		cells := []string{c.classes[i].group + ": " + c.classes[i].name}
		for _, q := range quantiles {
			cells = append(cells, fmt.Sprintf("%.1f", quantile(values, q)))
		}
		t.row(cells...)
	}
	t.print(w)
}

// hard are the reasons for which a curve's password is refused whatever its
// score.
var hard = engine.Reasons(0).With(engine.TooShort).With(engine.TooLong).With(engine.BannedPassword).With(engine.Breached)

// printCurve prints what a policy would refuse that asks for 10^7 to 10^14
// guesses and has no rule but those of length and of listed passwords.
func printCurve(w io.Writer, c *corpora, e *engine.Engine) {
	verdicts := make([][]engine.Verdict, len(c.classes))
	eachClass(c, func(i int) { verdicts[i] = check(e, &c.classes[i]) })
	t := newTable(append([]string{"guesses required"}, summaryHeads...)...)
	for tenths := 70; tenths <= 140; tenths += 5 {
		s := summarize(c, below(verdicts, engine.GuessesLog10(float64(tenths)/10)))
		t.row(append([]string{fmt.Sprintf("10^%.1f", float64(tenths)/10)}, s.cells()...)...)
	}
	t.print(w)
}

func below(verdicts [][]engine.Verdict, required engine.Guesses) []share {
	shares := make([]share, len(verdicts))
	for i, class := range verdicts {
		shares[i].n = len(class)
		for _, v := range class {
			if v.Reasons&hard != 0 || v.Score.Guesses < required {
				shares[i].k++
			}
		}
	}
	return shares
}

// printWrong prints up to n wrong answers for each class with the arithmetic.
func printWrong(w io.Writer, c *corpora, e *engine.Engine, n int) {
	for _, class := range c.classes {
		shown := 0
		for _, p := range class.passwords {
			x := e.Explain(p, engine.Subject{})
			if (x.Decision == engine.Accept) == good(class.group) {
				continue
			}
			if shown++; shown > n {
				break
			}
			fmt.Fprintf(w, "%s: %s: %q %s 10^%.1f:", class.group, class.name, p, x.Reasons.AppendCodes(nil), x.Score.Guesses.Log10())
			for _, s := range x.Segments {
				fmt.Fprintf(w, " %s[%d:%d]=%.1f", s.Kind, s.Span.Start, s.Span.End, s.Guesses.Log10())
			}
			fmt.Fprintln(w)
		}
	}
}
