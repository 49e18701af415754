package local

import "sync/atomic"

// Event is why a connection was closed before a verdict.
type Event uint8

// The events.
const (
	Foreign    Event = iota // the peer may not ask
	Malformed               // a frame that no client of this version sends
	Incomplete              // a request that did not arrive whole, or not in time
	Busy                    // too many connections
	eventCount
)

// eventTable has the names of the events, for metrics, and what the log says.
var eventTable = [eventCount]struct{ name, text string }{
	Foreign:    {"foreign", "closed a connection of a process that may not ask"},
	Malformed:  {"malformed", "closed a connection with a malformed request"},
	Incomplete: {"incomplete", "closed a connection with an incomplete request"},
	Busy:       {"busy", "closed a connection: too many at once"},
}

// String returns the name of the event, such as "foreign".
func (e Event) String() string { return eventTable[e].name }

// Counters are what a Server counts. The zero value is ready, and safe for
// concurrent use.
type Counters struct {
	open   atomic.Int64
	events [eventCount]atomic.Uint64
}

// Open returns the number of open connections.
func (c *Counters) Open() int64 { return c.open.Load() }

// Events yields how often each event occurred.
func (c *Counters) Events() func(yield func(Event, uint64) bool) {
	return func(yield func(Event, uint64) bool) {
		for e := range eventCount {
			if !yield(e, c.events[e].Load()) {
				return
			}
		}
	}
}
