package bundle

import "errors"

// What is wrong with a bundle, as a FileError or wrapped.
var (
	ErrSignature  = errors.New("not signed by a trusted key")
	ErrFormat     = errors.New("not a valid manifest")
	ErrVersion    = errors.New("manifest of a newer version of the format")
	ErrRollback   = errors.New("older than what was seen before")
	ErrIncomplete = errors.New("incomplete bundle")
	ErrDigest     = errors.New("not the file that was signed")
	ErrSize       = errors.New("bundle too large")
	ErrKey        = errors.New("unusable key")
	ErrBusy       = errors.New("in use by another process")
)

// FileError says which file of a bundle is unusable.
type FileError struct {
	File   string // name in the manifest, or "manifest"
	Err    error  // one of the Err values of this package
	Detail string // what is wrong and the way out; may be empty
}

// Error returns "file: what is wrong: detail".
func (e *FileError) Error() string {
	text := e.File + ": " + e.Err.Error()
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap returns Err.
func (e *FileError) Unwrap() error { return e.Err }
