package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// IndexSuffix ends the names of the indexes in a watched folder. Names that begin
// with a dot are passed over: they are of files being written.
const IndexSuffix = ".veto"

// inputs are what a snapshot is made of beside the store.
type inputs struct {
	loaded   *config.Loaded
	custom   []engine.TermList
	breaches []lists.Breach
	folder   string // what the watched folder held, see scan
}

// read reads configuration, lists and indexes anew.
func (l *Live) read() (*inputs, error) {
	loaded, err := l.options.Load()
	if err != nil {
		return nil, err
	}
	return read(loaded)
}

// read reads the lists and indexes of a configuration.
func read(l *config.Loaded) (*inputs, error) {
	in := &inputs{loaded: l}
	custom, failed := customLists(l)
	in.custom = custom
	breaches, err := in.openBreaches()
	in.breaches = breaches
	if err := errors.Join(failed, err); err != nil {
		return nil, err
	}
	return in, nil
}

// openBreaches opens the files of the configuration and of the watched folder.
func (in *inputs) openBreaches() ([]lists.Breach, error) {
	paths, state, err := scan(in.loaded.Breached.Folder)
	in.folder = state
	if err != nil {
		return nil, Place(in.loaded, "breached.folder", -1, err)
	}
	all := slices.Concat(in.loaded.Breached.Files, paths)
	breaches, err := lists.OpenBreaches(all...)
	switch {
	case err == nil:
		return breaches, nil
	case len(paths) > 0: // the error tells the path, of one or the other
		return nil, Place(in.loaded, "breached", -1, err)
	}
	return nil, Place(in.loaded, "breached.files", -1, err)
}

// Compile returns the snapshot of a configuration alone, without stored lists and
// policies. The errors of all its files are returned, as PlacedError.
func Compile(l *config.Loaded) (*lists.Snapshot, error) {
	in, err := read(l)
	if err != nil {
		return nil, err
	}
	var c content
	if err := c.add(in, nil); err != nil {
		return nil, err
	}
	return c.snapshot()
}

// scan returns the indexes of a folder, and a text that differs when one of them
// does. Without a folder both are empty.
func scan(folder string) (paths []string, state string, err error) {
	if folder == "" {
		return nil, "", nil
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err.Error(), err
	}
	var b strings.Builder
	fmt.Fprintln(&b, folder)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), IndexSuffix) || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(folder, e.Name())
		stat, err := os.Stat(path) // of what a link points to
		if err != nil {
			return nil, err.Error(), err
		}
		if !stat.Mode().IsRegular() {
			continue
		}
		paths = append(paths, path)
		fmt.Fprintf(&b, "%s %d %d\n", e.Name(), stat.Size(), stat.ModTime().UnixNano())
	}
	return paths, b.String(), nil
}

// customLists returns the lists of words and files. Files of the same base name
// are one list.
func customLists(l *config.Loaded) ([]engine.TermList, error) {
	var custom []engine.TermList
	add := func(name string, terms ...engine.Term) {
		i := slices.IndexFunc(custom, func(l engine.TermList) bool { return l.Name == name })
		if i < 0 {
			i = len(custom)
			custom = append(custom, engine.TermList{Name: name})
		}
		custom[i].Terms = append(custom[i].Terms, terms...)
	}
	var failed []error
	for i, word := range l.Terms.Words {
		term, err := lists.ParseTerm(word)
		if err != nil {
			failed = append(failed, Place(l, "terms.words", i, err))
		}
		add(lists.CustomName("term"), term)
	}
	for i, path := range l.Terms.Files {
		terms, err := lists.OpenTerms(path)
		if err != nil {
			failed = append(failed, Place(l, "terms.files", i, err))
		}
		add(lists.CustomName(lists.FileName(path)), terms...)
	}
	return custom, errors.Join(failed...)
}

// PlacedError is about what a key of the configuration names.
type PlacedError struct {
	Key    string // such as "terms.files[2]"
	Origin string // where the key is from, such as "veto.yaml:12" or "flag --terms"
	Err    error
}

// Error names origin and key.
func (e *PlacedError) Error() string { return fmt.Sprintf("%s: %s: %v", e.Origin, e.Key, e.Err) }

// Unwrap returns Err.
func (e *PlacedError) Unwrap() error { return e.Err }

// Place says where err is from: the key of the configuration, and which of its
// entries; i is -1 for the key itself.
func Place(l *config.Loaded, key string, i int, err error) error {
	e := &PlacedError{key, l.Origin(key), err}
	if at := fmt.Sprintf("%s[%d]", key, i); l.Origin(at) != "default" {
		e.Key, e.Origin = at, l.Origin(at)
	}
	return e
}

// build builds the snapshot of in and of the store, and puts it in force with the
// edits that came meanwhile. The caller holds l.building, unless nobody else has l.
func (l *Live) build(ctx context.Context, in *inputs) error {
	return l.outlast(ctx, in, nil, func(b *built) error {
		if l.inputs == nil { // the first build
			l.expiries = b.expiries
		}
		l.inputs = in
		l.state.Took, l.state.Builds = b.took, l.state.Builds+1
		l.install(b.snapshot)
		return nil
	})
}

