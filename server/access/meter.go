package access

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

// Size of a meter: 256 KiB.
const (
	meterSets = 4096
	meterWays = 4
)

// meter has a bucket for each of many names, in memory of fixed size: a new name
// takes the place of the one whose bucket is empty first. It knows a hash of the
// names only, under a key drawn when it was made. Several goroutines may use it;
// none waits for another, so that two names may share a bucket for a moment when
// one takes the other's place.
type meter struct {
	clock
	rate  rate
	seed  maphash.Seed
	slots [meterSets * meterWays]slot
}

type slot struct {
	key atomic.Uint64 // 0: free
	bucket
}

func newMeter(r rate, c clock) *meter { return &meter{clock: c, rate: r, seed: maphash.MakeSeed()} }

// wait returns how long it takes until the bucket of a key has room.
func (m *meter) wait(key uint64) time.Duration {
	set := m.set(key)
	for i := range set {
		if set[i].key.Load() == key {
			return set[i].wait(m.rate, m.now())
		}
	}
	return 0
}

// add adds a unit to the bucket of a key.
func (m *meter) add(key uint64) {
	now := m.now()
	set := m.set(key)
	oldest := &set[0]
	for i := range set {
		s := &set[i]
		if s.key.Load() == key {
			s.add(m.rate, now, 1)
			return
		}
		if s.empty.Load() < oldest.empty.Load() {
			oldest = s
		}
	}
	oldest.key.Store(key)
	oldest.empty.Store(int64(now + m.rate.cost))
}

func (m *meter) set(key uint64) []slot {
	at := key % meterSets * meterWays
	return m.slots[at : at+meterWays]
}

// key returns the hash of a name within a scope. It is never 0.
func (m *meter) key(scope string, name []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	h.WriteString(scope)
	h.WriteByte(0)
	h.Write(name)
	return h.Sum64() | 1<<63
}
