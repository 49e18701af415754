package main

import (
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime returns the processor time of the thread in nanoseconds.
func cpuTime() int64 {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return t.Nano()
}

// median returns the median of five measurements.
func median(measure func() float64) float64 {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var times []float64
	for range 5 {
		times = append(times, measure())
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// time returns the nanoseconds of a question.
func (c *contestant) time(heads []uint64) float64 {
	return median(func() float64 {
		start := cpuTime()
		for _, h := range heads {
			c.has(h)
		}
		return float64(cpuTime()-start) / float64(len(heads))
	})
}

func (c *contestant) falsePositives(s *set) float64 {
	n := 0
	for _, h := range s.misses {
		if c.has(h) {
			n++
		}
	}
	return float64(n) / float64(len(s.misses))
}

// coldTimes returns the median and the 99th percentile of a question in
// microseconds of the clock, when nothing of the file is in memory but what the
// questions before have read.
func (c *contestant) coldTimes(heads []uint64) (p50, p99 float64, err error) {
	if c.cold == nil {
		return 0, 0, nil
	}
	if err := c.cold(); err != nil {
		return 0, 0, err
	}
	var times []float64
	for _, h := range heads[:2000] {
		start := time.Now()
		c.has(h)
		times = append(times, float64(time.Since(start))/1000)
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*99/100], nil
}
