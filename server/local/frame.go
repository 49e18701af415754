package local

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vetopw/veto/engine"
)

// Bounds of the protocol, in bytes.
const (
	MaxRequest = 64 << 10 // a request with its head
	MaxCodes   = 1024     // the reason codes of a reply
)

const (
	magic       = "VETO"
	version     = 1
	requestHead = 14
	replyHead   = 8
)

// ErrMalformed is wrapped by the errors about frames that no peer of this
// version sends.
var ErrMalformed = errors.New("malformed frame")

// ErrTooLong is the error about a request above MaxRequest.
var ErrTooLong = errors.New("request above 64 KiB")

// Encoding is how the texts of a request are written.
type Encoding uint8

// The encodings of the protocol.
const (
	UTF8 Encoding = iota
	UTF16
)

// Request is one question. Its texts are in the Encoding and need not be valid.
type Request struct {
	Operation engine.Operation
	Encoding  Encoding
	Account   []byte // logon name, or empty
	Name      []byte // full name, or empty
	Password  []byte
}

// AppendRequest appends the frame of r to dst. It fails with ErrTooLong. The
// caller wipes the frame, and gives dst room for it, so that it is not copied.
func AppendRequest(dst []byte, r *Request) ([]byte, error) {
	size := requestHead
	for _, text := range [...][]byte{r.Account, r.Name, r.Password} {
		if len(text) > MaxRequest {
			return dst, ErrTooLong
		}
		size += len(text)
	}
	if size > MaxRequest {
		return dst, ErrTooLong
	}
	dst = append(dst, magic...)
	dst = append(dst, version, byte(r.Operation), byte(r.Encoding), 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(r.Account)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(r.Name)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(r.Password)))
	dst = append(dst, r.Account...)
	dst = append(dst, r.Name...)
	return append(dst, r.Password...), nil
}

// parseRequest reads the request that b begins with; its texts are parts of b.
// size is that of the frame as soon as b holds its head; whole tells that b
// holds all of it. The errors wrap ErrMalformed and tell no content.
func parseRequest(b []byte, r *Request) (size int, whole bool, err error) {
	if err := checkStart(b); err != nil {
		return 0, false, err
	}
	if len(b) < requestHead {
		return 0, false, nil
	}
	account := int(binary.LittleEndian.Uint16(b[8:]))
	name := int(binary.LittleEndian.Uint16(b[10:]))
	password := int(binary.LittleEndian.Uint16(b[12:]))
	size = requestHead + account + name + password
	switch {
	case b[5] > byte(engine.Change):
		return 0, false, fmt.Errorf("%w: operation", ErrMalformed)
	case b[6] > byte(UTF16):
		return 0, false, fmt.Errorf("%w: encoding", ErrMalformed)
	case b[7] != 0:
		return 0, false, fmt.Errorf("%w: flags", ErrMalformed)
	case size > MaxRequest:
		return 0, false, fmt.Errorf("%w: length", ErrMalformed)
	case len(b) < size:
		return size, false, nil
	}
	texts := b[requestHead:size]
	*r = Request{
		Operation: engine.Operation(b[5]), Encoding: Encoding(b[6]),
		Account: texts[:account], Name: texts[account : account+name], Password: texts[account+name:],
	}
	return size, true, nil
}

// checkStart checks magic and version, of which b may hold a part.
func checkStart(b []byte) error {
	if n := min(len(b), len(magic)); string(b[:n]) != magic[:n] {
		return fmt.Errorf("%w: magic", ErrMalformed)
	}
	if len(b) > len(magic) && b[len(magic)] != version {
		return fmt.Errorf("%w: version", ErrMalformed)
	}
	return nil
}

// Reply is the answer to one request.
type Reply struct {
	// Decision is engine.Undecided if the server cannot decide: the caller then
	// gives its declared answer.
	Decision engine.Decision
	// Codes are the reason codes, separated by commas: of a refusal, or of what
	// would have been one.
	Codes string
}

// wireDecisions are the decisions by their number in a reply.
var wireDecisions = [...]engine.Decision{engine.Reject, engine.Accept, engine.Undecided}

// wireDecision returns the number of a decision.
func wireDecision(d engine.Decision) byte {
	for i, known := range wireDecisions {
		if known == d {
			return byte(i)
		}
	}
	return wireDecision(engine.Undecided)
}

// appendReply appends the frame of a reply. All codes together stay below
// MaxCodes.
func appendReply(dst []byte, d engine.Decision, reasons engine.Reasons) []byte {
	start := len(dst)
	dst = append(dst, magic...)
	dst = append(dst, version, wireDecision(d), 0, 0)
	dst = reasons.AppendCodes(dst)
	binary.LittleEndian.PutUint16(dst[start+6:], uint16(len(dst)-start-replyHead))
	return dst
}

// ParseReply reads the reply that b holds. whole is false if b is the beginning
// of one. The errors wrap ErrMalformed.
func ParseReply(b []byte) (r Reply, whole bool, err error) {
	if err := checkStart(b); err != nil {
		return Reply{}, false, err
	}
	if len(b) < replyHead {
		return Reply{}, false, nil
	}
	n := int(binary.LittleEndian.Uint16(b[6:]))
	codes := b[replyHead:min(len(b), replyHead+n)]
	switch {
	case int(b[5]) >= len(wireDecisions):
		return Reply{}, false, fmt.Errorf("%w: decision", ErrMalformed)
	case n > MaxCodes || len(b) > replyHead+n:
		return Reply{}, false, fmt.Errorf("%w: length", ErrMalformed)
	case !validCodes(codes, len(codes) == n):
		return Reply{}, false, fmt.Errorf("%w: codes", ErrMalformed)
	case len(codes) < n:
		return Reply{}, false, nil
	}
	return Reply{wireDecisions[b[5]], string(codes)}, true, nil
}

// validCodes reports whether b is a list of codes, or the beginning of one:
// words of lower-case letters, digits and underscores with a comma between two.
func validCodes(b []byte, all bool) bool {
	last := byte(',')
	for _, c := range b {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_', c == ',' && last != ',':
		default:
			return false
		}
		last = c
	}
	return len(b) == 0 || !all || last != ','
}
