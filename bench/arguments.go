package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

const commandUsage = "usage: bench engine|http|local|sidecars|amend|live|memory|quality|breach|hashes [flags]; -h behind one of them tells its flags"

// errUsage makes the exit code 2.
var errUsage = errors.New("wrong usage")

// wrongUsage returns an error that wraps errUsage and says nothing of it.
func wrongUsage(format string, values ...any) error {
	return &usageError{fmt.Sprintf(format, values...)}
}

type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }
func (e *usageError) Unwrap() error { return errUsage }

// newFlags returns the flags of a subcommand, for parse.
func newFlags(subcommand string) *flag.FlagSet {
	f := flag.NewFlagSet("bench "+subcommand, flag.ContinueOnError)
	f.SetOutput(io.Discard) // parse tells
	return f
}

// A limit is what a flag may be: a number, a duration or, by its length, a text.
type limit struct {
	flag        string
	least, most int  // of nanoseconds or bytes, too; most 0: any
	none        bool // 0 also
}

// leastDuration is of a measurement that has figures.
const leastDuration = 10 * time.Millisecond

// atLeast returns the limit of a duration.
func atLeast(flag string, least time.Duration) limit { return limit{flag: flag, least: int(least)} }

// parse reads the arguments of a subcommand that takes one beside its flags, or none.
// If help is asked for, it is written to stdout, and the error is flag.ErrHelp. Others
// wrap errUsage and name the flag and its value.
func parse(f *flag.FlagSet, args []string, stdout io.Writer, operands int, limits ...limit) error {
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(stdout)
		f.Usage()
		return err
	}
	if err == nil && f.NArg() != operands {
		err = fmt.Errorf("takes %s beside its flags, not %d", [...]string{"no arguments", "one argument"}[operands], f.NArg())
	}
	for _, l := range limits {
		if err == nil {
			err = l.check(f)
		}
	}
	if err != nil {
		return wrongUsage("%s: %v; %s -h tells the flags", strings.TrimPrefix(f.Name(), "bench "), err, f.Name())
	}
	return nil
}

// check compares the value of the flag with the limits.
func (l limit) check(f *flag.FlagSet) error {
	value := f.Lookup(l.flag).Value.(flag.Getter).Get()
	n := 0
	show := func(n int) any { return n }
	switch v := value.(type) {
	case int:
		n = v
	case time.Duration:
		n, show = int(v), func(n int) any { return time.Duration(n) }
	case string:
		if len(v) < l.least && given(f, l.flag) {
			return fmt.Errorf("-%s must not be empty", l.flag)
		}
		return nil
	}
	most := l.most
	if most == 0 {
		most = math.MaxInt
	}
	switch {
	case l.least <= n && n <= most, l.none && n == 0:
		return nil
	case l.most > 0:
		return fmt.Errorf("-%s %v is not from %v to %v", l.flag, value, show(l.least), show(l.most))
	case l.none:
		return fmt.Errorf("-%s %v is neither 0 nor at least %v", l.flag, value, show(l.least))
	}
	return fmt.Errorf("-%s %v is less than %v", l.flag, value, show(l.least))
}

// given tells whether the arguments have the flag.
func given(f *flag.FlagSet, name string) bool {
	found := false
	f.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}
