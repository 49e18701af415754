package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
)

// policyInfo is what is told about a policy.
type policyInfo struct {
	Name     string          `json:"name"`
	Source   string          `json:"source"` // "store" or "configuration"
	Revision uint64          `json:"revision"`
	Author   string          `json:"author,omitempty"`
	Updated  *time.Time      `json:"updated,omitempty"`
	Document json.RawMessage `json:"document"` // as veto.yaml has policies
}

// policiesInForce returns the policies in force, in order: those of the
// configuration, with the stored ones in their place or behind them.
func (s *Server) policiesInForce() (snapshot string, all []policyInfo, err error) {
	if s.live.Load() == nil {
		return "", nil, causeNoStore
	}
	var stored []store.Policy
	if s.live.Load().Store() != nil {
		if stored, err = s.live.Load().Store().Policies(context.Background()); err != nil {
			return "", nil, s.storeError(err, causeNoPolicy)
		}
	}
	policies, err := s.live.Load().Policies(context.Background())
	if err != nil {
		return "", nil, s.storeError(err, causeNoPolicy)
	}
	for _, p := range policies {
		info := policyInfo{Name: p.Name, Source: "configuration"}
		if i := slices.IndexFunc(stored, func(q store.Policy) bool { return q.Name == p.Name }); i >= 0 {
			info.Source, info.Revision, info.Author, info.Updated = "store", stored[i].Revision, stored[i].Actor, &stored[i].Time
		}
		if info.Document, err = config.PolicyJSON(p); err != nil {
			return "", nil, err
		}
		all = append(all, info)
	}
	return s.live.Load().State().Snapshot, all, nil
}

// policyIndex answers GET /v1/policies.
func (s *Server) policyIndex(ctx *fasthttp.RequestCtx, c *conn) error {
	snapshot, all, err := s.policiesInForce()
	if err != nil {
		return err
	}
	return respondJSON(ctx, struct {
		Snapshot string       `json:"snapshot"`
		Policies []policyInfo `json:"policies"`
	}{snapshot, all})
}

// policyShow answers GET /v1/policies/{name}. The revision of one that only the
// configuration has is 0: a change based on it is the first.
func (s *Server) policyShow(ctx *fasthttp.RequestCtx, c *conn) error {
	if err := query(ctx, nil); err != nil {
		return err
	}
	_, all, err := s.policiesInForce()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p policyInfo) bool { return p.Name == c.name })
	if i < 0 {
		return causeNoPolicy
	}
	if all[i].Source == "store" && unchanged(ctx, all[i].Revision) {
		return nil
	}
	ctx.Response.Header.SetCanonical(headerTag, []byte(tag(all[i].Revision)))
	return respondJSON(ctx, all[i])
}

// policyPut answers PUT /v1/policies/{name}: the body is the policy as veto.yaml
// has it.
func (s *Server) policyPut(ctx *fasthttp.RequestCtx, c *conn) error {
	body := ctx.Request.Body()
	var compact bytes.Buffer // so that other white space is no change
	if json.Compact(&compact, body) != nil {
		return &bodyError{field: "body", detail: "is not well-formed JSON"}
	}
	p, err := parsePolicy(body)
	if err != nil {
		return err
	}
	if p.Name != c.name {
		return &bodyError{field: "name", detail: "must be that of the path"}
	}
	return s.editPolicy(ctx, c, store.PolicyDraft{Document: compact.Bytes()})
}

// Bounds of the document of a policy. What reads it takes time by the square of the
// first two.
const (
	maxDepth  = 16
	maxKeys   = 1000
	maxValues = 10_000
)

// parsePolicy reads the document of a policy, which is JSON.
func parsePolicy(text []byte) (engine.Policy, error) {
	if !bounded(text) {
		return engine.Policy{}, &bodyError{detail: fmt.Sprintf("a policy has at most %d KiB, %d keys, %d values and %d levels",
			store.MaxPolicy>>10, maxKeys, maxValues, maxDepth)}
	}
	p, err := config.ParsePolicy(text, "")
	if err != nil {
		return p, policyError(err)
	}
	return p, nil
}

// bounded reports whether the document of a policy keeps the bounds. It looks at
// brackets, separators and strings alone.
func bounded(text []byte) bool {
	depth, keys, values := 0, 0, 0
	p := parser{body: text}
	for ; p.next < len(text); p.next++ {
		switch text[p.next] {
		case '"':
			if !p.skipString() {
				return false
			}
		case '[', '{':
			if depth++; depth > maxDepth {
				return false
			}
		case ']', '}':
			depth--
		case ':':
			keys++
		case ',':
			values++
		}
	}
	return len(text) <= store.MaxPolicy && keys <= maxKeys && values < maxValues
}

