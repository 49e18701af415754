// Package engine decides whether a password may be used, and says why not.
//
//	password ──> fold ──> lattice ──┬─> terms     (banned terms, subject's words)
//	 []byte      Unicode   all      ├─> patterns  (sequences, walks, repeats, dates)
//	             offsets   readings └─> passwords (whole-password lookups, breach corpora)
//	                                        │ matches: span + cost
//	                                        v
//	 Verdict <── policy <── score (cheapest segmentation: points and guesses)
//
// An [Engine] is immutable: build one with [New], share it between any number
// of goroutines, replace it as a whole. [Engine.Check] never fails, blocks,
// allocates in the steady state, logs, or reads a clock; the verdict is a pure
// function of password, subject and configuration. [Engine.Explain] runs the
// same path and also reports spans, lists and arithmetic.
//
// Privacy: passwords come as byte slices, are never converted to strings, and
// every scratch buffer that held a part of one is wiped before the call
// returns. The caller's slice is neither changed nor kept.
//
// The rules are documented, with sources, in docs/DECISION.md.
package engine
