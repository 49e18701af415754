// Package server answers over HTTP whether passwords may be used.
//
//	listener ──> fasthttp ──┬─> HeaderReceived: inspect ──> refused: problem, close
//	 conn: wipes  bytes to  └─> handle ──> routes ──┬─> check, batch ──> parser ──> engine
//	 read buffer  requests       finish: wipes      ├─> breachRange     in place    verdict
//	                                                ├─> health, ready, metrics
//	                                                └─> auditRecords, auditSummary <── files
//	check ──> counters (metrics) and audit.Log: no lock, no allocation
//
// authorize finds out who asks, by server/access, before a route answers. The
// routes are one table in server.go. Whatever goes wrong is one cause of
// one table in problem.go, answered as application/problem+json (RFC 9457). A
// verdict is 200 whether the password is accepted or rejected. 503 means that
// the server cannot decide, and carries the answer declared for that.
//
// SwapSnapshot replaces the engine and what ranges are answered from at any
// time; requests in progress keep theirs. Server
// methods are safe for concurrent use.
//
// Privacy: a password is parsed in place in the request body and handed over as
// a part of it. The body is wiped before the answer leaves, the buffer through
// which it was read before the connection waits for its next request, or when
// it has closed; below TLS, the memory that it was decrypted in likewise. Nothing of
// a request or its headers is logged, of one without a valid credential its address,
// and errors tell fields and byte offsets, never content. docs/THREAT_MODEL.md says
// what cannot be wiped.
//
// What fasthttp 1.74.0 accepts and cannot be told to refuse is refused in
// inspect: other versions than HTTP/1.1, chunked bodies, a Transfer-Encoding of
// any kind, lines that end without CR, names with spaces, folded lines,
// targets that are not paths, compressed bodies. Three things are out of reach and
// harmless here: a request line that ends with LF alone, empty lines before a
// request line (RFC 9112, section 2.2, allows both), and leading zeros in a
// Content-Length.
package server
