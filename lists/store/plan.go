package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxReported bounds the entries that an InvalidError tells of, and Absent.
const maxReported = 100

// Plan is a draft that was compared with what a store holds. It does not change.
type Plan struct {
	// Change is what Commit will change. Its Revision is that which holds now.
	Change
	before Info // of the list; its Revision is None if there is none
	info   Info // of the list after it
	steps  []step
}

// step stores an entry, or removes it if it is nil.
type step struct {
	key   []byte
	entry *Entry
}

// Plan is that of Store.
func (s *File) Plan(ctx context.Context, d Draft) (p *Plan, err error) {
	wishes, now, err := s.wishes(&d)
	if err != nil {
		return nil, err
	}
	err = s.view(ctx, func(tx *bolt.Tx) error {
		p, err = s.plan(tx, &d, wishes, now)
		return err
	})
	return p, named(d.List, err)
}

// wishes returns what a draft adds and removes, in order of the keys, which are
// different, as of now. It tells what is wrong with the draft whatever the store
// holds.
func (s *File) wishes(d *Draft) (wishes []step, now time.Time, err error) {
	now = s.options.Now().UTC()
	if err := d.check(); err != nil {
		return nil, now, err
	}
	wishes = make([]step, 0, len(d.Add)+len(d.Remove))
	var wrong InvalidError
	report := func(field string, i int, err error) {
		switch {
		case err == nil:
		case len(wrong.Entries) < maxReported:
			wrong.Entries = append(wrong.Entries, EntryError{field, i, err})
		default:
			wrong.More++
		}
	}
	var keys chunk
	for i := range d.Add {
		a := &d.Add[i]
		key, err := a.check(keys.room())
		if err == nil && !d.Replace && a.Expired(now) {
			err = fmt.Errorf("expires %s is past: it is %s", writeTime(a.Expires), writeTime(now))
		}
		report("add", i, err)
		if a.Author == "" {
			a.Author = d.Actor
		}
		if a.Added.IsZero() {
			a.Added = now.Truncate(time.Second)
		}
		wishes = append(wishes, step{keys.keep(key), a})
	}
	for i, k := range d.Remove {
		report("remove", i, checkMatch(k.Match))
		wishes = append(wishes, step{keys.keep(appendEntryKey(keys.room(), k.Text, k.Match)), nil})
	}
	if len(wrong.Entries) > 0 {
		wrong.List = d.List
		return nil, now, &wrong
	}
	// Of two spellings the first stays, and what is added is not removed.
	byKey := func(a, b step) int { return bytes.Compare(a.key, b.key) }
	if !slices.IsSortedFunc(wishes, byKey) {
		slices.SortStableFunc(wishes, byKey)
	}
	return slices.CompactFunc(wishes, func(a, b step) bool { return bytes.Equal(a.key, b.key) }), now, nil
}

// plan compares a draft with what there is.
func (s *File) plan(tx *bolt.Tx, d *Draft, wishes []step, now time.Time) (*Plan, error) {
	list := tx.Bucket(bucketLists).Bucket([]byte(d.List))
	p := &Plan{}
	var entries *bolt.Bucket
	if list != nil {
		var err error
		if p.before, err = readInfo(list); err != nil {
			return nil, err
		}
		entries = list.Bucket(bucketEntries)
	}
	if err := checkBase(d.List, d.Base, p.before.Revision); err != nil {
		return nil, err
	}
	if d.Delete && list == nil {
		return nil, ErrNotFound
	}
	p.begin(d, now)
	if d.Restore != 0 && d.Restore != p.before.Revision {
		then, change, err := s.undo(tx, d.List, d.Restore)
		if err != nil {
			return nil, err
		}
		p.info.Note = change.Note
		wishes = sorted(then)
	}
	if err := p.compareAll(entries, wishes, d.Replace || d.Delete); err != nil {
		return nil, err
	}
	p.count(d.Add, len(d.Remove) > 0, now)
	if p.Entries > MaxEntries {
		return nil, fmt.Errorf("%w: more than %d entries", ErrInvalid, MaxEntries)
	}
	return p, nil
}

