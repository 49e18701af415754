package server

import (
	"bytes"
	"strings"
	"sync"
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
	batchBody int
	// uploadBody is the number of bytes of a list, of which maxUploads are read at
	// the same time; uploadRead is the time that has, and that of an export.
	uploadBody  int
	uploadRead  time.Duration
	simulate    time.Duration // for the verdicts of a simulation, of which each has a bound of its own
	connections int
}

func defaultLimits() limits {
	return limits{
		read: 2 * time.Second, write: 5 * time.Second, idle: 10 * time.Second, grace: 10 * time.Second,
		header: 8 << 10, fields: 64, body: 16 << 10, batchBody: 1 << 20, connections: 512,
		uploadBody: 50 << 20, uploadRead: time.Minute, simulate: 5 * time.Second,
	}
}

// bodyOf returns how long a body may be for a route, or nil.
func (l *limits) bodyOf(r *route) int {
	switch {
	case r == nil || r.body == checkBody || r.body == noBody:
		return l.body
	case r.body == uploadBody:
		return l.uploadBody
	}
	return l.batchBody
}

// received is called between header and body. It has no way to answer, so a
// refused request goes on to the handler without body and reuse of the connection,
// and without a path that is no route's, the cause in the place of the protocol: see refused.
func (s *Server) received(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	r, _ := routeOf(h)
	config := fasthttp.RequestConfig{MaxRequestBodySize: s.limits.bodyOf(r)}
	c := s.inspect(h, r, config.MaxRequestBodySize)
	if r != nil && strings.HasSuffix(r.path, exportPath) {
		config.WriteTimeout = s.limits.uploadRead
	}
	if c == causeNone && h.ContentLength() > s.limits.body {
		c = s.announced(h, r)
	}
	if c == causeNone && h.ContentLength() > s.limits.batchBody {
		config.ReadTimeout = s.limits.uploadRead
		if !s.uploads.admit(h, time.Now().Add(s.limits.uploadRead)) {
			c = causeUploads
		}
	}
	if c != causeNone {
		h.SetProtocol(refusedProtocols[c])
		h.SetConnectionClose()
		h.SetContentLength(0)
		h.Del(fasthttp.HeaderExpect)
		if r == nil {
			h.SetRequestURI("/") // else the answer tells what the route allows and needs
		}
		h.SetHost("localhost")
	}
	return config
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

// inspect refuses what fasthttp lets through, and bodies above the limit. r is the
// route or nil.
func (s *Server) inspect(h *fasthttp.RequestHeader, r *route, limit int) cause {
	if !h.IsHTTP11() {
		return causeVersion
	}
	if target := h.RequestURI(); len(target) == 0 || target[0] != '/' {
		return causeTarget
	}
	if c := s.inspectFields(h, r); c != causeNone {
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
func (s *Server) inspectFields(h *fasthttp.RequestHeader, r *route) cause {
	var length, transfer, authorization bool
	upload := r != nil && r.body == uploadBody
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
			if !upload && bytes.EqualFold(name, []byte("Content-Encoding")) {
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
	case transfer, !length && needsLength(h, r):
		return causeNoLength
	}
	return causeNone
}

// needsLength reports whether a request cannot be without a Content-Length.
func needsLength(h *fasthttp.RequestHeader, r *route) bool {
	return (h.IsPost() || h.IsPut() || h.IsPatch()) && (r == nil || r.body != noBody)
}

// maxUploads is how many bodies larger than limits.batchBody may be in memory at
// the same time.
const maxUploads = 2

// expands reports whether a body that has no slot yet becomes many times as large
// when it is read: lists that are packed, and entries, which take up to 60 times
// their text.
func (s *Server) expands(r *route, request *fasthttp.Request) bool {
	if r.body != editBody && r.body != uploadBody {
		return false
	}
	n := len(request.Body())
	return n <= s.limits.batchBody && (n > s.limits.body || len(request.Header.ContentEncoding()) > 0)
}

// uploads are the large bodies in memory. fasthttp tells when it begins to read
// one, not always when it gives up, so one that is not handled in time is over.
type uploads struct {
	mu    sync.Mutex
	slots [maxUploads]upload
}

// upload is one large body, or none.
type upload struct {
	header *fasthttp.RequestHeader // of the request
	until  time.Time               // when it is over unless it is handled; zero: never
}

// admit takes a slot for a request whose body is read until then.
func (u *uploads) admit(h *fasthttp.RequestHeader, until time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := time.Now()
	for i := range u.slots {
		s := &u.slots[i]
		if s.header == nil || s.header == h || !s.until.IsZero() && now.After(s.until) {
			*s = upload{h, until}
			return true
		}
	}
	return false
}

// hold keeps the slot of a request, if it has one, until release.
func (u *uploads) hold(h *fasthttp.RequestHeader) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.slots {
		if u.slots[i].header == h {
			u.slots[i].until = time.Time{}
		}
	}
}

// release gives the slot of a request back, if it has one.
func (u *uploads) release(h *fasthttp.RequestHeader) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range u.slots {
		if u.slots[i].header == h {
			u.slots[i] = upload{}
		}
	}
}
