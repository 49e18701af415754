package audit

import "sync/atomic"

// ring is a bounded queue of decisions that many goroutines fill and one
// empties, without locks (D. Vyukov's bounded queue: a slot's turn tells whether
// it is free, being written, or ready).
type ring struct {
	slots []slot
	mask  uint64
	_     [64]byte
	tail  atomic.Uint64 // next to fill
	_     [64]byte
	head  uint64        // next to empty
	taken atomic.Uint64 // head, for those who ask for the length
}

type slot struct {
	turn atomic.Uint64
	Decision
}

// newRing returns a ring of at least the given number of slots.
func newRing(least int) *ring {
	size := 1
	for size < least {
		size *= 2
	}
	r := &ring{slots: make([]slot, size), mask: uint64(size - 1)}
	for i := range r.slots {
		r.slots[i].turn.Store(uint64(i))
	}
	return r
}

// put copies d into the ring and returns its number, or ok false if the ring is
// full.
func (r *ring) put(d *Decision) (number uint64, ok bool) {
	for {
		at := r.tail.Load()
		s := &r.slots[at&r.mask]
		switch turn := s.turn.Load(); {
		case turn == at:
			if r.tail.CompareAndSwap(at, at+1) {
				s.Decision = *d
				s.turn.Store(at + 1)
				return at, true
			}
		case turn < at:
			return 0, false
		}
	}
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
	s.turn.Store(r.head + uint64(len(r.slots)))
	r.head++
	r.taken.Store(r.head)
}

func (r *ring) length() int { return int(r.tail.Load() - r.taken.Load()) }
