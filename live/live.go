package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// What errors of changes wrap.
var (
	ErrNoStore    = errors.New("no store is configured: name a file with store.file or --store")
	ErrConfigured = errors.New("list is made by the configuration (terms.words, terms.files): change it there and reload, or choose another name")
)

// tick is how often expiry is looked at.
const tick = time.Second

// Options say what a Live keeps in force.
type Options struct {
	// Load reads the configuration. It is called by Open and Reload.
	Load func() (*config.Loaded, error)
	// Store has the lists and policies that are edited; nil means none. Nobody
	// else may change it. The caller closes it, after the Live.
	Store store.Store
	// Swap puts a snapshot in force. It must not call the Live.
	Swap func(*lists.Snapshot)
	// Record makes a record of a change before it is carried out; its error
	// abandons the change. nil means none. It must not call the Live.
	Record func(Record) error
	// Logger receives what happens in the background; nil means nothing.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Record is what the record of a change says.
type Record struct {
	Actor  string
	Action string // such as "list.edit", "policy.create" or "reload"; with ".failed" behind: what was recorded did not happen
	Target string // such as "custom/company" or "policy/staff"
	Before string // such as "revision 12", or empty
	After  string
}

// Live keeps a snapshot in force. Its methods are safe for concurrent use.
type Live struct {
	options Options
	stop    context.CancelFunc
	done    sync.WaitGroup
	rebuild chan struct{} // asks for a new engine

	building  sync.Mutex    // held while an engine is built apart from edits, before mu
	compiling chan struct{} // full while a snapshot is compiled; after building and mu
	thrift    thrift
	processor processor

	mu       sync.Mutex // held during a change
	inputs   *inputs
	snapshot *lists.Snapshot
	expiries expiries
	tracked  bool          // edits are noted in missed
	missed   []lists.Delta // edits since a build began
	state    State
	failures [attempts]error // by what was attempted last

	public atomic.Pointer[public] // what readers see, who don't wait for a change
}

// public is what is in force, as State, Snapshot, Config and Configured tell it.
type public struct {
	state    State
	snapshot *lists.Snapshot
	inputs   *inputs
}

// What may fail, and stays failed until the same succeeds.
const (
	reloading = iota
	watching  // the folder of indexes
	building  // an engine from the same content
	expiring
	attempts
)

// Result is what became of a change of a list.
type Result struct {
	store.Change
	Snapshot string // id of the snapshot in force, which has it
}

// PolicyResult is what became of a change of a policy.
type PolicyResult struct {
	store.Policy
	Snapshot string // id of the snapshot in force, which has it
}

// State tells what is in force.
type State struct {
	Snapshot string
	Lists    []lists.Info
	Since    time.Time     // when it was put in force
	Took     time.Duration // of the last build of an engine
	Amended  int           // terms that came or went since
	Builds   uint64        // engines built
	Failures uint64        // builds and reloads that failed
	// Err is why the last reload, look at the folder of indexes, building of an
	// engine or expiry failed; nil once all succeed. What is in force then is older
	// than what is asked for.
	Err        error
	ErrSince   time.Time
	Expiring   int       // entries that are in force and expire some time
	NextExpiry time.Time // when the next one does; zero: none
}

// Open builds the first snapshot, puts it in force and starts to watch. It fails
// if the snapshot cannot be built.
func Open(ctx context.Context, o Options) (*Live, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Record == nil {
		o.Record = func(Record) error { return nil }
	}
	l := &Live{options: o, rebuild: make(chan struct{}, 1), compiling: make(chan struct{}, 1), thrift: thrift{left: make(chan struct{}, 1)}}
	in, err := l.read()
	if err != nil {
		return nil, err
	}
	if err := l.build(ctx, in); err != nil {
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	l.done.Go(func() { l.expire(background) })
	l.done.Go(func() { l.watch(background) })
	l.done.Go(func() { l.thrift.tidy(background) })
	return l, nil
}

// Close stops watching, and waits for what runs in the background, which takes as
// long as a build if there is one. What is in force stays so.
func (l *Live) Close() error {
	l.stop()
	l.done.Wait()
	return nil
}

// Store returns the store, for reading, or nil.
func (l *Live) Store() store.Store { return l.options.Store }

// Snapshot returns what is in force.
func (l *Live) Snapshot() *lists.Snapshot { return l.public.Load().snapshot }

// Config returns the configuration that is in force, but for what needs a restart.
func (l *Live) Config() *config.Loaded { return l.public.Load().inputs.loaded }

// Configured returns the terms of a list in force that the configuration makes, such
// as "custom/term", in the order they are given. They are not to be changed.
func (l *Live) Configured(name string) (terms []engine.Term, ok bool) {
	for _, list := range l.public.Load().inputs.custom {
		if list.Name == name {
			return list.Terms, true
		}
	}
	return nil, false
}

// State returns what is in force. It doesn't wait for changes that are going on.
// Its slices are not to be changed.
func (l *Live) State() State { return l.public.Load().state }

// publish makes readers see what is in force. l.mu is held.
func (l *Live) publish() {
	p := &public{l.state, l.snapshot, l.inputs}
	p.state.Snapshot, p.state.Lists, p.state.Amended = l.snapshot.ID, l.snapshot.Lists, l.snapshot.Engine.Amended()
	p.state.Expiring, p.state.NextExpiry = l.expiries.next()
	l.public.Store(p)
}

// install puts a snapshot in force. l.mu is held.
func (l *Live) install(s *lists.Snapshot) {
	l.snapshot = s
	l.state.Since = l.options.Now()
	l.publish()
	l.options.Swap(s)
}

// note remembers the outcome of an attempt. l.mu is held.
func (l *Live) note(attempt int, err error) {
	l.failures[attempt] = err
	if err != nil {
		l.state.Failures++
		if l.state.Err == nil {
			l.state.ErrSince = l.options.Now()
		}
	}
	l.state.Err = errors.Join(l.failures[:]...)
	l.publish()
}
