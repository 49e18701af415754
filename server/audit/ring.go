package audit

import "sync/atomic"

// ring is a bounded queue of decisions that many goroutines fill and one
// empties, without locks, after D. Vyukov's bounded queue: room is claimed before it
// is filled, and a slot's turn tells whether it is ready.
type ring struct {
	slots []slot
	mask  uint64
	_     [64]byte
	tail  atomic.Uint64 // next to fill
	// claimed counts the slots that were filled or are promised; it is ahead of tail.
	claimed atomic.Uint64
	_       [64]byte
	head    uint64        // next to empty
	taken   atomic.Uint64 // head, for those who ask for the length
}

type slot struct {
	turn atomic.Uint64 // number of the decision it was last filled with, and 1
	Decision
}

// newRing returns a ring of at least the given number of slots.
func newRing(least int) *ring {
	size := 1
	for size < least {
		size *= 2
	}
	return &ring{slots: make([]slot, size), mask: uint64(size - 1)}
}

// claim promises room for n decisions, or reports that there is not enough.
func (r *ring) claim(n int) bool {
	for {
		taken := r.taken.Load() // before claimed, which is never behind it
		old := r.claimed.Load()
		full := old+uint64(n)-taken > uint64(len(r.slots))
		if full && r.taken.Load() == taken {
			return false
		}
		if !full && r.claimed.CompareAndSwap(old, old+uint64(n)) {
			return true
		}
	}
}

// unclaim gives back the room for n decisions.
func (r *ring) unclaim(n int) { r.claimed.Add(-uint64(n)) }

// put copies d into the ring, where room was claimed for it, and returns its number.
func (r *ring) put(d *Decision) (number uint64) {
	at := r.tail.Add(1) - 1
	s := &r.slots[at&r.mask]
	s.Decision = *d
	s.turn.Store(at + 1)
	return at
}

// next returns the oldest decision, valid until done, or nil. One goroutine
// calls next and done.
func (r *ring) next() *Decision {
	s := &r.slots[r.head&r.mask]
	if s.turn.Load() != r.head+1 {
		return nil
	}
	return &s.Decision
}

// done wipes and frees the slot that next returned.
func (r *ring) done() {
	s := &r.slots[r.head&r.mask]
	s.Decision = Decision{}
	r.head++
	r.taken.Store(r.head)
}

func (r *ring) length() int { return int(r.tail.Load() - r.taken.Load()) }
