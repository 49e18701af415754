package store

import (
	"context"
	"time"

	"github.com/vetopw/veto/lists"
)

// The limits of a store.
const (
	MaxName    = 64             // bytes of the name of a list or policy
	MaxNote    = 1000           // bytes of a note
	MaxActor   = 128            // bytes of an actor
	MaxEntries = lists.MaxTerms // entries of one list
	MaxPolicy  = 256 << 10      // bytes of the document of a policy
	MaxPage    = 1 << 20        // bytes of the entries of a page, about

	// What is kept of each history beside Options.Keep, the oldest going first;
	// the last change always is.
	MaxChanges  = 256 << 20 // bytes of what changes of a list have changed
	MaxVersions = 4 << 20   // bytes of the versions of a policy
	// MaxPolicies is the number of policies with a history: beyond, a new one takes
	// the place of the one that was deleted first.
	MaxPolicies = 500
)

// Store keeps lists and policies. Names are without "custom/": small letters,
// digits, '-', '_' and '.', first a letter or digit, at most MaxName bytes.
//
// Errors wrap ErrNotFound, ErrExists, ErrConflict, ErrName, ErrInvalid, ErrCorrupt
// or what the medium says. After an error nothing has changed.
type Store interface {
	// Lists returns what there is, by name.
	Lists(ctx context.Context) ([]Info, error)
	// List returns what is known about one list.
	List(ctx context.Context, name string) (Info, error)
	// Page returns entries of a list in the order of their folded texts, of MaxPage
	// bytes at most.
	Page(ctx context.Context, name string, q Query) (Page, error)
	// Walk calls visit for every entry of a list as it was at the revision, 0
	// meaning now, in the order of the folded texts, until visit fails. The time
	// is O(entries), and O(changes since) for an older revision.
	Walk(ctx context.Context, name string, revision uint64, visit func(Entry) error) (Info, error)
	// Edit carries a draft out. confirm is called with what will change, before
	// it is committed; its error abandons the draft and is returned. nil means
	// that nothing is asked. Of a draft that changes nothing the Change has the
	// revision that holds, and confirm is not called.
	Edit(ctx context.Context, d Draft, confirm func(Change) error) (Change, error)
	// Plan tells what Edit would do, and changes nothing. Others edit meanwhile.
	Plan(ctx context.Context, d Draft) (*Plan, error)
	// Commit carries a plan out as Edit does, or fails with an error that wraps
	// ErrConflict, ErrExists or ErrNotFound if the list was changed since.
	Commit(ctx context.Context, p *Plan, confirm func(Change) error) (Change, error)
	// History returns the changes of a list before the revision, 0 meaning all,
	// newest first, at most limit, without entries; also those of a deleted list.
	History(ctx context.Context, name string, before uint64, limit int) ([]Change, error)
	// Change returns one change of a list with its entries.
	Change(ctx context.Context, name string, revision uint64) (Change, error)

	// Policies returns the stored policies, by name.
	Policies(ctx context.Context) ([]Policy, error)
	// Policy returns a policy as it was at the revision, 0 meaning now.
	Policy(ctx context.Context, name string, revision uint64) (Policy, error)
	// EditPolicy is Edit for a policy. The document is not looked into: confirm does.
	EditPolicy(ctx context.Context, d PolicyDraft, confirm func(Policy) error) (Policy, error)
	// PolicyHistory returns the versions of a policy before the revision, 0
	// meaning all, newest first, at most limit; also those of a deleted policy.
	PolicyHistory(ctx context.Context, name string, before uint64, limit int) ([]Policy, error)

	Close() error
}

// Info describes a stored list.
type Info struct {
	Name     string
	Note     string
	Revision uint64 // number of the last change
	Entries  int    // the expired ones included
	Created  time.Time
	Updated  time.Time
	Author   string // of the last change
}

// Match says where in a password a term has to stand.
type Match uint8

// The values of Match, numbered as those of package engine.
const (
	Contains Match = iota // anywhere
	Exact                 // as the whole password
	Prefix                // at the beginning
	Suffix                // at the end
)

