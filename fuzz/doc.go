// Package fuzz compares the engine with its reference model and states its
// laws, on random and on adversarial input.
//
//	candidates ──> passwords, terms, subjects, policies
//	                  │
//	                  ├─> engine.Check ─┐
//	                  ├─> model.Check  ─┴─> same reasons, points, guesses
//	                  └─> engine alone ──> laws: monotone, pure, explained
//
// Each property is both a test of a few hundred draws and a target of the
// fuzzer, which steers the same draws by coverage. It has no code of its own
// outside tests.
package fuzz
