package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/server/access"
)

// Bounds of sessions.
const (
	maxSessions  = 1000
	sessionIdle  = time.Hour
	sessionLimit = 12 * time.Hour
)

const sessionCookie = "veto_session"

// headerConsole has to be in whatever a browser asks for by its cookie, but for
// reading: a page of another origin cannot send it without being asked first.
const headerConsole = "X-Veto-Console"

// sessions are the browsers that signed in with a token. A session holds the
// digest of the token alone, and no longer than the token does.
type sessions struct {
	mu  sync.Mutex
	all map[access.Digest]*session // by the digest of the cookie
}

type session struct {
	token        access.Digest
	begun, asked time.Time
}

// open begins a session and returns its cookie.
func (s *sessions) open(token access.Digest) string {
	var random [32]byte
	rand.Read(random[:])
	cookie := hex.EncodeToString(random[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[access.Digest]*session{}
	}
	now := time.Now()
	var oldest access.Digest
	for key, one := range s.all {
		if one.over(now) {
			delete(s.all, key)
		} else if s.all[oldest] == nil || one.asked.Before(s.all[oldest].asked) {
			oldest = key
		}
	}
	if len(s.all) >= maxSessions {
		delete(s.all, oldest)
	}
	s.all[sha256.Sum256([]byte(cookie))] = &session{token, now, now}
	return cookie
}

func (s *session) over(now time.Time) bool {
	return now.Sub(s.asked) > sessionIdle || now.Sub(s.begun) > sessionLimit
}

// find returns the token of the session that a request belongs to. Requests that a
// page of another origin made do not.
func (s *sessions) find(h *fasthttp.RequestHeader) (token access.Digest, ok bool) {
	cookie := h.Cookie(sessionCookie)
	if len(cookie) == 0 || !sameOrigin(h) {
		return token, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.all[sha256.Sum256(cookie)]
	now := time.Now()
	if one == nil || one.over(now) {
		return token, false
	}
	one.asked = now
	return one.token, true
}

// close ends the session of a request.
func (s *sessions) close(h *fasthttp.RequestHeader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, sha256.Sum256(h.Cookie(sessionCookie)))
}

// sameOrigin reports whether no page of another origin can have made the request:
// the browser says so (Fetch Metadata), and what changes something has a field that
// only our own pages can set.
func sameOrigin(h *fasthttp.RequestHeader) bool {
	site := h.Peek("Sec-Fetch-Site")
	if len(site) > 0 && string(site) != "same-origin" && string(site) != "none" {
		return false
	}
	return h.IsGet() || h.IsHead() || len(h.Peek(headerConsole)) > 0
}

// signIn answers POST /v1/session: a token becomes a cookie that scripts of the
// page cannot read.
func (s *Server) signIn(ctx *fasthttp.RequestCtx, c *conn) error {
	if s.config.Access == nil {
		return causeNotFound
	}
	if !sameOrigin(&ctx.Request.Header) {
		return causeOrigin
	}
	body := ctx.Request.Body()
	parts, err := document(body, "token")
	if err != nil {
		return err
	}
	token, err := parts["token"].bytes(body)
	if err != nil {
		return err
	}
	digest := access.Digest(sha256.Sum256(token))
	credential, err := s.config.Access.Holder(digest)
	if err != nil {
		return s.deny(&ctx.Request.Header, c, credential, err)
	}
	c.credential = credential
	s.setCookie(ctx, s.sessions.open(digest), sessionLimit)
	return s.respondSession(ctx, c)
}

// signOut answers DELETE /v1/session.
func (s *Server) signOut(ctx *fasthttp.RequestCtx, c *conn) error {
	if sameOrigin(&ctx.Request.Header) {
		s.sessions.close(&ctx.Request.Header)
	}
	s.setCookie(ctx, "", -time.Second)
	ctx.Response.SetStatusCode(fasthttp.StatusNoContent)
	return nil
}

// setCookie sets the cookie of the session, for so long.
func (s *Server) setCookie(ctx *fasthttp.RequestCtx, value string, age time.Duration) {
	var cookie fasthttp.Cookie
	cookie.SetKey(sessionCookie)
	cookie.SetValue(value)
	cookie.SetPath("/")
	cookie.SetHTTPOnly(true)
	cookie.SetSameSite(fasthttp.CookieSameSiteStrictMode)
	cookie.SetSecure(s.config.Certificate != nil || s.config.Plaintext) // TLS, here or in front
	cookie.SetExpire(time.Now().Add(age))
	ctx.Response.Header.SetCookie(&cookie)
}

// sessionShow answers GET /v1/session: who asks, and what there is to be asked.
func (s *Server) sessionShow(ctx *fasthttp.RequestCtx, c *conn) error {
	if s.config.Access != nil {
		h := &ctx.Request.Header
		credential, err := s.authenticate(h, c.certificate())
		switch {
		case err != nil && len(h.PeekBytes(headerAuthorization)) == 0:
			return causeNoCredential // a browser that is not signed in, or no longer, is no attack
		case err != nil:
			return s.deny(&ctx.Request.Header, c, credential, err)
		}
		c.credential = credential
	}
	return s.respondSession(ctx, c)
}

func (s *Server) respondSession(ctx *fasthttp.RequestCtx, c *conn) error {
	l := s.live.Load()
	return respondJSON(ctx, struct {
		Credentials bool     `json:"credentials"` // are needed here
		Name        string   `json:"name"`
		Scopes      []string `json:"scopes"`
		Version     string   `json:"version"`
		Store       bool     `json:"store"`
		Audit       bool     `json:"audit"`
	}{s.config.Access != nil, c.credential.Actor(), c.credential.Scopes().Names(), s.config.Version, l != nil && l.Store() != nil, s.config.Audit != nil && s.config.Audit.Path() != ""})
}
