// Package local answers whether passwords may be used to programs on the same
// machine: the password filters of a domain controller, of OpenLDAP and PAM.
//
//	unix socket ──> Listen ──> peer: root, us ──> conn ──┬─> frame, UTF-16 ──> Judge
//	 or pipe       mode, stale   or configured  one buffer └─ reply <── verdict
//	Client ──> Dial ──> AppendRequest ... ParseReply
//
// A request is a head of 14 bytes and three texts, little-endian:
//
//	"VETO" u8 version=1, u8 operation (0 unknown, 1 set, 2 change),
//	u8 encoding (0 UTF-8, 1 UTF-16LE), u8 flags=0,
//	u16 account, u16 name, u16 password (lengths in bytes), then these
//
// A reply is a head of 8 bytes and codes:
//
//	"VETO" u8 version=1, u8 decision (0 reject, 1 accept, 2 cannot decide),
//	u16 length of the codes, then reason codes separated by commas
//
// testdata/protocol.json holds vectors for clients in any language. A connection
// carries requests one after the other. Codes of an accepted password are those
// that enforcing would have refused it for. What is malformed, or does not arrive
// in time, closes the connection. A server never accepts for want of a verdict:
// it replies that it cannot decide, and the client has a declared answer for that
// as for a server that is not there.
//
// A Server is safe for concurrent use, a Client is not. Each connection has one
// buffer for all its requests, which is wiped after each; requests that fit into
// it are answered without allocations.
package local