// sorted returns entries by key, nil: to be removed, in order of the keys.
func sorted(entries map[string]*Entry) []step {
	all := make([]step, 0, len(entries))
	for key, e := range entries {
		all = append(all, step{[]byte(key), e})
	}
	slices.SortFunc(all, func(a, b step) int { return bytes.Compare(a.key, b.key) })
	return all
}

// begin notes what is known before the entries are looked at.
func (p *Plan) begin(d *Draft, now time.Time) {
	p.info = p.before
	p.Change = Change{List: d.List, Action: Edited, Revision: p.before.Revision, Before: p.before.Revision, Time: now, Actor: d.Actor}
	switch {
	case d.Delete:
		p.Action = Deleted
	case d.Restore != 0:
		p.Action = Restored
	case p.before.Revision == None:
		p.Action = Created
	}
	if d.Note != nil {
		p.info.Note = *d.Note
	}
}

// Changes reports whether there is anything to commit.
func (p *Plan) Changes() bool {
	return p.before.Revision == None || p.Action == Deleted || p.Added+p.Removed+p.Changed > 0 || p.info.Note != p.before.Note
}

// compareAll compares the wishes with the entries of a list, nil for none, of which
// all others are to be removed if they are the whole list.
func (p *Plan) compareAll(entries *bolt.Bucket, wishes []step, whole bool) error {
	p.steps = make([]step, 0, len(wishes))
	switch {
	case entries == nil:
		for _, w := range wishes {
			if err := p.compare(w, nil); err != nil {
				return err
			}
		}
		return nil
	case whole:
		return p.compareWhole(entries, wishes)
	}
	for _, w := range wishes {
		if err := p.compare(w, entries.Get(w.key)); err != nil {
			return err
		}
	}
	return nil
}

// compareWhole walks over both in their common order.
func (p *Plan) compareWhole(entries *bolt.Bucket, wishes []step) error {
	c := entries.Cursor()
	key, sealed := c.First()
	for key != nil || len(wishes) > 0 {
		order := 1
		if len(wishes) == 0 {
			order = -1
		} else if key != nil {
			order = bytes.Compare(key, wishes[0].key)
		}
		wish, there := step{key: key}, sealed
		if order >= 0 {
			wish, wishes = wishes[0], wishes[1:]
		} else {
			wish.key = bytes.Clone(key) // outlives the transaction
		}
		if order > 0 {
			there = nil
		}
		if err := p.compare(wish, there); err != nil {
			return err
		}
		if order <= 0 {
			key, sealed = c.Next()
		}
	}
	return nil
}

// compare counts what a wish changes of the entry that is there, sealed, or nil.
func (p *Plan) compare(wish step, sealed []byte) error {
	if wish.entry == nil && sealed == nil {
		p.Missing++
		if len(p.Absent) < maxReported {
			p.Absent = append(p.Absent, parseEntryKey(wish.key))
		}
		return nil
	}
	if sealed != nil {
		old, err := parseEntry(wish.key, sealed)
		switch {
		case err != nil:
			return err
		case wish.entry == nil:
			p.Removed++
		case old.same(wish.entry):
			p.Unchanged++
			return nil
		default:
			p.Changed++
		}
		p.Old = append(p.Old, old)
	} else {
		p.Added++
	}
	p.steps = append(p.steps, wish)
	return nil
}

// same reports whether nothing of an entry of the same key would change.
func (e *Entry) same(wanted *Entry) bool {
	return e.Ban == wanted.Ban && e.Rank == wanted.Rank && e.Note == wanted.Note && e.Expires.Equal(wanted.Expires)
}

// count completes the change as of now, of a draft that adds entries. Only keys that
// were asked to be removed can be missing.
func (p *Plan) count(add []Entry, removes bool, now time.Time) {
	p.Entries = p.before.Entries + p.Added - p.Removed
	if !removes {
		p.Missing, p.Absent = 0, nil
	}
	all := len(add) == p.Added+p.Changed // then they need no copy
	if p.New = add; !all {
		p.New = make([]Entry, 0, p.Added+p.Changed)
	}
	for i := range p.steps {
		s := &p.steps[i]
		if s.entry == nil {
			continue
		}
		if s.entry.Expired(now) {
			p.Expired++
		}
		if !all {
			p.New = append(p.New, *s.entry)
			s.entry = &p.New[len(p.New)-1] // the one of the draft can go
		}
	}
}
