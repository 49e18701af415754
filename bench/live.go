package main

import (
	"context"
	"errors"
	"flag"
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

// maxEdit is the target for an edit of up to 1,000 terms: until it is durable and
// in force.
const maxEdit = time.Second

// runLive measures edits of a large list that is in force, from the draft to the
// acknowledgment: commit, fsync, amended engine, new snapshot.
func runLive(args []string, stdout, stderr io.Writer) (failed error) {
	f := flag.NewFlagSet("bench live", flag.ContinueOnError)
	f.SetOutput(stderr)
	terms := f.Int("terms", 1_000_000, "terms of the list")
	dir := f.String("dir", "", "folder for the store; default: that of temporary files")
	if err := f.Parse(args); err != nil || f.NArg() > 0 || *terms < 100_000 {
		return errUsage
	}
	folder, err := os.MkdirTemp(*dir, "veto-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s, err := store.Open(filepath.Join(folder, "lists.db"), store.Options{})
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, s.Close()) }()
	printHeader(stdout, "Live: edits of a list in force")
	own := newMixer(globalAnd(customTerms)).names(*terms)
	t := newTable(fmt.Sprintf("list of %d terms", len(own)), "elapsed, ms", "CPU, ms", "terms amended")
	worst, err := measureEdits(s, own, t)
	if err != nil {
		return err
	}
	t.print(stdout)
	printTarget(stdout, fmt.Sprintf("an edit of up to 1,000 terms in force within %v", maxEdit), worst.String(), worst <= maxEdit)
	return nil
}

// measureEdits fills the table and returns the longest time of an edit of 1,000
// terms or fewer.
func measureEdits(s *store.File, own []engine.Term, t *table) (worst time.Duration, err error) {
	ctx := context.Background()
	var l *live.Live
	var took time.Duration // of what was measured last
	measure := func(name string, do func() error) error {
		start, cpu := time.Now(), processClock()
		err := do()
		used := processClock() - cpu
		took = time.Since(start)
		amended := 0
		if l != nil {
			amended = l.State().Amended
		}
		t.row(name, fmt.Sprintf("%.1f", float64(took)/1e6), fmt.Sprintf("%.1f", float64(used)/1e6), fmt.Sprint(amended))
		return err
	}
	d := store.Draft{List: "company", Actor: "bench"}
	for _, term := range own {
		d.Add = append(d.Add, store.Entry{Text: term.Text})
	}
	revision := store.None
	edit := func(d store.Draft) error {
		c, err := l.Edit(ctx, d)
		revision = c.Revision
		return err
	}
	if err := measure("store: make the list", func() error {
		c, err := s.Edit(ctx, d, nil)
		revision = c.Revision
		return err
	}); err != nil {
		return 0, err
	}
	if err := measure("live: open", func() (err error) {
		l, err = live.Open(ctx, live.Options{
			Load:  func() (*config.Loaded, error) { return config.Load("", nil) },
			Store: s, Swap: func(*lists.Snapshot) {},
		})
		return err
	}); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	for i, n := range []int{1, 1, 10, 1000, 1000, 1000, 1} {
		d := store.Draft{List: "company", Base: revision, Actor: "bench"}
		for _, term := range own[i*10_000:][:n] {
			d.Add = append(d.Add, store.Entry{Text: "new" + term.Text})
			d.Remove = append(d.Remove, store.Key{Text: term.Text})
		}
		if err := measure(fmt.Sprintf("live: exchange %d terms", n), func() error { return edit(d) }); err != nil {
			return 0, err
		}
		worst = max(worst, took)
	}
	return worst, nil
}
