package store

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/vetopw/veto/lists"
)

// Format is a way to write a list.
type Format string

// The formats.
const (
	// Plain has one text a line, as lists.ParseTerms reads it. It knows nothing
	// else of an entry, and takes a text that starts with # for a comment.
	Plain Format = "txt"
	// CSV (RFC 4180) has a line of column names, then a line for each entry. On
	// reading only text has to be there, and semicolons and tabs separate too.
	CSV Format = "csv"
	// JSON is an object whose entries are texts or objects, or their array alone.
	JSON Format = "json"
)

// Formats are all formats.
func Formats() []Format { return []Format{Plain, CSV, JSON} }

// Import is a list that was read. Its texts are not checked: a Store does that.
type Import struct {
	Format  Format
	Note    *string // of the list; nil: none is given
	Entries []Entry
	lines   []int32 // of the entries, unless it is JSON
}

// Place says where in the file an entry is, as "line 7" or "entries[7]".
func (i *Import) Place(entry int) string {
	if entry < len(i.lines) {
		return "line " + strconv.Itoa(int(i.lines[entry]))
	}
	return place(entry)
}

func place(entry int) string { return "entries[" + strconv.Itoa(entry) + "]" }

// Read reads a list, of at most lists.MaxSourceBytes bytes and MaxEntries entries.
// The error is a *lists.SourceError that tells the line, or the entry in its
// detail, and wraps what ParseTerms of package lists names, or a *lists.SourceErrors.
func Read(r io.Reader, f Format) (*Import, error) {
	i := &Import{Format: f}
	var err error
	r = &bounded{r, lists.MaxSourceBytes}
	switch f {
	case Plain:
		err = lists.ReadLines(r, "", func(line int, text string) error { return i.add(line, Entry{Text: text}) })
	case CSV:
		err = i.readCSV(r)
	case JSON:
		err = i.readJSON(r)
	default:
		err = fmt.Errorf("store: unknown format %q", f)
	}
	if err != nil {
		return nil, err
	}
	if len(i.Entries) == 0 {
		return nil, &lists.SourceError{Detail: "holds no entries; to empty a list, delete it", Err: lists.ErrEmpty}
	}
	return i, nil
}

func (i *Import) add(line int, e Entry) error {
	if len(i.Entries) == MaxEntries {
		return &lists.SourceError{Line: line, Detail: fmt.Sprintf("holds more than %d entries", MaxEntries), Err: lists.ErrSize}
	}
	i.Entries = append(i.Entries, e)
	if line > 0 {
		i.lines = append(i.lines, int32(line))
	}
	return nil
}

// bounded fails behind a number of bytes, where io.LimitedReader ends.
type bounded struct {
	r    io.Reader
	left int64
}

// Read reads from r.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &lists.SourceError{Detail: fmt.Sprintf("is larger than %d MiB", lists.MaxSourceBytes>>20), Err: lists.ErrSize}
	}
	return n, err
}

// column is one attribute of an entry in CSV and JSON.
type column struct {
	name  string
	write func(*Entry) string
	read  func(*Entry, string) error
}

// columns are all attributes. The empty text stands for the zero value.
var columns = []column{
	{"text", func(e *Entry) string { return e.Text }, func(e *Entry, s string) error { e.Text = s; return nil }},
	{"match", func(e *Entry) string { return e.Match.String() }, func(e *Entry, s string) (err error) { e.Match, err = ParseMatch(s); return err }},
	{"ban", writeBan, readBan},
	{"rank", writeRank, readRank},
	{"note", func(e *Entry) string { return e.Note }, func(e *Entry, s string) error { e.Note = s; return nil }},
	{"author", func(e *Entry) string { return e.Author }, func(e *Entry, s string) error { e.Author = s; return nil }},
	{"added", func(e *Entry) string { return writeTime(e.Added) }, func(e *Entry, s string) error { return readTime(&e.Added, s) }},
	{"expires", func(e *Entry) string { return writeTime(e.Expires) }, func(e *Entry, s string) error { return readTime(&e.Expires, s) }},
}

func columnNames() (names []string) {
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

var matchNames = [...]string{Contains: "contains", Exact: "exact", Prefix: "prefix", Suffix: "suffix"}

// String returns "contains", "exact", "prefix" or "suffix".
func (m Match) String() string {
	if int(m) < len(matchNames) {
		return matchNames[m]
	}
	return "Match(" + strconv.Itoa(int(m)) + ")"
}

// ParseMatch returns the Match of that name; the empty one is Contains.
func ParseMatch(name string) (Match, error) {
	if name == "" {
		return Contains, nil
	}
	for m, n := range matchNames {
		if n == name {
			return Match(m), nil
		}
	}
	return 0, errors.New("match must be " + strings.Join(matchNames[:], ", "))
}

func writeBan(e *Entry) string {
	if e.Ban {
		return "true"
	}
	return ""
}

func readBan(e *Entry, s string) error {
	switch strings.ToLower(s) {
	case "true", "yes", "1":
		e.Ban = true
	case "", "false", "no", "0":
		e.Ban = false
	default:
		return errors.New("ban must be true or false")
	}
	return nil
}

func writeRank(e *Entry) string {
	if e.Rank == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(e.Rank), 10)
}

func readRank(e *Entry, s string) error {
	if s == "" {
		return nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return errors.New("rank must be a whole number from 0 to 4294967295")
	}
	e.Rank = uint32(n)
	return nil
}

func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// readTime reads a time, or a date, which means its begin in UTC.
func readTime(to *time.Time, s string) (err error) {
	if s == "" {
		*to = time.Time{}
		return nil
	}
	if *to, err = time.Parse(time.RFC3339, s); err != nil {
		*to, err = time.Parse(time.DateOnly, s)
	}
	if err != nil {
		return errors.New("added and expires must be times such as 2026-01-31T12:00:00Z, or dates")
	}
	return nil
}
