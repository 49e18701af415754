package audit

import (
	"slices"
	"time"
)

// Summary counts decisions by operation, as Microsoft Entra's reports of
// password protection do: passed, refused, and accepted only because of audit
// mode, each by reason.
type Summary struct {
	Operations map[string]*Tally `json:"operations"` // "set", "change", "unknown"
	Changes    int               `json:"changes"`    // records of changes
	Damaged    int               `json:"damaged"`    // lines that are no records
	Series     []*Point          `json:"series,omitempty"`
	Next       string            `json:"next,omitempty"`
}

// Point is what the decisions of one part of the time came to.
type Point struct {
	Time      time.Time `json:"time"` // its beginning, a multiple of Query.Every
	Pass      int       `json:"pass"`
	Reject    int       `json:"reject"`
	AuditOnly int       `json:"audit_only"`
	Undecided int       `json:"undecided"`
}

// maxPoints bounds a series. Decisions of times beyond are in the tallies only.
const maxPoints = 2000

// Tally is what one operation came to.
type Tally struct {
	Pass      int            `json:"pass"`
	Reject    int            `json:"reject"`
	AuditOnly int            `json:"audit_only"`
	Undecided int            `json:"undecided"` // declared answers, which are in no other number
	Rejected  map[string]int `json:"rejected_by"`
	Audited   map[string]int `json:"audited_by"`
}

// Summarize counts the records that the query asks for; Limit is not used. Like
// Read it reads 64 MiB at most: then Next is set, and a call with that Cursor
// counts on.
func Summarize(path string, q Query) (*Summary, error) {
	s := &Summary{Operations: map[string]*Tally{}}
	for _, name := range []string{"set", "change", "unknown"} {
		t := newTally()
		s.Operations[name] = &t
	}
	next, err := q.scan(path, func(r *record, _ []byte) bool {
		switch {
		case r == nil:
			s.Damaged++
		case r.Kind == "change":
			s.Changes++
		default:
			s.Operations[operationName(r)].add(r)
			if q.Every > 0 {
				s.addPoint(r, q.Every)
			}
		}
		return true
	})
	s.Next = next
	slices.SortFunc(s.Series, func(a, b *Point) int { return a.Time.Compare(b.Time) })
	return s, err
}

// addPoint counts a decision in the series. Records are nearly in order, so that
// the point is mostly the last.
func (s *Summary) addPoint(r *record, every time.Duration) {
	at, err := time.Parse(timeFormat, r.Time)
	if err != nil {
		return
	}
	at = at.Truncate(every)
	i := len(s.Series) - 1
	for i >= 0 && !s.Series[i].Time.Equal(at) {
		i--
	}
	if i < 0 {
		if len(s.Series) == maxPoints {
			return
		}
		i = len(s.Series)
		s.Series = append(s.Series, &Point{Time: at})
	}
	switch p := s.Series[i]; {
	case r.Cause != "":
		p.Undecided++
	case r.Decision == "reject":
		p.Reject++
	case r.outcome() == "audit":
		p.AuditOnly++
	default:
		p.Pass++
	}
}

// add counts a decision. A reason that refuses nothing counts as audited.
func (t *Tally) add(r *record) {
	if t == nil {
		return
	}
	audited := r.Audited
	switch {
	case r.Cause != "":
		t.Undecided++
		return
	case r.Decision == "reject":
		t.Reject++
		for _, code := range r.Reasons {
			t.Rejected[code]++
		}
		for _, code := range r.Audited {
			t.Rejected[code]--
			if t.Rejected[code] == 0 {
				delete(t.Rejected, code)
			}
		}
	case r.outcome() == "audit":
		t.AuditOnly++
		audited = r.Reasons
	default:
		t.Pass++
		audited = r.Reasons
	}
	for _, code := range audited {
		t.Audited[code]++
	}
}
