package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/remote"
)

// Problem is the answer of a server that does not do what it is asked: problem
// details (RFC 9457).
type Problem struct {
	Status     int
	Detail     string        // what is wrong, without anything of the request
	Field      string        // that is wrong, such as "checks[17].names[0]"; or empty
	RetryAfter time.Duration // to wait before asking again; 0: the server says nothing of it
	Revision   uint64        // the one in force, if somebody was faster
	Invalid    []Invalid     // the first entries that are wrong
	More       int           `json:"invalid_more"` // that are wrong beside these
	Reason     string        `json:"error"`        // why nothing could be reloaded
	// Decision is the answer that the server declares for the case that it cannot
	// decide; Undecided if this is none.
	Decision engine.Decision `json:"-"`
}

// Invalid is an entry that cannot be used.
type Invalid struct {
	Place  string // such as "line 7" or "add[3]"
	Detail string
}

// Error returns what the server says, all invalid entries included, without
// characters that a terminal would take for commands.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the server answers %d: %s", p.Status, p.Detail)
	if p.Reason != "" {
		b.WriteString(": " + p.Reason)
	}
	if p.Status == http.StatusPreconditionFailed && p.Revision > 0 {
		fmt.Fprintf(&b, "; its revision is %d now", p.Revision)
	}
	if p.RetryAfter > 0 {
		fmt.Fprintf(&b, "; it asks to wait %v", p.RetryAfter)
	}
	for i, wrong := range p.Invalid {
		if i > 0 { // the detail is about the first
			b.WriteString("\n" + wrong.Place + ": " + wrong.Detail)
		}
	}
	if p.More > 0 {
		fmt.Fprintf(&b, "\nand %d more", p.More)
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && !strconv.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, b.String())
}

// newProblem reads an answer. Who is no Veto server answers something else, of
// which the status is told.
func newProblem(answer *remote.StatusError) *Problem {
	p := &Problem{Detail: http.StatusText(answer.Status)}
	var declared struct{ Decision string }
	if json.Unmarshal(answer.Body, p) == nil && json.Unmarshal(answer.Body, &declared) == nil {
		p.Decision = decisionNamed(declared.Decision)
	}
	p.Status, p.RetryAfter = answer.Status, answer.RetryAfter
	return p
}

// blamesRequest reports whether the request is what is wrong: who sends it could
// make it so, and must not get a declared answer by it.
func (p *Problem) blamesRequest() bool {
	switch p.Status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusTooManyRequests,
		http.StatusRequestHeaderFieldsTooLarge:
		return true
	}
	return false
}
