package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vetopw/veto/internal/durable"
)

// Options is what a Store keeps.
type Options struct {
	// File keeps the reports over a restart; empty means none.
	File string
	// Expect names machines that are missing until they report.
	Expect []string
	// SilentAfter is the age of a report from which its machine is silent; 0 means
	// 15 minutes.
	SilentAfter time.Duration
	// BehindAfter is for how long a machine may have an older bundle; 0 means 2 hours.
	BehindAfter time.Duration
}

// MaxMachines bounds a Store. Of more, those that were silent longest are forgotten.
const MaxMachines = 10_000

const (
	maxStoreBytes = 64 << 20
	saveInterval  = 10 * time.Second
)

// Store keeps the last report of every machine.
type Store struct {
	options  Options
	mu       sync.Mutex
	machines map[string]machine
	newest   uint64    // bundle that machines should have
	since    time.Time // when that was first seen
	opened   time.Time
	told     bool // by Published
	changed  bool // since the file was written
}

// machine is a report and when it came.
type machine struct {
	Report   Report    `json:"report"`
	Received time.Time `json:"received"`
}

// saved is the file of a Store.
type saved struct {
	Newest   uint64    `json:"newest"`
	Since    time.Time `json:"since"`
	Machines []machine `json:"machines"`
}

// Open returns the Store of o, with what its file holds. A damaged file is an
// error; without the file, as at first, the Store is empty.
func Open(o Options) (*Store, error) {
	if o.SilentAfter <= 0 {
		o.SilentAfter = 15 * time.Minute
	}
	if o.BehindAfter <= 0 {
		o.BehindAfter = 2 * time.Hour
	}
	s := &Store{options: o, machines: map[string]machine{}, opened: time.Now()}
	if o.File == "" {
		return s, nil
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("fleet: %w; it holds reports only and may be removed", err)
	}
	return s, nil
}

func (s *Store) load() error {
	stat, err := os.Stat(s.options.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if stat.Size() > maxStoreBytes {
		return fmt.Errorf("%s: too large", s.options.File)
	}
	text, err := os.ReadFile(s.options.File)
	if err != nil {
		return err
	}
	var all saved
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("%s: damaged: %w", s.options.File, err)
	}
	now := time.Now()
	s.newest, s.since = all.Newest, earlier(all.Since, now)
	for _, m := range all.Machines {
		if err := m.Report.check(); err != nil {
			return fmt.Errorf("%s: damaged: %w", s.options.File, err)
		}
		m.Received = earlier(m.Received, now)
		s.machines[m.Report.Host] = m
	}
	return nil
}

// earlier returns the earlier of two times: nothing has come from the future, as
// it seems after a clock was set back.
func earlier(t, now time.Time) time.Time {
	if t.After(now) {
		return now
	}
	return t
}

// Add takes a report that ParseReport has read, and returns the verdicts since the
// one before. Of a machine that is new here, these are all if it was started after
// the Store was opened, else none, as they may have been counted already.
func (s *Store) Add(r Report) (since Counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.machines[r.Host]
	if known || r.Uptime <= int64(time.Since(s.opened).Seconds()) {
		since = r.since(&before.Report)
	}
	if !known && len(s.machines) >= MaxMachines {
		oldest := slices.MinFunc(slices.Collect(maps.Values(s.machines)), func(a, b machine) int { return a.Received.Compare(b.Received) })
		delete(s.machines, oldest.Report.Host)
	}
	s.machines[r.Host] = machine{r, time.Now()}
	s.changed = true
	return since
}

// Published tells the version of the bundle that machines should have; 0 means
// that it is not known: then it is the highest that one has.
func (s *Store) Published(version uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = version != 0
	s.publish(version)
}

func (s *Store) publish(version uint64) {
	if version != 0 && version != s.newest {
		s.newest, s.since, s.changed = version, time.Now(), true
	}
}

