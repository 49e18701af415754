package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"

	"github.com/vetopw/veto/lists"
)

// maxReported bounds the entries that an InvalidError tells of.
const maxReported = 100

// record is how a change is stored: without entries, and with the list's note.
type record struct {
	Change
	Note string
}

// Edit is that of Store.
func (s *File) Edit(ctx context.Context, d Draft, confirm func(Change) error) (c Change, err error) {
	if err := d.check(); err != nil {
		return c, err
	}
	err = s.update(ctx, func(tx *bolt.Tx) error {
		e := edit{tx: tx, store: s, draft: &d}
		if err := e.run(confirm); err != nil {
			return err
		}
		c = e.change
		return nil
	})
	if err != nil {
		return Change{}, named(d.List, err)
	}
	return c, nil
}

// check tells what is wrong with a draft whatever the store holds, and trims the
// texts of its entries.
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
	if err := checkActor(d.Actor); err != nil {
		return err
	}
	if wrong := d.checkEntries(); len(wrong) > 0 {
		return &InvalidError{d.List, wrong}
	}
	return nil
}

func (d *Draft) checkEntries() (wrong []EntryError) {
	add := slices.Clone(d.Add)
	for i := range add {
		if err := add[i].check(); err != nil && len(wrong) < maxReported {
			wrong = append(wrong, EntryError{"add", i, err})
		}
	}
	d.Add = add
	for i, k := range d.Remove {
		if err := checkMatch(k.Match); err != nil && len(wrong) < maxReported {
			wrong = append(wrong, EntryError{"remove", i, err})
		}
	}
	return wrong
}

