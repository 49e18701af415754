package server

import (
	"encoding/binary"
	"net"
	"sync/atomic"
	"time"
)

// recordHeader is the length of a TLS record's header: type, version and, in its
// last two bytes, the length of what follows (RFC 8446, section 5.1).
const recordHeader = 5

// sealed is the connection below TLS. crypto/tls decrypts a record where it was
// read to, so the plain text stays there until something else is read. sealed
// reads at most to the end of a header or of a record; so it has seen all of the
// memory that a record was read to when the next one is asked for, by when
// crypto/tls has handed over the one before, and wipes it then.
type sealed struct {
	net.Conn
	buffer [4 << 10]byte // what is encrypted still
	ahead  []byte        // the part of buffer that was not yet asked for
	header [recordHeader]byte
	got    int    // bytes of the header
	left   int    // bytes of the record
	record []byte // where the record was read to
	// ends is when the connection is to be closed at the latest; nil: not yet.
	ends atomic.Pointer[time.Time]
}

// SetWriteDeadline sets the deadline, at the latest when the connection is to be
// closed: crypto/tls gives a client five seconds to take that TLS ends.
func (s *sealed) SetWriteDeadline(t time.Time) error {
	if ends := s.ends.Load(); ends != nil && t.After(*ends) {
		t = *ends
	}
	return s.Conn.SetWriteDeadline(t)
}

// end says until when the connection is to be closed.
func (s *sealed) end(until time.Time) { s.ends.Store(&until) }

// Read reads a part of a header or of a record into p.
func (s *sealed) Read(p []byte) (int, error) {
	if s.left == 0 && s.got == recordHeader {
		s.got = 0
	}
	inHeader := s.got < recordHeader
	if inHeader {
		s.wipe()
		p = p[:min(len(p), recordHeader-s.got)]
	} else {
		if s.record == nil {
			s.record = p[:min(len(p), s.left)]
		}
		p = p[:min(len(p), s.left)]
	}
	n, err := s.fetch(p)
	if !inHeader {
		s.left -= n
		return n, err
	}
	s.got += copy(s.header[s.got:], p[:n])
	if s.got == recordHeader {
		s.left = int(binary.BigEndian.Uint16(s.header[3:]))
	}
	return n, err
}

// fetch reads what is encrypted, through the buffer if that saves calls.
func (s *sealed) fetch(p []byte) (int, error) {
	if len(s.ahead) == 0 {
		if len(p) >= len(s.buffer) {
			return s.Conn.Read(p)
		}
		n, err := s.Conn.Read(s.buffer[:])
		s.ahead = s.buffer[:n]
		if n == 0 {
			return 0, err
		}
	}
	n := copy(p, s.ahead)
	s.ahead = s.ahead[n:]
	return n, nil
}

// wipe wipes the record that was read last.
func (s *sealed) wipe() {
	clear(s.record)
	s.record = nil
}
