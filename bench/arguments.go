package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
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

// A limit is what a number that a flag takes may be.
type limit struct {
	flag        string
	least, most int // most 0: any
}

// parse reads the arguments of a subcommand that takes so many beside its flags. If
// help is asked for, it is written to stdout, and the error is flag.ErrHelp. Others
// wrap errUsage and name the flag and its value.
func parse(f *flag.FlagSet, args []string, stdout io.Writer, operands int, limits ...limit) error {
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(stdout)
		f.Usage()
		return err
	}
	if err == nil && f.NArg() != operands {
		err = fmt.Errorf("takes %d arguments beside its flags, not %d", operands, f.NArg())
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
	value := f.Lookup(l.flag).Value.(flag.Getter).Get().(int)
	most := l.most
	if most == 0 {
		most = math.MaxInt
	}
	switch {
	case l.least <= value && value <= most:
		return nil
	case l.most == 0:
		return fmt.Errorf("-%s %d is less than %d", l.flag, value, l.least)
	}
	return fmt.Errorf("-%s %d is not from %d to %d", l.flag, value, l.least, l.most)
}
