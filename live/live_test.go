package live_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
)

var ctx = context.Background()

// house is a Live with what it is made of.
type house struct {
	*live.Live
	t       *testing.T
	folder  string
	file    string // veto.yaml
	store   *store.File
	now     atomic.Pointer[time.Time]
	swapped atomic.Pointer[lists.Snapshot]
	swaps   atomic.Int64
	records []live.Record
	refuse  error // of Record
}

// start opens a Live whose configuration is yaml, without the global lists.
func start(t *testing.T, yaml string) *house {
	t.Helper()
	h := &house{t: t, folder: t.TempDir()}
	h.file = filepath.Join(h.folder, "veto.yaml")
	h.write("veto.yaml", yaml)
	h.set(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	var err error
	if h.store, err = store.Open(filepath.Join(h.folder, "lists.db"), store.Options{Now: h.clock}); err != nil {
		t.Fatal(err)
	}
	if h.Live, err = live.Open(ctx, h.options()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(h.Close(), h.store.Close()); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *house) options() live.Options {
	return live.Options{
		Load:  func() (*config.Loaded, error) { return config.Load(h.file, nil) },
		Store: h.store,
		Swap: func(s *lists.Snapshot) {
			h.swapped.Store(s)
			h.swaps.Add(1)
		},
		Record: func(r live.Record) error {
			h.records = append(h.records, r)
			return h.refuse
		},
		Now: h.clock,
	}
}

func (h *house) set(now time.Time) { h.now.Store(&now) }
func (h *house) clock() time.Time  { return *h.now.Load() }

func (h *house) write(name, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.folder, name), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// refuses reports whether the snapshot in force refuses the password for a term.
func (h *house) refuses(password string) bool {
	v := h.swapped.Load().Engine.Check([]byte(password), engine.Subject{})
	return v.Reasons.Has(engine.BannedTerm)
}

func (h *house) edit(d store.Draft) live.Result {
	h.t.Helper()
	r, err := h.Edit(ctx, d)
	if err != nil {
		h.t.Fatal(err)
	}
	if r.Snapshot != h.swapped.Load().ID || r.Snapshot != h.State().Snapshot {
		h.t.Errorf("snapshot %s is not in force", r.Snapshot)
	}
	return r
}

// rebuilt returns the id of a snapshot that is built of the same content.
func (h *house) rebuilt() string {
	h.t.Helper()
	builds := h.State().Builds // one may be under way beside ours
	if h.Rebuild(); h.State().Builds == builds || h.State().Err != nil {
		h.t.Fatalf("not built: %+v", h.State())
	}
	return h.State().Snapshot
}

func ban(texts ...string) (all []store.Entry) {
	for _, text := range texts {
		all = append(all, store.Entry{Text: text, Ban: true})
	}
	return all
}

const bare = "terms: {global: false, words: [Woodgrove]}\n"

func TestEdit(t *testing.T) {
	h := start(t, bare)
	first := h.State().Snapshot
	if !h.refuses("woodgrove") || h.refuses("Contoso1") {
		t.Error("verdicts before any edit are wrong")
	}
	created := h.edit(store.Draft{List: "company", Actor: "ann", Add: ban("Contoso")})
	if !h.refuses("Contoso1") || created.Snapshot == first {
		t.Error("the edit is not in force")
	}
	if id := h.rebuilt(); id != created.Snapshot {
		t.Errorf("built of the same content: %s, amended: %s", id, created.Snapshot)
	}
	removed := h.edit(store.Draft{List: "company", Base: created.Revision, Actor: "bob", Remove: []store.Key{{Text: "CONTOSO"}}})
	if h.refuses("Contoso1") {
		t.Error("the removed term is in force")
	}
	h.edit(store.Draft{List: "company", Base: removed.Revision, Actor: "bob", Restore: created.Revision})
	if !h.refuses("Contoso1") {
		t.Error("the restored term is not in force")
	}
	gone := h.edit(store.Draft{List: "company", Base: store.Any, Actor: "bob", Delete: true})
	if gone.Snapshot != first {
		t.Errorf("without the list: %s, before it: %s", gone.Snapshot, first)
	}
	want := []live.Record{
		{Actor: "ann", Action: "list.create", Target: "custom/company", After: "revision 1"},
		{Actor: "bob", Action: "list.edit", Target: "custom/company", Before: "revision 1", After: "revision 2"},
		{Actor: "bob", Action: "list.restore", Target: "custom/company", Before: "revision 2", After: "revision 3"},
		{Actor: "bob", Action: "list.delete", Target: "custom/company", Before: "revision 3", After: "revision 4"},
	}
	if !slices.Equal(h.records, want) {
		t.Errorf("records %+v, want %+v", h.records, want)
	}
}

func TestEditRefused(t *testing.T) {
	h := start(t, bare)
	c := h.edit(store.Draft{List: "company", Add: ban("Contoso")})
	full := errors.New("disk full")
	tests := []struct {
		name  string
		draft store.Draft
		audit error
		want  error
	}{
		{"stale", store.Draft{List: "company", Base: c.Revision + 1, Add: ban("Fabrikam")}, nil, store.ErrConflict},
		{"configured", store.Draft{List: "term", Add: ban("Fabrikam")}, nil, live.ErrConfigured},
		{"blank", store.Draft{List: "company", Base: c.Revision, Add: ban("Fabrikam", "")}, nil, store.ErrInvalid},
		{"no record", store.Draft{List: "company", Base: c.Revision, Add: ban("Fabrikam")}, full, full},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h.refuse = test.audit
			swaps := h.swaps.Load()
			if _, err := h.Edit(ctx, test.draft); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			info, err := h.store.List(ctx, "company")
			if err != nil || info.Revision != c.Revision || h.swaps.Load() != swaps || h.refuses("Fabrikam1") {
				t.Errorf("something has changed: %+v, %v", info, err)
			}
		})
	}
}

