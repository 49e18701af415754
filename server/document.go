package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// document reads a body that is one JSON object whose members are named in want,
// each as it stands: what holds passwords is parsed in place later, the rest by
// decode. One that is null is as if it were missing.
func document(body []byte, want ...string) (map[string]part, error) {
	p := parser{body: body, item: none, index: none}
	if p.peek() != '{' {
		return nil, p.fail(fieldBody, "must be a JSON object")
	}
	p.next++
	members := map[string]part{}
	for {
		more, err := p.element(fieldBody, len(members) == 0, '}')
		if err != nil {
			return nil, err
		}
		if !more {
			return members, p.end()
		}
		raw, at, err := p.name()
		if err != nil {
			return nil, err
		}
		name := nameIn(want, raw)
		if _, again := members[name]; name == "" || again {
			p.next = at
			return nil, p.fail(fieldBody, "unknown or repeated field; there are "+strings.Join(want, ", "))
		}
		p.peek()
		start := p.next
		if err := p.skip(); err != nil {
			return nil, err
		}
		if members[name] = (part{name, body[start:p.next], start}); string(bytes.TrimSpace(members[name].text)) == null {
			members[name] = part{name: name}
		}
	}
}

// nameIn returns the one of names that raw is, or "".
func nameIn(names []string, raw []byte) string {
	for _, name := range names {
		if string(raw) == name {
			return name
		}
	}
	return ""
}

// part is one member of a document.
type part struct {
	name   string
	text   []byte // JSON, not checked yet; nil: the member is missing
	offset int    // in the body
}

// decode reads the part into to, a pointer. A missing one leaves it as it is.
func (m part) decode(to any) error {
	if m.text == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(m.text))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return m.fail(err)
	}
	return m.end(int(d.InputOffset()))
}

// end fails unless the part ends behind so many bytes.
func (m part) end(read int) error {
	if len(bytes.TrimSpace(m.text[read:])) > 0 {
		return &bodyError{m.name, m.offset + read, "is not well-formed JSON"}
	}
	return nil
}

// fail names what is wrong in a part. The words of package json quote what they
// are about, so they are replaced.
func (m part) fail(err error) error {
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return &bodyError{m.name + "." + wrong.Field, m.offset + int(wrong.Offset), "must be a JSON " + jsonKind(wrong.Type.Kind().String())}
	case errors.As(err, &wrong):
		return &bodyError{m.name, m.offset + int(wrong.Offset), "must be a JSON " + jsonKind(wrong.Type.Kind().String())}
	case errors.As(err, &syntax):
		return &bodyError{m.name, m.offset + int(syntax.Offset), "is not well-formed JSON"}
	}
	return &bodyError{m.name, m.offset, "is not well-formed, or has a field that does not exist"}
}

// jsonKind returns what JSON calls a kind of Go values.
func jsonKind(kind string) string {
	switch {
	case kind == "struct" || kind == "map":
		return "object"
	case kind == "slice":
		return "array"
	case kind == "bool":
		return "true or false"
	case kind == "string":
		return kind
	}
	return "number that is whole and fits"
}

// bytes reads a part that is a string in place: it is part of the body and wiped
// with it.
func (m part) bytes(body []byte) ([]byte, error) {
	if m.text == nil {
		return nil, &bodyError{m.name, len(body), "is missing"}
	}
	p := parser{body: body, next: m.offset, item: none, index: none}
	text, err := p.bytes(fieldBody)
	if p.peek(); err != nil || p.next != m.offset+len(m.text) {
		return nil, &bodyError{m.name, p.next, "must be a string"}
	}
	return text, nil
}

// passwords reads a part that is an array of strings in place: they are parts of
// the body and wiped with it.
func (m part) passwords(body []byte, most int) (all [][]byte, err error) {
	if m.text == nil {
		return nil, nil
	}
	p := parser{body: body, next: m.offset, item: none, index: none}
	if p.peek() != '[' {
		return nil, &bodyError{m.name, p.next, "must be an array of strings"}
	}
	p.next++
	for {
		more, err := p.element(fieldBody, len(all) == 0, ']')
		if err == nil && !more {
			err = m.end(p.next - m.offset)
		}
		if err != nil || !more {
			return all, err
		}
		if len(all) == most {
			return nil, &bodyError{m.name, p.next, "has more than " + strconv.Itoa(most) + " entries"}
		}
		password, err := p.bytes(fieldBody)
		if err != nil {
			return nil, &bodyError{m.name + "[" + strconv.Itoa(len(all)) + "]", p.next, "must be a string"}
		}
		all = append(all, password)
	}
}

// skip moves behind the value at p. It looks at brackets and strings alone.
func (p *parser) skip() error {
	depth := 0
	for ; p.next < len(p.body); p.next++ {
		switch p.body[p.next] {
		case '"':
			if !p.skipString() {
				return p.fail(fieldBody, "the string does not end")
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return nil
			}
			depth--
		case ',':
			if depth == 0 {
				return nil
			}
		}
	}
	return p.fail(fieldBody, "the object does not end")
}

// skipString moves to the closing quote of the string at p.
func (p *parser) skipString() bool {
	for p.next++; p.next < len(p.body); p.next++ {
		switch p.body[p.next] {
		case '\\':
			p.next++
		case '"':
			return true
		}
	}
	return false
}
