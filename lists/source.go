package lists

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/vetopw/veto/engine"
)

// The limits of a plain list.
const (
	MaxTermBytes   = 256       // bytes of one line, as UTF-8, without its end
	MaxSourceBytes = 64 << 20  // bytes of one source, as UTF-8
	MaxTerms       = 2_000_000 // terms of one source
)

// What a SourceError is about.
var (
	ErrEncoding = errors.New("not UTF-8 text")
	ErrControl  = errors.New("control character")
	ErrLong     = errors.New("line too long")
	ErrShort    = errors.New("term too short")
	ErrFormat   = errors.New("more than a term")
	ErrSize     = errors.New("source too large")
	ErrEmpty    = errors.New("no terms")
)

// SourceError reports what is wrong in a list, and where. It never holds any
// of the list's text.
type SourceError struct {
	Source string // name of the source as given by the caller; may be empty
	Line   int    // from 1; 0 when the source as a whole is meant
	Detail string // what is wrong and the way out
	Err    error  // one of the Err values of this package, or of reading
}

// Error returns "source:line: what is wrong".
func (e *SourceError) Error() string {
	switch {
	case e.Source == "":
		return e.Detail
	case e.Line == 0:
		return e.Source + ": " + e.Detail
	}
	return fmt.Sprintf("%s:%d: %s", e.Source, e.Line, e.Detail)
}

// Unwrap returns Err.
func (e *SourceError) Unwrap() error { return e.Err }

// OpenTerms reads the plain list in the file at path. Errors are those of
// ParseTerms, with the path as the source, and those of os.Open.
func OpenTerms(path string) ([]engine.Term, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("lists: %w", err)
	}
	defer f.Close()
	return ParseTerms(f, path)
}

// FileName returns what a list in the file at path is called, without prefix:
// the file's name without its extension, if anything is left then. What is not UTF-8
// in it is replaced, as no answer could tell it.
func FileName(path string) string {
	base := strings.ToValidUTF8(filepath.Base(path), "\ufffd")
	if name := strings.TrimSuffix(base, filepath.Ext(base)); name != "" {
		return name
	}
	return base
}

// ParseTerms reads a plain list: one term a line, UTF-8, or UTF-16 with a byte
// order mark. Lines end with LF, CRLF or CR, the last one with or without.
// White space and a byte order mark around a line are dropped; blank lines and
// lines that start with # or !# are skipped, so no term can start so.
// Terms that differ only in what the engine's fold removes are merged, the
// first spelling stays. Every term has rank 0.
//
// A term needs three letters or digits after folding, or two if one of them is
// not ASCII: shorter ones would be found in nearly every password.
//
// The error is a *SourceError that names source and line and wraps ErrEncoding,
// ErrControl, ErrFormat, ErrLong, ErrShort, ErrSize, ErrEmpty or the reader's error, or
// a *SourceErrors about several lines; then there are no terms. Memory is bounded by MaxSourceBytes and MaxTerms.
func ParseTerms(r io.Reader, source string) ([]engine.Term, error) {
	p := collector{seen: make(map[string]struct{})}
	if err := ReadLines(r, source, p.add); err != nil {
		return nil, err
	}
	if len(p.terms) == 0 {
		return nil, &SourceError{source, 0, "holds no terms; remove the list or write one term a line", ErrEmpty}
	}
	return p.terms, nil
}

// ReadLines calls visit with the number, from 1, and the trimmed text of each line
// of a plain list that is neither blank nor a comment. The text is not checked. An
// error of visit ends it, unless it is about the line alone. Errors are those of
// ParseTerms.
func ReadLines(r io.Reader, source string, visit func(line int, text string) error) error {
	p := parser{source: source, visit: visit}
	return p.parse(bufio.NewReaderSize(Decode(bufio.NewReaderSize(r, 1<<16)), 1<<16))
}

// ParseTerm checks and returns a single term, such as one from a command line.
// The error is a *SourceError without source and line; it wraps what ParseTerms
// names, and ErrEmpty for a blank word.
func ParseTerm(word string) (engine.Term, error) {
	text, _, err := FoldTerm(nil, word)
	return engine.Term{Text: text}, err
}

// FoldTerm is ParseTerm for who needs the folded form, too: it returns the text
// without white space around, and appends what engine.AppendFold makes of it to dst.
// After an error both are to be ignored.
func FoldTerm(dst []byte, word string) (text string, folded []byte, err error) {
	text = trim(word)
	if text == "" {
		return "", dst, &SourceError{Detail: "term is blank", Err: ErrEmpty}
	}
	if len(text) > MaxTermBytes {
		return "", dst, &SourceError{Detail: longDetail, Err: ErrLong}
	}
	if folded, err = foldTerm(dst, text); err != nil {
		return "", dst, err
	}
	return text, folded, nil
}

// Decode returns the text of r as UTF-8 if it is UTF-16 with a byte order mark.
// Else the bytes pass as they are, so that invalid ones are seen by a parser.
func Decode(r *bufio.Reader) io.Reader {
	switch mark, _ := r.Peek(2); string(mark) {
	case "\xff\xfe", "\xfe\xff":
		utf16 := xunicode.UTF16(xunicode.LittleEndian, xunicode.ExpectBOM)
		return transform.NewReader(r, utf16.NewDecoder())
	}
	return r
}

type parser struct {
	source string
	line   int
	bytes  int
	ended  bool // the reader has
	visit  func(line int, text string) error
}