// Entry is one term of a list. Two entries of a list differ in the folded text or
// in Match.
type Entry struct {
	Text    string
	Match   Match
	Ban     bool      // refuse passwords that hold it, whatever their score
	Rank    uint32    // by popularity, from 1; 0: an organization's own
	Note    string    // why it is there
	Author  string    // who added it; empty in a draft: its actor
	Added   time.Time // to the second; zero in a draft: now
	Expires time.Time // to the second; zero: never
}

// Expired reports whether the entry is no longer in force.
func (e Entry) Expired(now time.Time) bool { return !e.Expires.IsZero() && !now.Before(e.Expires) }

// Key names an entry of a list.
type Key struct {
	Text  string // in any spelling that folds alike
	Match Match
}

// Revisions that a draft may be based on, beside that of the list.
const (
	None uint64 = 0         // there is no such list, or policy
	Any  uint64 = 1<<64 - 1 // whichever there is
)

// Draft is a change of a list that is asked for. Entries that are already there
// as they should be are left alone, and so are keys to remove that are not there.
// Entries to add must not have expired yet, unless they are the whole list.
//
// A store takes Add over, as it may be of millions: it brings the entries in form
// where they stand, in their order, and a Plan and a Change may have them, too. The
// same draft may be given again.
type Draft struct {
	List  string
	Base  uint64  // the revision that was edited, None or Any
	Actor string  // who asks
	Note  *string // the new note of the list; nil: leave it

	Replace bool    // Add is the whole list
	Add     []Entry // new entries, and those to have other attributes
	Remove  []Key
	Restore uint64 // go back to this revision; then nothing else is given
	Delete  bool   // remove the list; then nothing else is given
}

// Change is what a draft changed, or will change.
type Change struct {
	List     string
	Action   Action
	Revision uint64 // of the list after it
	Before   uint64 // revision before it; None: there was no list
	Time     time.Time
	Actor    string

	// How many entries came, went, and changed in anything but text and Match.
	Added, Removed, Changed int
	Unchanged               int // entries of the draft that were there as they should be
	Missing                 int // keys to remove that were not there
	Expired                 int // of New, entries that are no longer in force
	Entries                 int // of the list after it

	// New and Old are the entries that are different after it and before it: the
	// changed ones are in both. They are in the order of the folded texts, but for a
	// draft of which nothing is left out: then New is in its order. Absent are the
	// first of the keys that are Missing, as they fold. History leaves all of these
	// out.
	New, Old []Entry
	Absent   []Key
}

// Action says what kind of change it was.
type Action string

// The actions.
const (
	Created  Action = "create"
	Edited   Action = "edit"
	Restored Action = "restore"
	Deleted  Action = "delete"
)

// Query chooses entries of a list.
type Query struct {
	Revision uint64 // 0: now
	Text     string // entries whose folded text holds this, folded; empty: all
	Prefix   bool   // Text has to stand at the beginning
	After    string // the Next of a page before; empty: from the first
	Limit    int    // entries at most; 0: 100
}

// Page is a part of a list.
type Page struct {
	Info    Info // its Revision is that of the page
	Entries []Entry
	Next    string // for the Query of the page behind; empty: there is none
	bytes   int    // of the entries
}

// Add adds an entry.
func (p *Page) Add(e Entry) {
	p.Entries = append(p.Entries, e)
	p.bytes += e.size()
}

// Full reports whether the page that a query asks for takes no further entry.
func (p *Page) Full(q *Query) bool { return len(p.Entries) == q.Limit || p.bytes >= MaxPage }

// Policy is a version of a stored policy.
type Policy struct {
	Name     string
	Document []byte // YAML or JSON as package config reads it; nil: deleted
	Action   Action
	Revision uint64
	Before   uint64
	Time     time.Time
	Actor    string
}

// PolicyDraft is a change of a policy that is asked for.
type PolicyDraft struct {
	Name     string
	Base     uint64 // as that of Draft
	Actor    string
	Document []byte // nil: delete the policy, or Restore
	Restore  uint64 // go back to this revision
}
