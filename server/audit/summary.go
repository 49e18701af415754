package audit

// Summary counts decisions by operation, as Microsoft Entra's reports of
// password protection do: passed, refused, and accepted only because of audit
// mode, each by reason.
type Summary struct {
	Operations map[string]*Tally `json:"operations"` // "set", "change", "unknown"
	Changes    int               `json:"changes"`    // records of changes
	Damaged    int               `json:"damaged"`    // lines that are no records
	Next       string            `json:"next,omitempty"`
}

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
		s.Operations[name] = &Tally{Rejected: map[string]int{}, Audited: map[string]int{}}
	}
	next, err := q.scan(path, func(r *record, _ []byte) bool {
		switch {
		case r == nil:
			s.Damaged++
		case r.Kind == "change":
			s.Changes++
		default:
			s.Operations[operationName(r)].add(r)
		}
		return true
	})
	s.Next = next
	return s, err
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
