package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"github.com/vetopw/veto/lists"
)

// record is how a change is stored: without entries, and with the list's note.
type record struct {
	Change
	Note string
}

// Edit is that of Store.
func (s *File) Edit(ctx context.Context, d Draft, confirm func(Change) error) (c Change, err error) {
	wishes, now, err := s.wishes(&d)
	if err != nil {
		return c, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		p, err := s.plan(tx, &d, wishes, now)
		if err == nil {
			c, err = p.commit(s, tx, confirm)
		}
		return err
	})
	if err != nil {
		return Change{}, named(d.List, err)
	}
	return c, nil
}

// Commit is that of Store.
func (s *File) Commit(ctx context.Context, p *Plan, confirm func(Change) error) (c Change, err error) {
	err = s.update(ctx, func(tx *bolt.Tx) error {
		now, err := readInfo(tx.Bucket(bucketLists).Bucket([]byte(p.List)))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := checkBase(p.List, p.before.Revision, now.Revision); err != nil {
			return err
		}
		c, err = p.commit(s, tx, confirm)
		return err
	})
	if err != nil {
		return Change{}, named(p.List, err)
	}
	return c, nil
}

// check tells what is wrong with a draft whatever the store holds, but for its
// entries.
func (d *Draft) check() error {
	if !validName(d.List) {
		return fmt.Errorf("list %q: %w", d.List, ErrName)
	}
	content := d.Replace || len(d.Add) > 0 || len(d.Remove) > 0
	switch {
	case d.Delete && (content || d.Restore != 0 || d.Note != nil), d.Restore != 0 && (content || d.Note != nil):
		return named(d.List, fmt.Errorf("%w: delete and restore exclude other changes", ErrInvalid))
	case d.Replace && len(d.Remove) > 0:
		return named(d.List, fmt.Errorf("%w: replace and remove exclude each other", ErrInvalid))
	case len(d.Add) > MaxEntries:
		return named(d.List, fmt.Errorf("%w: more than %d entries", ErrInvalid, MaxEntries))
	}
	if d.Note != nil {
		if err := checkNote(*d.Note); err != nil {
			return named(d.List, fmt.Errorf("%w: note %w", ErrInvalid, err))
		}
	}
	return checkActor(d.Actor)
}

// check tells what is wrong with an entry, and brings its text and times in the
// form that is stored. It appends the entry's key to dst.
func (e *Entry) check(dst []byte) (key []byte, err error) {
	if e.Text, key, err = lists.FoldTerm(dst, e.Text); err != nil {
		return key, err
	}
	key = append(key, 0, byte(e.Match))
	e.Added, e.Expires = e.Added.UTC().Truncate(time.Second), e.Expires.UTC().Truncate(time.Second)
	if !e.Expires.IsZero() && e.Expires.Unix() <= 0 {
		return key, errors.New("expires must be after 1970")
	}
	if err := checkMatch(e.Match); err != nil {
		return key, err
	}
	if err := checkNote(e.Note); err != nil {
		return key, fmt.Errorf("note %w", err)
	}
	return key, checkActor(e.Author)
}

func checkMatch(m Match) error {
	if m > Suffix {
		return errors.New("match must be contains, exact, prefix or suffix")
	}
	return nil
}

func checkNote(note string) error {
	if len(note) > MaxNote {
		return fmt.Errorf("is longer than %d bytes", MaxNote)
	}
	if !utf8.ValidString(note) || strings.ContainsRune(note, 0) {
		return errors.New("is not UTF-8 text without NUL")
	}
	return nil
}

func checkActor(actor string) error {
	if len(actor) > MaxActor || !utf8.ValidString(actor) || strings.ContainsFunc(actor, unicode.IsControl) {
		return fmt.Errorf("%w: actor must be UTF-8 text without control characters, at most %d bytes", ErrInvalid, MaxActor)
	}
	return nil
}

// validName reports whether name may be that of a list or policy.
func validName(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("-_.", rune(c))) {
			return false
		}
	}
	return name != "" && len(name) <= MaxName
}

// checkBase compares the base of a draft with the revision that holds, None if
// there is nothing of the name.
func checkBase(name string, base, current uint64) error {
	switch {
	case base == current && base != None, base == Any && current != None, base == None && current == None:
		return nil
	case current == None:
		return ErrNotFound
	case base == None:
		return &ConflictError{name, current, ErrExists}
	}
	return &ConflictError{name, current, ErrConflict}
}

// commit carries the plan out, if it changes anything.
func (p *Plan) commit(s *File, tx *bolt.Tx, confirm func(Change) error) (c Change, err error) {
	c = p.Change
	if !p.Changes() {
		return c, nil
	}
	if c.Revision, err = nextRevision(tx); err != nil {
		return c, err
	}
	if confirm != nil {
		if err := confirm(c); err != nil {
			return c, err
		}
	}
	return c, p.write(s, tx, &c)
}

// write stores the planned change.
func (p *Plan) write(s *File, tx *bolt.Tx, c *Change) error {
	name := []byte(c.List)
	if c.Action == Deleted {
		if err := tx.Bucket(bucketLists).DeleteBucket(name); err != nil {
			return err
		}
	} else if err := p.writeList(tx, c); err != nil {
		return err
	}
	changes, err := tx.Bucket(bucketChanges).CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	deltas, err := tx.Bucket(bucketDeltas).CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	key := revisionKey(c.Revision)
	if err := deltas.Put(key, seal(key, c.delta())); err != nil {
		return err
	}
	stored := record{*c, p.info.Note}
	stored.Old, stored.New, stored.Absent = nil, nil, nil
	if err := put(changes, key, stored); err != nil {
		return err
	}
	return s.trim(MaxChanges, changes, deltas)
}

// writeList stores entries and info.
func (p *Plan) writeList(tx *bolt.Tx, c *Change) error {
	list, err := tx.Bucket(bucketLists).CreateBucketIfNotExists([]byte(c.List))
	if err != nil {
		return err
	}
	entries, err := list.CreateBucketIfNotExists(bucketEntries)
	if err != nil {
		return err
	}
	info := p.info
	if p.before.Revision == None {
		info.Created = c.Time
		entries.FillPercent = 0.9 // keys come in order
	}
	var values chunk
	for _, at := range p.steps {
		if at.entry == nil {
			err = entries.Delete(at.key)
		} else {
			err = entries.Put(at.key, values.keep(seal(at.key, appendEntry(values.room(), *at.entry))))
		}
		if err != nil {
			return err
		}
	}
	info.Name, info.Revision, info.Entries = c.List, c.Revision, c.Entries
	info.Updated, info.Author = c.Time, c.Actor
	return put(list, keyInfo, info)
}
