package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// rebuildTerms is the number of changed terms from which an engine is built anew
// in the background.
const rebuildTerms = 5_000

// Edit carries out a draft, which is durable, recorded and in force when Edit
// returns. Errors are those of store.Store and of Options.Record, ErrNoStore and
// ErrConfigured.
func (l *Live) Edit(ctx context.Context, d store.Draft) (Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var e pendingEdit
	var recorded Record
	c, err := l.draft(ctx, d, &e, func(c store.Change) error {
		return l.record(&recorded, Record{d.Actor, "list." + string(c.Action), lists.CustomName(c.List), revision(c.Before), revision(c.Revision)})
	})
	if err != nil {
		l.failed(recorded)
		return Result{}, err
	}
	if e.next != nil {
		l.expiries.apply(c)
		l.follow(e)
	}
	return Result{c, l.snapshot.ID}, nil
}

// revision is the state of a list in records.
func revision(n uint64) string {
	if n == store.None {
		return ""
	}
	return "revision " + strconv.FormatUint(n, 10)
}

// record records a change that is about to happen, and notes that it has.
func (l *Live) record(to *Record, r Record) error {
	err := l.options.Record(r)
	if err == nil {
		*to = r
	}
	return err
}

// failed records that what was recorded did not happen, if anything was.
func (l *Live) failed(r Record) {
	if r == (Record{}) {
		return
	}
	r.Action, r.After = r.Action+".failed", ""
	if err := l.options.Record(r); err != nil {
		l.options.Logger.Error("record of a change that failed", "action", r.Action, "target", r.Target, "error", err)
	}
}

// pendingEdit is what an edit makes of the snapshot.
type pendingEdit struct {
	delta lists.Delta
	next  *lists.Snapshot
	took  time.Duration // of a build; 0: amended
}

// draft carries a draft out in the store. When e has the snapshot with it, confirm
// is called, whose error abandons it. l.mu is held.
func (l *Live) draft(ctx context.Context, d store.Draft, e *pendingEdit, confirm func(store.Change) error) (store.Change, error) {
	return l.plan(ctx, d, func(c store.Change) error {
		e.delta = delta(c, l.expiries.asOf)
		err := engine.ErrRebuild
		if len(e.delta.Add)+len(e.delta.Remove) <= engine.MaxAmended { // else Amend would find out late
			e.next, err = l.snapshot.Amend(e.delta)
		}
		if errors.Is(err, engine.ErrRebuild) {
			err = l.replace(ctx, e, &c)
		}
		if err != nil {
			return err
		}
		return confirm(c)
	})
}

// plan is Edit of the store for a list that may be edited. l.mu is held.
func (l *Live) plan(ctx context.Context, d store.Draft, confirm func(store.Change) error) (store.Change, error) {
	if l.options.Store == nil {
		return store.Change{}, ErrNoStore
	}
	name := lists.CustomName(d.List)
	if l.inputs.configured(name) {
		return store.Change{}, fmt.Errorf("list %q: %w", name, ErrConfigured)
	}
	return l.options.Store.Edit(ctx, d, confirm)
}

// delta is what a change means for the engine.
func delta(c store.Change, asOf time.Time) lists.Delta {
	d := lists.Delta{List: lists.CustomName(c.List)}
	if c.Action == store.Deleted {
		d.Drop = true
		return d
	}
	before := map[engine.Term]bool{}
	for _, e := range c.Old {
		if !e.Expired(asOf) {
			before[term(e)] = true
		}
	}
	for _, e := range c.New {
		if t := term(e); e.Expired(asOf) {
			continue
		} else if before[t] { // only note or expiry have changed
			delete(before, t)
		} else {
			d.Add = append(d.Add, t)
		}
	}
	for _, e := range c.Old {
		if t := term(e); before[t] {
			d.Remove = append(d.Remove, t)
		}
	}
	return d
}

// replace builds the snapshot with a change that it cannot be amended by. l.mu is
// held.
func (l *Live) replace(ctx context.Context, e *pendingEdit, c *store.Change) error {
	began := time.Now()
	b, err := l.base(ctx)
	if err != nil {
		return err
	}
	content, err := l.content(ctx, l.inputs, b, c)
	if err != nil {
		return err
	}
	e.next, err = content.snapshot()
	e.took = time.Since(began)
	return err
}

// with returns the policies with another version of one.
func with(policies []store.Policy, p store.Policy) []store.Policy {
	policies = slices.DeleteFunc(slices.Clone(policies), func(q store.Policy) bool { return q.Name == p.Name })
	if p.Document != nil {
		policies = append(policies, p)
	}
	slices.SortFunc(policies, func(a, b store.Policy) int { return strings.Compare(a.Name, b.Name) })
	return policies
}

// follow puts the snapshot with an edit in force. l.mu is held.
func (l *Live) follow(e pendingEdit) {
	if l.tracked && e.delta.List != "" {
		l.missed = append(l.missed, e.delta)
	}
	if e.took > 0 {
		l.state.Builds, l.state.Took = l.state.Builds+1, e.took
	}
	l.install(e.next)
	if e.next.Engine.Amended() > rebuildTerms {
		l.ask()
	}
}

// EditPolicy carries out a draft of a policy, likewise. A document that cannot be
// used is a config.Errors. It waits for the building of an engine, if one is built.
func (l *Live) EditPolicy(ctx context.Context, d store.PolicyDraft) (PolicyResult, error) {
	if l.options.Store == nil {
		return PolicyResult{}, ErrNoStore
	}
	l.building.Lock()
	defer l.building.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	var e pendingEdit
	var recorded Record
	p, err := l.options.Store.EditPolicy(ctx, d, func(p store.Policy) error {
		var err error
		if e.next, err = l.withPolicies(ctx, []store.PolicyDraft{{Name: p.Name, Document: p.Document}}); err != nil {
			return err
		}
		return l.record(&recorded, Record{d.Actor, "policy." + string(p.Action), "policy/" + p.Name, revision(p.Before), revision(p.Revision)})
	})
	if err != nil {
		l.failed(recorded)
		return PolicyResult{}, err
	}
	if e.next != nil {
		l.follow(e)
	}
	return PolicyResult{p, l.snapshot.ID}, nil
}

// errPreview abandons a draft that is only asked about.
var errPreview = errors.New("only a preview")
