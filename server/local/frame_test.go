package local_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/local"
)

// octets are bytes written in hexadecimal.
type octets []byte

// UnmarshalText reads hexadecimal digits.
func (o *octets) UnmarshalText(text []byte) (err error) {
	*o, err = hex.AppendDecode(nil, text)
	return err
}

// wire has the numbers of the protocol for decisions.
var wire = []engine.Decision{engine.Reject, engine.Accept, engine.Undecided}

type requestVector struct {
	Name         string
	Frame        octets
	Operation    engine.Operation
	Encoding     local.Encoding
	Account      octets
	FullName     octets `json:"full_name"`
	Password     octets
	PasswordUTF8 octets `json:"password_utf8"`
}

type replyVector struct {
	Name     string
	Frame    octets
	Decision int
	Codes    string
}

type frameVector struct {
	Name  string
	Frame octets
}

type vectors struct {
	MaxRequest         int             `json:"max_request_bytes"`
	MaxCodes           int             `json:"max_codes_bytes"`
	Requests           []requestVector `json:"requests"`
	MalformedRequests  []frameVector   `json:"malformed_requests"`
	IncompleteRequests []frameVector   `json:"incomplete_requests"`
	Replies            []replyVector   `json:"replies"`
	MalformedReplies   []frameVector   `json:"malformed_replies"`
	IncompleteReplies  []frameVector   `json:"incomplete_replies"`
}

func readVectors(t testing.TB) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("../../testdata/protocol.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Requests) == 0 || len(v.MalformedRequests) == 0 || len(v.IncompleteRequests) == 0 ||
		len(v.Replies) == 0 || len(v.MalformedReplies) == 0 || len(v.IncompleteReplies) == 0 {
		t.Fatal("vectors are missing")
	}
	return v
}

func TestRequestVectors(t *testing.T) {
	v := readVectors(t)
	if v.MaxRequest != local.MaxRequest || v.MaxCodes != local.MaxCodes {
		t.Errorf("bounds %d and %d", v.MaxRequest, v.MaxCodes)
	}
	for _, test := range v.Requests {
		r := local.Request{Operation: test.Operation, Encoding: test.Encoding, Account: test.Account, Name: test.FullName, Password: test.Password}
		frame, err := local.AppendRequest(nil, &r)
		if err != nil || !bytes.Equal(frame, test.Frame) {
			t.Errorf("%s: frame %x, %v", test.Name, frame, err)
		}
		got, size, whole, err := local.ParseRequest(append(bytes.Clone(test.Frame), "VETO"...))
		if err != nil || !whole || size != len(test.Frame) || got.Operation != test.Operation || got.Encoding != test.Encoding ||
			!bytes.Equal(got.Account, test.Account) || !bytes.Equal(got.Name, test.FullName) || !bytes.Equal(got.Password, test.Password) {
			t.Errorf("%s: parsed %+v, size %d, whole %v, %v", test.Name, got, size, whole, err)
		}
		text := []byte(test.Password)
		if test.Encoding == local.UTF16 {
			text = local.AppendUTF8(nil, text)
		}
		if !bytes.Equal(text, test.PasswordUTF8) {
			t.Errorf("%s: UTF-8 %x, want %x", test.Name, text, test.PasswordUTF8)
		}
	}
	for _, test := range v.MalformedRequests {
		if _, _, whole, err := local.ParseRequest(test.Frame); !errors.Is(err, local.ErrMalformed) || whole {
			t.Errorf("%s: whole %v, %v", test.Name, whole, err)
		}
	}
	for _, test := range v.IncompleteRequests {
		if _, _, whole, err := local.ParseRequest(test.Frame); err != nil || whole {
			t.Errorf("%s: whole %v, %v", test.Name, whole, err)
		}
	}
}

