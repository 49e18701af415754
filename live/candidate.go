package live

import (
	"context"
	"errors"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// state is what a snapshot that is only tried out is made from.
type state struct {
	base
	inputs   *inputs
	snapshot *lists.Snapshot // in force
}

// present returns the state in force. l.mu is held.
func (l *Live) present(ctx context.Context) (*state, error) {
	b, err := l.base(ctx)
	return &state{b, l.inputs, l.snapshot}, err
}

// reconfigured returns the snapshot with the policies of s, or fails with an error
// that wraps engine.ErrRebuild.
func (s *state) reconfigured() (*lists.Snapshot, error) {
	policies, err := overlay(s.inputs.loaded, s.policies)
	if err != nil {
		return nil, err
	}
	return s.snapshot.Reconfigure(s.inputs.breaches, policies)
}

// variant builds the snapshot of a state with a change, which may be nil. It needs no
// lock.
func (l *Live) variant(ctx context.Context, s *state, change *store.Change) (*lists.Snapshot, error) {
	next, _, err := l.compile(ctx, s.inputs, s.base, change)
	return next, err
}

// Candidate returns the snapshot in force and the one that drafts of lists and
// documents of policies would make of it, which is not put in force. Each draft
// stands for itself: of several for one list none sees what the others change.
// Errors are those of Edit and EditPolicy, and one that wraps engine.ErrRebuild for
// more terms than an engine is amended by: Preview is for these.
func (l *Live) Candidate(ctx context.Context, drafts []store.Draft, policies []store.PolicyDraft) (before, after *lists.Snapshot, err error) {
	s, deltas, err := l.planAll(ctx, drafts)
	if err != nil {
		return nil, nil, err
	}
	after = s.snapshot
	if len(policies) > 0 {
		for _, d := range policies {
			s.policies = with(s.policies, store.Policy{Name: d.Name, Document: d.Document})
		}
		if after, err = s.reconfigured(); errors.Is(err, engine.ErrRebuild) {
			after, err = l.variant(ctx, s, nil)
		}
	}
	if err == nil && len(deltas) > 0 {
		after, err = after.Amend(deltas...)
	}
	return s.snapshot, after, err
}

// planAll returns the state in force and what drafts would change of its lists.
func (l *Live) planAll(ctx context.Context, drafts []store.Draft) (s *state, deltas []lists.Delta, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range drafts {
		p, err := l.plan(ctx, d)
		if err != nil {
			return nil, nil, err
		}
		deltas = append(deltas, delta(p.Change, l.expiries.asOf))
	}
	s, err = l.present(ctx)
	return s, deltas, err
}

// Policies returns the policies in force, in order.
func (l *Live) Policies(ctx context.Context) ([]engine.Policy, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, err := l.base(ctx)
	if err != nil {
		return nil, err
	}
	return overlay(l.inputs.loaded, b.policies)
}
