package engine

import (
	"errors"
	"fmt"
	"slices"
)

// MaxAmended is the largest number of terms by which engines amend one another;
// a check costs more with each.
const MaxAmended = 100_000

// ErrRebuild is wrapped by the errors about changes that only New can make.
var ErrRebuild = errors.New("must be built anew")

// Delta is a change of one list of terms: Drop first, then Remove, then Add.
type Delta struct {
	// List is the name of the list. A list that the engine does not have begins
	// with what is first added, behind the others; of several with one name all
	// are meant, and what is added goes to the first.
	List string
	// Drop removes the list with all its terms.
	Drop bool
	// Remove are terms to be removed: all of the list that fold to the same text
	// and have the same Match, whatever their Rank and Ban. Those that the list
	// does not have are ignored.
	Remove []Term
	// Add are terms to be added, also if the list has them.
	Add []Term
}

// Amend returns an engine with a new snapshot id and the deltas made one after
// another; e stays as it is. It decides like one that New builds of the same
// lists, policies and other content. It takes time and memory by the terms that
// were added and removed since New, and a bit for each term: the two engines
// share what New made.
//
// It fails with a *ConfigError, whose field begins with the delta such as
// "Deltas[0].Add[2].Text", or one that wraps ErrRebuild if Amended would be
// larger than MaxAmended or there would be more than 65,535 lists.
func (e *Engine) Amend(snapshot string, deltas ...Delta) (*Engine, error) {
	a := newAmender(e)
	for i := range deltas {
		if err := a.apply(&deltas[i]); err != nil {
			return nil, under(fmt.Sprintf("Deltas[%d].", i), err)
		}
	}
	n := &Engine{snapshot: snapshot, policies: e.policies, passwords: e.passwords, sets: e.sets, breaches: e.breaches, breachSets: e.breachSets, breachKinds: e.breachKinds, chars: e.chars, scratch: e.scratch}
	a.leaveOut()
	if size := a.size(); size > MaxAmended {
		return nil, fmt.Errorf("engine: %d terms amended, more than %d: %w", size, MaxAmended, ErrRebuild)
	}
	a.finish(e, n)
	return n, nil
}

// Amended returns the number of terms that were added and removed since New, a
// list dropped counting as one: at some thousands it is time to build the engine
// anew.
func (e *Engine) Amended() int {
	if e.change == nil {
		return 0
	}
	return e.change.size()
}

// Reconfigure returns an engine with all of c but its terms, which must be nil:
// it has the terms of e, and shares what was made of them. It is Amend for
// policies, password lists and breach corpora.
//
// It fails like New, or with an error that wraps ErrRebuild if a policy needs
// what e has no index for: the profile Default or RefuseNear, if no policy that
// e was built with had it.
func (e *Engine) Reconfigure(c Config) (*Engine, error) {
	if c.Terms != nil {
		return nil, &ConfigError{"Terms", "is not nil"}
	}
	n, err := newEngine(c)
	if err != nil {
		return nil, err
	}
	has := e.base.needs()
	if want := needsOf(n.policies); want.slips && !has.slips || want.near && !has.near {
		return nil, fmt.Errorf("engine: a policy needs another index of the terms: %w", ErrRebuild)
	}
	n.lists, n.base, n.change, n.heads, n.scratch = e.lists, e.base, e.change, e.heads, e.scratch
	return n, nil
}

// amendment is what an engine has other than New made it.
type amendment struct {
	index // of the terms added
	added []spelled
	next  uint32 // number of the next term to be added
	gone  removal
	heads *heads // as New made them
}

// size returns the number of terms added and removed.
func (a *amendment) size() int {
	n := a.gone.n
	for i := range a.added {
		if !a.added[i].has(traitOther) {
			n++
		}
	}
	return n
}

// removal is a set of terms that do not count any more.
type removal struct {
	terms []uint64 // set of their numbers
	lists []bool   // by the number of a list: whether it was dropped
	n     int      // terms in the set and lists dropped
}

// has reports whether the entry's term was removed.
func (r *removal) has(e *entry) bool {
	return r.lists[e.list] || int(e.term>>6) < len(r.terms) && r.terms[e.term>>6]>>(e.term&63)&1 != 0
}

