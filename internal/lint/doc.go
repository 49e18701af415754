// Package lint holds the house rules as a test: which way imports point, what
// libraries may not do, what is documented, how long things may grow.
//
//	tree (fs.FS) ──> packages ──> rules ──> findings
//
// [Check] reads a source tree and applies every rule of one table. The test
// runs it over this repository, and over small bad trees that each rule must
// refuse. Where a rule makes a piece of code worse, the exception goes into the
// table in lint_test.go with its reason; an exception nobody needs any more is
// itself a finding.
package lint
