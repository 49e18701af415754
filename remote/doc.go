// Package remote calls other Veto servers, and web servers that hold their
// bundles.
//
//	base URL, CA, proxy, token file ──> New ──> Client.Do ──> answer, or StatusError
//
// Only HTTPS is spoken, or HTTP with this machine. Redirects are not followed:
// they would carry the token elsewhere. A Client is safe for concurrent use.
package remote
