package store

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/vetopw/veto/lists"
)

// Writer writes a list so that Read reads it as the same, as far as its format
// goes.
type Writer struct {
	// AsOf makes Plain, which cannot tell when an entry ends, leave out those that
	// have expired by then; zero: none. The other formats have all entries.
	AsOf time.Time

	format Format
	out    *bufio.Writer
	csv    *csv.Writer
	cells  []string
	count  int
}

// NewWriter begins to write a list to w. What fails is told by Close, if not by
// Write.
func NewWriter(w io.Writer, f Format, i Info) (*Writer, error) {
	l := &Writer{format: f, out: bufio.NewWriterSize(w, 1<<16)}
	switch f {
	case Plain:
	case CSV:
		l.csv = csv.NewWriter(l.out)
		l.csv.UseCRLF = true
		l.cells = make([]string, len(columns))
		l.csv.Write(columnNames())
	case JSON:
		head, err := json.Marshal(struct {
			Name     string `json:"name"`
			Note     string `json:"note,omitempty"`
			Revision uint64 `json:"revision"`
		}{lists.CustomPrefix + i.Name, i.Note, i.Revision})
		if err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		l.out.Write(head[:len(head)-1])
		l.out.WriteString(`,"entries":[`)
	default:
		return nil, fmt.Errorf("store: unknown format %q", f)
	}
	return l, nil
}

// Write writes an entry.
func (l *Writer) Write(e Entry) error {
	l.count++
	switch l.format {
	case Plain:
		if !l.AsOf.IsZero() && e.Expired(l.AsOf) {
			return nil
		}
		l.out.WriteString(e.Text)
		return l.out.WriteByte('\n')
	case CSV:
		for i, c := range columns {
			l.cells[i] = lists.GuardCell(c.write(&e))
		}
		return l.csv.Write(l.cells)
	}
	text, err := e.MarshalJSON()
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if l.count > 1 {
		l.out.WriteByte(',')
	}
	l.out.WriteByte('\n')
	_, err = l.out.Write(text)
	return err
}

// Close writes the end. It does not close what is written to.
func (l *Writer) Close() error {
	switch l.format {
	case CSV:
		l.csv.Flush()
	case JSON:
		l.out.WriteString("]}\n")
	}
	return l.out.Flush()
}
