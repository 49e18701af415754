package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/bundle"
)

// exitCode is the status of the process.
type exitCode int

// The exit codes. They are part of the public interface.
const (
	exitOK exitCode = iota
	exitRefused
	exitUsage
	exitConfig
	exitFailure
	exitCodeCount
)

// exitTable is the one table of exit codes; help and manual are made from it.
var exitTable = [exitCodeCount]string{
	exitOK:      "every password accepted, or the command succeeded",
	exitRefused: "at least one password refused, or a machine that is not ok",
	exitUsage:   "wrong usage, or no password given",
	exitConfig:  "lists, policy or configuration unusable",
	exitFailure: "any other failure, such as reading or writing",
}

// exitHelp returns exitTable as a section of a help text.
func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for code, meaning := range exitTable {
		fmt.Fprintf(&b, "\n    %d  %s", code, meaning)
	}
	return b.String()
}

// exitError is an error that knows its exit code. Without an err it ends the
// process silently: what there was to say is on standard output.
type exitError struct {
	code exitCode
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return exitTable[e.code]
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// errRefused ends a check that refused a password.
var errRefused = &exitError{code: exitRefused}

// usagef returns an error in the way the command was called.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// codeOf returns the exit code that err stands for.
func codeOf(err error) exitCode {
	var exit *exitError
	var unusable *engine.ConfigError
	var settings config.Errors
	var source *lists.SourceError
	var file *bundle.FileError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &unusable), errors.As(err, &settings), errors.As(err, &source), errors.As(err, &file),
		errors.Is(err, bundle.ErrKey), errors.Is(err, bundle.ErrRollback):
		return exitConfig
	}
	return exitFailure
}

// report writes err to stderr, naming the command's help after a wrong usage,
// and returns the exit code.
func report(stderr io.Writer, command string, err error) exitCode {
	code := codeOf(err)
	var exit *exitError
	if err == nil || errors.As(err, &exit) && exit.err == nil {
		return code
	}
	hint := ""
	if code == exitUsage {
		hint = fmt.Sprintf(" (run '%s --help')", command)
	}
	fmt.Fprintf(stderr, "veto: %v%s\n", err, hint)
	return code
}