// policyDelete answers DELETE /v1/policies/{name}. If the configuration has one of
// the name, that is in force again.
func (s *Server) policyDelete(ctx *fasthttp.RequestCtx, c *conn) error {
	return s.editPolicy(ctx, c, store.PolicyDraft{})
}

// policyRollback answers POST /v1/policies/{name}/rollback.
func (s *Server) policyRollback(ctx *fasthttp.RequestCtx, c *conn) error {
	parts, err := document(ctx.Request.Body(), "revision")
	if err != nil {
		return err
	}
	var d store.PolicyDraft
	if err := parts["revision"].decode(&d.Restore); err != nil {
		return err
	}
	if d.Restore == 0 {
		return errNoRevision
	}
	return s.editPolicy(ctx, c, d)
}

var errNoRevision = &bodyError{field: "revision", detail: "is missing: the one to go back to, from 1"}

// editPolicy carries a draft out.
func (s *Server) editPolicy(ctx *fasthttp.RequestCtx, c *conn, d store.PolicyDraft) (err error) {
	if _, err := s.stored(); err != nil {
		return err
	}
	dryRun := false
	if err := query(ctx, map[string]parameter{"dry_run": boolParameter(&dryRun)}); err != nil {
		return err
	}
	d.Name, d.Actor = c.name, c.credential.Actor()
	if d.Base, err = conditionOf(&ctx.Request.Header); err != nil {
		return err
	}
	if d.Base == store.Any && s.configured(d.Name) {
		d.Base = store.None // it is there, only not in the store
	}
	if dryRun {
		return s.previewPolicy(ctx, d)
	}
	result, err := s.live.Load().EditPolicy(context.Background(), d)
	if err != nil {
		return s.policyEditError(err, d)
	}
	setChange(ctx, result.Action, result.Revision)
	return respondJSON(ctx, struct {
		policyChange
		Snapshot string `json:"snapshot"`
	}{policyChangeOf(&result.Policy), result.Snapshot})
}

// policyEditError is storeError for what is wrong with a policy, too.
func (s *Server) policyEditError(err error, d store.PolicyDraft) error {
	if errors.As(err, new(config.Errors)) {
		return policyError(err)
	}
	deletes := d.Document == nil && d.Restore == 0
	if deletes && errors.Is(err, store.ErrNotFound) && s.configured(d.Name) {
		return causeConfigured
	}
	return s.storeError(err, causeNoPolicy)
}

// configured reports whether the policy in force of a name is that of the
// configuration.
func (s *Server) configured(name string) bool {
	_, all, err := s.policiesInForce()
	return err == nil && slices.ContainsFunc(all, func(p policyInfo) bool { return p.Name == name && p.Source == "configuration" })
}

// previewPolicy answers a dry run.
func (s *Server) previewPolicy(ctx *fasthttp.RequestCtx, d store.PolicyDraft) error {
	release, err := s.tryOut()
	if err != nil {
		return err
	}
	defer release()
	p, err := s.live.Load().PreviewPolicy(context.Background(), d)
	if err != nil {
		return s.policyEditError(err, d)
	}
	return respondJSON(ctx, struct {
		DryRun bool         `json:"dry_run"`
		Change policyChange `json:"change"`
		Sample *sampleInfo  `json:"sample"`
		Window *windowInfo  `json:"window,omitempty"`
	}{true, policyChangeOf(&p.Policy), sampleOf(&p.Sample), s.policyWindow(d.Name, p.Was, p.Would)})
}

// policyChange is what is told about a version of a policy.
type policyChange struct {
	Policy   string          `json:"policy"`
	Action   store.Action    `json:"action"`
	Revision uint64          `json:"revision"`
	Before   uint64          `json:"before,omitempty"`
	Time     time.Time       `json:"time"`
	Actor    string          `json:"actor"`
	Document json.RawMessage `json:"document,omitempty"`
}

// policyChangeOf leaves out a document that is YAML, which only files have.
func policyChangeOf(p *store.Policy) policyChange {
	c := policyChange{Policy: p.Name, Action: p.Action, Revision: p.Revision, Before: p.Before, Time: p.Time, Actor: p.Actor}
	if json.Valid(p.Document) {
		c.Document = p.Document
	}
	return c
}

