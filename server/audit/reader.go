package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scanBytes is how much of the files one call reads at most.
const scanBytes = 64 << 20

// ErrQuery is wrapped by errors about a Query.
var ErrQuery = errors.New("query of the audit")

// Query says which records are asked for. Empty fields match everything.
type Query struct {
	From, To  time.Time // half-open
	Kind      string    // "decision", "change" or "report"
	Decision  string    // "accept", "reject", or "audit": accepted, though enforcing would refuse
	Reason    string    // a code
	Policy    string
	Operation string // "set", "change" or "unknown"
	Channel   string // such as "local"; "unknown" for records without one
	Site      string // or, of reports without a site, the machine
	Cursor    string // Next of the page before; empty begins with the oldest
	Limit     int    // records of a page
	// Latest asks for the last Limit records of what one call reads, the newest
	// first. A Next then leads on to what was written later.
	Latest bool
	// Every is the time that one count of a Summary's series covers; 0: no series.
	Every time.Duration
}

// Page is a part of the records asked for, in the order they were written.
type Page struct {
	Lines   [][]byte // JSON objects
	Next    string   // cursor of the next page, empty behind the last record
	Damaged int      // lines that are no records
}

// Read returns the next page of records in the files of path. It reads 64 MiB at
// most, so that a page may be empty and yet have a Next. It may run while a Log
// writes.
func Read(path string, q Query) (*Page, error) {
	p := &Page{}
	read := 0
	next, err := q.scan(path, func(r *record, line []byte) bool {
		switch {
		case r == nil:
			p.Damaged++
		case read < q.Limit:
			p.Lines = append(p.Lines, bytes.Clone(line))
			read++
		default: // of the latest
			oldest := &p.Lines[read%q.Limit]
			*oldest = append((*oldest)[:0], line...)
			read++
		}
		return q.Latest || read < q.Limit
	})
	p.Next = next
	if q.Latest {
		if oldest := read % max(q.Limit, 1); read > q.Limit {
			p.Lines = slices.Concat(p.Lines[oldest:], p.Lines[:oldest])
		}
		slices.Reverse(p.Lines)
	}
	return p, err
}

// record is what queries ask about.
type record struct {
	Kind      string   `json:"kind"`
	Time      string   `json:"time"`
	Decision  string   `json:"decision"`
	Would     string   `json:"would_decision"`
	Cause     string   `json:"cause"`
	Policy    string   `json:"policy"`
	Operation string   `json:"operation"`
	Channel   string   `json:"channel"`
	Site      string   `json:"site"`
	Host      string   `json:"host"`
	Count     int      `json:"count"` // of a report
	Reasons   []string `json:"reasons"`
	Audited   []string `json:"audited"`
	Lists     []string `json:"lists"`
}

// outcome is the decision, "audit" for what only audit mode accepts.
func (r *record) outcome() string {
	if r.Decision == "accept" && r.Would == "reject" {
		return "audit"
	}
	return r.Decision
}

// undecided reports whether there was no verdict.
func (r *record) undecided() bool { return r.Cause != "" || r.Decision == "undecided" }

// matches reports whether the query asks for the record.
func (q *Query) matches(r *record) bool {
	is := func(asked, have string) bool { return asked == "" || asked == have }
	return is(q.Kind, r.Kind) && is(q.Decision, r.outcome()) && is(q.Policy, r.Policy) && is(q.Operation, r.known(r.Operation)) &&
		is(q.Channel, r.known(r.Channel)) && is(q.Site, r.place()) && (q.Reason == "" || slices.Contains(r.Reasons, q.Reason))
}

// known returns a member that each decision has, if only in newer records.
func (r *record) known(member string) string {
	if member == "" && r.Kind != "change" {
		return "unknown"
	}
	return member
}

// place returns where it was decided, or "".
func (r *record) place() string { return cmp.Or(r.Site, r.Host) }

