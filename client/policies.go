package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/vetopw/veto/remote"
)

// Policy is a policy that a server judges by.
type Policy struct {
	Name     string
	Source   string // "store" or "configuration"
	Revision uint64 // 0: it was not edited there
	Author   string
	Updated  time.Time
	Document json.RawMessage // as docs/CONFIG.md has policies
}

// PolicyChange is a change of a policy that is in force.
type PolicyChange struct {
	Policy   string
	Action   string // "create", "edit", "restore" or "delete"
	Revision uint64
	Snapshot string // id of what is in force with it
}

// Policies returns all policies in force, in their order.
func (c *Client) Policies(ctx context.Context) ([]Policy, error) {
	var answer struct{ Policies []Policy }
	err := c.call(ctx, remote.Request{Path: "/v1/policies"}, &answer)
	return answer.Policies, err
}

// PutPolicy stores a document, which is JSON and has the name. It fails with a
// *Problem of status 412 if base is not the revision in force; 0 is any, and makes
// the policy if none of the name is stored.
func (c *Client) PutPolicy(ctx context.Context, name string, base uint64, document []byte) (change PolicyChange, err error) {
	err = c.edit(ctx, putPolicy(name, document), base, &change)
	return change, err
}

// PreviewPolicy tells what PutPolicy would change, which it does not.
func (c *Client) PreviewPolicy(ctx context.Context, name string, base uint64, document []byte) (p Preview, err error) {
	r := putPolicy(name, document)
	r.Path += dryRun
	err = c.edit(ctx, r, base, &p)
	return p, err
}

func putPolicy(name string, document []byte) remote.Request {
	return remote.Request{Method: http.MethodPut, Path: "/v1/policies/" + url.PathEscape(name), Body: document}
}

// Simulated is how a password is judged, and would be.
type Simulated struct{ Before, After Verdict }

// Simulate asks how passwords are judged now and would be by other documents of
// policies, which are JSON, by as few requests as that takes. It takes the scopes
// explain, lists:read and policies:read. There is no declared answer: what fails is
// an error. Simulate neither keeps nor changes the passwords.
func (c *Client) Simulate(ctx context.Context, checks []Check, policies []json.RawMessage) ([]Simulated, error) {
	more, err := json.Marshal(policies)
	if err != nil {
		return nil, err
	}
	all := make([]Simulated, 0, len(checks))
	for len(all) < len(checks) {
		body, n := appendBatch(checks[len(all):])
		body = grow(body[:len(body)-1], len(more)+len(`,"policies":}`))
		body = append(append(append(body, `,"policies":`...), more...), '}')
		var answer struct {
			Verdicts []struct{ Before, After json.RawMessage }
		}
		if err := c.ask(ctx, "/v1/simulate", body, &answer); err != nil {
			return nil, err
		}
		if len(answer.Verdicts) != n {
			return nil, errors.New("the answer has not as many verdicts as there are checks")
		}
		for _, v := range answer.Verdicts {
			before, err := parseVerdict(v.Before)
			if err != nil {
				return nil, err
			}
			after, err := parseVerdict(v.After)
			if err != nil {
				return nil, err
			}
			all = append(all, Simulated{before, after})
		}
	}
	return all, nil
}
