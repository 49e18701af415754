package live

import (
	"context"
	"errors"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// Preview tells what a draft would change.
type Preview struct {
	store.Change                    // its Revision is that of the list now
	Invalid      []store.EntryError // what is wrong with entries; then there is nothing in Change
	Sample       Sample
}

// Sample tells how a draft changes the verdicts of passwords under the first
// policy, for nobody in particular.
type Sample struct {
	Size          int
	Before, After int // refused ones
	Newly, Freed  int // refused after and not before, and the other way round
}

// Preview tells what the draft would change, and how many passwords of the sample
// would be refused; nil means the one of SamplePasswords. It keeps nothing of
// them, and keeps no edit waiting. Errors are those of Edit, but for what Invalid
// tells.
func (l *Live) Preview(ctx context.Context, d store.Draft, sample [][]byte) (Preview, error) {
	p, s, err := l.pretend(ctx, d)
	var invalid *store.InvalidError
	if errors.As(err, &invalid) {
		return Preview{Invalid: invalid.Entries}, nil
	}
	if err != nil {
		return Preview{}, err
	}
	after := s.snapshot
	if p.Changes() {
		if after, err = l.with(ctx, p, s); err != nil {
			return Preview{}, err
		}
	}
	if sample == nil {
		sample = SamplePasswords()
	}
	return Preview{Change: p.Change, Sample: compare(s.snapshot.Engine, after.Engine, sample)}, nil
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
	d := delta(p.Change, s.asOf)
	if len(d.Add)+len(d.Remove) <= engine.MaxAmended {
		if next, err := s.snapshot.Amend(d); !errors.Is(err, engine.ErrRebuild) {
			return next, err
		}
	}
	return l.variant(ctx, s, &p.Change)
}

// compare judges the sample by both engines.
func compare(before, after *engine.Engine, sample [][]byte) Sample {
	s := Sample{Size: len(sample)}
	for _, password := range sample {
		was := before.Check(password, engine.Subject{}).Would == engine.Reject
		is := was
		if after != before {
			is = after.Check(password, engine.Subject{}).Would == engine.Reject
		}
		s.Before += number(was)
		s.After += number(is)
		s.Newly += number(is && !was)
		s.Freed += number(was && !is)
	}
	return s
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
