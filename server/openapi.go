package server

import (
	_ "embed"

	"github.com/valyala/fasthttp"
)

// description is the API in OpenAPI 3.1. Tests compare it with the tables of this
// package, and the answers of a running server with it.
//
//go:embed openapi.json
var description []byte

// describeAPI answers GET /openapi.json.
func (s *Server) describeAPI(ctx *fasthttp.RequestCtx, _ *conn) error {
	ctx.Response.SetBodyRaw(description)
	return nil
}
