package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"
)

// DefaultQueue is the number of decisions that may wait when Options say none.
const DefaultQueue = 16384

const (
	// interval is how long a decision waits at most before it is written.
	interval = 20 * time.Millisecond
	// batchBytes is how much is written at once.
	batchBytes = 256 << 10
	// retryAfter is the pause after a failed write that is tried again.
	retryAfter = 200 * time.Millisecond
)

// ErrClosed is the error of Change and Reopen after Close.
var ErrClosed = errors.New("audit log is closed")

// Options say where records go. At least one of File.Path, Stream and Syslog
// has to be given.
type Options struct {
	File   File
	Stream io.Writer // such as standard output, which journald may read
	Syslog string    // "unix:/dev/log" or "udp:HOST:514"
	Queue  int       // decisions that may wait; 0 means DefaultQueue
	// Refuse is for callers that refuse what they cannot record: failed writes
	// are repeated until they succeed, so that the queue fills up. Otherwise
	// records that cannot be written are dropped and counted.
	Refuse   bool
	Accounts Accounts
	Site     string           // of the decisions made here; empty: none
	Key      []byte           // of the HMAC; nil means one drawn at random, for this Log only
	Logger   *slog.Logger     // of failures; nil means none
	Now      func() time.Time // the clock; nil means time.Now

	openStorage func(path string) (storage, error) // of tests; nil means the file system
}

// Counts are what a Log has done.
type Counts struct {
	Records      uint64 // decisions and changes written to all outputs
	DroppedQueue uint64 // decisions that found the queue full
	DroppedWrite uint64 // records that an output could not write
	Rotations    uint64
	Bytes        uint64
	Waiting      int               // decisions in the queue
	Capacity     int               // of the queue
	Errors       map[string]uint64 // failed writes by output
}

// Log writes records. Its methods are safe for concurrent use.
type Log struct {
	options                                    Options
	ring                                       *ring
	encoder                                    *encoder
	sinks                                      []sink
	errors                                     []atomic.Uint64 // by sink
	broken                                     []bool          // by sink, since its last write; of the goroutine
	file                                       *fileSink       // one of sinks, or nil
	head                                       string          // of the chain; of the goroutine
	buffer                                     []byte          // of the goroutine
	wake                                       chan struct{}
	requests                                   chan request
	stop                                       chan struct{}
	stopped                                    chan struct{}
	window                                     windows
	past                                       *past // decisions before the start, to be counted in window
	closing                                    atomic.Bool
	failing                                    atomic.Bool
	records, droppedQueue, droppedWrite, bytes atomic.Uint64
}

// request asks the goroutine for something and waits: to record a change or
// reports or, with neither, to reopen.
type request struct {
	change  *Change
	reports []Report
	done    chan error
}

// sink is one output.
type sink interface {
	name() string
	// write writes all of the lines or, as far as possible, none; durable ones
	// reach the disk, if it is one, before it returns.
	write(lines []byte, durable bool) error
	close() error
}

