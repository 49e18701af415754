package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
)

// The targets until an edit is durable and in force.
const (
	maxEdit   = time.Second      // of up to 1,000 terms
	maxUpload = 10 * time.Second // of processor time, of a whole list of a million
)

// runLive measures edits of a large list that is in force, from the draft to the
// acknowledgment: commit, fsync, amended engine, new snapshot.
func runLive(args []string, stdout, stderr io.Writer) error {
	f := newFlags("live")
	terms := f.Int("terms", 1_000_000, "terms of the list")
	swaps := f.Duration("swaps", 3*time.Second, "of a measurement of checks while lists are swapped; 0: none")
	rounds := f.Int("rounds", 5, "of these measurements")
	dir := f.String("dir", os.TempDir(), "`folder` for the store")
	if err := parse(f, args, stdout, 0, limit{flag: "terms", least: 100_000}, limit{flag: "rounds", least: 1},
		limit{flag: "swaps", least: int(leastDuration), none: true}); err != nil {
		return err
	}
	return scratch(*dir, func(ctx context.Context, folder string) error {
		if err := printEdits(ctx, folder, *terms, stdout); err != nil || *swaps <= 0 {
			return err
		}
		fmt.Fprintln(stdout)
		return runSwaps(*rounds, *swaps, stdout, stderr)
	})
}

// printEdits measures edits of a list in a store in the folder.
func printEdits(ctx context.Context, folder string, terms int, stdout io.Writer) (failed error) {
	s, err := store.Open(filepath.Join(folder, "lists.db"), store.Options{})
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, s.Close()) }()
	printHeader(stdout, "Live: edits of a list in force")
	own := newMixer(globalAnd(customTerms)).names(terms)
	t := newTable(fmt.Sprintf("list of %d terms", len(own)), "elapsed, ms", "CPU, ms", "terms amended")
	worst, upload, err := measureEdits(ctx, s, own, t)
	if err != nil {
		return err
	}
	t.print(stdout)
	printTarget(stdout, fmt.Sprintf("the whole list in force within %v of CPU", maxUpload), upload.String(), upload <= maxUpload)
	printTarget(stdout, fmt.Sprintf("an edit of up to 1,000 terms in force within %v", maxEdit), worst.String(), worst <= maxEdit)
	return nil
}

// measureEdits fills the table and returns the longest time of an edit of 1,000
// terms or fewer, and the processor time of making the list.
func measureEdits(ctx context.Context, s *store.File, own []engine.Term, t *table) (worst, upload time.Duration, err error) {
	l, err := live.Open(ctx, live.Options{
		Load:  func() (*config.Loaded, error) { return config.Load("", nil) },
		Store: s, Swap: func(*lists.Snapshot) {},
	})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	var took, used time.Duration // of what was measured last
	measure := func(name string, do func() error) error {
		start, cpu := time.Now(), processClock()
		err := do()
		used, took = processClock()-cpu, time.Since(start)
		t.row(name, fmt.Sprintf("%.1f", float64(took)/1e6), fmt.Sprintf("%.1f", float64(used)/1e6), fmt.Sprint(l.State().Amended))
		return err
	}
	d := store.Draft{List: "company", Actor: "bench"}
	for _, term := range own {
		d.Add = append(d.Add, store.Entry{Text: term.Text})
	}
	if err := measure("dry run: make the list", func() error {
		_, err := l.Preview(ctx, d, nil)
		return err
	}); err != nil {
		return 0, 0, err
	}
	revision := store.None
	edit := func(d store.Draft) error {
		c, err := l.Edit(ctx, d)
		revision = c.Revision
		return err
	}
	if err := measure("make the list", func() error { return edit(d) }); err != nil {
		return 0, 0, err
	}
	upload = used
	for i, n := range []int{1, 1, 10, 1000, 1000, 1000, 1} {
		d := store.Draft{List: "company", Base: revision, Actor: "bench"}
		for _, term := range own[i*10_000:][:n] {
			d.Add = append(d.Add, store.Entry{Text: "new" + term.Text})
			d.Remove = append(d.Remove, store.Key{Text: term.Text})
		}
		if err := measure(fmt.Sprintf("exchange %d terms", n), func() error { return edit(d) }); err != nil {
			return 0, 0, err
		}
		worst = max(worst, took)
	}
	return worst, upload, nil
}
