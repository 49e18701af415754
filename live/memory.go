package live

import (
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// How work with many terms is careful with memory.
const (
	// largeTerms is the number of terms from which it is.
	largeTerms = 100_000
	// buildPercent is how much the heap may grow before garbage is collected: what a
	// build leaves behind is a fraction of what it holds.
	buildPercent = 10
	// settleTime is when what it has left is given back to the system: who tries an
	// engine out has done so by then.
	settleTime = 10 * time.Second
)

// compile builds the snapshot of in, of what the store held at b, and of change, which
// may be nil. It takes several times the memory of the snapshot, so that one is
// compiled at a time.
func (l *Live) compile(ctx context.Context, in *inputs, b base, change *store.Change) (*lists.Snapshot, expiries, error) {
	select {
	case l.compiling <- struct{}{}:
		defer func() { <-l.compiling }()
	case <-ctx.Done():
		return nil, expiries{}, ctx.Err()
	}
	defer l.processor.add()()
	defer l.thrift.begin(in.terms() + b.terms() + len(added(change)))()
	c, err := l.content(ctx, in, b, change)
	if err != nil {
		return nil, expiries{}, err
	}
	s, err := c.snapshot()
	return s, c.expiries, err
}

// thrift makes what is done with many terms careful with memory.
type thrift struct {
	mu     sync.Mutex
	n      int           // what goes on
	before int           // percent of garbage before it
	left   chan struct{} // asks for memory to be given back
}

// begin has garbage collected more often, if there are many terms, until the function
// is called that it returns; then memory is given back.
func (t *thrift) begin(terms int) (end func()) {
	if terms < largeTerms {
		return func() {}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n++; t.n == 1 {
		t.before = debug.SetGCPercent(buildPercent)
		if t.before >= 0 && t.before < buildPercent {
			debug.SetGCPercent(t.before)
		}
	}
	return t.end
}

func (t *thrift) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n--; t.n > 0 {
		return
	}
	debug.SetGCPercent(t.before)
	select {
	case t.left <- struct{}{}:
	default: // already asked for
	}
}

// tidy gives memory back when it is asked to, until ctx ends.
func (t *thrift) tidy(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.left:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(settleTime):
			runtime.GC() // engines have pools, which a collection forgets and the next one frees
			debug.FreeOSMemory()
		}
	}
}

// terms returns how many terms the configuration makes.
func (in *inputs) terms() (n int) {
	for _, list := range in.custom {
		n += len(list.Terms)
	}
	return n
}

// terms returns how many entries the store has.
func (b *base) terms() (n int) {
	for _, list := range b.lists {
		n += list.Entries
	}
	return n
}

// added returns the entries that a change adds; it may be nil.
func added(change *store.Change) []store.Entry {
	if change == nil {
		return nil
	}
	return change.New
}
