package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/remote"
)

// The most that one batch may hold.
const (
	maxChecks    = 1000
	maxBatchBody = 1 << 20 // bytes
)

// Verdict is what came of a check. The zero value accepts nothing.
type Verdict struct {
	// Decision is what to act on: engine.Accept or engine.Reject.
	Decision engine.Decision
	// Would is what enforcing would have decided; it differs in audit mode.
	Would engine.Decision
	// Declared says that nobody judged the password: Decision is the answer
	// declared for this.
	Declared bool
	Mode     string   // "enforce", "audit" or "off"
	Reasons  []Reason // every rule that failed
	Policy   string   // name of the policy that decided
	Snapshot string   // id of the lists and policies that decided
	ID       string   // of the answer, also in the audit
	// JSON is the verdict as the server wrote it; nil if it is Declared.
	JSON []byte
}

// Reason is a rule that failed.
type Reason struct {
	Code    string // docs/API.md has all; later servers may have more
	Message string // completes the sentence "The password …"
	Advice  string // what helps; only with Options.Language
	Mode    string // "audit" if the rule alone is in audit mode and refuses nothing
	List    string // name of the list; with the scope explain
	Span    []int  // first character and the one behind the last; with the scope explain
	Seen    int    `json:"seen_at_least"` // how often at least the password was seen; 0: unknown
}

// Check asks about one password. If there is no verdict the error tells why, a
// *Problem if it is an answer, and the Verdict is Declared: what the server
// declares, else what Options do. A request that is refused for what it holds or
// for its number (400, 413, 415, 429, 431) is always rejected. After a lost
// connection that was idle the request is sent once more; otherwise the caller
// decides about that. Check neither keeps nor changes the password.
func (c *Client) Check(ctx context.Context, password []byte, s engine.Subject) (Verdict, error) {
	body := appendCheck(nil, password, &s)
	var answer json.RawMessage
	err := c.ask(ctx, "/v1/check", body, &answer)
	var v Verdict
	if err == nil {
		v, err = parseVerdict(answer)
	}
	if err != nil {
		return c.declared(err, s.Operation), err
	}
	return v, nil
}

// Check is one entry of a batch.
type Check struct {
	Password []byte
	Subject  engine.Subject
}

// CheckBatch asks about passwords, by as few requests as they take, and returns a
// verdict for each in their order. If a request fails, the verdicts of its entries
// and of all behind them are Declared, and the error tells why. An entry larger
// than a megabyte fails likewise.
func (c *Client) CheckBatch(ctx context.Context, checks []Check) ([]Verdict, error) {
	verdicts := make([]Verdict, 0, len(checks))
	for len(verdicts) < len(checks) {
		rest := checks[len(verdicts):]
		body, n := appendBatch(rest)
		answers, err := c.batch(ctx, body, n)
		if err != nil {
			for i := range rest {
				verdicts = append(verdicts, c.declared(err, rest[i].Subject.Operation))
			}
			return verdicts, err
		}
		verdicts = append(verdicts, answers...)
	}
	return verdicts, nil
}

