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

// tries is how often an edit is planned, or an engine built, beside other edits
// before it keeps them waiting.
const tries = 3

// errRaced is about a list that was changed between a plan and its commit.
var errRaced = errors.New("was changed meanwhile")

// Edit carries out a draft, which is durable, recorded and in force when Edit
// returns. Errors are those of store.Store and of Options.Record, ErrNoStore and
// ErrConfigured. Of more terms than an engine is amended by, a new one is built:
// other edits of lists go on meanwhile, and wait only while the store writes.
func (l *Live) Edit(ctx context.Context, d store.Draft) (r Result, err error) {
	defer l.thrift.begin(len(d.Add))()
	for range tries {
		if r, err = l.edit(ctx, d); !errors.Is(err, errRaced) {
			return r, err
		}
	}
	l.building.Lock()
	defer l.building.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := l.plan(ctx, d)
	if err != nil || !p.Changes() {
		return l.result(p, err)
	}
	e, err := l.amended(p)
	if errors.Is(err, engine.ErrRebuild) {
		began := time.Now()
		var s *state
		if s, err = l.present(ctx); err == nil {
			e.next, err = l.variant(ctx, s, &p.Change)
		}
		e.took = time.Since(began)
	}
	if err != nil {
		return r, err
	}
	return l.commit(ctx, p, e)
}

// result is that of a plan that changes nothing, or was none.
func (l *Live) result(p *store.Plan, err error) (Result, error) {
	if err != nil {
		return Result{}, err
	}
	return Result{p.Change, l.Snapshot().ID}, nil
}

// edit carries out a draft, unless it finds out late that others change the list.
func (l *Live) edit(ctx context.Context, d store.Draft) (Result, error) {
	l.mu.Lock()
	err := l.editable(d.List)
	l.mu.Unlock()
	if err != nil {
		return Result{}, err
	}
	p, err := l.options.Store.Plan(ctx, d)
	if err != nil || !p.Changes() {
		return l.result(p, err)
	}
	r, err := l.amend(ctx, p)
	if errors.Is(err, engine.ErrRebuild) {
		r, err = l.replace(ctx, p)
	}
	if outrun(err) {
		err = errRaced
	}
	return r, err
}

// editable returns the error about a list that cannot be edited. l.mu is held.
func (l *Live) editable(list string) error {
	if l.options.Store == nil {
		return ErrNoStore
	}
	if name := lists.CustomName(list); l.inputs.configured(name) {
		return fmt.Errorf("list %q: %w", name, ErrConfigured)
	}
	return nil
}

// plan is Plan of the store for a list that may be edited. l.mu is held.
func (l *Live) plan(ctx context.Context, d store.Draft) (*store.Plan, error) {
	if err := l.editable(d.List); err != nil {
		return nil, err
	}
	return l.options.Store.Plan(ctx, d)
}

// pendingEdit is what an edit makes of the snapshot.
type pendingEdit struct {
	delta lists.Delta
	next  *lists.Snapshot
	took  time.Duration // of a build; 0: amended
}

// amend carries out a plan by amending the engine, or fails with an error that wraps
// engine.ErrRebuild.
func (l *Live) amend(ctx context.Context, p *store.Plan) (Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.editable(p.List); err != nil {
		return Result{}, err
	}
	e, err := l.amended(p)
	if err != nil {
		return Result{}, err
	}
	return l.commit(ctx, p, e)
}

// amended returns what a plan makes of the engine by amending it, or an error that
// wraps engine.ErrRebuild. l.mu is held.
func (l *Live) amended(p *store.Plan) (e pendingEdit, err error) {
	if large(p) {
		return e, engine.ErrRebuild
	}
	e.delta = delta(p.Change, l.expiries.asOf)
	e.next, err = l.snapshot.Amend(e.delta)
	return e, err
}

// large reports whether a plan is of more terms than an engine is amended by, which
// Amend would find out late.
func large(p *store.Plan) bool {
	return p.Action != store.Deleted && p.Added+p.Removed > engine.MaxAmended
}

