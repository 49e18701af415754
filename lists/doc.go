// Package lists decides where lists come from, and makes them one immutable
// snapshot.
//
//	plain files ──> ParseTerms ──> engine.TermList ──┐
//	                                                 v
//	embedded data ─┬─> GlobalTerms ──────────────> Build ──> Snapshot
//	               ├─> GlobalPasswords ──────────────^        id, engine, infos
//	               └─> GlobalChars ──────────────────^
//	index files ──> OpenBreaches ──> filter.Chain ───^
//
// The files of this package are the boxes: source (parser of plain lists),
// passwords (sets of whole passwords: format and lookup), compile (their
// builder), breach (open breach indexes), global (what is embedded), snapshot
// (all of it as one value). The
// embedded data, its sources and its licenses are described in data/README.md;
// the program in gen makes it.
//
// Package lists/breach reads breach corpora into index files. Package
// lists/bundle carries lists to many machines.
//
// Concurrency: everything returned is immutable and may be shared.
//
// Privacy: a list may be secret. Errors name the source and the line, never
// what stands there.
package lists
