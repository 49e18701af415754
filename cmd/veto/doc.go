// Command veto judges passwords on the command line and serves the same
// verdicts over HTTP and to password filters on the same machine.
//
//	run ──> cobra ──┬─> check       record (stdin) or prompt (terminal) ──> judge ──> stdout
//	 exit           ├─> serve       server.Server until a signal
//	 codes          ├─> sidecar     server/local on a socket or pipe, server.Caller behind
//	                ├─> compile     breach corpora ──> index file
//	                ├─> inspect, verify
//	                ├─> config, policy
//	                ├─> version
//	                └─> completion, man
//	                    source: veto.yaml, --profile, --term, --breached ... ──> lists.Snapshot
//
// Each subcommand is one file. Exit codes have one table, in exit.go, and
// travel in the error; a refused password is exit code 1 and no message.
//
// Privacy: passwords come from standard input or the terminal only, stay in
// byte slices of fixed capacity that are wiped after each verdict, and are
// never written unless --show asks for it. Messages never repeat arguments
// that are not flags, since one may be a password.
package main
