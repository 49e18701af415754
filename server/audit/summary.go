package audit

import (
	"slices"
	"time"
)

// Summary counts decisions by operation, as Microsoft Entra's reports of
// password protection do: passed, refused, and accepted only because of audit
// mode, each by reason. Those that other machines made, and only told the number
// of, have no reasons and policies.
type Summary struct {
	Operations map[string]*Tally    `json:"operations"` // "set", "change", "unknown"
	Channels   map[string]*Outcomes `json:"channels"`   // those that occurred
	// Sites has those of a site, or of a machine that told none. Decisions without
	// either are not in it; of more than 1,000 the rest is "other".
	Sites    map[string]*Outcomes `json:"sites"`
	Reported Outcomes             `json:"reported"` // of all these, the ones that are known by reports
	Changes  int                  `json:"changes"`  // records of changes
	Damaged  int                  `json:"damaged"`  // lines that are no records
	Series   []*Point             `json:"series,omitempty"`
	Outside  *Outcomes            `json:"outside,omitempty"` // decisions of times that the series, of 2,000 points at most, has none for
	Next     string               `json:"next,omitempty"`
}

// Outcomes counts decisions by how they ended.
type Outcomes struct {
	Pass      int `json:"pass"`
	Reject    int `json:"reject"`
	AuditOnly int `json:"audit_only"`
	Undecided int `json:"undecided"` // without a verdict, which are in no other number
}

// Point is what the decisions of one part of the time came to.
type Point struct {
	Time time.Time `json:"time"` // its beginning, a multiple of Query.Every
	Outcomes
}

// The bounds of a Summary.
const (
	maxPoints = 2000
	maxSites  = 1000
	otherSite = "other"
)

// Tally is what one operation came to.
type Tally struct {
	Outcomes
	Rejected map[string]int `json:"rejected_by"`
	Audited  map[string]int `json:"audited_by"`
}

// Summarize counts the records that the query asks for; Limit is not used. Like
// Read it reads 64 MiB at most: then Next is set, and a call with that Cursor
// counts on.
func Summarize(path string, q Query) (*Summary, error) {
	s := &Summary{Operations: map[string]*Tally{}, Channels: map[string]*Outcomes{}, Sites: map[string]*Outcomes{}}
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
			s.add(r, q.Every)
		}
		return true
	})
	s.Next = next
	slices.SortFunc(s.Series, func(a, b *Point) int { return a.Time.Compare(b.Time) })
	return s, err
}

// add counts a decision, or those of a report.
func (s *Summary) add(r *record, every time.Duration) {
	if t := s.Operations[r.known(r.Operation)]; t != nil {
		t.add(r)
	}
	named(s.Channels, r.known(r.Channel)).add(r)
	if at := r.place(); at != "" {
		if len(s.Sites) >= maxSites && s.Sites[at] == nil {
			at = otherSite
		}
		named(s.Sites, at).add(r)
	}
	if r.Kind == "report" {
		s.Reported.add(r)
	}
	if every > 0 {
		s.addPoint(r, every)
	}
}

// named returns the counts of a name, which may be new.
func named(all map[string]*Outcomes, name string) *Outcomes {
	if all[name] == nil {
		all[name] = new(Outcomes)
	}
	return all[name]
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
			if s.Outside == nil {
				s.Outside = new(Outcomes)
			}
			s.Outside.add(r)
			return
		}
		i = len(s.Series)
		s.Series = append(s.Series, &Point{Time: at})
	}
	s.Series[i].add(r)
}

// add counts a decision, or those of a report.
func (o *Outcomes) add(r *record) {
	n := 1
	if r.Kind == "report" {
		n = min(max(r.Count, 0), maxReported)
	}
	switch {
	case r.undecided():
		o.Undecided += n
	case r.Decision == "reject":
		o.Reject += n
	case r.outcome() == "audit":
		o.AuditOnly += n
	default:
		o.Pass += n
	}
}

// add counts a decision. A reason that refuses nothing counts as audited.
func (t *Tally) add(r *record) {
	t.Outcomes.add(r)
	if r.undecided() {
		return
	}
	audited := r.Reasons
	if r.Decision == "reject" {
		audited = r.Audited
		for _, code := range r.Reasons {
			if !slices.Contains(audited, code) {
				t.Rejected[code]++
			}
		}
	}
	for _, code := range audited {
		t.Audited[code]++
	}
}
