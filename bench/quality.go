package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/vetopw/veto/engine"
)

const qualityUsage = `usage: bench quality [flags] FOLDER

FOLDER holds passwords, one a line, in SET/CLASS.txt or in archives SET.tar.gz of
such files, at any depth. Sets whose name starts with "strong" must be accepted,
all others refused; means weigh the classes of a set equally. A file TERMS in any
set holds custom terms, which are given to every judge that takes them. Beside
them are judged passwords that are made by rule, the set "strong by rule".

`

// qualityFlags are the choices of the subcommand quality.
type qualityFlags struct {
	sets, reasons, scores, curve, peers, generated bool
	show, sample                                   int
	plot, dir                                      string
}

func parseQuality(args []string, stdout io.Writer) (qualityFlags, error) {
	var q qualityFlags
	f := newFlags("quality")
	f.Usage = func() {
		fmt.Fprint(f.Output(), qualityUsage)
		f.PrintDefaults()
	}
	f.BoolVar(&q.sets, "sets", false, "print sets without their classes")
	f.BoolVar(&q.reasons, "v", false, "print the reasons of the profile default by class")
	f.BoolVar(&q.scores, "scores", false, "print quantiles of the guesses by class")
	f.BoolVar(&q.curve, "curve", false, "print refusals by the number of guesses required")
	f.StringVar(&q.plot, "plot", "", "draw the curve into `FILE`.svg and FILE.png")
	f.BoolVar(&q.peers, "peers", true, "judge by the peers too")
	f.BoolVar(&q.generated, "generated", true, "judge passwords made by rule too")
	f.IntVar(&q.sample, "sample", 200, "give slow peers `n` passwords of each class, 0 for all")
	f.IntVar(&q.show, "show", 0, "print up to `n` wrong answers of the profile default for each class")
	if err := parse(f, args, stdout, 1, limit{flag: "sample"}, limit{flag: "show"}, limit{flag: "plot", least: 1}); err != nil {
		return q, err
	}
	q.dir = f.Arg(0)
	return q, nil
}

func runQuality(args []string, stdout io.Writer) error {
	q, err := parseQuality(args, stdout)
	if err != nil {
		return err
	}
	c, err := readCorpora(q.dir)
	if err != nil {
		return err
	}
	if q.generated {
		c.addGenerated()
	}
	snapshot, err := newSnapshot(c.terms)
	if err != nil {
		return err
	}
	judges, err := newJudges(snapshot.Engine, c.terms, q.peers)
	if err != nil {
		return err
	}
	results, err := askAll(judges, c, q.sample)
	if err != nil {
		return err
	}
	printHeader(stdout, "Quality: passwords refused, in percent")
	fmt.Fprintf(stdout, "%s, %s. Snapshot %.19s.\n\n", plural(len(c.classes), "class"), plural(len(c.terms), "custom term"), snapshot.ID)
	printJudges(stdout, results)
	printQuality(stdout, c, results, q.sets)
	printTargets(stdout, results[0].summary)
	if q.curve {
		printCurve(stdout, c, results[0])
		printEqual(stdout, c, results)
	}
	if q.plot != "" {
		if err := drawCurve(q.plot, c, results); err != nil {
			return err
		}
	}
	printDetails(stdout, c, snapshot.Engine, q)
	return nil
}

// printDetails prints what helps to improve the profile default.
func printDetails(w io.Writer, c *corpora, e *engine.Engine, q qualityFlags) {
	if q.reasons {
		printReasons(w, c, e)
	}
	if q.scores {
		printScores(w, c, e)
	}
	if q.show > 0 {
		printWrong(w, c, e, q.show)
	}
}

// A judged is a judge with what it holds of the corpora.
type judged struct {
	judge
	missing  error // why it could not be asked
	opinions [][]opinion
	shares   []share
	summary  summary
}

// askAll asks every judge in turn. One that is not installed has a result
// without opinions.
func askAll(judges []judge, c *corpora, sample int) ([]judged, error) {
	results := make([]judged, len(judges))
	for i, j := range judges {
		opinions, err := j.ask(c, sample)
		if err != nil && !errors.Is(err, errMissing) {
			return nil, fmt.Errorf("%s: %w", j.name, err)
		}
		results[i] = judged{judge: j, missing: err, opinions: opinions}
		if err == nil {
			results[i].shares = shares(opinions, func(o opinion) bool { return o.refused })
			results[i].summary = summarize(c, results[i].shares)
		}
	}
	return results, nil
}

// printJudges says what each judge refuses and which are not installed.
func printJudges(w io.Writer, results []judged) {
	for _, r := range results {
		rule := r.rule
		if r.slow {
			rule += "; slow: a sample of each class"
		}
		if r.missing != nil {
			rule = r.missing.Error()
		}
		fmt.Fprintf(w, "- %s: %s\n", r.name, rule)
	}
	fmt.Fprintln(w)
}

// printQuality prints the table of all judges: for each set the mean of its
// classes and the worst of them, then the classes, with 95 % intervals.
func printQuality(w io.Writer, c *corpora, results []judged, setsOnly bool) {
	heads := []string{"% refused (95 % interval)", "n"}
	for _, r := range results {
		if r.missing != nil {
			r.name += ": not installed"
		}
		heads = append(heads, r.name)
	}
	t := newTable(heads...)
	line := func(name string, n int, cell func(r judged) rate) {
		cells := []string{name, strconv.Itoa(n)}
		for _, r := range results {
			text := ""
			if r.missing == nil {
				text = cell(r).String()
			}
			cells = append(cells, text)
		}
		t.row(cells...)
	}
	for _, group := range groupsOf(c) {
		n, classes := 0, results[0].summary[group]
		for _, class := range classes {
			n += class.n
		}
		if len(classes) > 0 {
			line(fmt.Sprintf("**%s**, mean of %d", group, len(classes)), n, func(r judged) rate { return r.summary.mean(group) })
		}
		if len(classes) > 1 {
			line(fmt.Sprintf("**%s**, worst class", group), n, func(r judged) rate { return r.summary.worst(group).rate() })
		}
		for i := range c.classes {
			if class := &c.classes[i]; class.group == group && !setsOnly {
				line(className(class), len(class.passwords), func(r judged) rate { return r.shares[i].rate() })
			}
		}
	}
	t.print(w)
}

// className returns how tables name the class.
func className(c *class) string {
	name := c.group + ": " + c.name
	if c.short() {
		name += " (too short)"
	}
	return name
}
