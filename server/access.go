package server

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/server/access"
)

var headerAuthorization = []byte("Authorization")

// authorize finds out who asks, as c.credential, and refuses who may not.
func (s *Server) authorize(h *fasthttp.RequestHeader, c *conn, needs access.Scopes) error {
	switch guard := s.config.Access; {
	case guard == nil:
		if !s.knowsHost(h.Host()) && !c.isUnix() {
			return causeHost
		}
		c.credential = s.local
	case needs != 0:
		credential, err := s.authenticate(h, c.certificate())
		if err != nil {
			return s.deny(h, c, credential, err)
		}
		c.credential = credential
	}
	if !c.credential.May(needs) {
		return causeScope
	}
	if needs != 0 {
		if wait := c.credential.Take(); wait > 0 {
			return &limited{causeRate, wait}
		}
	}
	return nil
}

// authenticate returns whose token or certificate a request has, or else who signed
// in with the browser it comes from.
func (s *Server) authenticate(h *fasthttp.RequestHeader, peer access.Peer) (*access.Credential, error) {
	credential, err := s.config.Access.Authenticate(h.PeekBytes(headerAuthorization), peer)
	if errors.Is(err, access.ErrMissing) {
		if token, ok := s.sessions.find(h); ok {
			return s.config.Access.Holder(token)
		}
	}
	return credential, err
}

// deny counts a request without a valid credential. From an address with many of
// them it is no longer told from other nonsense; valid ones from there still pass.
func (s *Server) deny(h *fasthttp.RequestHeader, c *conn, credential *access.Credential, reason error) error {
	who := c.certificate().Subject
	if credential != nil {
		who = credential.Actor()
	}
	if wait := s.config.Access.Failed(s.address(h, c), who, reason); wait > 0 {
		return &limited{causeGuesses, wait}
	}
	if errors.Is(reason, access.ErrMissing) {
		return causeNoCredential
	}
	return causeCredential
}

// announced refuses a body larger than a check's before it is read, if the token
// may not send it. Of certificates nothing is known here yet, so that without a
// token a body may be as large as a batch.
func (s *Server) announced(h *fasthttp.RequestHeader, r *route) cause {
	if s.config.Access == nil || r == nil {
		return causeNone
	}
	c, err := s.authenticate(h, access.Peer{})
	switch {
	case errors.Is(err, access.ErrMissing) && s.config.Certificate != nil && h.ContentLength() <= s.limits.batchBody:
		return causeNone
	case errors.Is(err, access.ErrMissing):
		return causeNoCredential
	case err != nil:
		return causeCredential
	case !c.May(r.scope):
		return causeScope
	}
	return causeNone
}

// refuse returns the error for a request that was refused before its body.
func (s *Server) refuse(h *fasthttp.RequestHeader, c *conn, cause cause) error {
	switch cause {
	case causeNoCredential:
		return s.deny(h, c, nil, access.ErrMissing)
	case causeCredential:
		return s.deny(h, c, nil, access.ErrUnknown)
	}
	return cause
}

// account returns what the refusals of whom the request is about are counted by, 0
// for not at all. It fails if there were too many.
func (s *Server) account(c *conn) (uint64, error) {
	if s.config.Access == nil {
		return 0, nil
	}
	account := s.config.Access.Account(c.credential, &c.request.subject)
	if wait := s.config.Access.Capped(account); wait > 0 {
		return 0, &limited{causeRefusals, wait}
	}
	return account, nil
}

// limited is a cause that passes with time.
type limited struct {
	cause
	wait time.Duration
}

// Unwrap returns the cause.
func (l *limited) Unwrap() error { return l.cause }

// retryAfter returns the value of Retry-After for an error, in seconds.
func retryAfter(err error) string {
	var l *limited
	if errors.As(err, &l) {
		return strconv.Itoa(int((l.wait + time.Second - 1) / time.Second))
	}
	return "1"
}

// challenge returns the value of WWW-Authenticate for a cause (RFC 6750, section
// 3), or "".
func challenge(r *route, c cause) string {
	const realm = `Bearer realm="veto"`
	switch c {
	case causeNoCredential:
		return realm
	case causeCredential:
		return realm + `, error="invalid_token"`
	case causeScope:
		text := realm + `, error="insufficient_scope"`
		if r != nil {
			text += `, scope="` + r.scope.String() + `"`
		}
		return text
	}
	return ""
}

// certificate returns the client certificate of the connection, if there is one.
func (c *conn) certificate() access.Peer {
	if !c.greeted && c.secure != nil {
		c.greeted = true
		if state := c.secure.ConnectionState(); len(state.VerifiedChains) > 0 {
			c.peer = access.NewPeer(state.PeerCertificates[0])
		}
	}
	return c.peer
}

// crossOrigin reports whether a browser made a request that changes something for a
// page of another origin, which cannot give a token: what lets it in, the place it
// asks from or its certificate, is not the page's (CSRF). Browsers tell the origin
// themselves (Fetch Metadata, and for older ones RFC 6454, section 7).
func crossOrigin(h *fasthttp.RequestHeader) bool {
	if h.IsGet() || h.IsHead() || len(h.PeekBytes(headerAuthorization)) > 0 {
		return false
	}
	if site := string(h.Peek("Sec-Fetch-Site")); site != "" {
		return site != "same-origin" && site != "none"
	}
	origin := h.Peek(fasthttp.HeaderOrigin)
	_, host, _ := bytes.Cut(origin, []byte("://"))
	return len(origin) > 0 && !bytes.EqualFold(host, h.Host())
}

func (c *conn) isUnix() bool {
	_, ok := c.LocalAddr().(*net.UnixAddr)
	return ok
}

// knowsHost reports whether a Host may stand for a server that answers without
// credentials. A web page elsewhere can have its name resolved to 127.0.0.1 and so
// reach it as its own origin (DNS rebinding), but it cannot take for its own an IP
// address, which alone ends in a number, or a name without a dot, which no public
// name is.
func (s *Server) knowsHost(host []byte) bool {
	name := host
	if i := bytes.LastIndexByte(host, ':'); i > bytes.LastIndexByte(host, ']') {
		name = host[:i]
	}
	name = bytes.TrimSuffix(name, []byte("."))
	dot := bytes.LastIndexByte(name, '.')
	if dot < 0 || name[0] == '[' {
		return true
	}
	top := name[dot+1:]
	return len(bytes.Trim(top, "0123456789")) == 0 || bytes.EqualFold(top, []byte("localhost")) ||
		slices.ContainsFunc(s.config.Hosts, func(own string) bool { return bytes.EqualFold(name, []byte(own)) })
}
