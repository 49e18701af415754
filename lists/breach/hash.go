package breach

import (
	"bytes"
	"encoding/hex"
	"math"
	"slices"

	"github.com/vetopw/veto/filter"
)

// hashParser reads lines of HASH or HASH:COUNT.
type hashParser struct {
	kind    filter.Kind
	ordered bool // the lines must ascend; equal ones are merged
	tail    bool // anything may follow the colon
}

// digits returns how many hexadecimal digits a digest of the kind has.
func digits(k filter.Kind) int { return 2 * k.Size() }

// parse reads the lines up to the first error: plain ones fast, others, one at a
// time, by slow.
func (p *hashParser) parse(c *chunk) {
	f := newPlainLines(p.kind, c.part.prefix, p.ordered)
	c.records = slices.Grow(c.records, (c.end-headBytes)/f.least()+1)
	for at := headBytes; ; {
		n := len(c.records)
		lines, next := f.read(c.records[n:cap(c.records)], c.buf, at, c.end)
		c.records = c.records[:n+lines]
		c.count(lines)
		if next == c.end {
			return
		}
		line := c.buf[next:][:bytes.IndexByte(c.buf[next:], '\n')]
		if !p.slow(c, line) {
			return
		}
		if n := len(c.records); n > 0 {
			f.after(&c.records[n-1])
		}
		at = next + len(line) + 1
	}
}

// count notes that the last n lines made a record each.
func (c *chunk) count(n int) {
	if c.entries == 0 && n > 0 {
		c.first = c.lines + 1
	}
	c.lines += n
	c.entries += n
}

// slow reads one line in whatever form. It returns false after an error.
func (p *hashParser) slow(c *chunk, line []byte) bool {
	c.lines++
	line = trimLine(line)
	if bytes.IndexByte(line, '\r') >= 0 {
		c.err = errLineEnd
		return false
	}
	if len(line) == 0 || isComment(line) {
		return true
	}
	r, err := p.record(c.part.prefix, line)
	if err == nil {
		if r.Count == 0 && bytes.IndexByte(line, ':') >= 0 && !p.tail {
			return true // padding of the range API
		}
		err = p.put(c, r)
	}
	c.err = err
	return err == nil
}

// record reads a line without white space around it.
func (p *hashParser) record(prefix string, line []byte) (r filter.Record, err error) {
	width := digits(p.kind) - len(prefix)
	n := hexLength(line)
	rest := line[n:]
	switch {
	case len(line) > MaxLineBytes:
		return r, errLong
	case bytes.IndexByte(line, 0) >= 0:
		return r, errNUL
	case n != width && (len(rest) == 0 || rest[0] == ':') && n == digits(filter.SHA1+filter.NTLM-p.kind)-len(prefix):
		return r, errMixed
	case n < width && len(rest) == 0:
		return r, errShortHash
	case n != width || len(rest) > 0 && rest[0] != ':':
		return r, errNoHash
	case len(rest) == 1 && !p.tail:
		return r, errNoCount
	}
	text := append([]byte(prefix), line[:n]...)
	if _, err := hex.Decode(r.Digest[:], text); err != nil {
		return r, errNoHash
	}
	if len(rest) > 1 {
		count, ok := parseCount(rest[1:])
		if !ok && !p.tail {
			return r, errNoCount
		}
		r.Count = count
	}
	return r, nil
}

// put appends a record. It merges equal ones of an ordered part.
func (p *hashParser) put(c *chunk, r filter.Record) error {
	if n := len(c.records); n > 0 && p.ordered {
		last := &c.records[n-1]
		switch bytes.Compare(r.Digest[:], last.Digest[:]) {
		case 0:
			last.Count = mergeCounts(last.Count, r.Count)
			c.entries++
			c.merged++
			return nil
		case -1:
			return errDisorder
		}
	}
	if c.entries == 0 {
		c.first = c.lines
	}
	c.entries++
	c.records = append(c.records, r)
	return nil
}

// hexLength returns how many hexadecimal digits text begins with.
func hexLength(text []byte) int {
	n := slices.IndexFunc(text, func(b byte) bool {
		return (b < '0' || b > '9') && (b|0x20 < 'a' || b|0x20 > 'f')
	})
	if n < 0 {
		return len(text)
	}
	return n
}

// parseCount reads decimal digits and saturates below filter.Removed.
func parseCount(text []byte) (count uint32, ok bool) {
	const most = filter.Removed - 1
	var n uint64
	for _, b := range text {
		if b < '0' || b > '9' {
			return 0, false
		}
		n = min(n*10+uint64(b-'0'), math.MaxUint32)
	}
	return uint32(min(n, most)), len(text) > 0
}

const byteOrderMark = "\ufeff"

// trimLine drops white space at both ends of a line, and the byte order marks
// that files put together from several have before any line.
func trimLine(line []byte) []byte {
	line = bytes.TrimRight(line, " \t\r")
	for {
		line = bytes.TrimLeft(line, " \t\r")
		rest, found := bytes.CutPrefix(line, []byte(byteOrderMark))
		if !found {
			return line
		}
		line = rest
	}
}

// isComment reports whether no line of hashes but a comment begins so.
func isComment(line []byte) bool {
	return line[0] == '#' || bytes.HasPrefix(line, []byte("!#"))
}
