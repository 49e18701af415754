package main

import (
	"cmp"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ccojocar/zxcvbn-go"

	"github.com/vetopw/veto/bench/entra"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// The most that a check may cost, in SHA-1 of 12 bytes, and how many times faster it
// is than peers at least. The first median is that of a check without what attackers
// append and spell.
const (
	firstMedian, targetMedian, targetP99 = 40, 20, 60
	targetZxcvbn, targetLibcrack         = 200, 400
)

// Contestants work on otherPasswords before they are timed, those that take long on
// slowPasswords, which is how many these are timed with, too. One with an index looks
// otherDigests up, too: what was read of it is in no cache then.
const (
	otherPasswords = 16384
	otherDigests   = 1 << 19
	slowPasswords  = 64
)

// The contestants that are compared, and the one with an index.
const (
	speedSHA1 = "SHA-1 of 12 bytes"
	speedVeto = "veto, profile default"
	zxcvbnGo  = "ccojocar/zxcvbn-go"
)

func runEngine(args []string, stdout, stderr io.Writer) error {
	f := newFlags("engine")
	var s speed
	f.IntVar(&s.rounds, "rounds", 51, "rounds of all contestants in turn")
	passwords := f.Int("passwords", 1024, "different passwords")
	f.IntVar(&s.breached, "breached", 1e8, "hashes of the breach index, at most 1e9, 8 bytes of disk and memory each; 0 for none")
	dir := f.String("dir", os.TempDir(), "`folder` for the breach index")
	if err := parse(f, args, stdout, 0, limit{flag: "rounds", least: 1}, limit{flag: "passwords", least: 4}, limit{flag: "breached", most: 1e9}); err != nil {
		return err
	}
	snapshot, err := newSnapshot(customTerms)
	if err != nil {
		return err
	}
	all := globalAnd(customTerms)
	s.passwords, s.mix = *passwords, newMixer(all).mix(*passwords+otherPasswords)
	printHeader(stdout, "Engine: one check")
	for _, l := range snapshot.Lists {
		fmt.Fprintf(stdout, "%s: %d %s\n", l.Name, l.Entries, l.Kind)
	}
	fmt.Fprintf(stdout, "%d passwords of %d to %d characters: random, term and year, passphrases, human; %s, each after %d others\n\n",
		s.passwords, typicalMin, typicalMax, plural(s.rounds, "round"), otherPasswords)
	if s.breached > 0 {
		fmt.Fprintf(stderr, "bench: compiling a breach index of %d hashes in %s\n", s.breached, *dir)
		if err := scratch(*dir, s.compile); err != nil {
			return err
		}
		defer s.index.Breaches[0].Chain.Close()
	}
	s.contestants = s.contest(snapshot.Engine, all)
	s.timings = compete(s.contestants, s.rounds)
	s.print(stdout, timeLibcrack(s.mix[:s.passwords]))
	return printWorst(stdout, all)
}

// compile makes the engine with a breach index, whose file need not stay, where the
// system lets it go.
func (s *speed) compile(interrupted context.Context, folder string) (err error) {
	path := filepath.Join(folder, "breached.veto")
	s.hashes = hashSet{keys: s.breached, seed: 1}
	if err := s.hashes.compile(interrupted, path); err != nil {
		return err
	}
	o := usualOptions(customTerms)
	if o.Breaches, err = lists.OpenBreaches(path); err != nil {
		return err
	}
	s.index, err = lists.Build(o)
	return err
}

// compile writes the index file of a set of SHA-1 hashes that ascend, unless it is
// interrupted.
func (s hashSet) compile(interrupted context.Context, path string) error {
	step := func(done, total uint64) error { return context.Cause(interrupted) }
	w, err := filter.Create(path, filter.Options{Kind: filter.SHA1, Keys: uint64(s.keys), Step: step})
	if err != nil {
		return err
	}
	batch := make([]filter.Record, 0, 1<<14)
	for r := range s.all() {
		if batch = append(batch, filter.Record{Digest: r.digest, Count: r.count}); len(batch) == cap(batch) {
			if err := cmp.Or(context.Cause(interrupted), w.Append(batch)); err != nil {
				return errors.Join(err, w.Abort())
			}
			batch = batch[:0]
		}
	}
	if err := w.Append(batch); err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Close()
	return err
}

// A speed is the measurement of one check.
type speed struct {
	rounds, passwords, breached int
	mix                         []string // the passwords, and others
	hashes                      hashSet
	index                       *lists.Snapshot // with these breached
	contestants                 []contestant
	timings                     []timing
}

// contest returns SHA-1, the engine and the peers.
func (s *speed) contest(e *engine.Engine, terms []string) []contestant {
	passwords := make([][]byte, len(s.mix))
	for i, p := range s.mix {
		passwords[i] = []byte(p)
	}
	var all []contestant
	add := func(name string, before func(), operate func(i int)) {
		all = append(all, contestant{name, operate, s.passwords, otherPasswords, before})
	}
	veto := func(i int) { e.Check(passwords[i], engine.Subject{}) }
	c := entra.New(terms)
	add(speedSHA1, nil, func(i int) { sha1.Sum(passwords[i][:12]) })
	add(speedVeto, nil, veto)
	if s.index != nil {
		indexed := s.index.Engine
		add(s.with(), s.forget(), func(i int) { indexed.Check(passwords[i], engine.Subject{}) })
	}
	add("veto, profile entra", nil, func(i int) { e.Check(passwords[i], engine.Subject{Policy: "entra"}) })
	add("plain Entra rules", nil, func(i int) { c.Check(s.mix[i]) })
	return append(all,
		contestant{zxcvbnGo, func(i int) { zxcvbn.PasswordStrength(s.mix[i], customTerms) }, slowPasswords, slowPasswords, nil},
		contestant{"veto, just after other work", veto, s.passwords, 0, nil})
}

// forget returns what makes the caches forget what was read of the index.
func (s *speed) forget() func() {
	chain, miss := s.index.Breaches[0].Chain, s.hashes.misses(1)
	return func() {
		for range otherDigests {
			digest := miss()
			chain.Lookup(digest[:])
		}
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

// with names the contestant with an index.
func (s *speed) with() string {
	return fmt.Sprintf("veto, with %g million breached", float64(s.breached)/1e6)
}

// of returns the timing of a contestant.
func (s *speed) of(name string) timing {
	return s.timings[slices.IndexFunc(s.contestants, func(c contestant) bool { return c.name == name })]
}

func (s *speed) print(w io.Writer, libcrack float64) {
	unit, veto := s.of(speedSHA1).batch, s.of(speedVeto)
	t := newTable("one operation", "ns, batch", "p50", "p99", "max", "allocations", "bytes", "x SHA-1: p50", "p99", "veto is faster by")
	for i, c := range s.contestants {
		m := s.timings[i]
		p50, p99 := quantile(m.each, 0.5), quantile(m.each, 0.99)
		if c.name == speedSHA1 {
			p50, p99 = unit, unit // a single one is below what the clock can tell
		}
		advantage := fmt.Sprintf("%.1f x", p50/quantile(veto.each, 0.5))
		if c.name == speedSHA1 || strings.HasPrefix(c.name, "veto") {
			advantage = ""
		}
		t.row(c.name, fmt.Sprintf("%.0f", m.batch), fmt.Sprintf("%.0f", p50), fmt.Sprintf("%.0f", p99),
			fmt.Sprintf("%.0f", quantile(m.each, 1)), fmt.Sprintf("%.2f", m.allocations), fmt.Sprintf("%.0f", m.bytes),
			fmt.Sprintf("%.1f", p50/unit), fmt.Sprintf("%.1f", p99/unit), advantage)
	}
	if libcrack > 0 {
		t.row("libcrack (cracklib-check)", fmt.Sprintf("%.0f", libcrack), "", "", "", "", "", "", "", fmt.Sprintf("%.1f x", libcrack/veto.batch))
	}
	t.print(w)
	printMedian(w, "", veto, unit, firstMedian)
	printMedian(w, "", veto, unit, targetMedian)
	printP99(w, "", veto, unit)
	if s.index != nil {
		with := strings.TrimPrefix(s.with(), "veto,")
		printMedian(w, with, s.of(s.with()), unit, targetMedian)
		printP99(w, with, s.of(s.with()), unit)
	}
	printTarget(w, "no allocations", fmt.Sprintf("%.2f", veto.allocations), veto.allocations < 0.01)
	faster := quantile(s.of(zxcvbnGo).each, 0.5) / quantile(veto.each, 0.5)
	printTarget(w, fmt.Sprintf("at least %d x faster than %s", targetZxcvbn, zxcvbnGo), fmt.Sprintf("%.0f x", faster), faster >= targetZxcvbn)
	if libcrack > 0 {
		printTarget(w, fmt.Sprintf("at least %d x faster than libcrack", targetLibcrack), fmt.Sprintf("%.0f x", libcrack/veto.batch), libcrack/veto.batch >= targetLibcrack)
	}
	fmt.Fprintln(w)
}

// printMedian prints the target of a check's median, in SHA-1 of unit nanoseconds.
func printMedian(w io.Writer, with string, m timing, unit, most float64) {
	p50 := quantile(m.each, 0.5) / unit
	printTarget(w, fmt.Sprintf("median%s at most %.0f x SHA-1", with, most), fmt.Sprintf("%.1f x", p50), p50 <= most)
}

// printP99 prints that of its 99th percentile.
func printP99(w io.Writer, with string, m timing, unit float64) {
	p99 := quantile(m.each, 0.99) / unit
	printTarget(w, fmt.Sprintf("p99%s at most %d x SHA-1", with, targetP99), fmt.Sprintf("%.1f x", p99), p99 <= targetP99)
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
