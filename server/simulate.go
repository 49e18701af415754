package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// listDraft is a change of a list to be tried out.
type listDraft struct {
	Name   string            `json:"name"`
	Add    []json.RawMessage `json:"add"`
	Remove []json.RawMessage `json:"remove"`
}

// simulate answers POST /v1/simulate: how passwords are judged now, and would be
// after changes of lists and policies. Nothing is recorded, counted or changed.
func (s *Server) simulate(ctx *fasthttp.RequestCtx, c *conn) error {
	if s.live.Load() == nil {
		return causeNoStore
	}
	body := ctx.Request.Body()
	parts, err := document(body, "checks", "lists", "policies")
	if err != nil {
		return err
	}
	if parts["checks"].text == nil {
		return &bodyError{field: "checks", detail: "is missing"}
	}
	release, err := s.tryOut()
	if err != nil {
		return err
	}
	defer release()
	drafts, err := readDrafts(parts["lists"])
	if err != nil {
		return err
	}
	if err := s.findBases(drafts); err != nil {
		return err
	}
	policies, err := readPolicies(parts["policies"])
	if err != nil {
		return err
	}
	before, after, err := s.live.Load().Candidate(context.Background(), drafts, policies)
	if errors.As(err, new(config.Errors)) {
		return policyError(err)
	}
	if errors.Is(err, engine.ErrRebuild) {
		return &bodyError{field: parts["lists"].name, detail: "changes more than " + strconv.Itoa(engine.MaxAmended) + " terms"}
	}
	if err != nil {
		return s.editError(err, nil)
	}
	p := parser{body: body, next: parts["checks"].offset, item: none, index: none}
	if err := s.compare(ctx, c, &p, before, after); err != nil {
		return err
	}
	return parts["checks"].end(p.next - parts["checks"].offset)
}

// findBases makes drafts of lists that there are not yet create them.
func (s *Server) findBases(drafts []store.Draft) error {
	for i := range drafts {
		from, err := s.stored()
		if err != nil {
			return err
		}
		if _, err := from.List(context.Background(), drafts[i].List); errors.Is(err, store.ErrNotFound) {
			drafts[i].Base = store.None
		}
	}
	return nil
}

// compare judges the checks at p by both snapshots. The answer describes passwords
// closely.
func (s *Server) compare(ctx *fasthttp.RequestCtx, c *conn, p *parser, before, after *lists.Snapshot) error {
	if p.peek() != '[' {
		return p.fail(fieldChecks, "must be an array of objects")
	}
	p.next++
	until := time.Now().Add(s.limits.simulate)
	c.language = s.language(&ctx.Request.Header)
	out := append(c.out[:0], `{"verdicts":[`...)
	for {
		more, err := p.nextCheck(&c.request)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if time.Now().After(until) {
			return causeSlow
		}
		r := &c.request
		for _, s := range [...]*lists.Snapshot{before, after} {
			if err := choosePolicy(p, s.Engine, c); err != nil {
				return err
			}
		}
		if p.item > 0 {
			out = append(out, ',')
			c.credential.Charge(1) // the first was taken with the request
		}
		out = append(out, `{"before":`...)
		out = appendExplanation(out, before.Engine, c)
		out = append(out, `,"after":`...)
		out = appendExplanation(out, after.Engine, c)
		out = append(out, '}')
		r.reset()
	}
	c.out = append(out, "]}"...)
	c.respond(ctx)
	return nil
}

func appendExplanation(dst []byte, e *engine.Engine, c *conn) []byte {
	x := e.Explain(c.request.password, c.request.subject)
	return x.AppendJSONIn(dst, "", c.wording())
}

// maxDrafts is how many lists, and policies, a simulation may change.
const maxDrafts = 32

// decodeDrafts reads an array of at most maxDrafts.
func decodeDrafts[T any](m part) (all []T, err error) {
	err = m.decode(&all)
	if err == nil && len(all) > maxDrafts {
		err = &bodyError{m.name, m.offset, "has more than " + strconv.Itoa(maxDrafts) + " entries"}
	}
	return all, err
}

// readDrafts reads the changes of lists.
func readDrafts(m part) (drafts []store.Draft, err error) {
	all, err := decodeDrafts[listDraft](m)
	if err != nil {
		return nil, err
	}
	for i, one := range all {
		at := m.name + "[" + strconv.Itoa(i) + "]"
		name, _ := listName(one.Name)
		own, err := ownName(name)
		if err != nil {
			return nil, &bodyError{at + ".name", m.offset, "must be that of a custom list"}
		}
		d := store.Draft{List: own, Base: store.Any, Actor: "simulation"}
		for n, text := range one.Add {
			entry, err := store.ParseEntry(text)
			if err != nil {
				return nil, &bodyError{at + ".add[" + strconv.Itoa(n) + "]", m.offset, err.Error()}
			}
			d.Add = append(d.Add, entry)
		}
		for n, text := range one.Remove {
			entry, err := store.ParseEntry(text)
			if err != nil {
				return nil, &bodyError{at + ".remove[" + strconv.Itoa(n) + "]", m.offset, err.Error()}
			}
			d.Remove = append(d.Remove, store.Key{Text: entry.Text, Match: entry.Match})
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// readPolicies reads documents of policies.
func readPolicies(m part) (drafts []store.PolicyDraft, err error) {
	all, err := decodeDrafts[json.RawMessage](m)
	if err != nil {
		return nil, err
	}
	for i, text := range all {
		p, err := parsePolicy(text)
		if err != nil {
			if body, ok := errors.AsType[*bodyError](err); ok {
				body.field = strings.TrimSuffix(m.name+"["+strconv.Itoa(i)+"]."+body.field, ".")
			}
			return nil, err
		}
		drafts = append(drafts, store.PolicyDraft{Name: p.Name, Document: slices.Clone(bytes.TrimSpace(text))})
	}
	return drafts, nil
}