// policyHistory answers GET /v1/policies/{name}/history.
func (s *Server) policyHistory(ctx *fasthttp.RequestCtx, c *conn) error {
	from, err := s.stored()
	if err != nil {
		return err
	}
	var before uint64
	limit := defaultPage
	if err := query(ctx, map[string]parameter{"before": revisionParameter(&before), "limit": limitParameter(&limit)}); err != nil {
		return err
	}
	defer turn(s.pages)()
	versions, err := from.PolicyHistory(context.Background(), c.name, before, limit)
	if errors.Is(err, store.ErrNotFound) && s.configured(c.name) {
		return causeNoVersions
	}
	if err != nil {
		return s.storeError(err, causeNoPolicy)
	}
	var answer struct {
		Changes []policyChange `json:"changes"`
		Next    string         `json:"next,omitempty"`
	}
	answer.Changes = []policyChange{}
	for i := range versions {
		answer.Changes = append(answer.Changes, policyChangeOf(&versions[i]))
	}
	if n := len(versions); n == limit && versions[n-1].Before != store.None {
		answer.Next = strconv.FormatUint(versions[n-1].Revision, 10)
	}
	return respondJSON(ctx, answer)
}

// policyError is about a document that cannot be used; it names the keys.
func policyError(err error) error {
	var all config.Errors
	if !errors.As(err, &all) || len(all) == 0 {
		return &bodyError{field: "body", detail: "is no policy"}
	}
	e := &invalidError{bodyError: bodyError{field: all[0].Path, detail: all[0].Detail}}
	for _, wrong := range all {
		e.all = append(e.all, invalid{wrong.Path, wrong.Detail})
	}
	return e
}

// snapshot answers GET /v1/snapshot.
func (s *Server) snapshotShow(ctx *fasthttp.RequestCtx, c *conn) error {
	snapshot, all, err := s.inForce()
	if err != nil {
		return err
	}
	state := s.live.Load().State()
	answer := struct {
		Snapshot   string     `json:"snapshot"`
		Since      time.Time  `json:"since"`
		AgeSeconds float64    `json:"age_seconds"`
		BuildTook  float64    `json:"build_seconds"` // of the engine that it amends
		Amended    int        `json:"amended"`       // terms that came or went since
		Expiring   int        `json:"expiring"`      // entries that will expire
		NextExpiry *time.Time `json:"next_expiry,omitempty"`
		Error      string     `json:"error,omitempty"` // why what is asked for is not in force
		ErrorSince *time.Time `json:"error_since,omitempty"`
		Lists      []listInfo `json:"lists"`
	}{
		Snapshot: snapshot, Since: state.Since, AgeSeconds: time.Since(state.Since).Seconds(), BuildTook: state.Took.Seconds(),
		Amended: state.Amended, Expiring: state.Expiring, Lists: all,
	}
	if !state.NextExpiry.IsZero() {
		answer.NextExpiry = &state.NextExpiry
	}
	if state.Err != nil {
		answer.Error, answer.ErrorSince = state.Err.Error(), &state.ErrSince
	}
	return respondJSON(ctx, answer)
}

// reload answers POST /v1/reload.
func (s *Server) reload(ctx *fasthttp.RequestCtx, c *conn) error {
	if s.live.Load() == nil {
		return causeNoStore
	}
	r, err := s.live.Load().Reload(context.Background(), c.credential.Actor())
	if err != nil {
		s.config.Logger.Error("reload failed", "error", err)
		return &reloadError{err}
	}
	return respondJSON(ctx, reloadInfo(r))
}

// reloadError is causeReload, told with what could not be used.
type reloadError struct{ err error }

// Error returns the detail of the cause.
func (e *reloadError) Error() string { return causeReload.Error() }

// Unwrap returns the cause.
func (e *reloadError) Unwrap() error { return causeReload }

func (e *reloadError) appendMembers(dst []byte) []byte {
	return engine.AppendJSONString(append(dst, `,"error":`...), e.err.Error())
}

func reloadInfo(r live.Report) any {
	return struct {
		Before      string   `json:"before"`
		After       string   `json:"after"`
		TookSeconds float64  `json:"took_seconds"`
		Restart     []string `json:"restart,omitempty"` // keys that need one
	}{r.Before, r.After, r.Took.Seconds(), r.Restart}
}
