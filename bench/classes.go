package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/vetopw/veto/engine"
)

// eachClass calls work for each class's index, on all processors.
func eachClass(c *corpora, work func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(c.classes) {
					return
				}
				work(i)
			}
		})
	}
	workers.Wait()
}

// printReasons prints for which reasons the profile default refuses passwords
// of each class.
func printReasons(w io.Writer, c *corpora, e *engine.Engine) {
	verdicts := make([][]engine.Verdict, len(c.classes))
	eachClass(c, func(i int) { verdicts[i] = check(e, &c.classes[i]) })
	t := newTable("class, profile default", "n", "refused", "reasons")
	for i, class := range c.classes {
		refused := 0
		var reasons [32]int
		for _, v := range verdicts[i] {
			if v.Decision != engine.Accept {
				refused++
			}
			for r := range v.Reasons.All() {
				reasons[r]++
			}
		}
		t.row(className(&class), strconv.Itoa(len(class.passwords)), strconv.Itoa(refused), commonReasons(reasons[:]))
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
		cells := []string{className(&c.classes[i])}
		for _, q := range quantiles {
			cells = append(cells, fmt.Sprintf("%.1f", quantile(values, q)))
		}
		t.row(cells...)
	}
	t.print(w)
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
