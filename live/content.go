package live

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// content is what a snapshot is built from.
type content struct {
	options  lists.Options
	expiries expiries
}

// content reads the stored lists of b, with change carried out, which may be nil,
// and adds what in has.
func (l *Live) content(ctx context.Context, in *inputs, b base, change *store.Change) (*content, error) {
	c := &content{expiries: expiries{asOf: b.asOf}}
	if change != nil && change.Before == store.None {
		b.lists = append(slices.Clone(b.lists), store.Info{Name: change.List})
	}
	for _, info := range b.lists {
		list := engine.TermList{Name: lists.CustomName(info.Name)}
		var edited *store.Change
		if change != nil && change.List == info.Name {
			edited = change
		}
		if edited != nil && edited.Action == store.Deleted {
			continue
		}
		list.Terms = make([]engine.Term, 0, info.Entries+len(added(edited)))
		err := l.walk(ctx, info, edited, func(e store.Entry) {
			c.expiries.add(list.Name, e)
			if !e.Expired(b.asOf) {
				list.Terms = append(list.Terms, term(e))
			}
		})
		if err != nil {
			return nil, fmt.Errorf("live: %w", err)
		}
		c.options.Custom = append(c.options.Custom, list)
	}
	c.expiries.sort()
	return c, c.add(in, b.policies)
}

// walk visits the entries of a list, with change carried out, which may be nil.
func (l *Live) walk(ctx context.Context, info store.Info, change *store.Change, visit func(store.Entry)) error {
	gone := map[store.Key]bool{}
	if change != nil {
		for _, e := range change.Old {
			gone[store.Key{Text: e.Text, Match: e.Match}] = true
		}
		for _, e := range change.New {
			visit(e)
		}
	}
	if info.Revision == store.None {
		return nil
	}
	_, err := l.options.Store.Walk(ctx, info.Name, info.Revision, func(e store.Entry) error {
		if len(gone) == 0 || !gone[store.Key{Text: e.Text, Match: e.Match}] {
			visit(e)
		}
		return nil
	})
	return err
}

// term returns what the engine knows of an entry.
func term(e store.Entry) engine.Term {
	return engine.Term{Text: e.Text, Rank: e.Rank, Match: engine.Match(e.Match), Ban: e.Ban} // both number them alike
}

// overlay returns the policies of the configuration with the stored ones.
func overlay(l *config.Loaded, stored []store.Policy) ([]engine.Policy, error) {
	var policies []engine.Policy
	for _, p := range stored {
		file := "policy " + p.Name
		policy, err := config.ParsePolicy(p.Document, file)
		if err == nil && policy.Name != p.Name {
			err = config.Errors{{File: file, Path: "name", Detail: fmt.Sprintf("must be %q, as the policy is called", p.Name)}}
		}
		if err != nil {
			return nil, err
		}
		policies = append(policies, policy)
	}
	return config.Overlay(l.Policies, policies)
}

// add adds what is not of the store.
func (c *content) add(in *inputs, stored []store.Policy) error {
	for _, list := range in.custom {
		if slices.ContainsFunc(c.options.Custom, func(stored engine.TermList) bool { return stored.Name == list.Name }) {
			return fmt.Errorf("live: list %q is in the configuration and in the store: rename the file, or delete the stored list", list.Name)
		}
	}
	policies, err := overlay(in.loaded, stored)
	if err != nil {
		return err
	}
	c.options.NoGlobal = !in.loaded.Terms.Global
	c.options.Custom = append(c.options.Custom, in.custom...)
	c.options.Breaches, c.options.Policies = in.breaches, policies
	return nil
}

// snapshot builds the snapshot. The content keeps nothing but the expiries, so that
// terms can go while they are built of.
func (c *content) snapshot() (*lists.Snapshot, error) {
	o := c.options
	c.options = lists.Options{}
	return lists.Build(o)
}

// expiries are the entries that expire some time, and the time by which it is
// judged which have.
type expiries struct {
	asOf time.Time
	all  []expiry // by time
}

type expiry struct {
	at   time.Time
	list string
	term engine.Term
}

// add notes an entry, if it expires; sort is to be called after the last.
func (x *expiries) add(list string, e store.Entry) {
	if !e.Expires.IsZero() {
		x.all = append(x.all, expiry{e.Expires, list, term(e)})
	}
}

func (x *expiries) sort() {
	slices.SortStableFunc(x.all, func(a, b expiry) int { return a.at.Compare(b.at) })
}

// apply follows a change.
func (x *expiries) apply(c store.Change) {
	list := lists.CustomName(c.List)
	gone := map[engine.Term]bool{}
	for _, e := range c.Old {
		if !e.Expires.IsZero() {
			gone[term(e)] = true
		}
	}
	if len(gone) > 0 {
		x.all = slices.DeleteFunc(x.all, func(one expiry) bool { return one.list == list && gone[one.term] })
	}
	before := len(x.all)
	for _, e := range c.New {
		x.add(list, e)
	}
	if len(x.all) > before {
		x.sort()
	}
}

// expired returns how many have at the time.
func (x *expiries) expired(at time.Time) int {
	n, _ := slices.BinarySearchFunc(x.all, at, func(one expiry, at time.Time) int {
		if one.at.After(at) {
			return 1
		}
		return -1
	})
	return n
}

// next returns how many are to expire yet, and when the next one does.
func (x *expiries) next() (n int, at time.Time) {
	first := x.expired(x.asOf)
	if n = len(x.all) - first; n > 0 {
		at = x.all[first].at
	}
	return n, at
}

// move returns what becomes of the lists when it is judged by another time.
func (x *expiries) move(to time.Time) []lists.Delta {
	from, until := x.expired(x.asOf), x.expired(to)
	var deltas []lists.Delta
	delta := func(list string) *lists.Delta {
		i := slices.IndexFunc(deltas, func(d lists.Delta) bool { return d.List == list })
		if i < 0 {
			i = len(deltas)
			deltas = append(deltas, lists.Delta{List: list})
		}
		return &deltas[i]
	}
	for _, one := range x.all[min(from, until):max(from, until)] {
		if d := delta(one.list); from < until {
			d.Remove = append(d.Remove, one.term)
		} else {
			d.Add = append(d.Add, one.term)
		}
	}
	return deltas
}
