package store

import (
	"errors"
	"fmt"
)

// What errors of a Store wrap.
var (
	ErrNotFound = errors.New("not found")
	ErrExists   = errors.New("exists already")
	ErrConflict = errors.New("was changed meanwhile")
	ErrName     = errors.New("a name has small letters, digits, '-', '_' and '.', first a letter or digit, at most 64")
	ErrInvalid  = errors.New("invalid")
	ErrCorrupt  = errors.New("store is damaged")
	ErrLocked   = errors.New("store is in use by another process")
	ErrRevision = fmt.Errorf("revision %w", ErrNotFound)                                // is ErrNotFound too
	ErrCursor   = fmt.Errorf("%w cursor: no page of a list has it as Next", ErrInvalid) // is ErrInvalid too
)

// ConflictError reports that a draft is based on another revision than the one
// that holds. It wraps ErrConflict, or ErrExists if the draft asked for a new list.
type ConflictError struct {
	Name    string
	Current uint64 // the revision that holds
	err     error
}

// Error names what conflicts and the revision that holds.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s %v: revision %d", e.Name, e.err, e.Current)
}

// Unwrap returns ErrConflict or ErrExists.
func (e *ConflictError) Unwrap() error { return e.err }

// InvalidError reports everything that is wrong with the entries of a draft. It
// wraps ErrInvalid.
type InvalidError struct {
	List    string
	Entries []EntryError // by field and index; the first maxReported
	More    int          // that are wrong beside these
}

// Error tells of the first entry, and how many others there are.
func (e *InvalidError) Error() string {
	if n := len(e.Entries) - 1 + e.More; n > 0 {
		return fmt.Sprintf("list %s: %v, and %d more", e.List, &e.Entries[0], n)
	}
	return fmt.Sprintf("list %s: %v", e.List, &e.Entries[0])
}

// Unwrap returns ErrInvalid.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// EntryError tells what is wrong with one entry of a draft, without its text.
type EntryError struct {
	Field string // "add" or "remove"
	Index int    // from 0
	Err   error  // a *lists.SourceError for a text
}

// Error names the entry, as in "add[3]: term is blank".
func (e *EntryError) Error() string { return fmt.Sprintf("%s[%d]: %v", e.Field, e.Index, e.Err) }

// Unwrap returns Err.
func (e *EntryError) Unwrap() error { return e.Err }
