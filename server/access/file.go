package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/vetopw/veto/internal/durable"
)

// maxFileBytes bounds a file of tokens: some 50,000.
const maxFileBytes = 16 << 20

// ErrWritable is the error for a file of tokens that others than its owner may
// write: they could give themselves any scope.
var ErrWritable = errors.New("may be written by others than its owner; try: chmod go-w")

// ReadTokens reads a file of tokens, one JSON object a line. Errors name the file
// and the line, and repeat nothing of it.
func ReadTokens(path string) ([]Token, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && othersWrite(info) {
		err = ErrWritable
	}
	var data []byte
	if err == nil {
		data, err = io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	}
	if err == nil && len(data) > maxFileBytes {
		err = fmt.Errorf("is larger than %d MiB", maxFileBytes>>20)
	}
	if err != nil {
		return nil, fmt.Errorf("tokens: %s: %w", path, err)
	}
	return parseTokens(data, path)
}

// parseTokens parses lines. The last one has to end: a file that was cut short
// must not pass for a whole one.
func parseTokens(data []byte, path string) ([]Token, error) {
	var tokens []Token
	lines := map[string]int{} // by id and name
	for n := 1; len(data) > 0; n++ {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		t, err := parseToken(line)
		if err == nil && !ended {
			err = errors.New("the line has no end; the file may have been cut short")
		}
		for _, key := range []string{"id " + t.ID, "name " + t.Name, string(t.Digest[:])} {
			if err == nil && lines[key] > 0 {
				err = fmt.Errorf("is the same token, id or name as in line %d", lines[key])
			}
			lines[key] = n
		}
		if err != nil {
			return nil, fmt.Errorf("tokens: %s:%d: %w", path, n, err)
		}
		tokens = append(tokens, t)
	}
	return tokens, nil
}

func parseToken(line []byte) (t Token, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	var wrong *json.UnmarshalTypeError
	var when *time.ParseError
	switch err := d.Decode(&t); {
	case errors.As(err, &wrong):
		return t, fmt.Errorf("%s has a value of another type", wrong.Field)
	case errors.As(err, &when):
		return t, errors.New("created, expires and revoked must be times such as 2026-01-31T12:00:00Z")
	case errors.Is(err, errDigest):
		return t, errDigest
	case err != nil || d.More():
		return t, errors.New("is not a JSON object with the members that 'veto token new' writes")
	}
	return t, t.valid()
}

// EditTokens replaces the tokens of a file by what edit makes of them: whole,
// durable, and one writer at a time where the file system knows locks. A file
// that does not exist is made, for its owner alone.
func EditTokens(path string, edit func([]Token) ([]Token, error)) error {
	unlock, err := lockFolder(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	defer unlock()
	tokens, err := ReadTokens(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return err
	}
	if tokens, err = edit(tokens); err != nil {
		return err
	}
	var text bytes.Buffer
	lines := json.NewEncoder(&text)
	for _, t := range tokens {
		if err := lines.Encode(t); err != nil {
			return fmt.Errorf("tokens: %w", err)
		}
	}
	if _, err := parseTokens(text.Bytes(), path); err != nil {
		return err
	}
	if err := durable.Replace(path, text.Bytes()); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	return nil
}
