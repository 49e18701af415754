package config

import (
	"fmt"
	"strings"
)

// Error reports one unusable value.
type Error struct {
	File   string // as given by the caller; empty for flags and environment
	Line   int    // from 1; 0 when unknown
	Path   string // such as "policies[2].length.min"; empty for the file as a whole
	Detail string // what is wrong, and the way out
}

// Error returns "file:line: path: detail".
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	return b.String() + e.Detail
}

// Errors are all errors of a configuration, in order of the file.
type Errors []*Error

// Error returns one line for each error.
func (e Errors) Error() string {
	var lines []string
	for _, err := range e {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}
