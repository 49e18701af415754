package live

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// ErrNoStore is the error of changes without a store.
var ErrNoStore = errors.New("no store is configured: name a file with store.file or --store")

// Options say what a Live keeps in force.
type Options struct {
	// Load reads the configuration. It is called by Open and Reload.
	Load func() (*config.Loaded, error)
	// Store has the lists and policies that are edited; nil means none. The
	// caller closes it, after the Live.
	Store store.Store
	// Swap puts a snapshot in force. It must not call the Live.
	Swap func(*lists.Snapshot)
	// Record makes a record of a change before it is carried out; its error
	// abandons the change. nil means none.
	Record func(Record) error
	// Logger receives what happens in the background; nil means nothing.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Record is what the record of a change says.
type Record struct {
	Actor  string
	Action string // such as "list.edit", "policy.create" or "reload"
	Target string // such as "custom/company" or "policy/staff"
	Before string // state before: revision and snapshot, or empty
	After  string // state after
}

// Live keeps a snapshot in force. Its methods are safe for concurrent use.
type Live struct {
	options Options
}

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

// Report is what a reload found.
type Report struct {
	Before, After string // ids of the snapshots
	Took          time.Duration
	// Restart are the keys of the configuration whose new values need a restart.
	Restart []string
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
	// Err is why the last build or reload failed; nil once one succeeds. What is
	// in force then is older than what is asked for.
	Err        error
	ErrSince   time.Time
	Expiring   int       // entries that expire some time
	NextExpiry time.Time // when the next one does; zero: none
}

// Preview tells what a draft would change.
type Preview struct {
	store.Change
	Invalid []store.EntryError // then there is nothing in Change
	Sample  Sample
}

// Sample tells how a draft changes the verdicts of a sample of passwords under
// the first policy.
type Sample struct {
	Size          int
	Before, After int // refused ones
	Newly, Freed  int // refused after and not before, and the other way round
}

// Open builds the first snapshot, puts it in force and starts to watch. It fails
// if the snapshot cannot be built.
func Open(ctx context.Context, o Options) (*Live, error) {
	return &Live{options: o}, errors.ErrUnsupported
}

// Close stops watching and waits for what runs in the background. What is in
// force stays so.
func (l *Live) Close() error { return nil }

// State returns what is in force.
func (l *Live) State() State { return State{} }

// Store returns the store, for reading, or nil.
func (l *Live) Store() store.Store { return l.options.Store }

// Snapshot returns what is in force.
func (l *Live) Snapshot() *lists.Snapshot { return nil }

// Reload reads configuration, lists and indexes anew. On any error what was in
// force stays so.
func (l *Live) Reload(ctx context.Context, actor string) (Report, error) {
	return Report{}, errors.ErrUnsupported
}

// Edit carries out a draft, which is durable and in force when Edit returns.
// Errors are those of store.Store and of Options.Record, and ErrNoStore.
func (l *Live) Edit(ctx context.Context, d store.Draft) (Result, error) {
	return Result{}, errors.ErrUnsupported
}

// EditPolicy carries out a draft of a policy, likewise. A document that cannot be
// used is a config.Errors.
func (l *Live) EditPolicy(ctx context.Context, d store.PolicyDraft) (PolicyResult, error) {
	return PolicyResult{}, errors.ErrUnsupported
}

// Preview tells what the draft would change, and how many passwords of the sample
// would be refused; nil means the embedded sample. It keeps nothing of them.
func (l *Live) Preview(ctx context.Context, d store.Draft, sample [][]byte) (Preview, error) {
	return Preview{}, errors.ErrUnsupported
}