func TestReload(t *testing.T) {
	h := start(t, bare)
	before := h.State().Snapshot
	h.write("veto.yaml", "terms: {global: false, words: [Woodgrove], files: [none.txt]}\nserver: {listen: 127.0.0.1:1}\n")
	if _, err := h.Reload(ctx, "ann"); err == nil || !strings.Contains(err.Error(), "veto.yaml:1: terms.files[0]") {
		t.Errorf("missing file: %v", err)
	}
	if s := h.State(); s.Snapshot != before || s.Err == nil || s.Failures != 1 || !h.refuses("woodgrove") {
		t.Errorf("state after a failed reload: %+v", s)
	}
	h.write("none.txt", "Fabrikam\n")
	r, err := h.Reload(ctx, "ann")
	if err != nil || !slices.Equal(r.Restart, []string{"server.listen"}) || r.After == before {
		t.Errorf("reload: %+v, %v", r, err)
	}
	if s := h.State(); s.Err != nil || !h.refuses("fabrikam") {
		t.Errorf("state after a reload: %+v", s)
	}
}

// TestReloadBuilds wants an engine to be built for other terms only, and what else has
// changed to be in force all the same.
func TestReloadBuilds(t *testing.T) {
	h := start(t, bare)
	h.edit(store.Draft{List: "company", Add: ban("Contoso")})
	refusesShort := func() bool {
		return h.swapped.Load().Engine.Check([]byte("Quartz7 lynx! om"), engine.Subject{}).Reasons.Has(engine.TooShort)
	}
	h.write("words.txt", "Quzvexop\nTailspin\n")
	for _, step := range []struct {
		name, yaml string
		builds     uint64
		word       bool
		short      bool
	}{
		{"nothing", bare, 1, false, false},
		{"policy", bare + "policies: [{name: all, length: {min: 20}}]\n", 1, false, true},
		{"policy back", bare, 1, false, false},
		{"word", "terms: {global: false, words: [Woodgrove, Quzvexop]}\n", 2, true, false},
		{"word gone", bare, 3, false, false},
		{"file", "terms: {global: false, words: [Woodgrove], files: [words.txt]}\n", 4, true, false},
		{"file again", "terms: {global: false, words: [Woodgrove], files: [words.txt]}\n", 4, true, false},
		{"global lists", "terms: {words: [Woodgrove], files: [words.txt]}\n", 5, true, false},
	} {
		h.write("veto.yaml", step.yaml)
		r, err := h.Reload(ctx, "ann")
		if err != nil || h.State().Builds != step.builds || r.After != h.swapped.Load().ID {
			t.Fatalf("%s: %+v, %v, %d builds, want %d", step.name, r, err, h.State().Builds, step.builds)
		}
		if !h.refuses("woodgrove") || !h.refuses("Contoso1") || h.refuses("quzvexop") != step.word || refusesShort() != step.short {
			t.Errorf("%s: not what is configured is in force", step.name)
		}
	}
	h.write("words.txt", "Tailspin\n")
	if _, err := h.Reload(ctx, "ann"); err != nil || h.State().Builds != 6 || h.refuses("quzvexop") {
		t.Errorf("file with other words: %v, %d builds", err, h.State().Builds)
	}
	if id := h.State().Snapshot; h.rebuilt() != id {
		t.Error("reloaded and built of the same content differ")
	}
}