func (p *parser) parse(r *bufio.Reader) error {
	buf := make([]byte, 0, MaxTermBytes+1)
	var wrong SourceErrors
	for {
		p.line++
		line, err := p.next(r, buf)
		if err == io.EOF {
			return wrong.Err()
		}
		if text := trim(string(line)); err == nil && text != "" && !isComment(text) {
			err = p.visit(p.line, text)
		}
		if err != nil && (!wrong.Add(p.at(err)) || p.ended) {
			return wrong.Err()
		}
	}
}

// next reads one line into buf. What follows the limit is dropped from a
// comment and is an error elsewhere. It returns io.EOF only without a line.
func (p *parser) next(r *bufio.Reader, buf []byte) ([]byte, error) {
	comment, long := false, false
	for n := 0; ; n++ {
		c, err := r.ReadByte()
		if err == io.EOF && n > 0 {
			return ended(buf, long)
		}
		if err != nil {
			p.ended = true
			return nil, err
		}
		if p.bytes++; p.bytes > MaxSourceBytes {
			if long { // which says more; the next line is the one too many
				return ended(buf, long)
			}
			return nil, &SourceError{Detail: fmt.Sprintf("source is larger than %d MiB; split it, or compile it as a password list", MaxSourceBytes>>20), Err: ErrSize}
		}
		switch {
		case c == '\n':
			return ended(buf, long)
		case c == '\r':
			p.skipLF(r)
			return ended(buf, long)
		case len(buf) <= MaxTermBytes:
			buf = append(buf, c)
			comment = len(buf) > MaxTermBytes && isComment(string(buf))
		case !comment:
			long = true
		}
	}
}

// ended returns a line, or the error about one of which a part was dropped.
func ended(line []byte, long bool) ([]byte, error) {
	if long {
		return nil, &SourceError{Detail: longDetail, Err: ErrLong}
	}
	return line, nil
}

func (p *parser) skipLF(r *bufio.Reader) {
	if c, err := r.ReadByte(); err == nil && c != '\n' {
		_ = r.UnreadByte() // cannot fail after ReadByte
	}
}

// collector keeps the terms of a list.
type collector struct {
	terms []engine.Term
	seen  map[string]struct{} // folded terms
	fold  []byte              // scratch
}

// add checks a line and keeps its term, unless it is known.
func (p *collector) add(_ int, text string) error {
	if len(text) > MaxTermBytes {
		return &SourceError{Detail: longDetail, Err: ErrLong}
	}
	var err error
	if p.fold, err = foldTerm(p.fold[:0], text); err != nil {
		return err
	}
	if _, ok := p.seen[string(p.fold)]; ok {
		return nil
	}
	if len(p.terms) == MaxTerms {
		return &SourceError{Detail: fmt.Sprintf("source has more than %d terms; compile it as a password list", MaxTerms), Err: ErrSize}
	}
	p.seen[string(p.fold)] = struct{}{}
	p.terms = append(p.terms, engine.Term{Text: text})
	return nil
}

// at completes an error with source and line.
func (p *parser) at(err error) error {
	var e *SourceError
	if !errors.As(err, &e) {
		return &SourceError{p.source, p.line, "cannot be read: " + err.Error(), err}
	}
	e.Source, e.Line = p.source, p.line
	return e
}

const byteOrderMark = "\ufeff"

// trim drops white space and byte order marks on both sides; files put together
// from several have such marks at the start of any line. A text without
// anything visible becomes empty.
func trim(text string) string {
	text = strings.TrimFunc(text, func(r rune) bool { return r == '\ufeff' || unicode.IsSpace(r) })
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.Is(unicode.Cf, r) && !unicode.IsSpace(r) }) < 0 {
		return ""
	}
	return text
}

// isComment also knows the comments of pwm's word lists, "!#comment:".
func isComment(text string) bool {
	text = strings.TrimLeft(text, " \t"+byteOrderMark)
	return strings.HasPrefix(text, "#") || strings.HasPrefix(text, "!#")
}

const encodingDetail = "line is not valid UTF-8, or UTF-16 after a byte order mark; convert the file, for example from Latin-1 with: iconv -f LATIN1 -t UTF-8"

const longDetail = "line is longer than 256 bytes; a list has one term a line"

// foldTerm appends the folded form of text to dst, or says why text is no term.
func foldTerm(dst []byte, text string) ([]byte, error) {
	if err := checkText(text); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = engine.AppendFold(dst, []byte(text))
	var count int
	ascii := true
	for _, r := range string(dst[start:]) {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			count++
			ascii = ascii && r < utf8.RuneSelf
		}
	}
	if count >= 3 || count == 2 && !ascii {
		return dst, nil
	}
	return dst, &SourceError{Detail: "term has fewer than three letters or digits (two outside ASCII) and would be found nearly everywhere; remove it or make it longer", Err: ErrShort}
}

// checkText refuses what no list in the right encoding and format holds.
func checkText(text string) error {
	if strings.Contains(text, " #") {
		return &SourceError{Detail: "line holds a # behind text; comments stand on lines of their own", Err: ErrFormat}
	}
	for _, r := range text {
		switch {
		case r == utf8.RuneError: // invalid, or damaged by an earlier conversion
			return &SourceError{Detail: encodingDetail, Err: ErrEncoding}
		case r == 0:
			return &SourceError{Detail: "line holds a NUL byte; save the file as UTF-8, or as UTF-16 with a byte order mark", Err: ErrEncoding}
		case r == ',' || r == ';':
			return &SourceError{Detail: "line holds a comma or semicolon; a list has one term a line and nothing else", Err: ErrFormat}
		case unicode.IsControl(r):
			return &SourceError{Detail: "line holds a tab or another control character; a list has one term a line and nothing else", Err: ErrControl}
		}
	}
	return nil
}
