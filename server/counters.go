package server

import (
	"math/bits"
	"sync/atomic"
	"time"

	"github.com/vetopw/veto/engine"
)

// Sizes of the counters.
const (
	shardCount = 16 // a power of two; connections take turns
	decisions  = 1 + int(engine.Accept)
	operations = 1 + int(engine.Change)
	modes      = 1 + int(engine.Off)
	reasonBits = 32
	// buckets of durations: up to 1, 2, 4 ... 65,536 microseconds, and above.
	buckets = 18
)

// counters is what checks count, in shards so that processors do not wait for
// each other. A connection always counts in the same shard.
type counters struct{ shards [shardCount]shard }

// shard is written by few connections and read by metrics only.
type shard struct {
	checks    [decisions][decisions][modes][operations]atomic.Uint64 // decision, what enforcing would decide
	hits      [2][reasonBits]atomic.Uint64                           // of rules that refuse, and of those that only report
	durations [buckets]atomic.Uint64
	nanos     atomic.Uint64                        // sum of the durations
	last      atomic.Int64                         // start of the latest check, nanoseconds since that of the server
	undecided [causeCount][decisions]atomic.Uint64 // by cause and declared answer
	unjudged  [operations]atomic.Uint64            // the same by operation
	problems  [causeCount]atomic.Uint64            // answers without a verdict
	_         [64]byte
}

func (c *counters) of(conn *conn) *shard { return &c.shards[conn.shard%shardCount] }

// count counts a verdict.
func (s *shard) count(v *engine.Verdict, o engine.Operation, took time.Duration) {
	s.checks[v.Decision][v.Would][v.Mode][o].Add(1)
	audited := v.Audited
	if v.Mode != engine.Enforce {
		audited = v.Reasons
	}
	for set := uint32(v.Reasons); set != 0; set &= set - 1 {
		reason := bits.TrailingZeros32(set)
		s.hits[audited>>reason&1][reason].Add(1)
	}
	s.durations[bucketOf(took)].Add(1)
	s.nanos.Add(uint64(max(took, 0)))
}

// bucketOf returns the index of the first bucket that is not below d.
func bucketOf(d time.Duration) int {
	return min(bits.Len64(uint64(max(d-1, 0)/time.Microsecond)), buckets-1)
}

// bucketBound returns the upper bound of a bucket but the last.
func bucketBound(i int) time.Duration { return time.Microsecond << i }

// sum returns the sum of one counter over all shards.
func (c *counters) sum(counter func(*shard) *atomic.Uint64) (total uint64) {
	for i := range c.shards {
		total += counter(&c.shards[i]).Load()
	}
	return total
}
