package server

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/vetopw/veto/engine"
)

// Bounds of a request beyond its size.
const (
	maxWords = 32 // names, and groups, of a check
	// MaxChecks is the number of checks in a batch; the queue of an Audit that
	// refuses has to have room for so many.
	MaxChecks = 1000
)

// candidate is what is checked. Its password is a part of the body, and so are the
// bytes of its strings: the engine keeps none of them.
type candidate struct {
	password []byte
	subject  engine.Subject
}

// request is one check, with the memory that its arrays need; reset forgets it.
type request struct {
	candidate
	names  [maxWords]string
	groups [maxWords]string
	others [maxWords]string // attributes
}

// reset forgets the request, so that no string outlives the body.
func (r *request) reset() {
	clear(r.subject.Names)
	clear(r.subject.Groups)
	clear(r.subject.Attributes)
	r.candidate = candidate{}
}

// field is a member of the body.
type field uint8

const (
	fieldPassword field = iota
	fieldAccount
	fieldNames
	fieldMail
	fieldTenant
	fieldAttributes
	fieldGroups
	fieldOperation
	fieldOldPassword
	fieldPolicy
	fieldCount  // of a check
	fieldBody   // the body or the item as a whole
	fieldChecks // of a batch
	fieldTotal  // of all
)

var members = [fieldTotal]string{
	"password", "account", "names", "mail", "tenant", "attributes", "groups", "operation", "old_password", "policy",
	fieldChecks: "checks",
}

// bodyError reports an invalid body: the field if there is one, the byte
// offset, and what is wrong; never content.
type bodyError struct {
	field  string // such as "password" or "checks[3].names[1]", or empty
	offset int    // bytes from the start of the body
	detail string
}

// Error returns "field: detail", or the offset where there is no field.
func (e *bodyError) Error() string {
	if e.field == "" {
		return "byte " + strconv.Itoa(e.offset) + " of the body: " + e.detail
	}
	return e.field + ": " + e.detail
}

// parser reads the JSON (RFC 8259) of a body in place: strings are unescaped
// where they stand. It is stricter than the RFC asks: no duplicate or unknown
// members, and nothing nests deeper than the fields do, so there is no recursion.
type parser struct {
	body  []byte
	next  int // offset of the next byte
	item  int // index of the check in a batch, or none
	index int // index in the array being read, or none
}

const none = -1

// single reads a body that is one check.
func (p *parser) single(r *request) error {
	if err := p.check(r); err != nil {
		return err
	}
	return p.end()
}

// openBatch reads up to the first check of a batch.
func (p *parser) openBatch() error {
	if p.peek() != '{' {
		return p.fail(fieldBody, "must be a JSON object")
	}
	p.next++
	name, at, err := p.name()
	if err != nil {
		return err
	}
	if string(name) != members[fieldChecks] {
		p.next = at
		return p.fail(fieldBody, "unknown field; there is "+members[fieldChecks])
	}
	if p.peek() != '[' {
		return p.fail(fieldChecks, "must be an array of objects")
	}
	p.next++
	return nil
}

// nextItem reads the next check of a batch. After the last it reads the rest of
// the body and returns false.
func (p *parser) nextItem(r *request) (bool, error) {
	more, err := p.nextCheck(r)
	if err != nil || more {
		return more, err
	}
	if p.peek() != '}' {
		return false, p.fail(fieldBody, `expected the end of the object after "checks"`)
	}
	p.next++
	return false, p.end()
}

// nextCheck reads the next check of an array whose bracket was read. Behind the
// last it returns false.
func (p *parser) nextCheck(r *request) (bool, error) {
	more, err := p.element(fieldChecks, p.item == none, ']')
	if err != nil {
		return false, err
	}
	if !more {
		p.item = none
		return false, nil
	}
	p.item++
	if p.item == MaxChecks {
		p.item = none
		return false, p.fail(fieldChecks, "has more than "+strconv.Itoa(MaxChecks)+" entries")
	}
	return true, p.check(r)
}

