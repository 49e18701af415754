package store

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/vetopw/veto/lists"
)

// readCSV reads the entries of a CSV file.
func (i *Import) readCSV(r io.Reader) error {
	text := bufio.NewReaderSize(lists.Decode(bufio.NewReaderSize(r, 1<<16)), 1<<16)
	if mark, _ := text.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		text.Discard(len(byteOrderMark))
	}
	in := csv.NewReader(text)
	in.Comma, in.ReuseRecord = separator(text), true
	head, err := in.Read()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return csvError(err)
	}
	order, err := columnOrder(head)
	if err != nil {
		return err
	}
	var wrong lists.SourceErrors
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return wrong.Err()
		}
		onward := err == nil || errors.Is(err, csv.ErrFieldCount)
		if err == nil {
			err = i.addCells(in, order, cells)
		} else {
			err = csvError(err)
		}
		if err != nil && !(wrong.Add(err) && onward) {
			return wrong.Err()
		}
	}
}

const byteOrderMark = "\ufeff"

// separator returns what separates the names in the first line.
func separator(r *bufio.Reader) rune {
	head, _ := r.Peek(r.Size())
	line, _, _ := strings.Cut(string(head), "\n")
	if at := strings.IndexAny(line, ",;\t"); at >= 0 {
		return rune(line[at])
	}
	return ','
}

// columnOrder returns the columns in the order of the names.
func columnOrder(names []string) (order []column, err error) {
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		at := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		if at < 0 || slices.ContainsFunc(order, func(c column) bool { return c.name == name }) {
			return nil, &lists.SourceError{Line: 1, Err: lists.ErrFormat,
				Detail: "the first line must hold names of columns, each once, of: " + strings.Join(columnNames(), ", ")}
		}
		order = append(order, columns[at])
	}
	if !slices.ContainsFunc(order, func(c column) bool { return c.name == "text" }) {
		return nil, &lists.SourceError{Line: 1, Detail: "there is no column named text", Err: lists.ErrFormat}
	}
	return order, nil
}

// addCells adds the entry of a line, unless its text is blank.
func (i *Import) addCells(in *csv.Reader, order []column, cells []string) error {
	line, _ := in.FieldPos(0)
	var e Entry
	for at, c := range order {
		cell := strings.Clone(lists.UnguardCell(strings.TrimSpace(cells[at])))
		if err := c.read(&e, cell); err != nil {
			return &lists.SourceError{Line: line, Detail: err.Error(), Err: lists.ErrFormat}
		}
	}
	if e.Text == "" {
		return nil
	}
	return i.add(line, e)
}

// csvError is an error of package csv, which quotes nothing, or of what it reads.
func csvError(err error) error {
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return &lists.SourceError{Line: wrong.Line, Detail: "is no valid CSV: " + wrong.Err.Error(), Err: lists.ErrFormat}
	}
	if source, ok := errors.AsType[*lists.SourceError](err); ok {
		return source
	}
	return &lists.SourceError{Detail: "cannot be read: " + err.Error(), Err: err}
}
