package client

import (
	"context"
	"net/http"
	"time"

	"github.com/vetopw/veto/remote"
)

const dryRun = "?dry_run=true"

// Preview is what a change would do.
type Preview struct {
	Change  Change    // Revision is the one in force
	Invalid []Invalid // the first entries that cannot be used; then there is nothing else
	More    int       `json:"invalid_more"` // that cannot be used beside these
	Sample  Sample
	Window  *Window // nil: the server keeps no audit
}

// Sample tells how a change judges passwords made of common words.
type Sample struct {
	Size     int
	Before   int `json:"refused_before"`
	After    int `json:"refused_after"`
	Refused  int `json:"newly_refused"`
	Accepted int `json:"newly_accepted"`
	// WouldBefore and WouldAfter are accepted in audit mode only.
	WouldBefore int `json:"would_refuse_before"`
	WouldAfter  int `json:"would_refuse_after"`
}

// Window is what the decisions of the last day came to.
type Window struct {
	From, To time.Time
	Total    Outcome
	Policy   *Outcome // of these, by the policy that changes
	// List is what came of passwords that held a term of the list that changes.
	List *struct {
		Known       int // decisions that tell what lists were found
		Found       int
		Refused     int
		WouldRefuse int `json:"would_refuse"`
	}
	// Of the decisions, how many at most would newly have been refusals and
	// acceptances; nil: counters don't tell, only the sample does.
	NewlyRefused  *int `json:"newly_refused"`
	NewlyAccepted *int `json:"newly_accepted"`
}

// Outcome is what decisions came to.
type Outcome struct {
	Decisions     int
	Refused       int
	WouldRefuse   int            `json:"would_refuse"` // accepted in audit mode only
	Undecided     int            // declared answers
	RefusedBy     map[string]int `json:"refused_by"`      // by code
	WouldRefuseBy map[string]int `json:"would_refuse_by"` // and by rules in audit mode
}

// PreviewEdit tells what it would do to a list to add entries and remove terms, of a
// base as for Add. Nothing changes.
func (c *Client) PreviewEdit(ctx context.Context, name string, base uint64, add []Entry, remove []string) (p Preview, err error) {
	body, err := listEdit(add, remove)
	if err != nil {
		return p, err
	}
	err = c.edit(ctx, remote.Request{Method: http.MethodPatch, Path: listPath(name) + dryRun, Body: body}, base, &p)
	return p, err
}