func TestExpiry(t *testing.T) {
	h := start(t, bare)
	start := h.clock()
	entry := ban("Contoso")
	entry[0].Expires = start.Add(time.Hour)
	h.edit(store.Draft{List: "company", Add: append(entry, ban("Fabrikam")...)})
	for _, step := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {time.Hour - time.Second, true}, {time.Hour, false}, {24 * time.Hour, false}, {time.Minute, true}, {2 * time.Hour, false}} {
		h.set(start.Add(step.after))
		h.ExpireNow()
		if have := h.refuses("Contoso1"); have != step.want || !h.refuses("Fabrikam1") {
			t.Errorf("after %v: in force %t, want %t", step.after, have, step.want)
		}
	}
	amended := h.State().Snapshot
	if id := h.rebuilt(); id != amended {
		t.Errorf("built of the same content: %s, amended: %s", id, amended)
	}
	if s := h.State(); s.Expiring != 0 || !s.NextExpiry.IsZero() {
		t.Errorf("state: %+v", s)
	}
	longer := entry
	longer[0].Expires = start.Add(3 * time.Hour)
	h.edit(store.Draft{List: "company", Base: store.Any, Add: longer})
	if s := h.State(); !h.refuses("Contoso1") || s.Expiring != 1 || !s.NextExpiry.Equal(longer[0].Expires) {
		t.Errorf("prolonged: %+v", s)
	}
}

