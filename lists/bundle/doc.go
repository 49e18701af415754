// Package bundle carries lists and policies to many machines: a signed set of
// files in a folder that anything can copy or serve.
//
//	Write ──> folder ──┬─ files/SHA-256 ...   SYSVOL, NFS, web root, veto serve
//	                   └─ manifest            written last, by rename
//	                        │ copied or pulled, conditional, resumed
//	                        v
//	Keeper: Refresh ──> generation folder with the files' names ──> Current
//
// The manifest is a signed note (golang.org/x/mod/sumdb/note): text, an empty
// line, and one signature per key over the exact bytes of the text. One file
// holds both, so they cannot be torn apart, and a bundle may be signed by the
// old and the new key while keys change. The text:
//
//	veto bundle 1
//	version 42
//	created 2026-01-31T12:00:00Z
//	file terms 1234 64_HEX_DIGITS company.txt
//
// with a line for each file: kind, size in bytes, SHA-256, name; ascending by
// name. A bundle is the whole set: what it does not name is withdrawn.
//
// Files lie under their digests. So a folder that is half written, or half
// replicated, never looks whole: it lacks files that its manifest names
// (ErrIncomplete), and no file can be taken for another.
//
// A Keeper takes nothing that is not signed by a trusted key (ErrSignature),
// whose digest differs (ErrDigest), or that is older than what it had
// (ErrRollback), however well signed. Until a new generation is complete on the
// disk, the one before stays. Keys do not expire by the clock: one that is no
// longer trusted is taken from the list of keys.
//
// Concurrency: a Keeper is safe for concurrent use and owns its folder.
package bundle
