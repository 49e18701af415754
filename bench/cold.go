package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/vetopw/veto/filter"
)

// breachCold is the subcommand that measures lookups in a file that the system
// has not in memory. It runs in a process of its own, since a file that is
// mapped stays.
const breachCold = "breach-cold"

// coldQueries are few, so that they seldom fall on a page read before.
const coldQueries = 2000

// printCold runs breachCold.
func printCold(ctx context.Context, w io.Writer, self, index string, s hashSet) error {
	command := exec.CommandContext(ctx, self, append([]string{breachCold, "-index", index}, s.arguments()...)...)
	command.Stdout, command.Stderr = w, os.Stderr
	return command.Run()
}

func runCold(args []string, stdout io.Writer) error {
	f := newFlags(breachCold)
	var s hashSet
	s.flags(f)
	path := f.String("index", "", "file")
	if err := parse(f, args, stdout, 0); err != nil {
		return err
	}
	if err := evict(*path); errors.Is(err, errors.ErrUnsupported) {
		fmt.Fprintf(stdout, "Lookups on disk: not measured on this system\n\n")
		return nil
	} else if err != nil {
		return err
	}
	return s.printCold(stdout, *path)
}

func (s hashSet) printCold(w io.Writer, path string) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := time.Now()
	set, err := filter.Open(path)
	if err != nil {
		return err
	}
	opened := time.Since(start)
	if err := set.PreloadBloom(); err != nil {
		return err
	}
	fmt.Fprintf(w, "file not in memory: opened in %.1f ms, its Bloom filter read after %.1f ms\n\n",
		opened.Seconds()*1e3, time.Since(start).Seconds()*1e3)
	t := newTable("lookup, only the Bloom filter in memory", "p50 us", "p99 us", "reads each", "without a read")
	hit := s.hitsOf(rand.New(rand.NewPCG(s.seed, 4)))
	hits, err := timeReads(set, hit, coldQueries, s.size())
	if err != nil {
		return err
	}
	hits.print(t, "hit")
	misses, err := timeReads(set, s.misses(2), 100*coldQueries, s.size())
	if err != nil {
		return err
	}
	misses.print(t, "miss")
	t.print(w)
	printTarget(w, "at most 1 read a hit", fmt.Sprintf("%.3f", hits.reads), hits.reads <= 1)
	printTarget(w, "no read for 99.9 % of misses", fmt.Sprintf("%.2f %%", misses.none), misses.none >= 99.9)
	fmt.Fprintln(w)
	return nil
}

// hitsOf returns a source of random digests of passwords of the set.
func (s hashSet) hitsOf(random *rand.Rand) func() digest {
	return func() digest { return s.hash(s.password(random.IntN(s.known()))) }
}

// A coldTiming is what was measured of lookups of which some have to read.
type coldTiming struct {
	times []float64 // sorted, in microseconds
	reads float64   // the mean
	none  float64   // percentage that needs none
}

func (c coldTiming) print(t *table, name string) {
	t.row(name, fmt.Sprintf("%.1f", quantile(c.times, 0.5)), fmt.Sprintf("%.1f", quantile(c.times, 0.99)),
		fmt.Sprintf("%.4f", c.reads), fmt.Sprintf("%.2f %%", c.none))
}

func timeReads(set *filter.Set, next func() digest, n, size int) (c coldTiming, err error) {
	c.times = make([]float64, n)
	first, err := reads()
	none, before := 0, first
	for i := range n {
		d := next()
		start := time.Now()
		set.Contains(d[:size])
		c.times[i] = float64(time.Since(start)) / 1e3
		after, failed := reads()
		if err = errors.Join(err, failed); after == before {
			none++
		}
		before = after
	}
	slices.Sort(c.times)
	c.reads, c.none = float64(before-first)/float64(n), share{none, n}.percent()
	return c, err
}
