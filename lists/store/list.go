package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"

	"github.com/vetopw/veto/engine"
)

const defaultPage = 100

// Lists is that of Store.
func (s *File) Lists(ctx context.Context) (all []Info, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		all = nil
		lists := tx.Bucket(bucketLists)
		return lists.ForEachBucket(func(name []byte) error {
			info, err := readInfo(lists.Bucket(name))
			all = append(all, info)
			return err
		})
	})
	return all, err
}

// List is that of Store.
func (s *File) List(ctx context.Context, name string) (info Info, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		info, err = readInfo(tx.Bucket(bucketLists).Bucket([]byte(name)))
		return err
	})
	return info, named(name, err)
}

// readInfo reads what is known about the list in the bucket, which may be nil.
func readInfo(list *bolt.Bucket) (info Info, err error) {
	if list == nil {
		return info, ErrNotFound
	}
	return info, get(keyInfo, list.Get(keyInfo), &info)
}

// named puts the name of a list in front of an error.
func named(name string, err error) error {
	if err != nil {
		return fmt.Errorf("list %q: %w", name, err)
	}
	return nil
}

// Walk is that of Store.
func (s *File) Walk(ctx context.Context, name string, revision uint64, visit func(Entry) error) (info Info, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		v, err := s.at(tx, name, revision)
		if err != nil {
			return named(name, err)
		}
		info = v.info
		return v.each(nil, func(_ []byte, read func() (Entry, error)) error {
			e, err := read()
			if err != nil {
				return named(name, err)
			}
			return visit(e)
		})
	})
	return info, err
}

// Page is that of Store.
func (s *File) Page(ctx context.Context, name string, q Query) (p Page, err error) {
	if q.Limit <= 0 {
		q.Limit = defaultPage
	}
	text := engine.AppendFold(nil, []byte(q.Text))
	from, err := base64.RawURLEncoding.DecodeString(q.After)
	if err != nil || len(from) > 0 && !isEntryKey(from) {
		return p, named(name, ErrCursor)
	}
	if q.Prefix && len(from) == 0 {
		from = text
	}
	err = s.view(ctx, func(tx *bolt.Tx) error {
		v, err := s.at(tx, name, q.Revision)
		if err != nil {
			return err
		}
		p.Info = v.info
		return v.each(from, func(key []byte, read func() (Entry, error)) error {
			folded := key[:len(key)-2]
			switch {
			case q.Prefix && !bytes.HasPrefix(folded, text):
				return errDone
			case !bytes.Contains(folded, text):
				return nil
			case p.Full(&q):
				p.Next = base64.RawURLEncoding.EncodeToString(key)
				return errDone
			}
			e, err := read()
			p.Add(e)
			return err
		})
	})
	return p, named(name, err)
}

// errDone ends a view.each early.
var errDone = errors.New("done")

// view is a list at a revision: its entries now, and those that differed then.
type view struct {
	info    Info
	entries *bolt.Bucket      // nil: none
	then    map[string]*Entry // by key; nil: was not there
}

// at returns the list at a revision, 0 meaning now.
func (s *File) at(tx *bolt.Tx, name string, revision uint64) (v view, err error) {
	list := tx.Bucket(bucketLists).Bucket([]byte(name))
	if list != nil {
		v.entries = list.Bucket(bucketEntries)
		if v.info, err = readInfo(list); err != nil {
			return v, err
		}
	}
	switch {
	case list == nil && revision == 0:
		return v, ErrNotFound
	case revision == 0 || revision == v.info.Revision:
		return v, nil
	}
	then, change, err := s.undo(tx, name, revision)
	v.then = then
	v.info.Name, v.info.Note, v.info.Revision, v.info.Entries = name, change.Note, revision, change.Entries
	v.info.Updated, v.info.Author = change.Time, change.Actor
	return v, err
}

