// Package live keeps one snapshot in force that holds the configuration, its
// files, the stored lists and policies and the breach indexes as they are now.
//
//	veto.yaml, lists, indexes ──┐                      ┌──> Swap
//	store: lists, policies ─────┼──> build ──> snapshot ┤
//	folder of indexes ──────────┘      ^         ^      └──> State
//	                                   │         │
//	            Reload, watch, expiry ─┘         └── Edit: plan, amend, commit, swap
//
// Whatever fails leaves the snapshot in force; State tells what failed. A change
// is acknowledged when it is durable, recorded, and in force.
//
// An edit amends the engine, which takes time by the number of changed terms. When
// many have come together, or one is too large for that, the engine is built anew
// beside others, and the edits that come meanwhile are repeated on the new one.
//
// Concurrency: everything is safe for concurrent use. Changes happen one after the
// other, checks never wait for them.
//
// Memory: work with 100,000 terms and more sets debug.SetGCPercent while it lasts, so a
// process should have one Live.
//
// Time: terms expire by the wall clock, looked at every few seconds. If it is set
// forward they expire at once, if it is set back those that are to expire later
// again are in force again.
package live
