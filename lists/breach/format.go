package breach

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// Format is the form that a source has, compression apart.
type Format uint8

// The formats.
const (
	Detect    Format = iota // find out
	Hashes                  // HASH or HASH:COUNT, as in the single files of Have I Been Pwned
	Ranges                  // range files 00000.txt to FFFFF.txt of SUFFIX:COUNT
	NTLMText                // 32 hexadecimal digits, then nothing or a colon and anything
	Lithnet                 // store of Lithnet Password Protection, version 3
	Passwords               // one password a line
	Counts                  // a password and its count, separated by a blank, colon or tab
	Words                   // pwm word list: words, "!#comment:", "sha1:HEX"
	Index                   // index of package filter
	formats
)

// formatNames is the one table of what formats are called.
var formatNames = [formats]string{"auto", "hashes", "ranges", "ntlm", "lithnet", "passwords", "counts", "words", "index"}

// String returns the format's name.
func (f Format) String() string {
	if f >= formats {
		return fmt.Sprintf("format %d", uint8(f))
	}
	return formatNames[f]
}

// MarshalText returns what String does.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// ParseFormat returns the format with the name.
func ParseFormat(name string) (f Format, ok bool) {
	i := slices.Index(formatNames[:], name)
	return Format(max(i, 0)), i >= 0
}

// FormatNames returns the names of all formats.
func FormatNames() []string { return slices.Clone(formatNames[:]) }

// hashed reports whether the lines hold hashes, not passwords.
func (f Format) hashed() bool { return f == Hashes || f == Ranges || f == NTLMText }

// traits is what the lines of a sample have in common.
type traits struct {
	prefix  int // digits of each hash that lines lack
	lines   int // no comments, not blank
	sha1    int // 40 digits
	ntlm    int // 32 digits
	tail    int // of those, with a colon and something else than a count
	hash    int // 20 digits and more, or a hash anywhere in the line
	typed   int // like sha1:HEX, or a comment of pwm
	returns int // with a carriage return inside, which the parser will refuse
	layouts [layouts]int
}

func sampleTraits(sample []byte, prefix string) *traits {
	t := &traits{prefix: len(prefix)}
	for line := range bytes.Lines(sample) {
		t.add(trimLine(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return t
}

// format returns the format of most lines, Detect if they look like hashes but
// have no length of any.
func (t *traits) format() Format {
	known := t.lines > 0 && 2*(t.sha1+t.ntlm) >= t.lines
	switch {
	case known && t.prefix > 0:
		return Ranges
	case known && t.tail > 0 && t.kind() == filter.NTLM:
		return NTLMText
	case known:
		return Hashes
	case t.returns == 0 && 2*t.hash > t.lines:
		return Detect
	case t.typed > 0:
		return Words
	case t.lines > 0 && t.layouts[t.layout()] == t.lines:
		return Counts
	}
	return Passwords
}

// kind returns the kind of most hashes.
func (t *traits) kind() filter.Kind {
	if t.ntlm > t.sha1 {
		return filter.NTLM
	}
	return filter.SHA1
}

// layout returns the layout that fits most lines.
func (t *traits) layout() (best layout) {
	for l := range layouts {
		if t.layouts[l] > t.layouts[best] {
			best = l
		}
	}
	return best
}

var errUnknown = &lists.SourceError{Detail: "lines look like hashes, but in no form that is read: HASH or HASH:COUNT a line, SHA-1 or NTLM in 40 or 32 hexadecimal digits; rewrite them so, or insist on passwords by --format passwords", Err: ErrHash}

// hashMarks begin or come before what programs store of a password, as in
// crypt(5) and RFC 2307.
var hashMarks = []string{
	"$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$7$", "$y$", "$gy$", "$sha1$", "$P$", "$H$", "$S$",
	"$argon2", "$pbkdf2", "$scrypt$", "$NT$", "pbkdf2_sha", "{SHA", "{SSHA", "{MD5}", "{SMD5}", "{CRYPT}", "{BLF-CRYPT}",
}

// holdsHash reports whether there is a hash somewhere in a line: 32 hexadecimal
// digits or more, or one of hashMarks.
func holdsHash(line []byte) bool {
	for rest := line; len(rest) > 0; {
		n := hexLength(rest)
		if n >= digits(filter.NTLM) {
			return true
		}
		rest = rest[min(n+1, len(rest)):]
	}
	return slices.ContainsFunc(hashMarks, func(mark string) bool { return bytes.Contains(line, []byte(mark)) })
}

// add counts what one line has.
func (t *traits) add(line []byte) {
	if bytes.IndexByte(line, '\r') >= 0 {
		t.returns++
	}
	if len(line) == 0 {
		return
	}
	if bytes.HasPrefix(line, []byte("!#comment:")) {
		t.typed++
	}
	if isComment(line) {
		return
	}
	t.lines++
	n := hexLength(line)
	rest := line[n:]
	whole := len(rest) == 0 || rest[0] == ':'
	switch n += t.prefix; {
	case whole && n == digits(filter.SHA1):
		t.sha1++
	case whole && n == digits(filter.NTLM):
		t.ntlm++
		if _, ok := parseCount(bytes.TrimPrefix(rest, []byte(":"))); !ok && len(rest) > 0 {
			t.tail++
		}
	}
	if _, _, ok := cutType(line); ok {
		t.typed++
	} else if whole && n >= 20 || holdsHash(line) {
		t.hash++
	}
	for l := range layouts {
		if _, _, ok := l.cut(line); ok {
			t.layouts[l]++
		}
	}
}

// ascends reports whether the hashes of a sample, at most a chunk and a line
// feed, are in order.
func (p hashParser) ascends(sample []byte) bool {
	p.ordered = true
	c := newChunk()
	c.part = &part{}
	c.end = headBytes + copy(c.buf[headBytes:len(c.buf)-tailBytes+1], sample)
	p.parse(c)
	return c.err != errDisorder
}