func TestPolicy(t *testing.T) {
	h := start(t, bare)
	first := h.State().Snapshot
	document := []byte("name: staff\nlength: {min: 20}\ngroups: [Staff]\nprecedence: 5\n")
	p, err := h.EditPolicy(ctx, store.PolicyDraft{Name: "staff", Actor: "ann", Document: document})
	if err != nil {
		t.Fatal(err)
	}
	tooShort := func() bool {
		v := h.swapped.Load().Engine.Check([]byte("Quartz7 lynx! om"), engine.Subject{Groups: []string{"staff"}})
		return v.Reasons.Has(engine.TooShort)
	}
	if !tooShort() || h.rebuilt() != p.Snapshot {
		t.Error("the policy is not in force")
	}
	for name, bad := range map[string]string{
		"unknown key": "name: staff\nlenght: {min: 20}\n", "other name": "name: others\n", "no precedence": "name: staff\ngroups: [Staff]\n",
	} {
		var errs config.Errors
		if _, err := h.EditPolicy(ctx, store.PolicyDraft{Name: "staff", Base: p.Revision, Document: []byte(bad)}); !errors.As(err, &errs) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone, err := h.EditPolicy(ctx, store.PolicyDraft{Name: "staff", Base: p.Revision, Actor: "ann"})
	if err != nil || gone.Snapshot != first || tooShort() {
		t.Errorf("deleted: %+v, %v", gone, err)
	}
}

func TestPreview(t *testing.T) {
	h := start(t, bare)
	c := h.edit(store.Draft{List: "company", Add: ban("Contoso")})
	sample := [][]byte{[]byte("Contoso-horse-staple-77"), []byte("Fabrikam-horse-staple-77"), []byte("Quartz-lynx-horse-staple-77")}
	d := store.Draft{List: "company", Base: c.Revision, Replace: true, Add: ban("Fabrikam")}
	p, err := h.Preview(ctx, d, sample)
	if err != nil || p.Added != 1 || p.Removed != 1 || p.Revision != c.Revision || p.Sample != (live.Sample{Size: 3, Before: 1, After: 1, Newly: 1, Freed: 1}) {
		t.Errorf("preview: %+v, %v", p, err)
	}
	if info, err := h.store.List(ctx, "company"); err != nil || info.Revision != c.Revision || !h.refuses("Contoso-horse-staple-77") {
		t.Errorf("the preview has changed something: %+v, %v", info, err)
	}
	d.Add = ban("Fabrikam", "", "ab")
	p, err = h.Preview(ctx, d, sample)
	if err != nil || p.Invalid == nil || len(p.Invalid.Entries) != 2 || p.Invalid.Entries[0].Index != 1 || p.Invalid.Entries[1].Index != 2 {
		t.Errorf("invalid entries: %+v, %v", p, err)
	}
	if p, err := h.Preview(ctx, store.Draft{List: "company", Base: store.Any, Add: ban("Quartz")}, nil); err != nil || p.Sample.Size != 10_000 {
		t.Errorf("embedded sample: %+v, %v", p.Sample, err)
	}
}

// TestPreviewAudit tells decisions from what only audit mode accepts: turning a
// rule or a policy from audit to enforce shows what is newly refused, and a list in
// audit mode what it finds.
func TestPreviewAudit(t *testing.T) {
	h := start(t, bare)
	const enforced = "name: default\nlength: {min: 20}\nscore: {mode: off}\n"
	draft := store.PolicyDraft{Name: "default"}
	for _, audited := range []string{strings.Replace(enforced, "20", "20, mode: audit", 1), enforced + "mode: audit\n"} {
		draft.Document = []byte(audited)
		r, err := h.EditPolicy(ctx, draft)
		if err != nil {
			t.Fatal(err)
		}
		draft.Base, draft.Document = r.Revision, []byte(enforced)
		p, err := h.PreviewPolicy(ctx, draft)
		if n := p.Sample.Newly; err != nil || n == 0 || p.Sample != (live.Sample{Size: 10_000, After: n, Newly: n, WouldBefore: n}) {
			t.Errorf("from %q: %+v, %v", audited, p.Sample, err)
		}
	}
	sample := [][]byte{[]byte("Contoso-horse-staple-77"), []byte("Quartz-lynx-horse-staple-77")}
	p, err := h.Preview(ctx, store.Draft{List: "company", Add: ban("Contoso")}, sample)
	if err != nil || p.Sample != (live.Sample{Size: 2, WouldAfter: 1}) {
		t.Errorf("a list in audit mode: %+v, %v", p.Sample, err)
	}
}

// brokenStore fails when a confirmed change is to be committed.
type brokenStore struct {
	store.Store
	err error
}

func (b brokenStore) Commit(ctx context.Context, p *store.Plan, confirm func(store.Change) error) (store.Change, error) {
	return b.Store.Commit(ctx, p, func(c store.Change) error {
		if err := confirm(c); err != nil {
			return err
		}
		return b.err
	})
}

// TestCommitFails wants nothing changed, and the record taken back.
func TestCommitFails(t *testing.T) {
	h := start(t, bare)
	o := h.options()
	full := errors.New("no space left on device")
	o.Store = brokenStore{h.store, full}
	broken, err := live.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	before := broken.State().Snapshot
	if _, err := broken.Edit(ctx, store.Draft{List: "company", Actor: "ann", Add: ban("Contoso")}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if broken.State().Snapshot != before || h.refuses("Contoso1") {
		t.Error("what is not durable is in force")
	}
	want := []live.Record{
		{Actor: "ann", Action: "list.create", Target: "custom/company", After: "revision 1"},
		{Actor: "ann", Action: "list.create.failed", Target: "custom/company"},
	}
	if !slices.Equal(h.records, want) {
		t.Errorf("records %+v, want %+v", h.records, want)
	}
	if r := h.edit(store.Draft{List: "company", Actor: "ann", Add: ban("Contoso")}); r.Revision != 1 {
		t.Errorf("the same again: %+v", r)
	}
}

// many returns n terms and more.
func many(n int) (all []store.Entry) {
	for i := range n {
		all = append(all, store.Entry{Text: fmt.Sprintf("kalmwijk%dzorb%d", i*7919%n, i), Ban: i%2 == 0})
	}
	return all
}

// TestLargeEdit replaces a list by more terms than an engine is amended by, while
// others edit that and another list and terms expire: nobody's edit is lost, and
// what is in force is what a reload makes.
func TestLargeEdit(t *testing.T) {
	h := start(t, bare)
	now := h.clock()
	h.edit(store.Draft{List: "company", Actor: "ann", Add: ban("Contoso")})
	large := many(engine.MaxAmended + 1)
	large[7].Text, large[7].Ban, large[7].Expires = "Tailspin", true, now.Add(time.Minute)
	done := make(chan error)
	go func() {
		_, err := h.Edit(ctx, store.Draft{List: "company", Base: store.Any, Actor: "bob", Replace: true, Add: large})
		done <- err
	}()
	edits, ended := 0, false
	for ; !ended || edits < 4; edits++ {
		h.edit(store.Draft{List: "other", Base: base(edits), Actor: "ann", Add: ban(fmt.Sprintf("fabrikam%d", edits))})
		switch edits {
		case 2:
			h.edit(store.Draft{List: "company", Base: store.Any, Actor: "ann", Add: ban("Northwind")})
		case 3:
			h.set(now.Add(time.Hour))
			h.ExpireNow()
		}
		select {
		case err := <-done:
			if ended = true; err != nil {
				t.Fatal(err)
			}
		default:
		}
	}
	h.ExpireNow()
	entries := len(large)
	if h.refuses("Northwind") { // it came later
		entries++
	}
	if info, err := h.store.List(ctx, "company"); err != nil || info.Entries != entries {
		t.Errorf("%d entries, %v", info.Entries, err)
	}
	for word, want := range map[string]bool{large[0].Text: true, "Contoso": false, "Tailspin": false, fmt.Sprintf("fabrikam%d", edits-1): true} {
		if h.refuses(word) != want {
			t.Errorf("%s is refused: %v, want %v", word, !want, want)
		}
	}
	if id := h.State().Snapshot; id != h.rebuilt() {
		t.Error("what is in force is not what a reload makes")
	}
}

// base is none for the first edit of a list.
func base(edits int) uint64 {
	if edits == 0 {
		return store.None
	}
	return store.Any
}

// racingStore lets somebody else edit before each commit, as often as it says.
type racingStore struct {
	store.Store
	races *int
	other func()
}

func (r racingStore) Commit(ctx context.Context, p *store.Plan, confirm func(store.Change) error) (store.Change, error) {
	if *r.races > 0 {
		*r.races--
		r.other()
	}
	return r.Store.Commit(ctx, p, confirm)
}

// TestRaces edits a list that somebody else always changes first: whatever there is
// is edited in the end, a revision that has passed is not.
func TestRaces(t *testing.T) {
	for _, races := range []int{1, 3} {
		h := start(t, bare)
		c := h.edit(store.Draft{List: "company", Actor: "ann", Add: ban("Contoso")})
		o := h.options()
		left, n := races, 0
		o.Store = racingStore{h.store, &left, func() {
			n++
			if _, err := h.store.Edit(ctx, store.Draft{List: "company", Base: store.Any, Actor: "bob", Add: ban(fmt.Sprint("fabrikam", n))}, nil); err != nil {
				t.Error(err)
			}
		}}
		racing, err := live.Open(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		defer racing.Close()
		if r, err := racing.Edit(ctx, store.Draft{List: "company", Base: store.Any, Actor: "ann", Add: ban("Tailspin")}); err != nil || r.Entries != races+2 {
			t.Errorf("%d races: %+v, %v", races, r, err)
		}
		left = 1
		_, err = racing.Edit(ctx, store.Draft{List: "company", Base: c.Revision, Actor: "ann", Add: ban("Northwind")})
		if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Current == c.Revision {
			t.Errorf("a revision that has passed: %v", err)
		}
	}
}

// walkedStore calls back once when a list has been read.
type walkedStore struct {
	store.Store
	then *func()
}

func (w walkedStore) Walk(ctx context.Context, name string, revision uint64, visit func(store.Entry) error) (store.Info, error) {
	info, err := w.Store.Walk(ctx, name, revision, visit)
	if then := *w.then; then != nil {
		*w.then = nil
		then()
	}
	return info, err
}

// TestLargeEditExpiry carries a large edit out while entries of the list expire that
// it keeps for longer, and while the clock is set back behind the expiry of one
// that it removes.
func TestLargeEditExpiry(t *testing.T) {
	h := start(t, bare)
	now := h.clock()
	soon := now.Add(time.Minute)
	c := h.edit(store.Draft{List: "company", Actor: "ann", Replace: true, Add: []store.Entry{
		{Text: "Contoso", Ban: true, Expires: soon}, {Text: "Tailspin", Ban: true, Expires: soon}, {Text: "Northwind", Ban: true, Expires: now.Add(-time.Minute)},
	}})
	var then func()
	o := h.options()
	o.Store = walkedStore{h.store, &then}
	l, err := live.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	edit := func(d store.Draft, at time.Time, want map[string]bool) {
		t.Helper()
		then = func() {
			h.set(at)
			l.ExpireNow()
		}
		if _, err := l.Edit(ctx, d); err != nil {
			t.Fatal(err)
		}
		for word, want := range want {
			if h.refuses(word) != want {
				t.Errorf("%s is refused: %v, want %v", word, !want, want)
			}
		}
		id := l.State().Snapshot
		if _, err := l.Reload(ctx, "test"); err != nil || l.State().Snapshot != id {
			t.Errorf("what is in force is not what a reload makes (%v)", err)
		}
	}
	large := many(engine.MaxAmended + 1)
	d := store.Draft{List: "company", Base: c.Revision, Actor: "bob", Add: append(ban("Contoso"), large...)}
	edit(d, soon.Add(time.Second), map[string]bool{"Contoso": true, "Tailspin": false, "Northwind": false})
	d = store.Draft{List: "company", Base: store.Any, Actor: "bob", Replace: true, Add: ban("Contoso")}
	edit(d, now.Add(-time.Hour), map[string]bool{"Contoso": true, "Tailspin": false, "Northwind": false})
}
