// Package audit keeps a record of every decision and every change.
//
//	checks ──> ring of fixed slots ──> goroutine of Log: encode ──┬─> file, rotated
//	           no lock, no allocation    one JSON object a line   ├─> stream (journald)
//	changes ───────── waits until written and synced ───────────> └─> syslog (RFC 5424)
//	                                                       Reader <── files
//
// A record holds ids, codes and names of lists: never a password, a hash or
// length of one, or the text that matched. The account is kept as it is, as a
// keyed HMAC, or not at all; it is left out where it contains the password.
//
// Decisions wait in a bounded queue. When it is full, Add returns false, and the
// caller drops the record or refuses the check; both are counted. Changes are
// chained: each holds the SHA-256 of the one before, and each file begins with
// the head of the chain, so that a change that was altered, removed or inserted
// shows in Verify, also after old files are gone.
//
// Times of records are those of the wall clock; order is that of the files and
// lines, which a clock that is set back does not change.
package audit