// Open opens the outputs and starts the goroutine that writes. A file that a
// killed process left with a torn last line is repaired. Errors name the output.
func Open(o Options) (*Log, error) {
	if o.Queue <= 0 {
		o.Queue = DefaultQueue
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.openStorage == nil {
		o.openStorage = openStorage
	}
	if o.Key == nil {
		o.Key = make([]byte, 32)
		rand.Read(o.Key)
	}
	l := &Log{
		options: o, window: windows{since: o.Now()}, ring: newRing(o.Queue), encoder: newEncoder(o.Accounts, o.Key, o.Site), head: genesis,
		wake: make(chan struct{}, 1), requests: make(chan request), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := l.openSinks(); err != nil {
		for _, s := range l.sinks {
			s.close()
		}
		return nil, fmt.Errorf("audit: %w", err)
	}
	l.errors, l.broken = make([]atomic.Uint64, len(l.sinks)), make([]bool, len(l.sinks))
	l.past = new(past)
	if l.file != nil {
		l.past = newPast(l.file, l.window.since)
	}
	go l.run()
	return l, nil
}

func (l *Log) openSinks() error {
	o := &l.options
	if o.File.Path != "" {
		f, err := openFile(o)
		if err != nil {
			return err
		}
		l.file, l.head = f, f.head
		l.sinks = append(l.sinks, f)
	}
	if o.Stream != nil {
		l.sinks = append(l.sinks, &streamSink{o.Stream})
	}
	if o.Syslog != "" {
		s, err := openSyslog(o.Syslog, o.Now)
		if err != nil {
			return err
		}
		l.sinks = append(l.sinks, s)
	}
	if len(l.sinks) == 0 {
		return errors.New("neither a file, a stream nor syslog is given")
	}
	return nil
}

// Add queues a decision. It reports false if the queue is full; that is counted.
// It takes no lock and does not allocate.
func (l *Log) Add(d *Decision) bool {
	if !l.Reserve(1) {
		return false
	}
	l.AddReserved(d)
	return true
}

// Reserve keeps room for n decisions, to be filled by AddReserved or given back by
// Release. It reports false if there is not enough; that is counted.
func (l *Log) Reserve(n int) bool {
	if l.ring.claim(n) {
		return true
	}
	l.droppedQueue.Add(uint64(n))
	l.rouse()
	return false
}

// AddReserved queues a decision for which there is room by Reserve.
func (l *Log) AddReserved(d *Decision) {
	if l.ring.put(d)&(l.ring.mask>>2) == 0 { // a quarter of the queue since the last time
		l.rouse()
	}
}

// Release gives back the room for n decisions.
func (l *Log) Release(n int) { l.ring.unclaim(n) }

func (l *Log) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Change records a change, after all decisions queued before, and returns when
// it is written and synced everywhere, or why it is not: then the change must
// not take place or be undone.
func (l *Log) Change(c Change) error { return l.ask(request{change: &c}) }

// Report records what another machine has told, after all decisions queued
// before, as durable as these. What cannot be written is counted as dropped.
func (l *Log) Report(reports []Report) error {
	if len(reports) == 0 {
		return nil
	}
	return l.ask(request{reports: reports})
}

// Reopen closes the file and opens its path again, for programs that have moved
// it away.
func (l *Log) Reopen() error { return l.ask(request{}) }

func (l *Log) ask(r request) error {
	r.done = make(chan error, 1)
	select {
	case l.requests <- r:
		return <-r.done
	case <-l.stopped:
		return ErrClosed
	}
}

// Failing reports whether the last write to an output failed.
func (l *Log) Failing() bool { return l.failing.Load() }

// Refuses reports whether callers refuse what they cannot record.
func (l *Log) Refuses() bool { return l.options.Refuse }

// Path returns the path of the file, or "".
func (l *Log) Path() string { return l.options.File.Path }

// Counts returns what the Log has done so far.
func (l *Log) Counts() Counts {
	c := Counts{
		Records: l.records.Load(), DroppedQueue: l.droppedQueue.Load(), DroppedWrite: l.droppedWrite.Load(), Bytes: l.bytes.Load(),
		Waiting: l.ring.length(), Capacity: len(l.ring.slots), Errors: map[string]uint64{},
	}
	for i, s := range l.sinks {
		c.Errors[s.name()] = l.errors[i].Load()
	}
	if l.file != nil {
		c.Rotations = l.file.rotations.Load()
	}
	return c
}

// Window returns what the latest decisions came to, whether they could be written
// or not, but for those that found the queue full. The first call reads up to 64 MiB
// of the files, for the decisions of before the start.
func (l *Log) Window() *Window {
	now := l.options.Now()
	l.past.once.Do(func() {
		if err := l.past.count(&l.window, now); err != nil {
			l.options.Logger.Warn("not all decisions before the start are counted", "error", err)
		}
	})
	return l.window.window(now)
}

// Close writes what waits, syncs and closes the outputs. Decisions added later
// are lost.
func (l *Log) Close() error {
	if !l.closing.CompareAndSwap(false, true) {
		<-l.stopped
		return nil
	}
	close(l.stop)
	<-l.stopped
	var errs []error
	for _, s := range l.sinks {
		errs = append(errs, s.close())
	}
	return errors.Join(errs...)
}

// run is the goroutine that writes.
func (l *Log) run() {
	defer close(l.stopped)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			l.drain()
			return
		case r := <-l.requests:
			r.done <- l.serve(r)
		case <-l.wake:
			l.drain()
		case <-tick.C:
			l.drain()
			l.maintain()
		}
	}
}

