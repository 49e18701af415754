package live

import (
	"context"
	"errors"

	"github.com/vetopw/veto/engine"
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
// them. Errors are those of Edit, but for what Invalid tells.
func (l *Live) Preview(ctx context.Context, d store.Draft, sample [][]byte) (Preview, error) {
	var p Preview
	before, e, err := l.pretend(ctx, d, &p)
	var invalid *store.InvalidError
	if errors.As(err, &invalid) {
		return Preview{Invalid: invalid.Entries}, nil
	}
	if err != nil {
		return Preview{}, err
	}
	if sample == nil {
		sample = SamplePasswords()
	}
	after := before
	if e.next != nil {
		after = e.next.Engine
	}
	p.Sample = compare(before, after, sample)
	return p, nil
}

// pretend carries the draft out and abandons it. It returns the engine in force.
func (l *Live) pretend(ctx context.Context, d store.Draft, p *Preview) (*engine.Engine, pendingEdit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var e pendingEdit
	c, err := l.draft(ctx, d, &e, func(c store.Change) error {
		p.Change = c
		p.Revision = c.Before
		return errPreview
	})
	switch {
	case err == nil: // nothing would change
		p.Change = c
	case !errors.Is(err, errPreview):
		return nil, e, err
	}
	return l.snapshot.Engine, e, nil
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
