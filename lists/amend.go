package lists

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/vetopw/veto/engine"
)

// Amend returns the snapshot with changed custom lists, in time by the number of
// terms that changed since Build, not by those there are. Its id is that of a
// Build of the same content. The terms to be removed have to be given as they were
// added. Errors are those of engine.Amend; s stays as it is.
func (s *Snapshot) Amend(deltas ...Delta) (*Snapshot, error) {
	next := *s
	next.sets = make(map[string]*termSet, len(s.sets)+len(deltas))
	for name, set := range s.sets {
		next.sets[name] = set
	}
	deltas = slices.Clone(deltas)
	for i := range deltas {
		d := &deltas[i]
		if d.List = CustomName(d.List); d.List == CustomPrefix {
			return nil, fmt.Errorf("lists: amend: %w", ErrName)
		}
		if d.Drop {
			delete(next.sets, d.List)
		} else {
			next.sets[d.List] = next.sets[d.List].with(d.Add, d.Remove)
		}
	}
	next.Lists = slices.DeleteFunc(slices.Clone(s.Lists), func(i Info) bool { return strings.HasPrefix(i.Name, CustomPrefix) })
	at := slices.IndexFunc(next.Lists, func(i Info) bool { return strings.HasPrefix(i.Name, BreachPrefix) })
	if at < 0 {
		at = len(next.Lists)
	}
	next.Lists = slices.Insert(next.Lists, at, customInfos(next.sets)...)
	var err error
	if next.ID, err = snapshotID(next.Lists, s.config.Policies); err != nil {
		return nil, err
	}
	next.config.Snapshot = next.ID
	if next.Engine, err = s.Engine.Amend(next.ID, deltas...); err != nil {
		return nil, fmt.Errorf("lists: amend snapshot: %w", err)
	}
	return &next, nil
}

// Reconfigure returns the snapshot with other breach corpora and policies, as those
// of Options, and the same other lists. Its id is that of a Build of the same
// content. Errors are those of Build and of engine.Reconfigure; s stays as it is.
func (s *Snapshot) Reconfigure(breaches []Breach, policies []engine.Policy) (*Snapshot, error) {
	next := *s
	next.Breaches = slices.Clone(breaches)
	b := builder{config: s.config}
	b.infos = slices.DeleteFunc(slices.Clone(s.Lists), func(i Info) bool { return strings.HasPrefix(i.Name, BreachPrefix) })
	b.config.Breaches, b.config.Policies = nil, slices.Clone(policies)
	if err := b.addBreaches(breaches); err != nil {
		return nil, err
	}
	var err error
	if next.ID, err = snapshotID(b.infos, b.config.Policies); err != nil {
		return nil, err
	}
	b.config.Snapshot = next.ID
	if next.Engine, err = s.Engine.Reconfigure(b.config); err != nil {
		return nil, fmt.Errorf("lists: reconfigure snapshot: %w", err)
	}
	next.Lists, next.config = b.infos, b.config
	return &next, nil
}

// Delta is a change of one custom list.
type Delta = engine.Delta

// CustomName returns the name that a snapshot has for the custom list of the name,
// which may have CustomPrefix already.
func CustomName(name string) string { return CustomPrefix + strings.TrimPrefix(name, CustomPrefix) }

// customInfos describes the custom lists, by name.
func customInfos(sets map[string]*termSet) []Info {
	var infos []Info
	for name, set := range sets {
		digest := set.digest()
		infos = append(infos, Info{name, "terms", set.n, digestPrefix + hex.EncodeToString(digest[:])})
	}
	slices.SortFunc(infos, func(x, y Info) int { return cmp.Compare(x.Name, y.Name) })
	return infos
}
