package main

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// The targets of changes to many own terms.
const (
	maxBuild      = 5 * time.Second        // processor time of a new engine of a million
	maxAmend      = 100 * time.Millisecond // of a change of up to 1,000 terms
	maxAmendRatio = 1.25                   // of a check with 10,000 terms amended to one built with them
)

// runAmend measures what a change of own terms costs: building and amending
// engines, and checks by them.
func runAmend(args []string, stdout io.Writer) error {
	f := newFlags("amend")
	terms := f.Int("terms", 1_000_000, "own terms")
	rounds := f.Int("rounds", 51, "rounds of checks by all engines in turn")
	if err := parse(f, args, stdout, 0, limit{flag: "terms", least: 100_000}, limit{flag: "rounds", least: 1}); err != nil {
		return err
	}
	mix := newMixer(globalAnd(customTerms))
	own := mix.names(*terms)
	printHeader(stdout, "Amending: changes of own terms")
	fmt.Fprintf(stdout, "%d own terms of two words each\n\n", len(own))
	if err := printBuild(stdout, own); err != nil {
		return err
	}
	const amended = 10_000
	fmt.Fprintln(stdout, "Terms of two words that passwords are made of, too:")
	if err := printAmendedChecks(stdout, mix, own[:amended], *rounds); err != nil {
		return err
	}
	fmt.Fprintln(stdout, "Terms of syllables:")
	return printAmendedChecks(stdout, mix, mix.products(amended), *rounds)
}

// products returns n terms of syllables, as many names of products are.
func (m *mixer) products(n int) []engine.Term {
	const consonants, vowels = "bcdfghjklmnprstvwxz", "aeiouy"
	products := make([]engine.Term, n)
	for i := range products {
		var name []byte
		for range 3 + m.IntN(2) {
			name = append(name, consonants[m.IntN(len(consonants))], vowels[m.IntN(len(vowels))])
		}
		products[i].Text = string(name)
	}
	return products
}

// names returns n different terms of two words.
func (m *mixer) names(n int) []engine.Term {
	names := make([]engine.Term, 0, n)
	for seen := map[string]bool{}; len(names) < n; {
		if name := m.term() + m.term(); !seen[name] {
			seen[name] = true
			names = append(names, engine.Term{Text: name})
		}
	}
	return names
}

// amendConfig is the default policies, the embedded list and own terms.
func amendConfig(own []engine.Term) engine.Config {
	return engine.Config{
		Policies: []engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()},
		Terms:    []engine.TermList{{Name: lists.GlobalTermsName, Terms: lists.GlobalTerms()}, {Name: customList, Terms: own}},
	}
}

// printBuild measures a new engine of the terms and changes of some of them, one
// on top of the other.
func printBuild(w io.Writer, own []engine.Term) error {
	t := newTable("with the embedded list and own terms", "CPU, ms", "terms amended")
	millis := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e6) }
	before := heapInUse()
	start := processClock()
	e, err := engine.New(amendConfig(own))
	if err != nil {
		return err
	}
	build, worst := processClock()-start, time.Duration(0)
	t.row(fmt.Sprintf("New, keeps %d MB", (heapInUse()-before)>>20), millis(build))
	for i, n := range []int{1, 10, 1000, 1000, 1000, 7000} {
		out := own[i*10_000:][:n]
		delta := engine.Delta{List: customList, Remove: out}
		for _, term := range out {
			delta.Add = append(delta.Add, engine.Term{Text: "new" + term.Text})
		}
		start := processClock()
		if e, err = e.Amend("amended", delta); err != nil {
			return err
		}
		took := processClock() - start
		if n <= 1000 {
			worst = max(worst, took)
		}
		t.row(fmt.Sprintf("Amend, %d terms exchanged", n), millis(took), fmt.Sprint(e.Amended()))
	}
	t.print(w)
	printTarget(w, fmt.Sprintf("New within %v of CPU", maxBuild), millis(build)+" ms", build <= maxBuild)
	printTarget(w, fmt.Sprintf("a change of up to 1,000 terms within %v of CPU", maxAmend), millis(worst)+" ms", worst <= maxAmend)
	fmt.Fprintln(w)
	return nil
}

// heapInUse returns the bytes of live objects.
func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// printAmendedChecks compares checks by an engine without own terms, by that
// amended by some, and by one built of the same.
func printAmendedChecks(w io.Writer, mix *mixer, own []engine.Term, rounds int) error {
	var passwords [][]byte
	const measured = 1024
	for _, p := range mix.mix(measured + otherPasswords) {
		passwords = append(passwords, []byte(p))
	}
	few, err := engine.New(amendConfig(nil))
	if err != nil {
		return err
	}
	same, err := engine.New(amendConfig(own))
	if err != nil {
		return err
	}
	var contestants []contestant
	add := func(name string, e *engine.Engine) {
		contestants = append(contestants, contestant{name, func(i int) { e.Check(passwords[i], engine.Subject{}) }, measured, otherPasswords, nil})
	}
	add("no own terms", few)
	for _, n := range []int{10, 1000, len(own)} {
		e, err := few.Amend("amended", engine.Delta{List: customList, Add: own[:n]})
		if err != nil {
			return err
		}
		add(fmt.Sprintf("amended by %d", n), e)
	}
	add(fmt.Sprintf("built with %d", len(own)), same)
	timings := compete(contestants, rounds)
	t := newTable("one check", "ns of CPU", "x without", "allocations")
	for i, m := range timings {
		t.row(contestants[i].name, fmt.Sprintf("%.0f", m.batch), fmt.Sprintf("%.2f", m.batch/timings[0].batch), fmt.Sprintf("%.2f", m.allocations))
	}
	t.print(w)
	ratio := timings[3].batch / timings[4].batch
	printTarget(w, fmt.Sprintf("a check with %d terms amended at most %.2f x one built with them", len(own), maxAmendRatio), fmt.Sprintf("%.2f x", ratio), ratio <= maxAmendRatio)
	fmt.Fprintln(w)
	return nil
}
