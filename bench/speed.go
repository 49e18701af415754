package main

import (
	"crypto/sha1"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/ccojocar/zxcvbn-go"

	"github.com/vetopw/veto/bench/entra"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// The most that a check may cost, in SHA-1 of 12 bytes, and how many times faster it
// is than peers at least. The first median is that of a check without what attackers
// append and spell.
const (
	firstMedian, targetMedian, targetP99 = 40, 20, 60
	targetZxcvbn, targetLibcrack         = 200, 400
)

// slowPasswords is how many passwords contestants are given that take long.
const slowPasswords = 64

func runEngine(args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("bench engine", flag.ContinueOnError)
	f.SetOutput(stderr)
	rounds := f.Int("rounds", 51, "rounds of all contestants in turn")
	passwords := f.Int("passwords", 1024, "different passwords")
	if err := f.Parse(args); err != nil || f.NArg() > 0 || *rounds < 1 || *passwords < 4 {
		return errUsage
	}
	snapshot, err := newSnapshot(customTerms)
	if err != nil {
		return err
	}
	all := globalAnd(customTerms)
	mix := newMixer(all).mix(*passwords)
	printHeader(stdout, "Engine: one check")
	for _, l := range snapshot.Lists {
		fmt.Fprintf(stdout, "%s: %d %s\n", l.Name, l.Entries, l.Kind)
	}
	fmt.Fprintf(stdout, "%d passwords of %d to %d characters: random, term and year, passphrases, human; %d rounds\n\n",
		len(mix), typicalMin, typicalMax, *rounds)
	contestants := speedContestants(snapshot.Engine, all, mix)
	printSpeed(stdout, contestants, compete(contestants, *rounds), timeLibcrack(mix))
	return printWorst(stdout, all)
}

// speedContestants returns the peers, SHA-1 first and the engine second.
func speedContestants(e *engine.Engine, terms, mix []string) []contestant {
	passwords := make([][]byte, len(mix))
	for i, p := range mix {
		passwords[i] = []byte(p)
	}
	c := entra.New(terms)
	return []contestant{
		{"SHA-1 of 12 bytes", func(i int) { sha1.Sum(passwords[i][:12]) }, len(mix)},
		{"veto, profile default", func(i int) { e.Check(passwords[i], engine.Subject{}) }, len(mix)},
		{"veto, profile entra", func(i int) { e.Check(passwords[i], engine.Subject{Policy: "entra"}) }, len(mix)},
		{"plain Entra rules", func(i int) { c.Check(mix[i]) }, len(mix)},
		{"ccojocar/zxcvbn-go", func(i int) { zxcvbn.PasswordStrength(mix[i], customTerms) }, min(len(mix), slowPasswords)},
	}
}

// timeLibcrack returns the nanoseconds of the processor that cracklib-check takes for
// a password, without those to start, or 0 if it is not installed.
func timeLibcrack(mix []string) float64 {
	run := func(input string) float64 {
		c := exec.Command("cracklib-check")
		c.Stdin = strings.NewReader(input)
		if c.Run() != nil {
			return 0
		}
		return float64(c.ProcessState.UserTime() + c.ProcessState.SystemTime())
	}
	all := run(strings.Join(mix, "\n") + "\n")
	return max(0, all-run("")) / float64(len(mix))
}

func printSpeed(w io.Writer, contestants []contestant, timings []timing, libcrack float64) {
	unit := timings[0].batch
	t := newTable("one operation", "ns, batch", "p50", "p99", "max", "allocations", "bytes", "x SHA-1: p50", "p99", "veto is faster by")
	for i, c := range contestants {
		m := timings[i]
		p50, p99 := quantile(m.each, 0.5), quantile(m.each, 0.99)
		if i == 0 {
			p50, p99 = unit, unit // a single one is below what the clock can tell
		}
		advantage := fmt.Sprintf("%.1f x", p50/quantile(timings[1].each, 0.5))
		if i < 2 {
			advantage = ""
		}
		t.row(c.name, fmt.Sprintf("%.0f", m.batch), fmt.Sprintf("%.0f", p50), fmt.Sprintf("%.0f", p99),
			fmt.Sprintf("%.0f", quantile(m.each, 1)), fmt.Sprintf("%.2f", m.allocations), fmt.Sprintf("%.0f", m.bytes),
			fmt.Sprintf("%.1f", p50/unit), fmt.Sprintf("%.1f", p99/unit), advantage)
	}
	veto := timings[1]
	const zxcvbn = 4 // of the contestants
	faster := quantile(timings[zxcvbn].each, 0.5) / quantile(veto.each, 0.5)
	if libcrack > 0 {
		t.row("libcrack (cracklib-check)", fmt.Sprintf("%.0f", libcrack), "", "", "", "", "", "", "", fmt.Sprintf("%.1f x", libcrack/veto.batch))
	}
	t.print(w)
	p50, p99 := quantile(veto.each, 0.5)/unit, quantile(veto.each, 0.99)/unit
	for _, most := range []float64{firstMedian, targetMedian} {
		printTarget(w, fmt.Sprintf("median at most %.0f x SHA-1", most), fmt.Sprintf("%.1f x", p50), p50 <= most)
	}
	printTarget(w, fmt.Sprintf("p99 at most %d x SHA-1", targetP99), fmt.Sprintf("%.1f x", p99), p99 <= targetP99)
	printTarget(w, "no allocations", fmt.Sprintf("%.2f", veto.allocations), veto.allocations < 0.01)
	printTarget(w, fmt.Sprintf("at least %d x faster than %s", targetZxcvbn, contestants[zxcvbn].name), fmt.Sprintf("%.0f x", faster), faster >= targetZxcvbn)
	if libcrack > 0 {
		printTarget(w, fmt.Sprintf("at least %d x faster than libcrack", targetLibcrack), fmt.Sprintf("%.0f x", libcrack/veto.batch), libcrack/veto.batch >= targetLibcrack)
	}
	fmt.Fprintln(w)
}

// printTarget prints a target beside the figure.
func printTarget(w io.Writer, target, figure string, met bool) {
	verdict := "met"
	if !met {
		verdict = "MISSED"
	}
	fmt.Fprintf(w, "target %s: %s, %s\n", target, figure, verdict)
}

// anyLength is the policy default for passwords as long as the engine takes.
func anyLength() engine.Policy {
	p := engine.DefaultPolicy()
	p.MaxLength = engine.MaxLength
	return p
}

func newAnyLength() (*engine.Engine, error) {
	list := engine.TermList{Name: customList}
	for _, t := range customTerms {
		list.Terms = append(list.Terms, engine.Term{Text: t})
	}
	s, err := lists.Build(lists.Options{Custom: []engine.TermList{list}, Policies: []engine.Policy{anyLength()}})
	if err != nil {
		return nil, err
	}
	return s.Engine, nil
}
