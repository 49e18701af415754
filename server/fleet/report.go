package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Report is what a machine tells of itself.
type Report struct {
	Host        string `json:"host"`                           // name of the machine
	Site        string `json:"site,omitempty"`                 // where it stands
	Version     string `json:"version,omitempty"`              // of the program
	Mode        string `json:"mode"`                           // enforce, audit or disabled
	Snapshot    string `json:"snapshot,omitempty"`             // id; empty: it has none
	SnapshotAge int64  `json:"snapshot_age_seconds,omitempty"` // since it was loaded
	Bundle      uint64 `json:"bundle,omitempty"`               // version; 0: it has none
	Uptime      int64  `json:"uptime_seconds"`
	Counts      Counts `json:"counts"`
	LastVerdict *int64 `json:"last_verdict_seconds,omitempty"` // seconds ago; nil: never
	Error       string `json:"error,omitempty"`                // the last one that still holds
	Stopping    bool   `json:"stopping,omitempty"`             // the last report: the sidecar ends
}

// Counts are verdicts since the start, by operation.
type Counts struct {
	Set     Verdicts `json:"set"`
	Change  Verdicts `json:"change"`
	Unknown Verdicts `json:"unknown"`
}

// Total returns the sum over the operations.
func (c Counts) Total() (sum Verdicts) {
	for _, v := range [...]Verdicts{c.Set, c.Change, c.Unknown} {
		sum.Accepted += v.Accepted
		sum.Rejected += v.Rejected
		sum.Would += v.Would
		sum.Undecided += v.Undecided
	}
	return sum
}

// Verdicts counts verdicts.
type Verdicts struct {
	Accepted  uint64 `json:"accepted"`
	Rejected  uint64 `json:"rejected"`
	Would     uint64 `json:"would_reject"` // accepted in audit mode alone
	Undecided uint64 `json:"undecided"`
}

// since returns the verdicts since an earlier report: all of them, if the machine
// was started anew, so that it counts from the beginning.
func (r *Report) since(before *Report) Counts {
	set, ok1 := r.Counts.Set.minus(before.Counts.Set)
	change, ok2 := r.Counts.Change.minus(before.Counts.Change)
	unknown, ok3 := r.Counts.Unknown.minus(before.Counts.Unknown)
	if r.Uptime < before.Uptime || !ok1 || !ok2 || !ok3 {
		return r.Counts
	}
	return Counts{set, change, unknown}
}

// minus returns the difference; ok is false if one of the counts is negative.
func (v Verdicts) minus(w Verdicts) (d Verdicts, ok bool) {
	ok = v.Accepted >= w.Accepted && v.Rejected >= w.Rejected && v.Would >= w.Would && v.Undecided >= w.Undecided
	return Verdicts{v.Accepted - w.Accepted, v.Rejected - w.Rejected, v.Would - w.Would, v.Undecided - w.Undecided}, ok
}

// The bounds of a report.
const (
	maxHost  = 255
	maxText  = 100
	maxError = 500
)

// ErrReport is wrapped by the errors about an unusable report.
var ErrReport = errors.New("unusable report")

// FieldError says which field of a report is unusable; it is ErrReport.
type FieldError struct{ Field, Detail string }

// Error returns the field and what is wrong.
func (e *FieldError) Error() string { return fmt.Sprintf("%v: %s: %s", ErrReport, e.Field, e.Detail) }

// Is reports whether target is ErrReport.
func (e *FieldError) Is(target error) bool { return target == ErrReport }

// ParseReport reads a report as JSON. Unknown members are left out, so that newer
// machines may report to older servers. Texts are bounded and made printable. The
// error is a *FieldError.
func ParseReport(body []byte) (r Report, err error) {
	if json.Unmarshal(body, &r) != nil {
		return Report{}, &FieldError{"body", "must be a report as docs/API.md has it"}
	}
	return r, r.check()
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

func (r *Report) check() error {
	if len(r.Host) > maxHost || !hostForm.MatchString(r.Host) {
		return &FieldError{"host", "must be the name of a machine"}
	}
	switch r.Mode {
	case "enforce", "audit", "disabled":
	default:
		return &FieldError{"mode", "must be enforce, audit or disabled"}
	}
	if r.Uptime < 0 || r.SnapshotAge < 0 || r.LastVerdict != nil && *r.LastVerdict < 0 {
		return &FieldError{"seconds", "must not be negative"}
	}
	r.Host = strings.ToLower(r.Host)
	r.Site = printable(r.Site, maxText)
	r.Version = printable(r.Version, maxText)
	r.Snapshot = printable(r.Snapshot, maxText)
	r.Error = printable(r.Error, maxError)
	return nil
}

// printable returns text without what would command a terminal or turn the direction
// of a line, at most so many bytes.
func printable(text string, limit int) string {
	text = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, text)
	for len(text) > limit {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return text
}