// Run writes the file, if there is one, whenever something has changed, until
// the context ends, and then once more. Errors are told and tried again.
func (s *Store) Run(ctx context.Context, failed func(error)) {
	t := time.NewTicker(saveInterval)
	defer t.Stop()
	for done := false; !done; {
		select {
		case <-ctx.Done():
			done = true
		case <-t.C:
		}
		if err := s.save(); err != nil {
			failed(err)
		}
	}
}

// save writes the file.
func (s *Store) save() error {
	s.mu.Lock()
	all := saved{Newest: s.newest, Since: s.since, Machines: slices.Collect(maps.Values(s.machines))}
	changed := s.changed && s.options.File != ""
	s.changed = false
	s.mu.Unlock()
	if !changed {
		return nil
	}
	slices.SortFunc(all.Machines, func(a, b machine) int { return cmp.Compare(a.Report.Host, b.Report.Host) })
	text, err := json.Marshal(all)
	if err == nil {
		err = durable.Write(s.options.File, 0o600, text)
	}
	if err != nil {
		s.mu.Lock()
		s.changed = true
		s.mu.Unlock()
		return fmt.Errorf("fleet: %w", err)
	}
	return nil
}

// State is how a machine is.
type State string

// The states, the worst first.
const (
	Missing State = "missing" // it is expected and has never reported
	Silent  State = "silent"  // it has not reported for long
	Stopped State = "stopped" // its sidecar has said that it ends
	Behind  State = "behind"  // it has had an older bundle for long
	Failing State = "failing" // it reports an error, or has no lists
	OK      State = "ok"
)

// States are all states, the worst first.
func States() []State { return []State{Missing, Silent, Stopped, Behind, Failing, OK} }

// Machine is a machine as a View has it.
type Machine struct {
	State State `json:"state"`
	Report
	// Silence is the age of the report, which all other ages of it are added to.
	Silence int64 `json:"silence_seconds"`
	// Lag is for how long there has been a newer bundle than the machine has.
	Lag int64 `json:"lag_seconds"`
}

// View is what there is to see.
type View struct {
	Bundle   uint64        `json:"bundle"` // version that machines should have; 0: none known
	States   map[State]int `json:"states"`
	Machines []Machine     `json:"machines"` // the worst first, then by name
}

// View returns all machines.
func (s *Store) View() View {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.told {
		highest := uint64(0)
		for _, m := range s.machines {
			highest = max(highest, m.Report.Bundle)
		}
		s.publish(highest)
	}
	now := time.Now()
	v := View{Bundle: s.newest, States: map[State]int{}, Machines: []Machine{}}
	for _, m := range s.machines {
		v.Machines = append(v.Machines, s.judge(m, now))
	}
	for _, name := range s.options.Expect {
		if _, ok := s.machines[strings.ToLower(name)]; !ok {
			v.Machines = append(v.Machines, Machine{State: Missing, Report: Report{Host: strings.ToLower(name)}})
		}
	}
	order := States()
	slices.SortFunc(v.Machines, func(a, b Machine) int {
		return cmp.Or(slices.Index(order, a.State)-slices.Index(order, b.State), cmp.Compare(a.Host, b.Host))
	})
	for _, state := range order {
		v.States[state] = 0
	}
	for _, m := range v.Machines {
		v.States[m.State]++
	}
	return v
}

// judge tells how a machine is.
func (s *Store) judge(m machine, now time.Time) Machine {
	silence := max(now.Sub(m.Received), 0)
	out := Machine{State: OK, Report: m.Report, Silence: int64(silence.Seconds())}
	var lag time.Duration
	if m.Report.Bundle < s.newest {
		lag = max(now.Sub(s.since), 0)
		out.Lag = int64(lag.Seconds())
	}
	switch {
	case m.Report.Stopping:
		out.State = Stopped
	case silence > s.options.SilentAfter:
		out.State = Silent
	case lag > s.options.BehindAfter:
		out.State = Behind
	case m.Report.Error != "" || m.Report.Snapshot == "":
		out.State = Failing
	}
	return out
}
