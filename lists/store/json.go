package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/vetopw/veto/lists"
)

// entryJSON is an entry as JSON has it.
type entryJSON struct {
	Text    string `json:"text"`
	Match   string `json:"match,omitempty"`
	Ban     bool   `json:"ban,omitempty"`
	Rank    uint32 `json:"rank,omitempty"`
	Note    string `json:"note,omitempty"`
	Author  string `json:"author,omitempty"`
	Added   string `json:"added,omitempty"`
	Expires string `json:"expires,omitempty"`
}

// MarshalJSON returns the entry as ParseEntry reads it.
func (e Entry) MarshalJSON() ([]byte, error) {
	return json.Marshal(entryJSON{e.Text, e.Match.String(), e.Ban, e.Rank, e.Note, e.Author, writeTime(e.Added), writeTime(e.Expires)})
}

// ParseEntry reads an entry from JSON: a text, or an object with the columns of CSV
// as members. The error quotes nothing.
func ParseEntry(text []byte) (Entry, error) {
	if len(text) > 0 && text[0] == '"' {
		var e Entry
		if err := json.Unmarshal(text, &e.Text); err != nil {
			return Entry{}, errJSON
		}
		return e, nil
	}
	if string(text) == "null" { // which package json takes for an object
		return Entry{}, errEntry
	}
	var raw entryJSON
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&raw); err != nil {
		return Entry{}, errEntry
	}
	e := Entry{Text: raw.Text, Ban: raw.Ban, Rank: raw.Rank, Note: raw.Note, Author: raw.Author}
	match, err := ParseMatch(raw.Match)
	e.Match = match
	return e, errors.Join(err, readTime(&e.Added, raw.Added), readTime(&e.Expires, raw.Expires))
}

var (
	errJSON  = errors.New("is not well-formed JSON")
	errEntry = errors.New("must be a text, or an object with text, and match, ban, rank, note, author, added or expires where they matter")
)

// readJSON reads the entries of an object or array.
func (i *Import) readJSON(r io.Reader) error {
	d := json.NewDecoder(r)
	first, err := d.Token()
	if err == io.EOF {
		return nil
	}
	switch {
	case err != nil:
		return jsonError(err)
	case first == json.Delim('['):
		return i.readArray(d)
	case first != json.Delim('{'):
		return &lists.SourceError{Detail: "must be an object with entries, or their array", Err: lists.ErrFormat}
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return jsonError(err)
		}
		if err := i.readMember(d, name); err != nil {
			return jsonError(err)
		}
	}
	return nil
}

// readMember reads a member. There may be others than note and entries: an export
// tells more about the list.
func (i *Import) readMember(d *json.Decoder, name json.Token) error {
	switch name {
	case "note":
		if err := d.Decode(&i.Note); err != nil {
			return &lists.SourceError{Detail: "note must be a text", Err: lists.ErrFormat}
		}
		return nil
	case "entries":
		if open, _ := d.Token(); open != json.Delim('[') {
			return &lists.SourceError{Detail: "entries must be an array", Err: lists.ErrFormat}
		}
		return i.readArray(d)
	}
	var other json.RawMessage
	return d.Decode(&other)
}

// readArray reads the entries of an array whose bracket was read.
func (i *Import) readArray(d *json.Decoder) error {
	var wrong lists.SourceErrors
	for n := 0; d.More(); n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			wrong.Add(jsonError(err))
			return wrong.Err()
		}
		e, err := ParseEntry(raw)
		if err != nil {
			err = &lists.SourceError{Detail: place(n) + ": " + err.Error(), Err: lists.ErrFormat}
		} else {
			err = i.add(0, e)
		}
		if err != nil && !wrong.Add(err) {
			return wrong.Err()
		}
	}
	if _, err := d.Token(); err != nil {
		wrong.Add(jsonError(err))
	}
	return wrong.Err()
}

// jsonError is an error of package json without what it quotes, or of what it
// reads.
func jsonError(err error) error {
	var source *lists.SourceError
	var syntax *json.SyntaxError
	switch {
	case err == nil || errors.As(err, &source): // also one of several
		return err
	case errors.As(err, &syntax):
		return &lists.SourceError{Detail: fmt.Sprintf("is not well-formed JSON at byte %d", syntax.Offset), Err: lists.ErrFormat}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &lists.SourceError{Detail: "is not well-formed JSON: it ends too early", Err: lists.ErrFormat}
	}
	return &lists.SourceError{Detail: "cannot be read: " + err.Error(), Err: err}
}
