package live_test

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists/store"
)

// swapsVariable is how often TestSwaps edits; make slow sets it to 10,000.
const swapsVariable = "VETO_SWAPS"

const leaked, strong = "qV7#xLp2w!9z", "Contoso-horse-staple-77"

// index puts an index of passwords in the folder, by renaming.
func index(t *testing.T, path string, passwords ...string) {
	t.Helper()
	var records []filter.Record
	for _, p := range passwords {
		records = append(records, filter.Record{Digest: sha1.Sum([]byte(p)), Count: 5})
	}
	slices.SortFunc(records, func(a, b filter.Record) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	w, err := filter.Create(path, filter.Options{Kind: filter.SHA1})
	if err == nil {
		err = w.Append(records)
	}
	if err == nil {
		_, err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// watched is a configuration with a folder of indexes, which tests look at themselves.
const watched = bare + "breached: {folder: indexes}\nreload: {watch: 0s}\n"

// startWatched makes the folder, too.
func startWatched(t *testing.T) (h *house, folder string) {
	t.Helper()
	h = start(t, bare)
	folder = filepath.Join(h.folder, "indexes")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	h.write("veto.yaml", watched)
	if _, err := h.Reload(ctx, "test"); err != nil {
		t.Fatal(err)
	}
	return h, folder
}

func (h *house) breached(password string) bool {
	return h.swapped.Load().Engine.Check([]byte(password), engine.Subject{}).Reasons.Has(engine.Breached)
}

func TestFolder(t *testing.T) {
	h, folder := startWatched(t)
	empty := h.State().Snapshot
	path := filepath.Join(folder, "hibp.veto")
	index(t, path, leaked)
	if left := h.Look(""); left != "" || !h.breached(leaked) || h.State().Err != nil {
		t.Fatalf("the index is not in force: %v", h.State().Err)
	}
	swaps := h.swaps.Load()
	h.Look("")
	if h.swaps.Load() != swaps {
		t.Error("an unchanged folder was put in force again")
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(folder, "torn.veto")
	if err := os.WriteFile(torn, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	unusable := h.Look("")
	if s := h.State(); s.Err == nil || s.Failures != 1 || !h.breached(leaked) || !strings.Contains(s.Err.Error(), "torn.veto") {
		t.Errorf("with a torn file: %+v", s)
	}
	if h.Look(unusable); h.State().Failures != 1 {
		t.Error("the same torn file was tried again")
	}
	if err := os.Remove(torn); err != nil {
		t.Fatal(err)
	}
	if h.Look(unusable); h.State().Err != nil {
		t.Errorf("without the torn file: %v", h.State().Err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if h.Look(""); h.breached(leaked) || h.State().Snapshot != empty {
		t.Error("the removed index is in force")
	}
}

// open counts what a process must not collect: open files, mapped indexes and
// goroutines.
func open() string {
	runtime.GC()
	runtime.GC() // cleanups have run after the second
	time.Sleep(50 * time.Millisecond)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return "unknown"
	}
	maps, _ := os.ReadFile("/proc/self/maps")
	return fmt.Sprintf("%d files, %d mapped indexes, %d goroutines", len(files), bytes.Count(maps, []byte(".veto\n")), runtime.NumGoroutine())
}

// TestSwaps edits a list and exchanges an index while others check: every verdict
// is that of the snapshot it names.
func TestSwaps(t *testing.T) {
	edits := 100
	if n, err := strconv.Atoi(os.Getenv(swapsVariable)); err == nil {
		edits = n
	}
	h, folder := startWatched(t)
	r := h.edit(store.Draft{List: "company", Add: ban("Contoso")})
	var banned sync.Map // snapshot id: whether Contoso is banned
	banned.Store(r.Snapshot, true)
	before := open()
	stop := make(chan struct{})
	var done sync.WaitGroup
	var checks, unknown atomic.Int64
	for range 2 {
		done.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				v := h.swapped.Load().Engine.Check([]byte(strong), engine.Subject{})
				checks.Add(1)
				if want, ok := banned.Load(v.Snapshot); !ok {
					unknown.Add(1) // in force before Edit returns its id
				} else if have := v.Decision == engine.Reject; have != want {
					t.Errorf("snapshot %s refuses: %t, want %t", v.Snapshot, have, want)
				}
			}
		})
	}
	for i := range edits {
		d := store.Draft{List: "company", Base: r.Revision, Add: ban("Contoso", fmt.Sprintf("fabrikam%d", i))}
		if i%2 == 0 {
			d = store.Draft{List: "company", Base: r.Revision, Remove: []store.Key{{Text: "contoso"}}}
		}
		r = h.edit(d)
		banned.Store(r.Snapshot, i%2 == 1)
		if i%30 == 0 {
			index(t, filepath.Join(folder, "hibp.veto"), leaked, fmt.Sprint(i))
			h.Look("")
			banned.Store(h.State().Snapshot, i%2 == 1)
		}
	}
	close(stop)
	done.Wait()
	if checks.Load() == 0 || h.State().Failures != 0 {
		t.Errorf("%d checks, state %+v", checks.Load(), h.State())
	}
	if id := h.rebuilt(); id != h.State().Snapshot || !h.breached(leaked) {
		t.Errorf("the last snapshot is %s, built anew %s", h.State().Snapshot, id)
	}
	before = strings.Replace(before, " 0 mapped", " 1 mapped", 1)
	if after := open(); after != before {
		t.Errorf("before: %s; after: %s", before, after)
	}
	t.Logf("%d checks, %d of them before their edit was acknowledged, %d swaps", checks.Load(), unknown.Load(), h.swaps.Load())
}

// TestRebuild edits while an engine is built anew: nothing is missed.
func TestRebuild(t *testing.T) {
	h := start(t, bare)
	var all []store.Entry
	for i := range 12_000 {
		all = append(all, store.Entry{Text: fmt.Sprintf("fabrikam%d", i)})
	}
	r := h.edit(store.Draft{List: "company", Add: all}) // more than are amended without building anew
	for i := range 50 {
		r = h.edit(store.Draft{List: "company", Base: r.Revision, Add: ban(fmt.Sprintf("Contoso%c%c", 'a'+i%26, 'a'+i/26))})
	}
	for end := time.Now().Add(10 * time.Second); h.State().Amended > 1000; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no engine is built: %+v", h.State())
		}
	}
	amended := h.State().Snapshot
	if amended != r.Snapshot || !h.refuses("contosoxb") || h.rebuilt() != amended {
		t.Error("an edit was missed")
	}
}
