package lists

import (
	"errors"
	"fmt"
	"strings"
)

// MaxSourceErrors is how many lines a SourceErrors tells of.
const MaxSourceErrors = 10

// SourceErrors reports what is wrong in several lines of a list. It wraps the First.
type SourceErrors struct {
	First []*SourceError // in order, up to MaxSourceErrors
	More  int            // lines behind these that are wrong, too
}

// Error has a line for each of the First, and one that counts the others.
func (e *SourceErrors) Error() string {
	var b strings.Builder
	for i, one := range e.First {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Error())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", e.More)
	}
	return b.String()
}

// Unwrap returns the First.
func (e *SourceErrors) Unwrap() []error {
	all := make([]error, len(e.First))
	for i, one := range e.First {
		all[i] = one
	}
	return all
}

// Add notes err, and reports whether the lines behind it can be read.
func (e *SourceErrors) Add(err error) bool {
	one, ok := errors.AsType[*SourceError](err)
	if !ok {
		one = &SourceError{Detail: "cannot be read: " + err.Error(), Err: err}
	}
	onward := ofLine(one.Err)
	if len(e.First) < MaxSourceErrors || !onward {
		e.First = append(e.First, one)
	} else {
		e.More++
	}
	return onward
}

// ofLine reports whether err is about a single line.
func ofLine(err error) bool {
	switch err {
	case ErrEncoding, ErrControl, ErrLong, ErrShort, ErrFormat:
		return true
	}
	return false
}

// Err returns nil if nothing was added, the only error, or e.
func (e *SourceErrors) Err() error {
	switch {
	case len(e.First) == 0:
		return nil
	case len(e.First) == 1 && e.More == 0:
		return e.First[0]
	}
	return e
}
