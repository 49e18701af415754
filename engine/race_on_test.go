//go:build race

package engine_test

// raceEnabled tells that the race detector is on, under which a sync.Pool drops
// what it is given at random.
const raceEnabled = true
