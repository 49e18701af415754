package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/valyala/fasthttp"
)

// consoleFiles is the console: its sources are in console/web, made into
// console/dist by "make console".
//
//go:embed console/index.html console/icon.svg console/dist/app.js console/dist/style.css
var consoleFiles embed.FS

// consolePath starts the targets of the files of the console.
const consolePath = "/console/"

// consolePolicy lets a page of the console use what comes from this server, and
// nothing else. Scripts within the page and frames around it are refused.
const consolePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// consoleTypes are the media types by extension: those of the machine cannot be
// relied on.
var consoleTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
}

var acceptEncoding = []byte("Accept-Encoding")

// consoleFile is a file of the console as it is sent.
type consoleFile struct {
	kind        string // for Content-Type
	tag         []byte
	plain, gzip []byte
}

// packConsole returns the files of the console by name.
func packConsole() (map[string]consoleFile, error) {
	files := map[string]consoleFile{}
	err := fs.WalkDir(consoleFiles, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := consoleFiles.ReadFile(name)
		if err != nil {
			return fmt.Errorf("server: console: %w", err)
		}
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err == nil {
			_, err = w.Write(data)
		}
		if err == nil {
			err = w.Close()
		}
		sum := sha256.Sum256(data)
		files[path.Base(name)] = consoleFile{consoleTypes[path.Ext(name)], []byte(`"` + hex.EncodeToString(sum[:8]) + `"`), data, packed.Bytes()}
		return err
	})
	return files, err
}

// consolePage answers GET /.
func (s *Server) consolePage(ctx *fasthttp.RequestCtx, c *conn) error {
	return s.serveConsole(ctx, "index.html")
}

// consoleFile answers GET /console/FILE.
func (s *Server) consoleFile(ctx *fasthttp.RequestCtx, c *conn) error {
	name, _, _ := strings.Cut(string(ctx.Request.Header.RequestURI()[len(consolePath):]), "?")
	return s.serveConsole(ctx, name)
}

func (s *Server) serveConsole(ctx *fasthttp.RequestCtx, name string) error {
	files, err := s.console()
	if err != nil {
		return err
	}
	f, ok := files[name]
	if !ok || s.config.NoConsole {
		return causeNotFound
	}
	h := &ctx.Response.Header
	h.SetContentType(f.kind)
	h.Set("Content-Security-Policy", consolePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.SetCanonical(headerTag, f.tag)
	h.SetCanonical(headerCache, noCache)
	h.SetCanonical(headerVary, acceptEncoding)
	switch {
	case hasTag(ctx.Request.Header.Peek("If-None-Match"), f.tag):
		ctx.Response.SetStatusCode(fasthttp.StatusNotModified)
	case ctx.Request.Header.HasAcceptEncoding("gzip"):
		h.Set("Content-Encoding", "gzip")
		ctx.Response.SetBodyRaw(f.gzip)
	default:
		ctx.Response.SetBodyRaw(f.plain)
	}
	return nil
}
