//go:build !linux

package main

import "time"

// cpuClock returns the time since the program began: on an idle machine a
// thread has about as much of the processor.
func cpuClock() time.Duration { return time.Since(begin) }

var begin = time.Now()

// processClock returns the time that has passed, as cpuClock does.
func processClock() time.Duration { return cpuClock() }