// check reads one object into r.
func (p *parser) check(r *request) error {
	if p.peek() != '{' {
		return p.fail(fieldBody, "must be a JSON object")
	}
	p.next++
	var seen uint
	for first := true; ; first = false {
		more, err := p.element(fieldBody, first, '}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		name, at, err := p.name()
		if err != nil {
			return err
		}
		f := fieldNamed(name)
		if f == fieldCount {
			p.next = at
			return p.fail(fieldBody, "unknown field; there are "+strings.Join(members[:fieldCount], ", "))
		}
		if seen&(1<<f) != 0 {
			p.next = at
			return p.fail(f, "is given twice")
		}
		seen |= 1 << f
		if f != fieldPassword && p.null() {
			continue
		}
		if err := p.value(f, r); err != nil {
			return err
		}
	}
	if seen&(1<<fieldPassword) == 0 {
		return p.fail(fieldPassword, "is missing")
	}
	return nil
}

// value reads the value of f into r.
func (p *parser) value(f field, r *request) (err error) {
	s := &r.subject
	switch f {
	case fieldPassword:
		r.password, err = p.bytes(f)
	case fieldOldPassword:
		s.OldPassword, err = p.bytes(f)
	case fieldAccount:
		s.Account, err = p.text(f)
	case fieldMail:
		s.Mail, err = p.text(f)
	case fieldTenant:
		s.Tenant, err = p.text(f)
	case fieldPolicy:
		s.Policy, err = p.text(f)
	case fieldNames:
		s.Names, err = p.words(f, r.names[:0])
	case fieldAttributes:
		s.Attributes, err = p.words(f, r.others[:0])
	case fieldGroups:
		s.Groups, err = p.words(f, r.groups[:0])
	case fieldOperation:
		s.Operation, err = p.operation(f)
	}
	return err
}

func (p *parser) operation(f field) (engine.Operation, error) {
	name, err := p.text(f)
	if err != nil {
		return 0, err
	}
	o, ok := engine.ParseOperation(name)
	if !ok || o == engine.UnknownOperation {
		return 0, p.fail(f, `must be "set" or "change"`)
	}
	return o, nil
}

// words reads an array of strings into dst, no more than its capacity.
func (p *parser) words(f field, dst []string) ([]string, error) {
	if p.peek() != '[' {
		return nil, p.fail(f, "must be an array of strings")
	}
	p.next++
	for {
		more, err := p.element(f, len(dst) == 0, ']')
		if err != nil || !more {
			return dst, err
		}
		if len(dst) == cap(dst) {
			return nil, p.fail(f, "has more than "+strconv.Itoa(cap(dst))+" entries")
		}
		p.index = len(dst)
		word, err := p.text(f)
		if err != nil {
			return nil, err
		}
		p.index = none
		dst = append(dst, word)
	}
}

// element reports whether another element follows, having read the comma before
// it, or the end of the array or object.
func (p *parser) element(f field, first bool, end byte) (bool, error) {
	c := p.peek()
	switch {
	case c == end:
		p.next++
		return false, nil
	case first:
		return true, nil
	case c == ',':
		p.next++
		return true, nil
	}
	return false, p.fail(f, "expected a comma or "+strconv.QuoteRune(rune(end)))
}

// name reads a member's name and the colon. It returns the offset of the name too.
func (p *parser) name() (name []byte, at int, err error) {
	if p.peek() != '"' {
		return nil, 0, p.fail(fieldBody, "expected the name of a field")
	}
	at = p.next
	if name, err = p.bytes(fieldBody); err != nil {
		return nil, 0, err
	}
	if p.peek() != ':' {
		return nil, 0, p.fail(fieldBody, "expected a colon")
	}
	p.next++
	return name, at, nil
}

// null reads null, which many serializers write for what is not known, if it is next.
func (p *parser) null() bool {
	if p.peek() != 'n' || !bytes.HasPrefix(p.body[p.next:], []byte(null)) {
		return false
	}
	p.next += len(null)
	return true
}

const null = "null"

// text reads a string of valid UTF-8. The result lies over the body.
func (p *parser) text(f field) (string, error) {
	b, err := p.bytes(f)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", p.fail(f, "is not valid UTF-8")
	}
	return unsafe.String(unsafe.SliceData(b), len(b)), nil
}