// drain writes the decisions that wait.
func (l *Log) drain() {
	for {
		l.buffer = l.buffer[:0]
		n := uint64(0)
		for d := l.ring.next(); d != nil && len(l.buffer) < batchBytes; d = l.ring.next() {
			l.buffer = l.encoder.appendDecision(l.buffer, d)
			l.window.add(d)
			l.ring.done()
			n++
		}
		if n == 0 {
			return
		}
		l.write(l.buffer, n)
	}
}

// write writes n records to every output. With Refuse it repeats until they are
// written or the Log closes; requests that come meanwhile fail.
func (l *Log) write(lines []byte, n uint64) {
	written := true
	for i := range l.sinks {
		err := l.try(i, lines, false)
		for err != nil && l.options.Refuse && !l.closing.Load() {
			select {
			case <-l.stop:
			case r := <-l.requests:
				r.done <- err
			case <-time.After(retryAfter):
			}
			err = l.try(i, lines, false)
		}
		written = written && err == nil
	}
	if !written {
		l.droppedWrite.Add(n)
		return
	}
	l.records.Add(n)
	l.bytes.Add(uint64(len(lines)))
}

// try writes once to one output.
func (l *Log) try(i int, lines []byte, durable bool) error {
	err := l.sinks[i].write(lines, durable)
	l.note(i, err)
	return err
}

// note counts an error of an output. The log tells when an output begins to fail
// and when it works again.
func (l *Log) note(i int, err error) {
	if err != nil {
		l.errors[i].Add(1)
	}
	if l.broken[i] == (err != nil) {
		return
	}
	l.broken[i] = err != nil
	l.failing.Store(slices.Contains(l.broken, true))
	if err != nil {
		l.options.Logger.Error("audit records cannot be written", "output", l.sinks[i].name(), "error", err)
	} else {
		l.options.Logger.Info("audit records are written again", "output", l.sinks[i].name())
	}
}

// serve does what a request asks for.
func (l *Log) serve(r request) error {
	l.drain()
	switch {
	case r.change != nil:
		return l.record(r.change)
	case r.reports != nil:
		l.buffer = l.buffer[:0]
		for i := range r.reports {
			l.buffer = appendReport(l.buffer, &r.reports[i], l.options.Now())
		}
		l.write(l.buffer, uint64(len(r.reports)))
	case l.file != nil:
		return l.file.reopen()
	}
	return nil
}

// record writes a change and carries the chain on.
func (l *Log) record(c *Change) error {
	if l.file != nil { // opening may find another head than the last one written
		if err := l.file.ensure(); err != nil {
			l.note(0, err)
			return fmt.Errorf("audit: change not recorded: %w", err)
		}
		l.head = l.file.head
	}
	line, head := appendChange(nil, c, rand.Text(), l.options.Now(), l.head)
	for i := range l.sinks {
		err := l.try(i, line, true)
		if err != nil && i == 0 && l.file != nil {
			return fmt.Errorf("audit: change not recorded: %w", err) // the chain is that of the file
		} else if err != nil {
			l.droppedWrite.Add(1)
		}
	}
	l.head = head
	if l.file != nil {
		l.file.head = head
	}
	l.records.Add(1)
	l.bytes.Add(uint64(len(line)))
	return nil
}

// maintain does what is due by time.
func (l *Log) maintain() {
	if l.file == nil {
		return
	}
	if err := l.file.maintain(); err != nil {
		l.note(0, err)
	}
}
