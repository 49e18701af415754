// Package store keeps the lists and policies that are edited while they are in
// force: durably, with who changed what and when.
//
//	Draft ──> validate ──> compare with the base ──> confirm ──> commit, fsync ──> Change
//	                              │                    │
//	                         ErrConflict         an error abandons it
//
// A Store numbers all its changes in one sequence, which never repeats. The
// number of a list's last change is its revision. A change holds what it added
// and removed, so that each kept revision can be read, and restored as a new one.
//
// Open keeps a store in one file, for one process. Another implementation may
// share it among several.
//
// Concurrency: stores are safe for concurrent use; changes happen one after the
// other. Durability: what Edit returned survives the end of the process and of
// the machine.
//
// Privacy: lists may be secret. Errors name lists and indexes of entries, never
// their text.
package store