// bytes reads a string as a part of the body. Bytes that are not UTF-8 stay as
// they are, and a lone surrogate becomes the three bytes that UTF-8 forbids for
// it: for a password, the engine has a verdict on both.
func (p *parser) bytes(f field) ([]byte, error) {
	if p.peek() != '"' {
		return nil, p.fail(f, "must be a string")
	}
	p.next++
	b, start := p.body, p.next
	i := start
	for i < len(b) && plain[b[i]] {
		i++
	}
	if i < len(b) && b[i] == '"' {
		p.next = i + 1
		return b[start:i:i], nil
	}
	p.next = i
	return p.unescape(f, start)
}

// plain tells the bytes of a string that stand for themselves.
var plain = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= 0x20 && c != '"' && c != '\\'
	}
	return
}()

// unescape reads the rest of a string that began at start, from its first escape.
// What is written never overtakes what is read.
func (p *parser) unescape(f field, start int) ([]byte, error) {
	b, w := p.body, p.next
	for p.next < len(b) {
		switch c := b[p.next]; {
		case c == '"':
			p.next++
			return b[start:w:w], nil
		case c == '\\':
			n, err := p.escape(f, b[w:])
			if err != nil {
				return nil, err
			}
			w += n
		case c < 0x20:
			return nil, p.fail(f, "holds a control character that is not escaped")
		default:
			b[w] = c
			w++
			p.next++
		}
	}
	return nil, p.fail(f, "the string does not end")
}

// escape reads one escape, or the two of a surrogate pair, and writes the
// character to dst. It returns how many bytes it wrote.
func (p *parser) escape(f field, dst []byte) (int, error) {
	if p.next+1 < len(p.body) {
		switch c := p.body[p.next+1]; c {
		case '"', '\\', '/':
			return p.short(dst, c), nil
		case 'b':
			return p.short(dst, '\b'), nil
		case 'f':
			return p.short(dst, '\f'), nil
		case 'n':
			return p.short(dst, '\n'), nil
		case 'r':
			return p.short(dst, '\r'), nil
		case 't':
			return p.short(dst, '\t'), nil
		}
	}
	r := p.unit(p.next)
	if r < 0 {
		return 0, p.fail(f, "holds an invalid escape")
	}
	p.next += 6
	if !utf16.IsSurrogate(r) {
		return utf8.EncodeRune(dst, r), nil
	}
	if pair := utf16.DecodeRune(r, p.unit(p.next)); pair != utf8.RuneError {
		p.next += 6
		return utf8.EncodeRune(dst, pair), nil
	}
	dst[0], dst[1], dst[2] = 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f)
	return 3, nil
}

func (p *parser) short(dst []byte, c byte) int {
	p.next += 2
	dst[0] = c
	return 1
}

// unit returns the UTF-16 unit of the escape \uXXXX at offset i, or -1.
func (p *parser) unit(i int) rune {
	if i+6 > len(p.body) || p.body[i] != '\\' || p.body[i+1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range p.body[i+2 : i+6] {
		digit, ok := hexDigit(c)
		if !ok {
			return -1
		}
		r = r<<4 | rune(digit)
	}
	return r
}

// hexDigit returns the value of a hexadecimal digit in either case.
func hexDigit(c byte) (value byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// peek skips white space and returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	b, i := p.body, p.next
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	p.next = i
	if i == len(b) {
		return 0
	}
	return b[i]
}

// end refuses anything but white space.
func (p *parser) end() error {
	p.peek()
	if p.next < len(p.body) {
		return p.fail(fieldBody, "unexpected data after the object")
	}
	return nil
}

// fail returns the error of a field at the next byte.
func (p *parser) fail(f field, detail string) error {
	path := members[f]
	if p.index != none {
		path += "[" + strconv.Itoa(p.index) + "]"
	}
	if p.item != none {
		item := members[fieldChecks] + "[" + strconv.Itoa(p.item) + "]"
		if path == "" || f == fieldChecks {
			path = item
		} else {
			path = item + "." + path
		}
	}
	return &bodyError{path, p.next, detail}
}

// fieldNamed returns the field of a check with that name, or fieldCount.
func fieldNamed(name []byte) field {
	for f := range fieldCount {
		if string(name) == members[f] {
			return f
		}
	}
	return fieldCount
}
