// Package breach reads breach corpora in every form that users have them in, and
// compiles them to an index of package filter.
//
//	path ──> opener ──> source: feed of parts (file, folder, ZIP, tar), expanded
//	                       │
//	                    cutter ──> chunks ──> parsers ──> reading: records in order
//	                                                          │
//	            in order ─────────────────────────────────────┤
//	            in none  ──> sorter ──> runs in a temp file ──┤
//	                                                          v
//	                                       mergeStreams ──> sink ──> filter.Writer
//
// The files of this package are the boxes: compile (Compile and its options),
// source, feed, expand, detect and format (what a path holds), chunk, stream
// (cutting and parsing in parallel), hash, hex, password and lithnet (parsers),
// sort, merge, sink, shrink (what an output may replace).
//
// Memory is bounded whatever the sources hold. Compile's goroutines end before
// it returns, save one that waits for standard input.
//
// Privacy: errors name source and line, never what stands there. Passwords from
// a list are hashed in the buffer that they were read into.
package breach
