package breach

import (
	"errors"

	"github.com/vetopw/veto/lists"
)

// What a lists.SourceError of this package is about, beside the Err values of
// package lists.
var (
	ErrMixed     = errors.New("SHA-1 and NTLM mixed")
	ErrHash      = errors.New("no hash")
	ErrTruncated = errors.New("cut off")
	ErrOrder     = errors.New("out of order")
	ErrGap       = errors.New("range files missing")
	ErrLineEnd   = errors.New("unknown line end")
	ErrExpansion = errors.New("expands too far")
	ErrArchive   = errors.New("archive format")
)

// Errors about a line; the stream adds the source and the line's number.
var (
	errEmptyRange = &lists.SourceError{Detail: "range file is empty; get it again", Err: ErrTruncated}
	errMixed      = &lists.SourceError{Detail: "NTLM and SHA-1 hashes are mixed; an index holds one kind: split the source", Err: ErrMixed}
	errShortHash  = &lists.SourceError{Detail: "hash is too short; the source is damaged or cut off: get it again", Err: ErrTruncated}
	errNoHash     = &lists.SourceError{Detail: "line holds no hash of the expected length; see --format and --kind", Err: ErrHash}
	errNoCount    = &lists.SourceError{Detail: "hash is not followed by a count; the source is damaged or cut off, or --format ntlm is meant", Err: ErrTruncated}
	errDisorder   = &lists.SourceError{Detail: "hash is lower than the one before; the source is damaged, or was never sorted: then use --order unsorted", Err: ErrOrder}
	errNUL        = &lists.SourceError{Detail: "line holds a NUL byte; the source is damaged, or UTF-16 without a byte order mark", Err: lists.ErrEncoding}
	errLineEnd    = &lists.SourceError{Detail: "line holds a carriage return (CR); lines end with LF or CR LF: convert the source, as with: tr '\\r' '\\n'", Err: ErrLineEnd}
	errLong       = &lists.SourceError{Detail: "line is longer than 4,096 bytes", Err: lists.ErrLong}
)