// outlast is aside without a change of a list. If there are too many edits during
// each of several builds, the last build keeps edits waiting, so that it ends.
func (l *Live) outlast(ctx context.Context, in *inputs, policy *store.Policy, finish func(*built) error) error {
	for range tries {
		if err := l.aside(ctx, in, nil, policy, finish); !outrun(err) {
			return err
		}
	}
	began := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	base, err := l.base(ctx)
	if err != nil {
		return err
	}
	b, err := l.built(ctx, in, base, nil, policy)
	if err != nil {
		return err
	}
	b.took = time.Since(began)
	return finish(b)
}

// outrun reports whether there were so many edits during a build that the engine
// cannot take all, or that the store does not keep the revisions before them.
func outrun(err error) bool {
	return errors.Is(err, engine.ErrRebuild) || errors.Is(err, store.ErrNotFound)
}

// built is a snapshot that was built beside edits.
type built struct {
	snapshot *lists.Snapshot // with the edits that came meanwhile
	expiries expiries        // of the stored lists as they were when it began
	took     time.Duration
}

// built builds the snapshot of in and of base, with a change of a list and a version
// of a policy, which may be nil.
func (l *Live) built(ctx context.Context, in *inputs, base base, change *store.Change, policy *store.Policy) (*built, error) {
	if policy != nil {
		base.policies = with(base.policies, *policy)
	}
	b := new(built)
	var err error
	b.snapshot, b.expiries, err = l.compile(ctx, in, base, change)
	return b, err
}

// aside builds the snapshot of in, of the store, and of a change of a list and a
// version of a policy that are not stored yet, which may be nil, while edits go on;
// then it makes those on it, too, and calls finish with l.mu held. The caller holds
// l.building, unless nobody else has l. It fails with errRaced if the list is not
// the one that the change is about.
func (l *Live) aside(ctx context.Context, in *inputs, change *store.Change, policy *store.Policy, finish func(*built) error) error {
	began := time.Now()
	base, err := l.track(ctx)
	if err == nil && change != nil && base.revision(change.List) != change.Before {
		err = errRaced
	}
	var b *built
	if err == nil {
		b, err = l.built(ctx, in, base, change, policy)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	missed := l.missed
	l.tracked, l.missed = false, nil
	if change != nil {
		missed = beside(missed, change)
	}
	if err == nil && len(missed) > 0 {
		if err = in.clash(missed); err == nil {
			b.snapshot, err = b.snapshot.Amend(missed...)
		}
	}
	if err != nil {
		return err
	}
	b.took = time.Since(began)
	return finish(b)
}

// beside returns the edits without what they say of the entries that a change
// replaces or removes: that these have expired means nothing for those in their
// place. Edits by others of the same list don't matter, as the change then fails.
func beside(edits []lists.Delta, c *store.Change) []lists.Delta {
	old := map[engine.Term]bool{}
	for _, e := range c.Old {
		old[term(e)] = true
	}
	left := func(terms []engine.Term) []engine.Term {
		return slices.DeleteFunc(slices.Clone(terms), func(t engine.Term) bool { return old[t] })
	}
	var all []lists.Delta
	for _, d := range edits {
		if d.List == lists.CustomName(c.List) {
			d.Add, d.Remove = left(d.Add), left(d.Remove)
			if !d.Drop && len(d.Add)+len(d.Remove) == 0 {
				continue
			}
		}
		all = append(all, d)
	}
	return all
}

// late returns what becomes of the new entries of a change as it is judged by
// another time now than when the build began.
func (b *built) late(c store.Change, asOf time.Time) []lists.Delta {
	x := expiries{asOf: b.expiries.asOf}
	for _, e := range c.New {
		x.add(lists.CustomName(c.List), e)
	}
	x.sort()
	return x.move(asOf)
}

// clash returns the error about an edit of a list that the configuration makes now.
func (in *inputs) clash(edits []lists.Delta) error {
	for _, d := range edits {
		if in.configured(d.List) {
			return fmt.Errorf("live: list %q: %w", d.List, ErrConfigured)
		}
	}
	return nil
}

// configured reports whether the configuration makes the list.
func (in *inputs) configured(name string) bool {
	return slices.ContainsFunc(in.custom, func(t engine.TermList) bool { return t.Name == name })
}

// base is a state of the store.
type base struct {
	lists    []store.Info
	policies []store.Policy
	asOf     time.Time // for expiry
}

// revision returns the revision of a list, None if there is none.
func (b *base) revision(list string) uint64 {
	for _, i := range b.lists {
		if i.Name == list {
			return i.Revision
		}
	}
	return store.None
}

// track returns what the store holds, and makes edits from then on be noted.
func (l *Live) track(ctx context.Context) (base, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inputs == nil {
		l.expiries.asOf = l.options.Now()
	}
	b, err := l.base(ctx)
	l.tracked = err == nil
	return b, err
}

// base returns what the store holds. l.mu is held.
func (l *Live) base(ctx context.Context) (b base, err error) {
	b.asOf = l.expiries.asOf
	s := l.options.Store
	if s == nil {
		return b, nil
	}
	if b.lists, err = s.Lists(ctx); err == nil {
		b.policies, err = s.Policies(ctx)
	}
	return b, err
}
