package main

import (
	"bytes"
	"io"
	"unicode/utf8"
)

const (
	chunkBytes = 32 << 10
	// recordBytes is what is kept of one password. The longest that a policy
	// may allow has engine.MaxLength characters, which are far fewer bytes: a
	// cut password is too long all the same.
	recordBytes = 64 << 10
)

// recordReader splits passwords from a stream with constant memory. It wipes
// its buffers as it goes.
type recordReader struct {
	src    io.Reader
	end    byte   // what ends a password: LF or NUL
	chunk  []byte // what was read, of fixed capacity
	rest   []byte // the part of chunk not yet used
	record []byte // the password, of fixed capacity
	cut    bool   // the password did not fit
	later  bool   // this is not the first password
}

func newRecordReader(src io.Reader, end byte) *recordReader {
	return &recordReader{src: src, end: end, chunk: make([]byte, chunkBytes), record: make([]byte, 0, recordBytes)}
}

// next returns the next password, which is valid until the next call, or
// io.EOF. What ends the last password is optional.
func (r *recordReader) next() ([]byte, error) {
	r.reset()
	for started := false; ; started = true {
		if len(r.rest) == 0 {
			if err := r.fill(); err == io.EOF && started {
				return r.trim(false), nil
			} else if err != nil {
				return nil, err
			}
		}
		length, ended := len(r.rest), false
		if i := bytes.IndexByte(r.rest, r.end); i >= 0 {
			length, ended = i+1, true
			r.keep(r.rest[:i])
		} else {
			r.keep(r.rest)
		}
		clear(r.rest[:length])
		r.rest = r.rest[length:]
		if ended {
			return r.trim(true), nil
		}
	}
}

// fill reads the next chunk.
func (r *recordReader) fill() error {
	n, err := 0, error(nil)
	for n == 0 && err == nil {
		n, err = r.src.Read(r.chunk)
	}
	r.rest = r.chunk[:n]
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// keep appends piece to the record as far as it fits, in whole characters.
func (r *recordReader) keep(piece []byte) {
	if r.cut {
		return
	}
	free := recordBytes - len(r.record)
	r.cut = len(piece) > free
	r.record = append(r.record, piece[:min(len(piece), free)]...)
	if r.cut {
		r.record = trimPartial(r.record)
	}
}

// trim returns the record, for lines without the CR before the LF and without
// the byte order mark that some systems put before the first.
func (r *recordReader) trim(ended bool) []byte {
	password := r.record
	if r.end == '\n' {
		if ended && !r.cut {
			password = bytes.TrimSuffix(password, []byte{'\r'})
		}
		if !r.later {
			password = bytes.TrimPrefix(password, []byte("\ufeff"))
		}
	}
	r.later = true
	return password
}

func (r *recordReader) reset() {
	clear(r.record)
	r.record = r.record[:0]
	r.cut = false
}

// close wipes the buffers.
func (r *recordReader) close() {
	r.reset()
	clear(r.chunk)
}

// trimPartial wipes and drops a character at the end of b whose last bytes are
// missing.
func trimPartial(b []byte) []byte {
	for i := len(b) - 1; i >= max(0, len(b)-utf8.UTFMax); i-- {
		if !utf8.RuneStart(b[i]) {
			continue
		}
		if !utf8.FullRune(b[i:]) {
			clear(b[i:])
			b = b[:i]
		}
		break
	}
	return b
}
