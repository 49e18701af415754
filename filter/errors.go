package filter

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart with errors.Is. They come wrapped with the path
// or the section.
var (
	ErrNotIndex  = errors.New("not a breach index; make one of a list with veto compile")
	ErrVersion   = errors.New("breach index of a newer version")
	ErrTruncated = errors.New("truncated breach index")
	ErrCorrupt   = errors.New("corrupt breach index") // always in a CorruptError
	ErrNoRanges  = errors.New("breach index without full digests: compile it with ranges")
	ErrBase      = errors.New("overlay does not belong on this breach index")
	ErrClosed    = errors.New("breach index is closed")
	ErrOrder     = errors.New("records do not ascend") // always in an OrderError
	ErrChanged   = errors.New("breach index was cut short while in use: replace files by rename")
)

// CorruptError says where an index file is damaged; it is ErrCorrupt.
type CorruptError struct {
	Section string
	Offset  int64 // in the file
	Detail  string
}

// Error returns the section, the offset and the detail.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%v: section %s at byte %d: %s", ErrCorrupt, e.Section, e.Offset, e.Detail)
}

// Is reports whether target is ErrCorrupt.
func (e *CorruptError) Is(target error) bool { return target == ErrCorrupt }

// OrderError says which record does not follow the one before; it is ErrOrder.
type OrderError struct {
	Record   uint64 // number of the record, from 0 over all batches
	Repeated bool   // the same digest again
}

// Error returns the number of the record.
func (e *OrderError) Error() string {
	if e.Repeated {
		return fmt.Sprintf("%v: record %d repeats the one before", ErrOrder, e.Record)
	}
	return fmt.Sprintf("%v: record %d", ErrOrder, e.Record)
}

// Is reports whether target is ErrOrder.
func (e *OrderError) Is(target error) bool { return target == ErrOrder }
