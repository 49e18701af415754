package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// A contestant does one operation per password.
type contestant struct {
	name string
	// operate works on the i-th password.
	operate func(i int)
	// passwords is how many there are, from 0, and others how many behind these it works
	// on before it is timed: for the processor to get used to the work, and to forget what
	// it saw of the passwords.
	passwords, others int
	// before, if not nil, comes in front of these.
	before func()
}

// A timing is what was measured of a contestant, in nanoseconds.
type timing struct {
	batch       float64   // per operation: the median of all batches
	each        []float64 // of each password: the median of its times, sorted
	allocations float64   // per operation
	bytes       float64   // allocated per operation
}

// compete measures all contestants in turn, round after round, so that what
// disturbs the machine disturbs each of them. A round times every password alone by
// the time of day, whose clock takes less to read, and one batch of all passwords by
// the processor's time; both in random order, and each after the contestant's others.
func compete(contestants []contestant, rounds int) []timing {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	batches := make([][]float64, len(contestants))
	single := make([][][]float64, len(contestants))
	for i, c := range contestants {
		single[i] = make([][]float64, c.passwords)
	}
	overhead := clockOverhead()
	random := rand.New(rand.NewPCG(3, 4))
	for range rounds {
		for i, c := range contestants {
			order := random.Perm(c.passwords)
			runtime.GC() // what one contestant leaves behind shall not run beside the next
			c.prepare()
			for _, p := range order {
				single[i][p] = append(single[i][p], max(0, c.alone(p)-overhead))
			}
			c.prepare()
			batches[i] = append(batches[i], c.batch(order))
		}
	}
	timings := make([]timing, len(contestants))
	for i, c := range contestants {
		timings[i].batch = median(batches[i])
		for _, times := range single[i] {
			timings[i].each = append(timings[i].each, median(times))
		}
		slices.Sort(timings[i].each)
		timings[i].allocations, timings[i].bytes = c.memory()
	}
	return timings
}

// prepare does what comes before a contestant is timed.
func (c contestant) prepare() {
	if c.before != nil {
		c.before()
	}
	for p := range c.others {
		c.operate(c.passwords + p)
	}
}

// batch returns the nanoseconds per operation over all passwords. Short
// batches are repeated, for the sake of the clock.
func (c contestant) batch(order []int) float64 {
	const enough = 2 * time.Millisecond
	start := cpuClock()
	for n := 1; ; n++ {
		for _, p := range order {
			c.operate(p)
		}
		if d := cpuClock() - start; d >= enough {
			return float64(d) / float64(n*len(order))
		}
	}
}

// alone times one operation by the time of day.
func (c contestant) alone(p int) float64 {
	start := time.Now()
	c.operate(p)
	return float64(time.Since(start))
}

// memory returns the allocations and bytes per operation.
func (c contestant) memory() (allocations, bytes float64) {
	var before, after runtime.MemStats
	c.operate(0) // what is made once
	runtime.ReadMemStats(&before)
	for p := range c.passwords {
		c.operate(p)
	}
	runtime.ReadMemStats(&after)
	n := float64(c.passwords)
	return float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n
}

// cpu times one operation by the processor's time.
func (c contestant) cpu(p int) float64 {
	start := cpuClock()
	c.operate(p)
	return float64(cpuClock() - start)
}

// clockOverhead is what timing nothing takes, in nanoseconds.
func clockOverhead() float64 {
	nothing := contestant{operate: func(int) {}}
	times := make([]float64, 1001)
	for i := range times {
		times[i] = nothing.alone(0)
	}
	return median(times)
}
