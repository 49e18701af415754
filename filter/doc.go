// Package filter answers whether a digest is in a breach corpus of up to
// billions, from one immutable file that is mapped into memory.
//
//	records, ascending ──> Create, Append, Close ──> index file
//	                                                     │
//	                                    Open ──> Set ────┤ newest last
//	                                    OpenChain ──> Chain: base and overlays
//
// A file holds, in this order of asking, a Bloom filter that keeps most
// negatives off the disk, lines of remainders that say yes or no in one cache
// line, and optionally the full digests with exact counts. The bytes are
// described in docs/FORMAT.md.
//
// Concurrency: a [Set] and a [Chain] may be used by any number of goroutines,
// also while they are being closed; a [Writer] belongs to one.
//
// Privacy: digests are derived from passwords. No error or text of this package
// contains one.
package filter
