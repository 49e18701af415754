//go:build race

package engine

// RaceEnabled tells that the race detector is on, under which a sync.Pool drops
// what it is given at random.
const RaceEnabled = true
