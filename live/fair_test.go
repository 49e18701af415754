package live_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
)

// busyStore keeps so few revisions, and is edited so often, that a list cannot be
// read any more as it was a moment ago.
type busyStore struct {
	store.Store
	edits *atomic.Int64
}

// Walk waits until others have edited, or for some time if they cannot.
func (b busyStore) Walk(ctx context.Context, name string, revision uint64, visit func(store.Entry) error) (store.Info, error) {
	begun, patience := b.edits.Load(), time.After(200*time.Millisecond)
	for b.edits.Load() < begun+3 {
		select {
		case <-patience:
			return b.Store.Walk(ctx, name, revision, visit)
		case <-time.After(time.Millisecond):
		}
	}
	return b.Store.Walk(ctx, name, revision, visit)
}

// TestConstantEdits edits a policy that takes a new engine, and reloads, while a list
// is edited all the time: neither fails, and no edit does.
func TestConstantEdits(t *testing.T) {
	h := start(t, bare)
	kept, err := store.Open(filepath.Join(h.folder, "busy.db"), store.Options{Keep: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	var edits atomic.Int64
	o := h.options()
	o.Store = busyStore{kept, &edits}
	o.Record = nil
	l, err := live.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := l.Edit(ctx, store.Draft{List: "company", Actor: "bob", Add: ban("Contoso")}); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			_, err := l.Edit(ctx, store.Draft{List: "company", Base: store.Any, Actor: "bob", Add: ban(fmt.Sprint("Fabrikam", n))})
			if err != nil {
				t.Error(err)
				return
			}
			edits.Add(1)
		}
	}()
	before := edits.Load()
	p, err := l.EditPolicy(ctx, store.PolicyDraft{Name: "staff", Actor: "ann", Document: []byte("name: staff\nprofile: entra\ngroups: [Staff]\nprecedence: 1\n")})
	if err != nil || p.Snapshot == "" {
		t.Errorf("policy: %v", err)
	}
	if _, err := l.Reload(ctx, "ann"); err != nil {
		t.Errorf("reload: %v", err)
	}
	close(stop)
	<-stopped
	if n := edits.Load() - before; n == 0 {
		t.Errorf("%d edits beside them", n)
	}
	id := l.State().Snapshot
	if _, err := l.Reload(ctx, "test"); err != nil || l.State().Snapshot != id {
		t.Errorf("what is in force is not what a reload makes (%v)", err)
	}
}
