package live

import (
	"context"
	"errors"
	"slices"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// Preview tells what a draft would change.
type Preview struct {
	store.Change                     // its Revision is that of the list now; New and Old are the first MaxShown
	Invalid      *store.InvalidError // what is wrong with entries; then there is nothing in Change
	Sample       Sample
}

// MaxShown is how many entries of each kind a Preview has: it may be of millions,
// which go before an engine is built of them.
const MaxShown = 100

// firstOf returns the first entries that a Preview has.
func firstOf(entries []store.Entry) []store.Entry {
	return slices.Clone(entries[:min(len(entries), MaxShown)])
}

// Sample tells how a draft changes the verdicts of passwords under the first
// policy, for nobody in particular.
type Sample struct {
	Size          int
	Before, After int // refused ones
	Newly, Freed  int // refused after and not before, and the other way round
	// WouldBefore and WouldAfter are accepted in audit mode only.
	WouldBefore, WouldAfter int
}

// Preview tells what the draft would change, and how many passwords of the sample
// would be refused; nil means the one of SamplePasswords. It keeps nothing of
// them, and keeps no edit waiting. Errors are those of Edit, but for what Invalid
// tells.
func (l *Live) Preview(ctx context.Context, d store.Draft, sample [][]byte) (Preview, error) {
	defer l.thrift.begin(len(d.Add))()
	p, s, err := l.pretend(ctx, d)
	var invalid *store.InvalidError
	if errors.As(err, &invalid) {
		return Preview{Invalid: invalid}, nil
	}
	if err != nil {
		return Preview{}, err
	}
	v := Preview{Change: p.Change}
	v.New, v.Old = firstOf(p.New), firstOf(p.Old)
	after := s.snapshot
	if p.Changes() {
		if after, err = l.with(ctx, p, s); err != nil {
			return Preview{}, err
		}
	}
	if sample == nil {
		sample = SamplePasswords()
	}
	v.Sample = compare(s.snapshot.Engine, after.Engine, sample, "")
	return v, nil
}

// PolicyPreview tells what a draft of a policy would change.
type PolicyPreview struct {
	store.Policy                // its Revision is Before
	Was, Would   *engine.Policy // of the name in force now and then; nil: none
	Sample       Sample         // by the policy, where there is none of the name by the first
}

// PreviewPolicy is Preview for a draft of a policy, with SamplePasswords. Errors are
// those of EditPolicy.
func (l *Live) PreviewPolicy(ctx context.Context, d store.PolicyDraft) (PolicyPreview, error) {
	if l.options.Store == nil {
		return PolicyPreview{}, ErrNoStore
	}
	p, err := l.planPolicy(ctx, d)
	if err != nil {
		return PolicyPreview{}, err
	}
	l.mu.Lock()
	s, err := l.present(ctx)
	l.mu.Unlock()
	if err != nil {
		return PolicyPreview{}, err
	}
	var v PolicyPreview
	if v.Was, err = s.policy(d.Name); err != nil {
		return PolicyPreview{}, err
	}
	s.policies = with(s.policies, p)
	if v.Would, err = s.policy(d.Name); err != nil {
		return PolicyPreview{}, err
	}
	next, err := s.reconfigured()
	if errors.Is(err, engine.ErrRebuild) {
		next, err = l.variant(ctx, s, nil)
	}
	if err != nil {
		return PolicyPreview{}, err
	}
	v.Policy, v.Policy.Revision = p, p.Before
	v.Sample = compare(s.snapshot.Engine, next.Engine, SamplePasswords(), d.Name)
	return v, nil
}

// policy returns the policy of a name in a state, nil if there is none.
func (s *state) policy(name string) (*engine.Policy, error) {
	all, err := overlay(s.inputs.loaded, s.policies)
	for i := range all {
		if all[i].Name == name {
			return &all[i], err
		}
	}
	return nil, err
}

// pretend returns the plan of a draft and the state that it is about.
func (l *Live) pretend(ctx context.Context, d store.Draft) (*store.Plan, *state, error) {
	for range tries {
		l.mu.Lock()
		s, err := l.present(ctx)
		if err == nil {
			err = l.editable(d.List)
		}
		l.mu.Unlock()
		if err != nil {
			return nil, nil, err
		}
		p, err := l.options.Store.Plan(ctx, d)
		if err != nil || p.Before == s.revision(d.List) {
			return p, s, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := l.plan(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	s, err := l.present(ctx)
	return p, s, err
}

// with returns the snapshot of a state with a plan.
func (l *Live) with(ctx context.Context, p *store.Plan, s *state) (*lists.Snapshot, error) {
	if !large(p) {
		if next, err := s.snapshot.Amend(delta(p.Change, s.asOf)); !errors.Is(err, engine.ErrRebuild) {
			return next, err
		}
	}
	return l.variant(ctx, s, &p.Change)
}

// compare judges the sample by both engines, by the policy of the name where they
// have it, else by the first.
func compare(before, after *engine.Engine, sample [][]byte, policy string) Sample {
	s := Sample{Size: len(sample)}
	judge := func(e *engine.Engine, password []byte) (refused, audited bool) {
		v := e.Check(password, engine.Subject{Policy: policy})
		refused = v.Decision == engine.Reject
		return refused, !refused && v.Would == engine.Reject
	}
	for _, password := range sample {
		was, wasAudited := judge(before, password)
		is, isAudited := was, wasAudited
		if after != before {
			is, isAudited = judge(after, password)
		}
		s.Before += number(was)
		s.After += number(is)
		s.Newly += number(is && !was)
		s.Freed += number(was && !is)
		s.WouldBefore += number(wasAudited)
		s.WouldAfter += number(isAudited)
	}
	return s
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
