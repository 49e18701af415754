package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vetopw/veto/remote"
)

// Options is what a Keeper keeps, and how.
type Options struct {
	// Source is the folder of a bundle, or the URL of one: that of a web server, or
	// of veto serve with /v1/bundle behind.
	Source string
	// Remote is how a URL is reached.
	Remote remote.Options
	// Dir is where generations are kept: on a local disk, for one Keeper alone.
	Dir string
	// Keys are trusted. A kept generation that none of them signed is not used.
	Keys Keys
	// Interval is the mean time between two looks at the source; 0 means an hour.
	Interval time.Duration
	// MinVersion is the least version taken, also by a Keeper without memory.
	MinVersion uint64
	// MaxBytes bounds the size of a bundle; 0 means 64 GiB.
	MaxBytes int64
	// Logger receives what Run does; nil means none.
	Logger *slog.Logger
}

// Keeper keeps the last good generation of a bundle on this machine.
type Keeper struct {
	options  Options
	source   source
	disk     disk
	resume   time.Duration // between two connections for one file
	lock     *os.File
	current  atomic.Pointer[Generation]
	status   atomic.Pointer[Status]
	reported string      // the last error that Run logged
	mu       sync.Mutex  // of what follows
	newest   *Generation // whole, though it may have been refused
	previous *Generation // what to fall back to
	highest  uint64      // version there ever was
	tag      string      // of the manifest of newest
	refusal  error       // why newest was refused, or nil
}

// Status is what a Keeper is at.
type Status struct {
	Version uint64 // of the current generation; 0 without
	// Checked is when the source was last seen to have nothing better than the
	// current generation; zero if unknown. It is kept over a restart, and has a
	// monotonic clock reading.
	Checked time.Time
	Err     error // of the last Refresh, or why the newest generation was refused
}

const (
	defaultInterval = time.Hour
	defaultMaxBytes = 64 << 30
	idleTimeout     = 30 * time.Second
)

// OpenKeeper opens the folder o.Dir, which it makes if need be, and finds the
// last good generation in it; the source is not looked at. It fails with ErrBusy
// if another Keeper has the folder, with ErrKey without keys, or for a URL or
// folder that cannot be used. Broken generations are no failure: Status tells.
func OpenKeeper(ctx context.Context, o Options) (*Keeper, error) {
	k, err := openKeeper(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("bundle: keep: %w", err)
	}
	return k, nil
}

