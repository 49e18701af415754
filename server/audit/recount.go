package audit

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/vetopw/veto/engine"
)

// recount counts what the files tell of the decisions before the start, as far back
// as the window and scanBytes of files reach; sequence is that of the current file.
// It runs beside new decisions, and ends early when the Log closes.
func (l *Log) recount(start time.Time, sequence int) {
	defer close(l.recounted)
	from, err := endOfFiles(l.Path(), sequence, scanBytes)
	if err != nil {
		l.options.Logger.Warn("earlier decisions are not counted", "error", err)
		return
	}
	q := Query{Kind: "decision", From: firstTime(start), To: start, Cursor: from}
	p := newPast()
	_, err = q.scan(l.Path(), func(r *record, _ []byte) bool {
		if d, ok := p.decision(r); ok {
			l.window.addPast(d)
		}
		return !l.closing.Load()
	})
	if err != nil {
		l.options.Logger.Warn("not all earlier decisions are counted", "error", err)
	}
}

// endOfFiles returns the cursor of the last bytes of all files, of which the current
// one has the sequence. It may stand within a line, which then counts as damaged.
func endOfFiles(path string, sequence int, bytes int64) (cursor string, err error) {
	numbers, err := fullFiles(path)
	if err != nil {
		return "", fmt.Errorf("audit: %w", err)
	}
	current, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("audit: %w", err)
	}
	if bytes -= current.Size(); bytes < 0 {
		return fmt.Sprintf("%d.%d", sequence, -bytes), nil
	}
	for _, n := range slices.Backward(numbers) {
		full, err := os.Stat(numbered(path, n))
		if err != nil {
			return "", fmt.Errorf("audit: %w", err)
		}
		if bytes -= full.Size(); bytes < 0 {
			return fmt.Sprintf("%d.%d", n, -bytes), nil
		}
	}
	return "", nil
}

// past makes decisions of records.
type past struct{ reasons map[string]engine.Reason }

func newPast() past {
	p := past{map[string]engine.Reason{}}
	for r := range engine.AllReasons() {
		p.reasons[r.Code()] = r
	}
	return p
}

// decision returns as much of a recorded decision as a window counts; r is nil for a
// damaged line.
func (p past) decision(r *record) (*Decision, bool) {
	if r == nil {
		return nil, false
	}
	at, err := time.Parse(timeFormat, r.Time)
	if err != nil {
		return nil, false
	}
	d := &Decision{Time: at.UnixNano(), Policy: r.Policy, Cause: r.Cause, Reasons: p.set(r.Reasons), Audited: p.set(r.Audited)}
	d.Decision, d.Would = p.outcome(r.Decision), p.outcome(r.Would)
	d.Explained = r.Lists != nil && len(r.Lists) < MaxLists // of more, some may be left out
	copy(d.Lists[:], r.Lists)
	return d, true
}

func (p past) set(codes []string) (set engine.Reasons) {
	for _, code := range codes {
		if r, ok := p.reasons[code]; ok {
			set = set.With(r)
		}
	}
	return set
}

func (p past) outcome(text string) (d engine.Decision) {
	switch text {
	case engine.Accept.String():
		return engine.Accept
	case engine.Reject.String():
		return engine.Reject
	}
	return engine.Undecided
}
