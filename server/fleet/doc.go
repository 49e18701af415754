// Package fleet knows the machines that judge passwords, by what they tell of
// themselves.
//
//	sidecar: Collect ──> Reporter ── POST /v1/fleet/report ──> Store ──> View
//	         in memory   jitter, backoff                       file      states, lag
//
// A Store tells which machines are well, behind the bundle, stopped, silent, or
// missing though expected. It is a view, nothing depends on it: reports are not on the
// path of a verdict, and one that is lost is replaced by the next.
//
// A report has ages instead of times, so that wrong clocks do no harm, and
// nothing of any password or account.
//
// Store and Reporter are safe for concurrent use.
package fleet
