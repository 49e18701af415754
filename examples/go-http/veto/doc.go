// Package veto asks a Veto server for verdicts. It is an example to copy, of the
// standard library alone, for the decisions that a caller has to take:
//
//   - A server that does not answer in time, or answers anything but a verdict,
//     refuses the password: the zero Verdict does, too.
//   - Connections are kept and requests have a deadline.
//   - The password stays the JSON text it came as, is never part of an error,
//     and what is made of it here is wiped.
package veto
