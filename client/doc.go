// Package client asks a Veto server about passwords, and edits its lists.
//
//	password, Subject ──> Client.Check ──> POST /v1/check ──> Verdict
//	                                   └─> no verdict: the declared answer, and an error
//
// A [Verdict] always has a decision to act on: if the server gave none, that is
// the answer declared by the server or in [Options], and the error tells why. A
// Client is safe for concurrent use and keeps connections open; make one and keep
// it.
//
// Passwords are bytes. A Client copies them into the body of the request only, and
// wipes that when the request is over. What it cannot reach is the write buffer of
// each open connection in net/http, 4 KiB that hold the end of the latest request
// until the next overwrites it, and what the operating system buffers. A request
// that loses its connection just before it is written leaves its body unwiped. The
// caller wipes the password itself.
package client