func TestReplyVectors(t *testing.T) {
	v := readVectors(t)
	for _, test := range v.Replies {
		got, whole, err := local.ParseReply(test.Frame)
		if err != nil || !whole || got.Decision != wire[test.Decision] || got.Codes != test.Codes {
			t.Errorf("%s: parsed %+v, whole %v, %v", test.Name, got, whole, err)
		}
		var reasons engine.Reasons
		for r := range engine.AllReasons() {
			for code := range bytes.SplitSeq([]byte(test.Codes), []byte(",")) {
				if r.Code() == string(code) {
					reasons = reasons.With(r)
				}
			}
		}
		if frame := local.AppendReply(nil, wire[test.Decision], reasons); !bytes.Equal(frame, test.Frame) {
			t.Errorf("%s: frame %x", test.Name, frame)
		}
	}
	for _, test := range v.MalformedReplies {
		if r, whole, err := local.ParseReply(test.Frame); !errors.Is(err, local.ErrMalformed) || whole || r != (local.Reply{}) {
			t.Errorf("%s: %+v, whole %v, %v", test.Name, r, whole, err)
		}
	}
	for _, test := range v.IncompleteReplies {
		if r, whole, err := local.ParseReply(test.Frame); err != nil || whole || r != (local.Reply{}) {
			t.Errorf("%s: %+v, whole %v, %v", test.Name, r, whole, err)
		}
	}
}

// TestAllCodesFit makes sure that no reply is too long for a client.
func TestAllCodesFit(t *testing.T) {
	var all engine.Reasons
	for r := range engine.AllReasons() {
		all = all.With(r)
	}
	if _, whole, err := local.ParseReply(local.AppendReply(nil, engine.Reject, all)); err != nil || !whole {
		t.Errorf("whole %v, %v", whole, err)
	}
}

func TestRequestTooLong(t *testing.T) {
	for _, test := range []struct {
		password int
		want     error
	}{{local.MaxRequest - 14 - 4, nil}, {local.MaxRequest - 14 - 3, local.ErrTooLong}, {1 << 20, local.ErrTooLong}} {
		frame, err := local.AppendRequest(nil, &local.Request{Account: []byte("jdoe"), Password: make([]byte, test.password)})
		if !errors.Is(err, test.want) || err != nil && len(frame) > 0 {
			t.Errorf("%d bytes: %v, frame of %d", test.password, err, len(frame))
		}
	}
}

// TestUTF16 compares with the standard library where that loses nothing, and
// asks for invalid UTF-8 where it does.
func TestUTF16(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.SliceOfN(rapid.OneOf(rapid.Uint16(), rapid.Uint16Range(0xD800, 0xDFFF)), 0, 40).Draw(t, "units")
		src := make([]byte, 0, 2*len(units)+1)
		for _, u := range units {
			src = binary.LittleEndian.AppendUint16(src, u)
		}
		runes := utf16.Decode(units)
		valid := !bytes.ContainsRune([]byte(string(runes)), utf8.RuneError)
		if rapid.Bool().Draw(t, "odd") {
			src, valid = append(src, 'x'), false
		}
		got := local.AppendUTF8(nil, src)
		if valid && string(got) != string(runes) {
			t.Fatalf("got %x, want %x", got, string(runes))
		}
		hasFFFD := bytes.Contains(got, []byte("\uFFFD"))
		if !valid && utf8.Valid(got) && !hasFFFD {
			t.Fatalf("%x became the valid %x", src, got)
		}
		// in place, behind free space of half its length
		room := (len(src) + 1) / 2
		memory := append(make([]byte, room), src...)
		if placed := local.AppendUTF8(memory[:0], memory[room:]); !bytes.Equal(placed, got) {
			t.Fatalf("in place %x, want %x", placed, got)
		}
	})
}

func FuzzRequest(f *testing.F) {
	v := readVectors(f)
	for _, r := range v.Requests {
		f.Add([]byte(r.Frame))
	}
	for _, r := range append(v.MalformedRequests, v.IncompleteRequests...) {
		f.Add([]byte(r.Frame))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, size, whole, err := local.ParseRequest(b)
		if whole && err != nil || size > local.MaxRequest || whole && size > len(b) {
			t.Fatalf("size %d, whole %v, %v", size, whole, err)
		}
		if !whole {
			return
		}
		again, err := local.AppendRequest(nil, &r)
		if err != nil || !bytes.Equal(again, b[:size]) {
			t.Fatalf("%x became %x, %v", b[:size], again, err)
		}
	})
}

func FuzzReply(f *testing.F) {
	v := readVectors(f)
	for _, r := range v.Replies {
		f.Add([]byte(r.Frame))
	}
	for _, r := range append(v.MalformedReplies, v.IncompleteReplies...) {
		f.Add([]byte(r.Frame))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, whole, err := local.ParseReply(b)
		if err != nil && (whole || r != (local.Reply{})) || whole && len(b) != 8+len(r.Codes) || !whole && r.Decision == engine.Accept {
			t.Fatalf("%+v, whole %v, %v", r, whole, err)
		}
	})
}
