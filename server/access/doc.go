// Package access decides who may ask the server what.
//
//	tokens (file), certificates (configuration) ──> Table ──> Guard: swapped atomically
//	Authorization, peer certificate ─────────────────────────> Credential: scopes, rate
//
// A Credential is a bearer token or a client certificate with its scopes. Tokens
// are known by their SHA-256 only; looking one up compares nothing but digests,
// so its time tells nothing of a token.
package access
