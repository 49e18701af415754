package live

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// Report is what a reload found.
type Report struct {
	Before, After string // ids of the snapshots
	Took          time.Duration
	Restart       []string // keys of the configuration whose new values need a restart
}

// Reload reads configuration, lists and indexes anew, and puts in force what they
// make. On any error what was in force stays so, and State tells of it.
func (l *Live) Reload(ctx context.Context, actor string) (Report, error) {
	l.building.Lock()
	defer l.building.Unlock()
	defer l.processor.add()()
	began := time.Now()
	r := Report{Before: l.Snapshot().ID}
	err := l.options.Record(Record{Actor: actor, Action: "reload", Target: "configuration"})
	if err != nil {
		return r, err
	}
	in, err := l.read()
	if err == nil {
		r.Restart = restarts(l.Config(), in.loaded)
		err = l.renew(ctx, in)
	}
	l.mu.Lock()
	l.note(reloading, err)
	l.mu.Unlock()
	if err != nil {
		l.failed(Record{Actor: actor, Action: "reload", Target: "configuration"})
		return r, err
	}
	r.After, r.Took = l.Snapshot().ID, time.Since(began)
	return r, nil
}

// renew puts inputs in force that were read anew. It builds an engine only if there are
// other terms among them. l.building is held.
func (l *Live) renew(ctx context.Context, in *inputs) error {
	old := l.now()
	if in.loaded.Terms.Global != old.loaded.Terms.Global || !slices.EqualFunc(in.custom, old.custom, equal) {
		return l.build(ctx, in)
	}
	in.custom = old.custom // what was read goes
	return l.exchange(ctx, in)
}

// equal reports whether two lists are the same.
func equal(a, b engine.TermList) bool { return a.Name == b.Name && slices.Equal(a.Terms, b.Terms) }

// reloaded are the sections and keys of the configuration that a reload puts in
// force; the mode is taken over by veto sidecar.
var reloaded = []string{"policies", "terms", "breached", "reload", "sidecar.mode"}

// restarts returns the keys whose values differ and are not put in force.
func restarts(old, new *config.Loaded) []string {
	return slices.DeleteFunc(old.Changes(new), func(key string) bool {
		section, _, _ := strings.Cut(strings.ReplaceAll(key, "[", "."), ".")
		return slices.Contains(reloaded, section) || slices.Contains(reloaded, key)
	})
}

// expire looks at the clock until ctx ends.
func (l *Live) expire(ctx context.Context) {
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			l.expireNow()
		}
	}
}

// expireNow takes out of force what has expired, and puts back what has not, if
// the clock was set back.
func (l *Live) expireNow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.options.Now()
	deltas := l.expiries.move(now)
	if len(deltas) == 0 {
		l.expiries.asOf = now
		return
	}
	next, err := l.snapshot.Amend(deltas...)
	if err != nil && !errors.Is(err, engine.ErrRebuild) { // tried again at the next tick
		l.note(expiring, err)
		l.options.Logger.Error("expired terms stay in force", "error", err)
		return
	}
	l.note(expiring, nil)
	l.expiries.asOf = now
	if err != nil {
		l.ask()
		return
	}
	if l.tracked {
		l.missed = append(l.missed, deltas...)
	}
	l.install(next)
	l.options.Logger.Info("terms expired", "lists", len(deltas), "snapshot", next.ID)
}

// ask asks for a new engine from the same content.
func (l *Live) ask() {
	select {
	case l.rebuild <- struct{}{}:
	default: // already asked for
	}
}

// idle is how often it is looked whether the folder is to be watched again.
const idle = 10 * time.Second

// watch looks at the folder of indexes, and builds when it is asked to, until ctx
// ends.
func (l *Live) watch(ctx context.Context) {
	unusable := "" // what the folder held when its indexes could not be opened
	for {
		every := l.Config().Reload.Watch
		look := time.After(cmp.Or(every, idle))
		select {
		case <-ctx.Done():
			return
		case <-l.rebuild:
			l.again(ctx)
		case <-look:
			if every > 0 {
				unusable = l.look(ctx, unusable)
			}
		}
	}
}

// again builds the engine anew from the same content.
func (l *Live) again(ctx context.Context) {
	l.building.Lock()
	defer l.building.Unlock()
	err := l.build(ctx, l.now())
	if ctx.Err() != nil {
		return // the end is no failure
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(building, err)
	if err != nil {
		l.options.Logger.Error("engine cannot be built anew; the old one stays", "error", err)
	}
}

// now returns the inputs in force.
func (l *Live) now() *inputs {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.inputs
}

// look puts the indexes in force that the watched folder holds now. unusable is
// what it held when they could not be opened, as is what look returns.
func (l *Live) look(ctx context.Context, unusable string) string {
	l.building.Lock()
	defer l.building.Unlock()
	in := *l.now()
	_, state, err := scan(in.loaded.Breached.Folder)
	switch state {
	case in.folder:
		if unusable != "" {
			l.settle(watching)
		}
		return ""
	case unusable:
		return unusable
	}
	if err == nil {
		in.breaches, err = in.openBreaches()
	}
	if err == nil {
		err = l.exchange(ctx, &in)
	}
	if ctx.Err() != nil {
		return unusable // the end is no failure
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(watching, err)
	if err != nil {
		l.options.Logger.Error("breach indexes of the folder cannot be used; the old ones stay", "error", err)
		return state
	}
	l.options.Logger.Info("breach indexes of the folder are in force", "corpora", len(in.breaches), "snapshot", l.snapshot.ID)
	return ""
}

// settle forgets the failure of an attempt.
func (l *Live) settle(attempt int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note(attempt, nil)
}

// exchange puts inputs in force that have the same terms. l.building is held.
func (l *Live) exchange(ctx context.Context, in *inputs) error {
	l.mu.Lock()
	stored, err := l.base(ctx)
	var policies []engine.Policy
	if err == nil {
		policies, err = overlay(in.loaded, stored.policies)
	}
	var next *lists.Snapshot
	if err == nil {
		next, err = l.snapshot.Reconfigure(in.breaches, policies)
	}
	if err == nil {
		l.inputs = in
		l.install(next)
	}
	l.mu.Unlock()
	if errors.Is(err, engine.ErrRebuild) {
		return l.build(ctx, in)
	}
	return err
}