func openKeeper(ctx context.Context, o Options) (*Keeper, error) {
	if o.Interval <= 0 {
		o.Interval = defaultInterval
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if len(o.Keys.all) == 0 {
		return nil, fmt.Errorf("%w: none is trusted", ErrKey)
	}
	if o.Source == "" || o.Dir == "" {
		return nil, errors.New("source and folder must be given")
	}
	k := &Keeper{options: o, source: folder(o.Source), resume: time.Second}
	if remote.IsURL(o.Source) {
		client, err := remote.New(o.Source, o.Remote)
		if err != nil {
			return nil, err
		}
		k.source = web{client, idleTimeout}
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, err
	}
	var err error
	if k.lock, err = lockFolder(o.Dir); err != nil {
		return nil, err
	}
	sweep(o.Dir, func(name string) bool { return filepath.Ext(name) != tempSuffix })
	if err := k.settle(ctx); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// Close gives the folder free for another Keeper. Generations stay.
func (k *Keeper) Close() error { return k.lock.Close() }

// settle takes what is in the folder.
func (k *Keeper) settle(ctx context.Context) error {
	whole, highest, broken, err := k.scan(ctx)
	if err != nil {
		return err
	}
	k.newest, k.previous, k.tag, k.refusal = nil, nil, "", nil
	k.highest = max(k.highest, highest)
	var current *Generation
	for i, g := range whole {
		if i == 0 {
			k.newest = g
		}
		switch {
		case g.refused:
		case current == nil:
			current = g
		case k.previous == nil:
			k.previous = g
		}
	}
	k.current.Store(current)
	if k.newest != nil && k.newest.refused {
		k.refusal = fmt.Errorf("bundle: version %d was refused: see %s", k.newest.Manifest.Version, filepath.Join(k.newest.Dir, refusedName))
	}
	k.note(Status{Checked: found(current), Err: errors.Join(broken, k.refusal)})
	return nil
}

// note sets the status, with the version of the current generation.
func (k *Keeper) note(s Status) {
	if g := k.current.Load(); g != nil {
		s.Version = g.Manifest.Version
	}
	k.status.Store(&s)
}

// Current returns the last good generation; false if there never was one.
func (k *Keeper) Current() (Generation, bool) {
	if g := k.current.Load(); g != nil {
		return *g, true
	}
	return Generation{}, false
}

// Status returns how things are.
func (k *Keeper) Status() Status { return *k.status.Load() }

// Refresh looks at the source and takes its bundle if it is newer. changed says
// that Current is another one now. The error wraps ErrSignature, ErrDigest,
// ErrRollback, ErrIncomplete or those of disk and network; then Current is as it
// was, what has arrived is kept, and a later call goes on from there.
func (k *Keeper) Refresh(ctx context.Context) (changed bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	changed, err = k.refresh(ctx)
	checked := k.Status().Checked
	if err == nil && k.refusal == nil {
		checked = time.Now()
		if g := k.current.Load(); g != nil && !changed { // of a new one the time is that of its files
			err = k.disk.touch(filepath.Join(g.Dir, ManifestName), checked)
		}
	}
	if err != nil {
		err = fmt.Errorf("bundle: %w", err)
		k.note(Status{Checked: checked, Err: err})
		return changed, err
	}
	k.note(Status{Checked: checked, Err: k.refusal})
	return changed, nil
}

func (k *Keeper) refresh(ctx context.Context) (changed bool, err error) {
	signed, tag, err := k.source.manifest(ctx, k.tag)
	if missing(err) {
		return false, fmt.Errorf("no bundle at the source: %w", err)
	}
	if err != nil || signed == nil {
		return false, err
	}
	m, err := ParseManifest(signed, k.options.Keys)
	if err != nil {
		return false, err
	}
	if least := max(k.highest, k.options.MinVersion); m.Version < least {
		return false, unusable(ErrRollback, "version %d, %d was seen", m.Version, least)
	}
	if m.Bytes() > k.options.MaxBytes {
		return false, unusable(ErrSize, "%d bytes, at most %d are taken", m.Bytes(), k.options.MaxBytes)
	}
	if n := k.newest; n != nil && n.Manifest.Version == m.Version {
		if !bytes.Equal(m.appendText(nil), n.Manifest.appendText(nil)) {
			return false, unusable(ErrRollback, "version %d again with other content", m.Version)
		}
		return false, k.renew(m, signed, tag)
	}
	g, err := k.install(ctx, m, signed)
	if err != nil {
		return false, err
	}
	k.previous, k.newest, k.highest, k.tag, k.refusal = k.current.Load(), g, m.Version, tag, nil
	k.current.Store(g)
	k.sweepGenerations(k.previous, g)
	return true, nil
}

// renew takes over new signatures of the same text.
func (k *Keeper) renew(m *Manifest, signed []byte, tag string) error {
	g, err := k.resign(k.newest, m, signed)
	if err != nil {
		return err
	}
	if k.current.Load() == k.newest {
		k.current.Store(g)
	}
	k.newest, k.tag = g, tag
	return nil
}

// Refuse says that the current generation is of no use, such as one with a
// configuration that is not valid, and goes back to the one before. It is not
// tried again, also after a restart, until the source has a newer one. The
// reason goes into a file of the generation's folder. false: there is none before.
func (k *Keeper) Refuse(reason error) (Generation, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	g := k.current.Load()
	if g == nil {
		return Generation{}, false
	}
	err := k.disk.createBytes(filepath.Join(g.Dir, refusedName), []byte(reason.Error()+"\n"))
	k.refusal = errors.Join(fmt.Errorf("bundle: version %d was refused: %w", g.Manifest.Version, reason), err)
	k.current.Store(k.previous)
	k.previous = nil
	k.note(Status{Checked: found(k.current.Load()), Err: k.refusal})
	return k.Current()
}

// Run refreshes until the context ends, at intervals that vary by a quarter, so
// that many machines spread out. onChange is called for every new generation; if
// it fails, the generation is refused. After failures the next try comes sooner,
// first after some seconds. Intervals are those of the monotonic clock.
func (k *Keeper) Run(ctx context.Context, onChange func(Generation) error) {
	wait := rand.N(min(firstSpread, k.options.Interval))
	if k.current.Load() == nil {
		wait = 0
	}
	verified := false
	for failures := 0; sleep(ctx, wait); {
		if !verified {
			verified = true
			k.verifyIndexes(ctx)
		}
		changed, err := k.Refresh(ctx)
		if ctx.Err() != nil {
			return
		}
		if changed {
			k.announce(onChange)
		}
		k.report(err)
		if failures++; err == nil {
			failures = 0
		}
		wait = pause(k.options.Interval, failures, err)
	}
}

// firstSpread is the time over which machines with a generation, started
// together, look for a newer one; at most the interval.
const firstSpread = time.Minute

// pause returns how long to wait after so many failures in a row.
func pause(interval time.Duration, failures int, err error) time.Duration {
	if failures == 0 {
		return interval*3/4 + rand.N(interval/2+1)
	}
	const first = 5 * time.Second
	wait := min(first<<min(failures-1, 16), interval)
	wait = wait/2 + rand.N(wait/2+1)
	if status, ok := errors.AsType[*remote.StatusError](err); ok {
		wait = max(wait, status.RetryAfter+rand.N(first))
	}
	return wait
}

func (k *Keeper) announce(onChange func(Generation) error) {
	g, _ := k.Current()
	k.options.Logger.Info("bundle arrived", "version", g.Manifest.Version)
	if err := onChange(g); err != nil {
		k.Refuse(err)
		k.options.Logger.Error("bundle refused", "version", g.Manifest.Version, "kept", k.Status().Version, "error", err)
	}
}

// report logs an error when it is another one than before.
func (k *Keeper) report(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == k.reported {
		return
	}
	if k.reported = text; err == nil {
		k.options.Logger.Info("bundle source is well again")
		return
	}
	k.options.Logger.Warn("bundle cannot be refreshed; the last good one stays", "error", err)
}

// verifyIndexes reads the breach indexes of the current generation, which load
// leaves out. A damaged one is removed, which makes Refresh fetch it again; who
// has it open keeps it until then.
func (k *Keeper) verifyIndexes(ctx context.Context) {
	g := k.current.Load()
	if g == nil {
		return
	}
	for _, f := range g.Manifest.Files {
		if f.Kind != Breached {
			continue
		}
		err := f.verify(ctx, g.Path(f))
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrDigest) && !errors.Is(err, ErrIncomplete) {
			k.options.Logger.Warn("bundle cannot be verified", "error", err)
			return
		}
		k.options.Logger.Error("bundle is damaged on this machine and is fetched again", "error", err)
		k.mu.Lock()
		err = errors.Join(os.Remove(g.Path(f)), k.settle(ctx))
		k.mu.Unlock()
		if err != nil {
			k.options.Logger.Error("damaged file of the bundle stays", "error", err)
		}
		return
	}
}
