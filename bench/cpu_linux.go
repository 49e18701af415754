package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuClock returns the processor time of the calling thread, which is to be
// locked: unlike the time of day it stands still while others have the
// processor. What the garbage collector does on other threads isn't in it.
func cpuClock() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// processClock returns the processor time of all threads of the process.
func processClock() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