// scan calls yield for each record asked for, and with nil for damaged lines,
// until it returns false. It returns the cursor behind the last line it read, or
// "" at the end.
func (q *Query) scan(path string, yield func(*record, []byte) bool) (next string, err error) {
	sequence, offset, err := parseCursor(q.Cursor)
	if err != nil {
		return "", err
	}
	for left := int64(scanBytes); ; {
		f, found, err := openFrom(path, sequence)
		if err != nil || f == nil {
			return "", err
		}
		if found != sequence {
			offset = 0
		}
		sequence = found
		read, stopped, err := q.scanFile(f, offset, left, yield)
		f.Close()
		if err != nil {
			return "", fmt.Errorf("audit: %s: %w", path, err)
		}
		offset += read
		if stopped {
			return strconv.Itoa(sequence) + "." + strconv.FormatInt(offset, 10), nil
		}
		left -= read
		sequence, offset = sequence+1, 0
	}
}

// scanFile reads a file from the offset. It stops behind a line, after left bytes
// or when yield says so.
func (q *Query) scanFile(f *os.File, offset, left int64, yield func(*record, []byte) bool) (read int64, stopped bool, err error) {
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, false, err
	}
	from, to := bound(q.From), bound(q.To)
	lines := bufio.NewReaderSize(f, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF { // a last line without end is still being written
			return read, false, nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return read, false, err
		}
		read += int64(len(line))
		more := true
		if at, ok := lineTime(line); !ok {
			more = yield(nil, nil)
		} else if at != "" && (from == "" || at >= from) && (to == "" || at < to) {
			more = q.offer(line, yield)
		}
		if !more || read >= left {
			return read, true, nil
		}
	}
}

// offer yields the record of a line if the query asks for it.
func (q *Query) offer(line []byte, yield func(*record, []byte) bool) bool {
	r := new(record)
	if json.Unmarshal(line, r) != nil {
		return yield(nil, nil)
	}
	return !q.matches(r) || yield(r, bytes.TrimSuffix(line, []byte("\n")))
}

// bound returns a time as records have it, or "" for none.
func bound(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeFormat)
}

// lineTime returns the time of a line, "" for one that is no record of a
// decision or a change but belongs here. Other lines are not ok.
func lineTime(line []byte) (at string, ok bool) {
	if bytes.HasPrefix(line, []byte(fileStart)) {
		return "", true
	}
	_, rest, ok := bytes.Cut(line[:min(len(line), 80)], []byte(`,"time":"`))
	if !ok || len(rest) < len(timeFormat) {
		return "", false
	}
	return string(rest[:len(timeFormat)]), true
}

func parseCursor(cursor string) (sequence int, offset int64, err error) {
	if cursor == "" {
		return 1, 0, nil
	}
	first, second, _ := strings.Cut(cursor, ".")
	sequence, err1 := strconv.Atoi(first)
	offset, err2 := strconv.ParseInt(second, 10, 64)
	if err1 != nil || err2 != nil || sequence < 1 || offset < 0 {
		return 0, 0, fmt.Errorf("%w: cursor is not one that an answer gave", ErrQuery)
	}
	return sequence, offset, nil
}

// openFrom opens the oldest file with at least the given number, and returns
// nil behind the last. The current file may get its number at any time: then the
// folder is read once more.
func openFrom(path string, sequence int) (f *os.File, found int, err error) {
	for range 2 {
		numbers, err := fullFiles(path)
		if err != nil {
			return nil, 0, fmt.Errorf("audit: %w", err)
		}
		for _, n := range numbers {
			if n < sequence {
				continue
			}
			if f, err = os.Open(numbered(path, n)); err == nil {
				return f, n, nil
			}
		}
		if f, err = os.Open(path); err != nil {
			continue
		}
		var h header
		line, _ := bufio.NewReader(f).ReadSlice('\n')
		if json.Unmarshal(line, &h) == nil && h.Sequence >= sequence && (len(numbers) == 0 || h.Sequence <= max(numbers[len(numbers)-1], sequence)+1) {
			return f, h.Sequence, nil
		}
		f.Close()
	}
	return nil, 0, nil
}
