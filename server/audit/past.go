package audit

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/vetopw/veto/engine"
)

// past is where the files have the decisions of before the start. The zero value has
// none.
type past struct {
	once  sync.Once
	path  string
	from  string // cursor of the last scanBytes of the files
	start time.Time
	err   error // why from is not known
}

func newPast(f *fileSink, start time.Time) *past {
	p := &past{path: f.Path, start: start}
	p.from, p.err = endOfFiles(f.Path, f.sequence, scanBytes)
	return p
}

// count adds the decisions to a window, as far as it reaches back at that time.
func (p *past) count(w *windows, now time.Time) error {
	first := firstTime(now)
	if p.path == "" || p.err != nil || !first.Before(p.start) {
		return p.err
	}
	q := Query{Kind: "decision", From: first, To: p.start, Cursor: p.from}
	reasons := map[string]engine.Reason{}
	for r := range engine.AllReasons() {
		reasons[r.Code()] = r
	}
	_, err := q.scan(p.path, func(r *record, _ []byte) bool {
		if r != nil { // else damaged
			if d, ok := r.decision(reasons); ok {
				w.addPast(d)
			}
		}
		return true
	})
	return err
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

// decision returns as much of a recorded decision as a window counts.
func (r *record) decision(reasons map[string]engine.Reason) (*Decision, bool) {
	at, err := time.Parse(timeFormat, r.Time)
	if err != nil {
		return nil, false
	}
	d := &Decision{
		Time: at.UnixNano(), Policy: r.Policy, Cause: r.Cause, Decision: parseDecision(r.Decision), Would: parseDecision(r.Would),
		AllLists: len(r.Lists) < MaxLists, // of more, some may be left out
	}
	for _, code := range r.Reasons {
		if reason, ok := reasons[code]; ok {
			d.Reasons = d.Reasons.With(reason)
		}
	}
	for _, code := range r.Audited {
		if reason, ok := reasons[code]; ok {
			d.Audited = d.Audited.With(reason)
		}
	}
	copy(d.Lists[:], r.Lists)
	return d, true
}

func parseDecision(text string) engine.Decision {
	for _, d := range []engine.Decision{engine.Accept, engine.Reject} {
		if text == d.String() {
			return d
		}
	}
	return engine.Undecided
}
