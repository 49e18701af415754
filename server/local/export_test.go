package local

import "github.com/vetopw/veto/engine"

// ParseRequest opens parseRequest to the tests.
func ParseRequest(b []byte) (r Request, size int, whole bool, err error) {
	size, whole, err = parseRequest(b, &r)
	return r, size, whole, err
}

// AppendReply opens appendReply to the tests.
func AppendReply(dst []byte, d engine.Decision, reasons engine.Reasons) []byte {
	return appendReply(dst, d, reasons)
}

// AppendUTF8 opens appendUTF8 to the tests.
func AppendUTF8(dst, src []byte) []byte { return appendUTF8(dst, src) }
