// Package config decides what a configuration means: it reads veto.yaml, other
// people's settings and what flags and environment say on top, and makes
// policies of them.
//
//	flags, environment ──┐
//	veto.yaml ──> koanf ──> layers ──> tables ──┬─> Config ──> lists, server
//	              (YAML)    (load)   (field,    ├─> veto.yaml again, with origins (Show)
//	                                 policy)    └─> JSON Schema (Schema)
//	Lithnet's registry values ──> import ──> engine.Policy
//
// Each key is one row of one table: its name, its meaning, its bounds, and the
// field it is kept in. Reading, writing, the schema and the documentation come
// from these rows, so that none of them can differ from the others; what is
// shown as effective is read from the values that run. A new section is a new
// row. Defaults are the values of Default and of the profiles.
//
// Reading is strict: unknown keys and wrong values are all reported, each with
// file, line and path, such as policies[2].length.min.
//
// Concurrency: everything is a value; nothing is shared.
package config