// replace carries out a plan by a new engine.
func (l *Live) replace(ctx context.Context, p *store.Plan) (r Result, err error) {
	l.building.Lock()
	defer l.building.Unlock()
	err = l.aside(ctx, l.now(), &p.Change, nil, func(built *built) error {
		e := pendingEdit{next: built.snapshot, took: built.took} // without a delta: no build goes on beside this one
		if late := built.late(p.Change, l.expiries.asOf); len(late) > 0 {
			if e.next, err = e.next.Amend(late...); err != nil {
				return err
			}
		}
		r, err = l.commit(ctx, p, e)
		return err
	})
	return r, err
}

// commit carries out a plan and puts what it makes in force. l.mu is held.
func (l *Live) commit(ctx context.Context, p *store.Plan, e pendingEdit) (Result, error) {
	var recorded Record
	c, err := l.options.Store.Commit(ctx, p, func(c store.Change) error {
		return l.record(&recorded, Record{c.Actor, "list." + string(c.Action), lists.CustomName(c.List), revision(c.Before), revision(c.Revision)})
	})
	if err != nil {
		l.failed(recorded)
		if recorded == (Record{}) && changedSince(err) {
			err = errRaced
		}
		return Result{}, err
	}
	l.expiries.apply(c)
	l.follow(e)
	return Result{c, l.snapshot.ID}, nil
}

// changedSince reports whether a plan could not be committed as the list is another.
func changedSince(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrExists) || errors.Is(err, store.ErrNotFound)
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
func (l *Live) EditPolicy(ctx context.Context, d store.PolicyDraft) (r PolicyResult, err error) {
	if l.options.Store == nil {
		return r, ErrNoStore
	}
	l.building.Lock() // so that no other policy is edited meanwhile
	defer l.building.Unlock()
	p, err := l.planPolicy(ctx, d)
	if err != nil {
		return r, err
	}
	if p.Revision == p.Before {
		return PolicyResult{p, l.Snapshot().ID}, nil
	}
	if r, err = l.reconfigure(ctx, d, p); !outrun(err) {
		return r, err
	}
	err = l.outlast(ctx, l.now(), &p, func(b *built) error {
		r, err = l.commitPolicy(ctx, d, pendingEdit{next: b.snapshot, took: b.took})
		return err
	})
	return r, err
}

// planPolicy returns what a draft would make of a policy. If it changes nothing the
// Revision is Before.
func (l *Live) planPolicy(ctx context.Context, d store.PolicyDraft) (store.Policy, error) {
	var planned store.Policy
	p, err := l.options.Store.EditPolicy(ctx, d, func(p store.Policy) error {
		planned = p
		return errPreview
	})
	if errors.Is(err, errPreview) {
		return planned, nil
	}
	return p, err
}

// reconfigure carries out a draft, which makes p, with the engine's index of terms,
// or fails with an error that wraps engine.ErrRebuild. l.building is held.
func (l *Live) reconfigure(ctx context.Context, d store.PolicyDraft, p store.Policy) (PolicyResult, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, err := l.present(ctx)
	if err != nil {
		return PolicyResult{}, err
	}
	s.policies = with(s.policies, p)
	next, err := s.reconfigured()
	if err != nil {
		return PolicyResult{}, err
	}
	return l.commitPolicy(ctx, d, pendingEdit{next: next})
}

// commitPolicy carries out a draft and puts what it makes in force. l.mu is held.
func (l *Live) commitPolicy(ctx context.Context, d store.PolicyDraft, e pendingEdit) (PolicyResult, error) {
	var recorded Record
	p, err := l.options.Store.EditPolicy(ctx, d, func(p store.Policy) error {
		return l.record(&recorded, Record{d.Actor, "policy." + string(p.Action), "policy/" + p.Name, revision(p.Before), revision(p.Revision)})
	})
	if err != nil {
		l.failed(recorded)
		return PolicyResult{}, err
	}
	l.follow(e)
	return PolicyResult{p, l.snapshot.ID}, nil
}

// errPreview abandons a draft that is only asked about.
var errPreview = errors.New("only a preview")
