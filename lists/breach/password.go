package breach

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// passwordParser reads lines that hold a password, and hashes it.
type passwordParser struct {
	kind   filter.Kind
	counts bool // of the form layout
	layout layout
	typed  bool // sha1:HEX is a hash
	latin1 bool
	fold   bool // add the hash of the folded password
	lax    bool // leave out lines that are no text
}

var (
	errEncoding = &lists.SourceError{Detail: "line is not valid UTF-8; for Latin-1 use --encoding latin1, or leave such lines out with --skip-invalid", Err: lists.ErrEncoding}
	errLayout   = &lists.SourceError{Detail: "line holds no password with a count like the first lines; for passwords alone use --format passwords", Err: lists.ErrFormat}
	errType     = &lists.SourceError{Detail: "line holds a hash of another type than the index; see --kind, or leave such lines out with --skip-invalid", Err: ErrMixed}
)

// parse reads the lines up to the first error, and wipes them.
func (p *passwordParser) parse(c *chunk) {
	defer clear(c.text())
	var scratch []byte
	for line := range bytes.Lines(c.text()) {
		c.lines++
		line = bytes.TrimRight(line, "\r\n")
		for bytes.HasPrefix(line, []byte(byteOrderMark)) {
			line = line[len(byteOrderMark):]
		}
		if isBlank(line) || isRemark(line) && bytes.IndexByte(line, '\r') < 0 {
			continue
		}
		n := len(c.records)
		if c.err = p.add(c, line, &scratch); c.err != nil {
			c.records = c.records[:n]
			if !p.lax {
				return
			}
			c.err = nil
			c.skipped++
			continue
		}
		if c.entries++; c.entries == 1 {
			c.first = c.lines
		}
	}
	clear(scratch[:cap(scratch)])
}

// add appends the records of one line.
func (p *passwordParser) add(c *chunk, line []byte, scratch *[]byte) error {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return errNUL
	case bytes.IndexByte(line, '\r') >= 0:
		return errLineEnd
	case len(line) > MaxLineBytes:
		return errLong
	}
	var count uint32
	if p.counts {
		var ok bool
		if line, count, ok = p.layout.cut(line); !ok {
			return errLayout
		}
		if count == 0 {
			return nil
		}
	}
	if kind, digest, ok := cutType(line); ok && p.typed {
		return p.addDigest(c, kind, digest)
	}
	text := line
	if p.latin1 {
		text = (*scratch)[:0]
		for _, b := range line {
			text = utf8.AppendRune(text, charmap.ISO8859_1.DecodeByte(b))
		}
		*scratch = text
	} else if !utf8.Valid(text) {
		return errEncoding
	}
	c.records = append(c.records, filter.Record{Digest: digest(p.kind, text), Count: count})
	if p.fold {
		if folded := engine.AppendFold(nil, text); !bytes.Equal(folded, text) && len(folded) > 0 {
			c.records = append(c.records, filter.Record{Digest: digest(p.kind, folded), Count: count})
			clear(folded)
		}
	}
	return nil
}

// addDigest appends the record of a hash in hexadecimal.
func (p *passwordParser) addDigest(c *chunk, kind string, digits []byte) error {
	if kind != p.kind.String() {
		return errType
	}
	var r filter.Record
	if len(digits) != 2*p.kind.Size() {
		return errNoHash
	}
	if _, err := hex.Decode(r.Digest[:], digits); err != nil {
		return errNoHash
	}
	c.records = append(c.records, r)
	return nil
}

// digest hashes a password in UTF-8.
func digest(k filter.Kind, password []byte) (d [20]byte) {
	if k == filter.NTLM {
		engine.AppendNTHash(d[:0], password)
		return d
	}
	return sha1.Sum(password)
}

// isBlank reports whether there is nothing but white space.
func isBlank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

// isRemark reports whether a line of a password list is a comment. Passwords may
// begin with #, so that alone makes none.
func isRemark(line []byte) bool {
	for _, begin := range []string{"# ", "#!comment", "!#comment"} {
		if bytes.HasPrefix(line, []byte(begin)) {
			return true
		}
	}
	return len(line) == 1 && line[0] == '#'
}

// hashTypes are the types that pwm writes before a hash. Those that are no
// filter.Kind cannot be kept.
var hashTypes = []string{"sha1", "ntlm", "md5", "sha256", "sha512", "bcrypt"}

// cutType splits a line like sha1:HEX.
func cutType(line []byte) (kind string, digits []byte, ok bool) {
	for _, kind := range hashTypes {
		if n := len(kind); len(line) > n+32 && line[n] == ':' && bytes.EqualFold(line[:n], []byte(kind)) {
			digits = line[n+1:]
			return kind, digits, kind == "bcrypt" || hexLength(digits) == len(digits)
		}
	}
	return "", nil, false
}

// layout is the form of a line with a password and its count.
type layout uint8

const (
	countFirst layout = iota // blanks, count, blank or tab, password: what uniq -c writes
	countTab                 // password, tab, count
	countColon               // password, colon, count
	layouts
)

// cut splits a line into password and count.
func (l layout) cut(line []byte) (password []byte, count uint32, ok bool) {
	var number []byte
	switch l {
	case countFirst:
		line = bytes.TrimLeft(line, " ")
		i := bytes.IndexAny(line, " \t")
		if i < 0 {
			return nil, 0, false
		}
		number, password = line[:i], line[i+1:]
	default:
		i := bytes.LastIndexByte(line, "\t:"[l-countTab])
		if i < 0 {
			return nil, 0, false
		}
		number, password = line[i+1:], line[:i]
	}
	count, ok = parseCount(number)
	return password, count, ok && !isBlank(password)
}