// batch sends n checks and returns the verdicts.
func (c *Client) batch(ctx context.Context, body []byte, n int) ([]Verdict, error) {
	var answer struct{ Verdicts []json.RawMessage }
	if err := c.ask(ctx, "/v1/check:batch", body, &answer); err != nil {
		return nil, err
	}
	if len(answer.Verdicts) != n {
		return nil, errors.New("the answer has not as many verdicts as there are checks")
	}
	verdicts := make([]Verdict, n)
	for i, text := range answer.Verdicts {
		var err error
		if verdicts[i], err = parseVerdict(text); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// ask posts a body, which it takes over and wipes.
func (c *Client) ask(ctx context.Context, path string, body []byte, to any) error {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	// Without a value the key is not sent: net/http then takes the request for one
	// that may be repeated if the server has just closed the connection.
	h := http.Header{"Idempotency-Key": {}}
	if c.options.Language != "" {
		h.Set("Accept-Language", c.options.Language)
	}
	return c.call(ctx, remote.Request{Method: http.MethodPost, Path: path, Header: h, Body: body, Wipe: true}, to)
}

// declared returns what holds if a check fails.
func (c *Client) declared(err error, o engine.Operation) Verdict {
	v := Verdict{Decision: engine.Reject, Declared: true, Reasons: []Reason{{Code: engine.Unavailable.Code(), Message: engine.Unavailable.Message()}}}
	set, change := c.options.Set == engine.Accept, c.options.Change == engine.Accept
	p, answered := errors.AsType[*Problem](err)
	switch {
	case answered && p.blamesRequest():
	case answered && p.Decision != engine.Undecided:
		v.Decision = p.Decision
	case o == engine.Set && set, o == engine.Change && change, set && change:
		v.Decision = engine.Accept
	}
	v.Would = v.Decision
	return v
}

// parseVerdict reads a verdict. One without a decision is none.
func parseVerdict(text []byte) (Verdict, error) {
	var wire struct {
		Decision, Mode, Policy, Snapshot, ID string
		Would                                string `json:"would_decision"`
		Reasons                              []Reason
	}
	if err := json.Unmarshal(text, &wire); err != nil || decisionNamed(wire.Decision) == engine.Undecided {
		return Verdict{}, errors.New("the answer is no verdict: is this the address of veto serve?")
	}
	v := Verdict{
		Decision: decisionNamed(wire.Decision), Mode: wire.Mode, Reasons: wire.Reasons, Policy: wire.Policy, Snapshot: wire.Snapshot, ID: wire.ID,
		JSON: text,
	}
	v.Would = v.Decision
	if wire.Would != "" {
		v.Would = decisionNamed(wire.Would)
	}
	return v, nil
}

// decisionNamed returns the decision of a name, Undecided for any other.
func decisionNamed(name string) engine.Decision {
	for _, d := range []engine.Decision{engine.Reject, engine.Accept} {
		if name == d.String() {
			return d
		}
	}
	return engine.Undecided
}

// appendBatch returns the body of a batch with as many of the checks as fit, but at
// least one, and their number.
func appendBatch(checks []Check) (body []byte, n int) {
	dst := append(make([]byte, 0, min(maxBatchBody, 256*len(checks))+4096), `{"checks":[`...)
	for i := range checks[:min(len(checks), maxChecks)] {
		end := len(dst)
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendCheck(dst, checks[i].Password, &checks[i].Subject)
		if i > 0 && len(dst)+len("]}") > maxBatchBody {
			clear(dst[end:])
			dst = dst[:end]
			break
		}
		n++
	}
	return append(dst, "]}"...), n
}

// appendCheck appends a check as JSON. It grows dst at most once, beforehand, and
// wipes what it leaves: growing would leave copies of the password.
func appendCheck(dst, password []byte, s *engine.Subject) []byte {
	dst = grow(dst, 6*(len(password)+len(s.OldPassword)+textBytes(s))+256)
	dst = appendSecret(append(dst, `{"password":`...), password)
	for _, f := range []struct{ name, value string }{
		{"account", s.Account}, {"mail", s.Mail}, {"tenant", s.Tenant}, {"operation", s.Operation.String()}, {"policy", s.Policy},
	} {
		if f.value != "" {
			dst = append(append(append(dst, `,"`...), f.name...), `":`...)
			dst = engine.AppendJSONString(dst, f.value)
		}
	}
	dst = appendWords(dst, "names", s.Names)
	dst = appendWords(dst, "attributes", s.Attributes)
	dst = appendWords(dst, "groups", s.Groups)
	if s.OldPassword != nil {
		dst = appendSecret(append(dst, `,"old_password":`...), s.OldPassword)
	}
	return append(dst, '}')
}

// textBytes is not less than the bytes of all texts and what separates them.
func textBytes(s *engine.Subject) (n int) {
	for _, words := range [][]string{{s.Account, s.Mail, s.Tenant, s.Policy}, s.Names, s.Attributes, s.Groups} {
		for _, word := range words {
			n += len(word) + 1
		}
	}
	return n
}

// grow returns dst with room for n more bytes.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	larger := append(make([]byte, 0, 2*len(dst)+n), dst...)
	clear(dst)
	return larger
}

func appendWords(dst []byte, name string, words []string) []byte {
	for i, word := range words {
		if i == 0 {
			dst = append(append(append(dst, `,"`...), name...), `":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = engine.AppendJSONString(dst, word)
	}
	if len(words) > 0 {
		dst = append(dst, ']')
	}
	return dst
}

// appendSecret appends a JSON string of the bytes as they are, also if they are
// not UTF-8: the server has a verdict on that.
func appendSecret(dst, secret []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range secret {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