// remove adds a term to the set.
func (r *removal) remove(term uint32) {
	for int(term>>6) >= len(r.terms) {
		r.terms = append(r.terms, 0)
	}
	if bit := uint64(1) << (term & 63); r.terms[term>>6]&bit == 0 {
		r.terms[term>>6] |= bit
		r.n++
	}
}

// amender makes an amendment.
type amender struct {
	amendment
	base  *trie
	lists []string
	// names has the numbers of the lists that were not dropped.
	names map[string][]uint16
	// at has the numbers of the terms added, and out those of them removed.
	at  map[termKey][]uint32
	out map[uint32]bool
}

// termKey is what terms are removed by.
type termKey struct {
	list  uint16
	match Match
	text  string // folded
}

// newAmender returns an amender that begins with what e was amended by.
func newAmender(e *Engine) *amender {
	a := &amender{
		base: e.base.terms, lists: slices.Clone(e.lists),
		names: map[string][]uint16{}, at: map[termKey][]uint32{}, out: map[uint32]bool{},
	}
	a.heads = e.heads
	if c := e.change; c != nil {
		a.heads, a.added, a.next = c.heads, slices.Clone(c.added), c.next
		a.gone = removal{slices.Clone(c.gone.terms), slices.Clone(c.gone.lists), c.gone.n}
	} else {
		a.gone.lists = make([]bool, len(e.lists))
	}
	for i, name := range a.lists {
		if !a.gone.lists[i] {
			a.names[name] = append(a.names[name], uint16(i))
		}
	}
	for i := range a.added {
		a.note(&a.added[i])
	}
	return a
}

// note remembers a term added under its key.
func (a *amender) note(s *spelled) {
	if !s.has(traitOther) {
		key := termKey{s.list, s.match(), string(s.runes)}
		a.at[key] = append(a.at[key], s.term)
	}
}

func (a *amender) apply(d *Delta) error {
	if d.Drop {
		for _, list := range a.names[d.List] {
			a.gone.lists[list] = true
			a.gone.n++
		}
		delete(a.names, d.List)
	}
	for i, t := range d.Remove {
		runes, err := foldTerm(t)
		if err != nil {
			return under(fmt.Sprintf("Remove[%d].", i), err)
		}
		for _, list := range a.names[d.List] {
			a.remove(runes, list, t.Match)
		}
	}
	if len(d.Add) == 0 {
		return nil
	}
	list, err := a.list(d.List)
	if err != nil {
		return err
	}
	for i, t := range d.Add {
		first := len(a.added)
		if a.added, err = appendSpelled(a.added, t, list, a.next); err != nil {
			return under(fmt.Sprintf("Add[%d].", i), err)
		}
		a.note(&a.added[first])
		a.next++
	}
	return nil
}

// list returns the number of the list to add to.
func (a *amender) list(name string) (uint16, error) {
	if known := a.names[name]; len(known) > 0 {
		return known[0], nil
	}
	n := len(a.lists)
	if n == maxLists {
		return 0, fmt.Errorf("engine: more than %d lists: %w", maxLists, ErrRebuild)
	}
	a.lists, a.gone.lists = append(a.lists, name), append(a.gone.lists, false)
	a.names[name] = []uint16{uint16(n)}
	return uint16(n), nil
}

// remove takes the terms of a list out, be they of New or added since.
func (a *amender) remove(runes []rune, list uint16, m Match) {
	for e := range a.base.find(runes) {
		if e.list == list && e.match() == m && !e.has(traitOther) {
			a.gone.remove(e.term)
		}
	}
	key := termKey{list, m, string(runes)}
	for _, term := range a.at[key] {
		a.out[term] = true
	}
	delete(a.at, key)
}

// leaveOut removes what was added and then removed.
func (a *amender) leaveOut() {
	a.added = slices.DeleteFunc(a.added, func(s spelled) bool { return a.out[s.term] || a.gone.lists[s.list] })
}

// finish gives the terms to n, as e with what was applied.
func (a *amender) finish(e, n *Engine) {
	c := a.amendment
	c.index = newIndex(c.added, e.base.needs())
	n.lists, n.base, n.change, n.heads = a.lists, e.base, &c, c.heads
	if len(c.added) > 0 {
		n.heads = c.heads.amend(&c.index)
	}
	if c.gone.n > 0 {
		for _, t := range []**trie{&n.base.terms, &n.base.slipForward, &n.base.slipBackward} {
			*t = (*t).without(&c.gone)
		}
	}
}
