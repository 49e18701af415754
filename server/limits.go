package server

import (
	"bytes"
	"time"

	"github.com/valyala/fasthttp"
)

// limits bounds what a client may take. The values of defaultLimits are part of
// docs/THREAT_MODEL.md; tests use shorter times.
type limits struct {
	read   time.Duration // for a whole request, from its first byte
	write  time.Duration // for an answer
	idle   time.Duration // between requests
	grace  time.Duration // for the last requests when stopping
	header int           // bytes of request line and fields; the read buffer of a connection
	fields int           // header fields
	body   int           // bytes of a body
	// batchBody is the number of bytes of a batch's body. fasthttp takes the
	// memory when the body is announced, so connections times batchBody bounds it.
	batchBody   int
	connections int
}

func defaultLimits() limits {
	return limits{
		read: 2 * time.Second, write: 5 * time.Second, idle: 10 * time.Second, grace: 10 * time.Second,
		header: 8 << 10, fields: 64, body: 16 << 10, batchBody: 1 << 20, connections: 512,
	}
}

// received is called between header and body. It has no way to answer, so a
// refused request goes on to the handler without body, path and reuse of the
// connection, the cause in the place of the protocol: see refused.
func (s *Server) received(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	limit := s.limits.body
	r := routeOf(h.RequestURI())
	if r != nil && r.large {
		limit = s.limits.batchBody
	}
	c := s.inspect(h, limit)
	if c == causeNone && h.ContentLength() > s.limits.body {
		c = s.announced(h, r)
	}
	if c != causeNone {
		h.SetProtocol(refusedProtocols[c])
		h.SetConnectionClose()
		h.SetContentLength(0)
		h.Del(fasthttp.HeaderExpect)
		h.SetRequestURI("/")
		h.SetHost("localhost")
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: limit}
}

// refused returns the cause that received found, if any: only then the protocol
// isn't HTTP/1.1.
func refused(h *fasthttp.RequestHeader) cause {
	if h.IsHTTP11() {
		return causeNone
	}
	for c, name := range refusedProtocols {
		if string(h.Protocol()) == name {
			return cause(c)
		}
	}
	return causeMalformed
}

// refusedProtocols holds, for each cause, what stands in the place of the protocol.
var refusedProtocols = func() (names [causeCount]string) {
	for c := range names {
		names[c] = "refused " + string(rune('A'+c))
	}
	return
}()

// inspect refuses what fasthttp lets through, and bodies above the limit.
func (s *Server) inspect(h *fasthttp.RequestHeader, limit int) cause {
	if !h.IsHTTP11() {
		return causeVersion
	}
	if target := h.RequestURI(); len(target) == 0 || target[0] != '/' {
		return causeTarget
	}
	if c := s.inspectFields(h); c != causeNone {
		return c
	}
	if h.ContentLength() > limit {
		return causeTooLarge
	}
	return causeNone
}

// inspectFields walks over the fields as they came: fasthttp keeps no trace of
// "Transfer-Encoding: identity", joins folded lines, and takes LF for CRLF and
// names with spaces inside.
func (s *Server) inspectFields(h *fasthttp.RequestHeader) cause {
	var length, transfer, authorization bool
	raw := h.RawHeaders()
	for n := 0; ; n++ {
		end := bytes.IndexByte(raw, '\n')
		if end < 1 || raw[end-1] != '\r' {
			return causeMalformed
		}
		line := raw[:end-1]
		if len(line) == 0 {
			break
		}
		raw = raw[end+1:]
		colon := bytes.IndexByte(line, ':')
		if colon < 1 || line[0] == ' ' || line[0] == '\t' || bytes.IndexByte(line[:colon], ' ') >= 0 {
			return causeMalformed
		}
		if n == s.limits.fields {
			return causeHeaderTooLarge
		}
		switch name := line[:colon]; colon {
		case len("Content-Length"):
			length = length || bytes.EqualFold(name, []byte("Content-Length"))
		case len("Transfer-Encoding"):
			transfer = transfer || bytes.EqualFold(name, []byte("Transfer-Encoding"))
		case len("Authorization"):
			if bytes.EqualFold(name, headerAuthorization) {
				if authorization {
					return causeMalformed // whose it is would be a matter of opinion
				}
				authorization = true
			}
		case len("Content-Encoding"):
			if bytes.EqualFold(name, []byte("Content-Encoding")) {
				return causeEncoding
			}
		case len("Expect"):
			if bytes.EqualFold(name, []byte("Expect")) {
				if value := bytes.TrimSpace(line[colon+1:]); !bytes.EqualFold(value, []byte("100-continue")) {
					return causeExpectation
				}
			}
		case len("Connection"):
			if bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(bytes.TrimSpace(line[colon+1:]), []byte("close")) {
				h.SetConnectionClose() // fasthttp knows the lower-case word only
			}
		}
	}
	switch {
	case transfer && length:
		return causeAmbiguous
	case transfer, h.IsPost() && !length:
		return causeNoLength
	}
	return causeNone
}
