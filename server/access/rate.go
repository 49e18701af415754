package access

import (
	"sync/atomic"
	"time"
)

// rate is how fast a bucket empties. The zero value is no limit.
type rate struct {
	cost  time.Duration // that one unit takes to flow out
	depth time.Duration // that a full bucket takes
}

// perSecond returns the rate of n units a second, so many at once at most.
func perSecond(n int) rate { return within(n, time.Second) }

// within returns the rate of n units in a time, so many at once at most. 0 is no
// limit.
func within(n int, window time.Duration) rate {
	if n <= 0 {
		return rate{}
	}
	cost := max(window/time.Duration(n), 1)
	return rate{cost, max(window, cost)}
}

// clock tells the time since the process began, which no setting of the clock
// changes.
type clock struct{ base time.Time }

func (c clock) now() time.Duration { return time.Since(c.base) }

// bucket is a leaky bucket (the generic cell rate algorithm), full from the
// moment in which it would take more than depth to empty it. The zero value is
// empty. Several goroutines may use it; none waits for another.
type bucket struct{ empty atomic.Int64 } // when it is empty, of a clock

// wait returns how long it takes until one more unit fits, 0 if it does now.
func (b *bucket) wait(r rate, now time.Duration) time.Duration {
	if r.cost == 0 {
		return 0
	}
	return max(time.Duration(b.empty.Load())-now+r.cost-r.depth, 0)
}

// add adds n units, whether they fit or not.
func (b *bucket) add(r rate, now time.Duration, n int) {
	for r.cost != 0 {
		old := b.empty.Load()
		if b.empty.CompareAndSwap(old, max(old, int64(now))+int64(r.cost)*int64(n)) {
			return
		}
	}
}

// take adds a unit if it fits; if not, it returns how long to wait.
func (b *bucket) take(r rate, now time.Duration) time.Duration {
	for r.cost != 0 {
		old := b.empty.Load()
		next := max(old, int64(now)) + int64(r.cost)
		if over := time.Duration(next) - now - r.depth; over > 0 {
			return over
		}
		if b.empty.CompareAndSwap(old, next) {
			break
		}
	}
	return 0
}
