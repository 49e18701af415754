package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// qualityFlags are the choices of the subcommand quality.
type qualityFlags struct {
	verbose, scores, curve, peers bool
	show                          int
	dir                           string
}

func parseQuality(args []string, stderr io.Writer) (qualityFlags, error) {
	var q qualityFlags
	f := flag.NewFlagSet("bench quality", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.BoolVar(&q.verbose, "v", false, "print every class, with 95 % intervals and reasons")
	f.BoolVar(&q.scores, "scores", false, "print quantiles of the guesses by class")
	f.BoolVar(&q.curve, "curve", false, "print refusals by the number of guesses required")
	f.BoolVar(&q.peers, "peers", true, "judge by the peers too")
	f.IntVar(&q.show, "show", 0, "print up to `n` wrong answers of the profile default for each class")
	if err := f.Parse(args); err != nil {
		return q, errUsage
	}
	if f.NArg() != 1 {
		return q, fmt.Errorf("%w (quality wants one folder)", errUsage)
	}
	q.dir = f.Arg(0)
	return q, nil
}

func runQuality(args []string, stdout, stderr io.Writer) error {
	q, err := parseQuality(args, stderr)
	if err != nil {
		return err
	}
	c, err := readCorpora(q.dir)
	if err != nil {
		return err
	}
	snapshot, err := newSnapshot(c.terms)
	if err != nil {
		return err
	}
	judges, err := newJudges(snapshot.Engine, c.terms, q.peers)
	if err != nil {
		return err
	}
	printHeader(stdout, "Quality: passwords refused, in percent")
	fmt.Fprintf(stdout, "%d custom terms are given to every judge for every class. Snapshot %.19s.\n\n", len(c.terms), snapshot.ID)
	printQuality(stdout, c, judges)
	if q.verbose {
		printClasses(stdout, c, snapshot.Engine)
	}
	if q.scores {
		printScores(stdout, c, snapshot.Engine)
	}
	if q.curve {
		printCurve(stdout, c, snapshot.Engine)
	}
	if q.show > 0 {
		printWrong(stdout, c, snapshot.Engine, q.show)
	}
	return nil
}

// refused counts what a judge refuses of each class, on all processors.
func refused(c *corpora, rejects func([]byte) bool) []share {
	shares := make([]share, len(c.classes))
	eachClass(c, func(i int) {
		shares[i].n = len(c.classes[i].passwords)
		for _, p := range c.classes[i].passwords {
			if rejects(p) {
				shares[i].k++
			}
		}
	})
	return shares
}

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

// printQuality prints the table of all judges: unweighted means over the
// classes of each group, and the class that is worst.
func printQuality(w io.Writer, c *corpora, judges []judge) {
	t := newTable(append([]string{"judge"}, summaryHeads...)...)
	for _, j := range judges {
		t.row(append([]string{j.name}, summarize(c, refused(c, j.rejects)).cells()...)...)
	}
	t.print(w)
	var short []string
	for i := range c.classes {
		if class := &c.classes[i]; class.short() {
			short = append(short, class.group+": "+class.name)
		}
	}
	if len(short) > 0 {
		fmt.Fprintf(w, "\nLeft out of these figures, since most are shorter than %d characters: %s.\n", minLength, strings.Join(short, ", "))
	}
}

// A summary holds the refused percentages of the classes by group. Classes
// that are too short for any policy are left out.
type summary map[string][]float64

func summarize(c *corpora, shares []share) summary {
	s := summary{}
	for i := range c.classes {
		if class := &c.classes[i]; !class.short() {
			s[class.group] = append(s[class.group], shares[i].percent())
		}
	}
	return s
}

var summaryHeads = []string{
	"leaks", "breach samples", "rule sets", "worst set", "spray", "custom: rules", "worst set", "custom: spray",
	"evasions", "worst evasion", "false rejects", "worst class", "strong with term", "worst class",
}

// cells returns the summary under summaryHeads.
func (s summary) cells() []string {
	return []string{
		s.mean(groupLeaks), s.mean(groupSamples), s.mean(groupRules), s.least(groupRules), s.mean(groupSpray),
		s.mean(groupCustomRules), s.least(groupCustomRules), s.mean(groupCustomSpray), s.mean(groupEvasions), s.least(groupEvasions),
		s.mean(groupStrong), s.most(groupStrong), s.mean(groupWithTerm), s.most(groupWithTerm),
	}
}

func (s summary) mean(group string) string { return percent(mean(s[group])) }

func (s summary) least(group string) string {
	if len(s[group]) == 0 {
		return ""
	}
	return percent(slices.Min(s[group]))
}

func (s summary) most(group string) string {
	if len(s[group]) == 0 {
		return ""
	}
	return percent(slices.Max(s[group]))
}

// percent prints a percentage: two digits after the point below 1 and above
// 99, where they matter.
func percent(p float64) string {
	switch text := fmt.Sprintf("%.2f", p); {
	case math.IsNaN(p):
		return ""
	case p > 0 && p < 1 || p > 99 && text != "100.00":
		return text
	}
	return fmt.Sprintf("%.1f", p)
}
