package audit

import (
	"math/bits"
	"sync"
	"time"

	"github.com/vetopw/veto/engine"
)

// WindowHours is the length of a Window.
const WindowHours = 24

// maxNames bounds the policies, and the lists, that an hour counts by name; decisions
// of others count in the total only.
const maxNames = 1000

// Window is what the latest decisions came to: of the hour that has begun and of
// those before it, WindowHours in all, as far back as From. Of those before the start
// it is what the end of the files tells.
type Window struct {
	From, To time.Time
	Total    Tally
	Policies map[string]*Tally // by name, as far as there were decisions
	// Known is the number of decisions whose lists were all noted: MaxLists at most.
	// Lists are the decisions by name of the lists that they rest on.
	Known int
	Lists map[string]*Tally
	// Unnamed tells that policies or lists are missing, as there were too many.
	Unnamed bool
}

// windows counts decisions by hour. Several goroutines may use it.
type windows struct {
	mu    sync.Mutex
	since time.Time
	hours [WindowHours]hour
}

// hour is what the decisions of one hour came to.
type hour struct {
	number          int64 // since 1970
	total           count
	known           int
	policies, lists map[string]*count
	unnamed         bool // some are missing
}

// count is a Tally of reasons by number.
type count struct {
	Outcomes
	rejected, audited [32]int
}

// hourOf returns the number of an hour; those before 1970 are negative.
func hourOf(nanos int64) int64 {
	number := nanos / int64(time.Hour)
	if nanos%int64(time.Hour) < 0 {
		number--
	}
	return number
}

// add counts a decision.
func (w *windows) add(d *Decision) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count(d)
}

// addPast counts a decision of before the start, in the order of their times.
func (w *windows) addPast(d *Decision) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if number := hourOf(d.Time); w.slot(number).number > number && w.slot(number).policies != nil {
		return // a day has passed since
	}
	w.count(d)
	if at := time.Unix(0, d.Time); at.Before(w.since) {
		w.since = at
	}
}

// slot returns the place of an hour, which may have another one's counts yet.
func (w *windows) slot(number int64) *hour {
	return &w.hours[(number%WindowHours+WindowHours)%WindowHours]
}

// count counts a decision. w.mu is held.
func (w *windows) count(d *Decision) {
	number := hourOf(d.Time)
	h := w.slot(number)
	if h.number != number || h.policies == nil { // a day ago, or of a clock that was set back since
		*h = hour{number: number, policies: map[string]*count{}, lists: map[string]*count{}}
	}
	h.total.add(d)
	h.countOf(h.policies, d.Policy).add(d)
	if d.AllLists {
		h.known++
	}
	for _, list := range d.Lists {
		if list != "" {
			h.countOf(h.lists, list).add(d)
		}
	}
}

// countOf returns the count of a name, or one for nobody.
func (h *hour) countOf(counts map[string]*count, name string) *count {
	if c := counts[name]; c != nil {
		return c
	}
	c := new(count)
	switch {
	case name == "":
	case len(counts) < maxNames:
		counts[name] = c
	default:
		h.unnamed = true
	}
	return c
}

// add counts a decision, as Tally.add does a record.
func (c *count) add(d *Decision) {
	audited, rejected := d.Reasons, engine.Reasons(0)
	switch {
	case d.Cause != "":
		c.Undecided++
		return
	case d.Decision == engine.Reject:
		c.Reject++
		audited, rejected = d.Audited, d.Reasons&^d.Audited
	case d.Would == engine.Reject:
		c.AuditOnly++
	default:
		c.Pass++
	}
	for set := uint32(audited); set != 0; set &= set - 1 {
		c.audited[bits.TrailingZeros32(set)]++
	}
	for set := uint32(rejected); set != 0; set &= set - 1 {
		c.rejected[bits.TrailingZeros32(set)]++
	}
}

// addTo adds the count to a Tally.
func (c *count) addTo(t *Tally) {
	t.Pass, t.Reject, t.AuditOnly, t.Undecided = t.Pass+c.Pass, t.Reject+c.Reject, t.AuditOnly+c.AuditOnly, t.Undecided+c.Undecided
	for r := range engine.AllReasons() {
		if n := c.rejected[r]; n > 0 {
			t.Rejected[r.Code()] += n
		}
		if n := c.audited[r]; n > 0 {
			t.Audited[r.Code()] += n
		}
	}
}

// firstTime returns when a window begins at the earliest.
func firstTime(now time.Time) time.Time {
	return time.Unix(0, (hourOf(now.UnixNano())-WindowHours+1)*int64(time.Hour)).UTC()
}

// window returns what was counted up to now.
func (w *windows) window(now time.Time) *Window {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := hourOf(now.UnixNano())
	first := last - WindowHours + 1
	v := &Window{From: firstTime(now), To: now.UTC(), Total: newTally(), Policies: map[string]*Tally{}, Lists: map[string]*Tally{}}
	if v.From.Before(w.since) {
		v.From = w.since.UTC()
	}
	for i := range w.hours {
		h := &w.hours[i]
		if h.number < first || h.number > last {
			continue
		}
		h.total.addTo(&v.Total)
		v.Known += h.known
		v.Unnamed = v.Unnamed || h.unnamed
		addAll(v.Policies, h.policies)
		addAll(v.Lists, h.lists)
	}
	return v
}

func addAll(to map[string]*Tally, counts map[string]*count) {
	for name, c := range counts {
		if to[name] == nil {
			t := newTally()
			to[name] = &t
		}
		c.addTo(to[name])
	}
}

func newTally() Tally { return Tally{Rejected: map[string]int{}, Audited: map[string]int{}} }