// undo returns, by key, the entries that changes after the revision have touched
// as they were then, and the change of that revision.
func (s *File) undo(tx *bolt.Tx, name string, revision uint64) (map[string]*Entry, record, error) {
	changes, deltas := tx.Bucket(bucketChanges).Bucket([]byte(name)), tx.Bucket(bucketDeltas).Bucket([]byte(name))
	gone := fmt.Errorf("%w: %d", ErrRevision, revision)
	if changes == nil {
		return nil, record{}, gone
	}
	at := revisionKey(revision)
	var change record
	sealed := changes.Get(at)
	if sealed == nil {
		return nil, change, gone
	}
	if err := get(at, sealed, &change); err != nil {
		return nil, change, err
	}
	if change.Action == Deleted {
		return nil, change, gone
	}
	then := map[string]*Entry{}
	c := deltas.Cursor()
	for key, sealed := c.Last(); key != nil && bytes.Compare(key, at) > 0; key, sealed = c.Prev() {
		before, after, err := parseDelta(key, sealed)
		if err != nil {
			return nil, change, err
		}
		for _, e := range after {
			then[string(entryKey(e.Text, e.Match))] = nil
		}
		for _, e := range before {
			then[string(entryKey(e.Text, e.Match))] = &e
		}
	}
	return then, change, nil
}

// each calls visit for every entry from the key on, in order of the keys, until
// visit fails. read decodes the entry.
func (v *view) each(from []byte, visit func(key []byte, read func() (Entry, error)) error) error {
	var err error
	others := slices.Sorted(maps.Keys(v.then))
	next, _ := slices.BinarySearch(others, string(from))
	before := func(key []byte) { // the entries of then up to the key, all if it is nil
		for ; err == nil && next < len(others) && (key == nil || others[next] <= string(key)); next++ {
			if e := v.then[others[next]]; e != nil {
				err = visit([]byte(others[next]), func() (Entry, error) { return *e, nil })
			}
		}
	}
	if v.entries != nil {
		c := v.entries.Cursor()
		for key, sealed := c.Seek(from); key != nil && err == nil; key, sealed = c.Next() {
			before(key)
			if _, ok := v.then[string(key)]; err == nil && !ok {
				err = visit(key, func() (Entry, error) { return parseEntry(key, sealed) })
			}
		}
	}
	if before(nil); err == errDone {
		return nil
	}
	return err
}

// History is that of Store.
func (s *File) History(ctx context.Context, name string, before uint64, limit int) (all []Change, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		return descend(tx.Bucket(bucketChanges).Bucket([]byte(name)), before, limit, func(key, sealed []byte) error {
			var r record
			err := get(key, sealed, &r)
			all = append(all, r.Change)
			return err
		})
	})
	return all, named(name, err)
}

// descend visits the records of a bucket by revision, which may be nil, below one
// that is not 0, newest first.
func descend(b *bolt.Bucket, below uint64, limit int, visit func(key, sealed []byte) error) error {
	if b == nil {
		return ErrNotFound
	}
	c := b.Cursor()
	for key, value := c.Last(); key != nil && limit > 0; key, value = c.Prev() {
		if below > 0 && bytes.Compare(key, revisionKey(below)) >= 0 {
			continue
		}
		if err := visit(key, value); err != nil {
			return err
		}
		limit--
	}
	return nil
}

// Change is that of Store.
func (s *File) Change(ctx context.Context, name string, revision uint64) (c Change, err error) {
	err = s.view(ctx, func(tx *bolt.Tx) error {
		changes, deltas := tx.Bucket(bucketChanges).Bucket([]byte(name)), tx.Bucket(bucketDeltas).Bucket([]byte(name))
		key := revisionKey(revision)
		if changes == nil || changes.Get(key) == nil {
			return fmt.Errorf("%w: %d", ErrRevision, revision)
		}
		var r record
		if err := get(key, changes.Get(key), &r); err != nil {
			return err
		}
		c = r.Change
		c.Old, c.New, err = parseDelta(key, deltas.Get(key))
		return err
	})
	return c, named(name, err)
}