// check tells what is wrong with an entry, and brings its text and times in the
// form that is stored.
func (e *Entry) check() error {
	term, err := lists.ParseTerm(e.Text)
	if err != nil {
		return err
	}
	e.Text = term.Text
	e.Added, e.Expires = e.Added.UTC().Truncate(time.Second), e.Expires.UTC().Truncate(time.Second)
	if !e.Expires.IsZero() && e.Expires.Unix() <= 0 {
		return errors.New("expires must be after 1970")
	}
	if err := checkMatch(e.Match); err != nil {
		return err
	}
	if err := checkNote(e.Note); err != nil {
		return fmt.Errorf("note %w", err)
	}
	return checkActor(e.Author)
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

// edit carries one draft out.
type edit struct {
	tx     *bolt.Tx
	store  *File
	draft  *Draft
	before Info // of the list; its Revision is None if there is none
	info   Info // of the list after it
	change Change
	steps  []step // in order of the keys
}

// step stores an entry, or removes it if it is nil.
type step struct {
	key   []byte
	entry *Entry
}

func (e *edit) run(confirm func(Change) error) error {
	list := e.tx.Bucket(bucketLists).Bucket([]byte(e.draft.List))
	if list != nil {
		var err error
		if e.before, err = readInfo(list); err != nil {
			return err
		}
	}
	e.info = e.before
	if err := checkBase(e.draft.List, e.draft.Base, e.before.Revision); err != nil {
		return err
	}
	if e.draft.Delete && list == nil {
		return ErrNotFound
	}
	e.begin()
	if err := e.plan(list); err != nil {
		return err
	}
	if e.unchanged() {
		e.change.Revision = e.before.Revision
		return nil
	}
	if e.change.Entries > MaxEntries {
		return fmt.Errorf("%w: more than %d entries", ErrInvalid, MaxEntries)
	}
	var err error
	if e.change.Revision, err = nextRevision(e.tx); err != nil {
		return err
	}
	if confirm != nil {
		if err := confirm(e.change); err != nil {
			return err
		}
	}
	return e.write()
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

// begin notes what is known before the entries are looked at.
func (e *edit) begin() {
	d := e.draft
	e.change = Change{List: d.List, Action: Edited, Before: e.before.Revision, Time: e.store.options.Now().UTC(), Actor: d.Actor}
	switch {
	case d.Delete:
		e.change.Action = Deleted
	case d.Restore != 0:
		e.change.Action = Restored
	case e.before.Revision == None:
		e.change.Action = Created
	}
	if d.Note != nil {
		e.info.Note = *d.Note
	}
}

// unchanged reports whether there is nothing to do.
func (e *edit) unchanged() bool {
	c := &e.change
	return e.before.Revision != None && !e.draft.Delete && c.Added+c.Removed+c.Changed == 0 && e.info.Note == e.before.Note
}

// plan finds out what is to be stored and what is different then.
func (e *edit) plan(list *bolt.Bucket) error {
	wanted, err := e.wanted()
	if err != nil {
		return err
	}
	var entries *bolt.Bucket
	if list != nil {
		entries = list.Bucket(bucketEntries)
	}
	if e.draft.Replace || e.draft.Delete {
		if err := removeOthers(entries, wanted); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if err := e.compare(entries, []byte(key), wanted[key]); err != nil {
			return err
		}
	}
	c := &e.change
	c.Entries = e.before.Entries + c.Added - c.Removed
	if len(e.draft.Remove) == 0 {
		c.Missing = 0
	}
	return nil
}

// wanted returns the entries of the draft by key; nil: to be removed.
func (e *edit) wanted() (map[string]*Entry, error) {
	d := e.draft
	if d.Restore != 0 {
		if d.Restore == e.before.Revision {
			return nil, nil
		}
		then, change, err := e.store.undo(e.tx, d.List, d.Restore)
		e.info.Note = change.Note
		return then, err
	}
	wanted := make(map[string]*Entry, len(d.Add)+len(d.Remove))
	for _, k := range d.Remove {
		wanted[string(entryKey(k.Text, k.Match))] = nil
	}
	for i := range d.Add {
		a := &d.Add[i]
		if a.Author == "" {
			a.Author = d.Actor
		}
		if a.Added.IsZero() {
			a.Added = e.change.Time.Truncate(time.Second)
		}
		key := entryKey(a.Text, a.Match)
		if wanted[string(key)] == nil { // of two spellings the first stays
			wanted[string(key)] = a
		}
	}
	return wanted, nil
}

// removeOthers adds to wanted the removal of the entries that it lacks.
func removeOthers(entries *bolt.Bucket, wanted map[string]*Entry) error {
	if entries == nil {
		return nil
	}
	return entries.ForEach(func(key, _ []byte) error {
		if _, ok := wanted[string(key)]; !ok {
			wanted[string(key)] = nil
		}
		return nil
	})
}

// compare counts what the wanted entry changes, and notes it.
func (e *edit) compare(entries *bolt.Bucket, key []byte, wanted *Entry) error {
	c := &e.change
	var old *Entry
	if entries != nil {
		if sealed := entries.Get(key); sealed != nil {
			was, err := parseEntry(key, sealed)
			if err != nil {
				return err
			}
			old = &was
		}
	}
	switch {
	case wanted == nil && old == nil:
		c.Missing++
		return nil
	case wanted == nil:
		c.Removed++
	case old == nil:
		c.Added++
	case old.Ban == wanted.Ban && old.Rank == wanted.Rank && old.Note == wanted.Note && old.Expires.Equal(wanted.Expires):
		c.Unchanged++
		return nil
	default:
		c.Changed++
	}
	if old != nil {
		c.Old = append(c.Old, *old)
	}
	if wanted != nil {
		c.New = append(c.New, *wanted)
	}
	e.steps = append(e.steps, step{key, wanted})
	return nil
}

// write stores the planned change.
func (e *edit) write() error {
	c, name := &e.change, []byte(e.draft.List)
	if e.draft.Delete {
		if err := e.tx.Bucket(bucketLists).DeleteBucket(name); err != nil {
			return err
		}
	} else if err := e.writeList(name); err != nil {
		return err
	}
	changes, err := e.tx.Bucket(bucketChanges).CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	deltas, err := e.tx.Bucket(bucketDeltas).CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	key := revisionKey(c.Revision)
	if err := deltas.Put(key, seal(key, appendDelta(appendDelta(nil, c.Old), c.New))); err != nil {
		return err
	}
	stored := record{*c, e.info.Note}
	stored.Old, stored.New = nil, nil
	if err := put(changes, key, stored); err != nil {
		return err
	}
	return e.store.trim(changes, deltas)
}

// writeList stores entries and info.
func (e *edit) writeList(name []byte) error {
	c := &e.change
	list, err := e.tx.Bucket(bucketLists).CreateBucketIfNotExists(name)
	if err != nil {
		return err
	}
	entries, err := list.CreateBucketIfNotExists(bucketEntries)
	if err != nil {
		return err
	}
	if e.before.Revision == None {
		e.info.Created = c.Time
		entries.FillPercent = 0.9 // keys come in order
	}
	for _, at := range e.steps {
		if at.entry == nil {
			err = entries.Delete(at.key)
		} else {
			err = entries.Put(at.key, seal(at.key, appendEntry(nil, *at.entry)))
		}
		if err != nil {
			return err
		}
	}
	e.info.Name, e.info.Revision, e.info.Entries = e.draft.List, c.Revision, c.Entries
	e.info.Updated, e.info.Author = c.Time, c.Actor
	return put(list, keyInfo, e.info)
}
