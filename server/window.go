package server

import (
	"reflect"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/server/audit"
)

// windowInfo is what a dry run tells from the audit's counters: what came of the
// latest decisions, and of those that the change is about. Passwords are not kept,
// so that counters tell of a change of modes and of what is removed; for what is
// added and for other rules only a sample can be judged. Nor do they tell of one list
// or policy where there are too many to count each.
type windowInfo struct {
	From   time.Time    `json:"from"`
	To     time.Time    `json:"to"`
	Total  outcome      `json:"total"`
	List   *listOutcome `json:"list,omitempty"`
	Policy *outcome     `json:"policy,omitempty"`
	// Of the decisions counted here, how many at most would have been others; nil:
	// counters don't tell.
	Newly *int `json:"newly_refused,omitempty"`
	Freed *int `json:"newly_accepted,omitempty"`
}

// outcome is what decisions came to.
type outcome struct {
	Decisions     int            `json:"decisions"`
	Refused       int            `json:"refused"`
	WouldRefuse   int            `json:"would_refuse"` // accepted in audit mode only
	Undecided     int            `json:"undecided"`    // declared answers
	RefusedBy     map[string]int `json:"refused_by"`
	WouldRefuseBy map[string]int `json:"would_refuse_by"` // and by rules in audit mode
}

// listOutcome is about decisions that rest on a list.
type listOutcome struct {
	Known       int `json:"known"` // decisions whose lists were all noted
	Found       int `json:"found"`
	Refused     int `json:"refused"`
	WouldRefuse int `json:"would_refuse"`
}

func outcomeOf(t *audit.Tally) outcome {
	return outcome{t.Pass + t.Reject + t.AuditOnly + t.Undecided, t.Reject, t.AuditOnly, t.Undecided, t.Rejected, t.Audited}
}

// window returns what the latest decisions came to, nil if there is no audit.
func (s *Server) window() (*windowInfo, *audit.Window) {
	if s.config.Audit == nil {
		return nil, nil
	}
	w := s.config.Audit.Window()
	return &windowInfo{From: w.From, To: w.To, Total: outcomeOf(&w.Total)}, w
}

// listWindow tells what a change of a list would mean. What is removed can only
// accept more, of what was refused with the list found, and what is added only
// refuse more.
func (s *Server) listWindow(c *store.Change) *windowInfo {
	info, w := s.window()
	if info == nil || w.Unnamed {
		return info
	}
	info.List = &listOutcome{Known: w.Known}
	if t := w.Lists[lists.CustomName(c.List)]; t != nil {
		o := outcomeOf(t)
		info.List.Found, info.List.Refused, info.List.WouldRefuse = o.Decisions, o.Refused, o.WouldRefuse
	}
	if c.Added+c.Changed == 0 {
		info.Newly = new(int)
	}
	switch {
	case c.Removed+c.Changed == 0:
		info.Freed = new(int)
	case w.Known >= info.Total.Decisions-info.Total.Undecided:
		info.Freed = &info.List.Refused
	}
	return info
}

// policyWindow tells what it would mean if a policy became another one, nil for
// none. Counters tell if nothing but its mode does.
func (s *Server) policyWindow(name string, was, would *engine.Policy) *windowInfo {
	info, w := s.window()
	if info == nil || w.Unnamed {
		return info
	}
	o := outcomeOf(&audit.Tally{Rejected: map[string]int{}, Audited: map[string]int{}})
	if t := w.Policies[name]; t != nil {
		o = outcomeOf(t)
	}
	info.Policy = &o
	if was == nil || would == nil {
		return info
	}
	alike := *would
	alike.Mode = was.Mode
	if !reflect.DeepEqual(*was, alike) {
		return info
	}
	none := new(int)
	switch {
	case was.Mode == would.Mode, was.Mode == engine.Audit && would.Mode == engine.Off:
		info.Newly, info.Freed = none, none
	case was.Mode == engine.Audit && would.Mode == engine.Enforce:
		info.Newly, info.Freed = &o.WouldRefuse, none
	case was.Mode == engine.Enforce:
		info.Newly, info.Freed = none, &o.Refused
	}
	return info
}
