package live

import (
	"context"
	"errors"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// Candidate returns the snapshot in force and the one that drafts of lists and
// documents of policies would make of it, which is not put in force. Each draft
// stands for itself: of several for one list none sees what the others change.
// Errors are those of Edit and EditPolicy, and one that wraps engine.ErrRebuild for
// more terms than an engine is amended by: edits wait for no building of another.
func (l *Live) Candidate(ctx context.Context, drafts []store.Draft, policies []store.PolicyDraft) (before, after *lists.Snapshot, err error) {
	before, after, deltas, err := l.candidate(ctx, drafts, policies)
	if err == nil && len(deltas) > 0 {
		after, err = after.Amend(deltas...)
	}
	return before, after, err
}

// candidate returns what Candidate does, with the changes of lists still to be made.
func (l *Live) candidate(ctx context.Context, drafts []store.Draft, policies []store.PolicyDraft) (before, after *lists.Snapshot, deltas []lists.Delta, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range drafts {
		_, err := l.plan(ctx, d, func(c store.Change) error {
			deltas = append(deltas, delta(c, l.expiries.asOf))
			return errPreview
		})
		if err != nil && !errors.Is(err, errPreview) {
			return nil, nil, nil, err
		}
	}
	before, after = l.snapshot, l.snapshot
	if len(policies) > 0 {
		after, err = l.withPolicies(ctx, policies)
	}
	return before, after, deltas, err
}

// withPolicies makes the snapshot with other policies. l.mu is held.
func (l *Live) withPolicies(ctx context.Context, drafts []store.PolicyDraft) (*lists.Snapshot, error) {
	b, err := l.base(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		b.policies = with(b.policies, store.Policy{Name: d.Name, Document: d.Document})
	}
	policies, err := overlay(l.inputs.loaded, b.policies)
	if err != nil {
		return nil, err
	}
	next, err := l.snapshot.Reconfigure(l.inputs.breaches, policies)
	if !errors.Is(err, engine.ErrRebuild) {
		return next, err
	}
	content, err := l.content(ctx, l.inputs, b, nil)
	if err != nil {
		return nil, err
	}
	return content.snapshot()
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
