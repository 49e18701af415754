package server

import (
	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/server/access"
)

// authorize finds out who asks, as c.credential, and refuses who may not.
func (s *Server) authorize(_ *fasthttp.RequestHeader, c *conn, needs access.Scopes) error {
	c.credential = s.local
	if !c.credential.May(needs) {
		return causeNotFound
	}
	return nil
}
