package live_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
)

// collected returns how much a heap may grow, in percent.
func collected() int {
	percent := debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent
}

func TestThrift(t *testing.T) {
	before := collected()
	thrift := live.NewThrift()
	thrift.Begin(1000)()
	if collected() != before || thrift.Left() {
		t.Error("a thousand terms are many")
	}
	first := thrift.Begin(1_000_000)
	second := thrift.Begin(1_000_000)
	during := collected()
	first()
	if during >= before || collected() != during || thrift.Left() {
		t.Errorf("garbage at %d, then %d percent, %d before; given back: %t", during, collected(), before, thrift.Left())
	}
	second()
	if collected() != before || !thrift.Left() {
		t.Errorf("garbage at %d percent, %d before; given back: %t", collected(), before, thrift.Left())
	}
}

// TestOneBuild wants a large draft to wait while a snapshot is built, and small ones
// not to.
func TestOneBuild(t *testing.T) {
	h := start(t, bare)
	draft := store.Draft{List: "company", Base: store.None}
	for i := range engine.MaxAmended + 1 {
		draft.Add = append(draft.Add, store.Entry{Text: fmt.Sprintf("zorbit%dania", i)})
	}
	before := collected()
	preview := func() {
		if p, err := h.Preview(ctx, draft, [][]byte{}); err != nil || p.Added != len(draft.Add) {
			t.Errorf("%d added, %v", p.Added, err)
		}
	}
	began := time.Now()
	preview()
	took := time.Since(began)
	end, done := h.Compile(), make(chan struct{})
	go func() {
		preview()
		close(done)
	}()
	h.edit(store.Draft{List: "other", Add: ban("Contoso")})
	select {
	case <-done:
		t.Error("two builds at a time")
	case <-time.After(3 * took):
	}
	end()
	<-done
	if h.edit(draft); h.State().Builds != 2 || collected() != before {
		t.Errorf("%d builds, garbage at %d percent, %d before", h.State().Builds, collected(), before)
	}
}

// TestCloseBuilding wants the end not to be told as the failure of a build that was
// waiting for its turn.
func TestCloseBuilding(t *testing.T) {
	h := start(t, bare)
	var log bytes.Buffer
	o := h.options()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	l, err := live.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Compile()()
	l.Ask()
	time.Sleep(50 * time.Millisecond) // it waits now, or fails to begin
	if l.Close(); l.State().Err != nil || log.Len() > 0 {
		t.Errorf("%v, log %s", l.State().Err, &log)
	}
}

// TestBuildMemory bounds what a large draft allocates in all.
func TestBuildMemory(t *testing.T) {
	h := start(t, bare)
	const terms = engine.MaxAmended + 1
	draft := store.Draft{List: "company", Base: store.None}
	for i := range terms {
		draft.Add = append(draft.Add, store.Entry{Text: fmt.Sprintf("zorbit%dania", i*7919)})
	}
	each := func(do func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		do()
		runtime.ReadMemStats(&after)
		return (after.TotalAlloc - before.TotalAlloc) / terms
	}
	for _, c := range []struct {
		name string
		do   func()
		most uint64 // bytes for each term
	}{
		{"dry run", func() { h.Preview(ctx, draft, [][]byte{}) }, 900},
		{"edit", func() { h.edit(draft) }, 1700},
	} {
		if n := each(c.do); n > c.most {
			t.Errorf("%s: %d bytes for each term, more than %d", c.name, n, c.most)
		}
	}
}
