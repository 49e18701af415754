package server

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/lists/bundle"
)

// bundlePath starts the targets of the files of the bundle.
const bundlePath = "/v1/bundle/"

// maxDownloads bounds the files of the bundle that are on their way at the same
// time, so that connections and processors are left for checks.
const maxDownloads = 64

var (
	bundleManifest  = []byte(bundle.ManifestName)
	bundleFiles     = []byte("files/")
	headerAccept    = []byte("Accept-Ranges")
	unitBytes       = []byte("bytes")
	typeManifest    = []byte("text/plain; charset=utf-8")
	typeBundleFile  = []byte("application/octet-stream")
	cacheUnchanging = []byte("private, max-age=31536000, immutable")
)

// bundleFile answers GET /v1/bundle/manifest and /v1/bundle/files/{sha256}.
func (s *Server) bundleFile(ctx *fasthttp.RequestCtx, _ *conn) error {
	if s.config.Bundle == "" {
		return causeNoBundle
	}
	target := ctx.Request.Header.RequestURI()[len(bundlePath):]
	if bytes.Equal(target, bundleManifest) {
		return s.manifest(ctx)
	}
	digits, ok := bytes.CutPrefix(target, bundleFiles)
	digest, valid := bundle.ParseDigest(string(digits))
	if !ok || !valid {
		return causeNotFound
	}
	return s.download(ctx, digest)
}

// manifest answers the manifest, whose tag is its digest.
func (s *Server) manifest(ctx *fasthttp.RequestCtx) error {
	signed, err := bundle.ReadManifest(s.config.Bundle)
	if err != nil {
		return bundleError(err)
	}
	tag := fmt.Appendf(nil, `"%x"`, sha256.Sum256(signed))
	h := &ctx.Response.Header
	h.SetCanonical(headerCache, noCache)
	h.SetCanonical(headerTag, tag)
	h.SetContentTypeBytes(typeManifest)
	if hasTag(ctx.Request.Header.Peek(fasthttp.HeaderIfNoneMatch), tag) {
		h.SetStatusCode(fasthttp.StatusNotModified)
		return nil
	}
	ctx.Response.SetBodyRaw(signed)
	return nil
}

// download answers a file or, for a single range with an open or given end, a
// part of it. The file with a digest never changes, so If-Range needs no look.
func (s *Server) download(ctx *fasthttp.RequestCtx, digest bundle.Digest) error {
	if s.pulls.Add(1) > maxDownloads {
		s.pulls.Add(-1)
		return causeDownloads
	}
	f, size, err := s.openBundleFile(digest)
	if err != nil {
		s.pulls.Add(-1)
		return bundleError(err)
	}
	from, to, ranged := int64(0), size, false
	if value := ctx.Request.Header.Peek(fasthttp.HeaderRange); len(value) > 0 {
		from, to, ranged = parseByteRange(value, size)
	}
	d := &download{file: f, server: s, conn: connOf(ctx), left: to - from}
	if from >= size {
		return errors.Join(causeUnsatisfiable, d.Close())
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return errors.Join(bundleError(err), d.Close())
	}
	h := &ctx.Response.Header
	h.SetCanonical(headerCache, cacheUnchanging)
	h.SetCanonical(headerTag, fmt.Appendf(nil, `"%v"`, digest))
	h.SetCanonical(headerAccept, unitBytes)
	h.SetContentTypeBytes(typeBundleFile)
	if ranged {
		h.SetStatusCode(fasthttp.StatusPartialContent)
		h.Set(fasthttp.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", from, to-1, size))
	}
	ctx.Response.SetBodyStream(d, int(d.left))
	return nil
}

func (s *Server) openBundleFile(digest bundle.Digest) (f *os.File, size int64, err error) {
	path := filepath.Join(s.config.Bundle, filepath.FromSlash(bundle.File{Digest: digest}.Path()))
	stat, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !stat.Mode().IsRegular() || stat.Size() > math.MaxInt {
		return nil, 0, fs.ErrNotExist
	}
	f, err = os.Open(path)
	return f, stat.Size(), err
}

// bundleError hides paths of files from callers.
func bundleError(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return causeNotFound
	}
	return causeBundle
}

// parseByteRange reads a range such as bytes=5- or bytes=5-9 (RFC 9110, section
// 14.1.2), half-open. Others, such as several at once, may be ignored: then it
// is all, and ranged is false.
func parseByteRange(value []byte, size int64) (from, to int64, ranged bool) {
	spec, ok := bytes.CutPrefix(value, []byte("bytes="))
	first, last, found := bytes.Cut(spec, []byte("-"))
	begin, err := strconv.ParseUint(string(first), 10, 63)
	if !ok || !found || err != nil {
		return 0, size, false
	}
	if len(last) == 0 {
		return int64(begin), size, true
	}
	end, err := strconv.ParseUint(string(last), 10, 63)
	if err != nil || end < begin {
		return 0, size, false
	}
	return int64(begin), min(int64(end), size-1) + 1, true
}

// download is the body of an answer. As long as the client takes what is read,
// it may take its time: limits.write bounds each part, not the whole.
type download struct {
	file   *os.File
	server *Server
	conn   *conn
	left   int64
	part   int64 // bytes until the deadline is set anew
	closed bool
}

// partBytes is what a client must take within limits.write.
const partBytes = 64 << 10

// Read reads from the file.
func (d *download) Read(p []byte) (int, error) {
	if d.left <= 0 {
		return 0, io.EOF
	}
	if d.part <= 0 {
		if err := d.conn.SetWriteDeadline(time.Now().Add(d.server.limits.write)); err != nil {
			return 0, err
		}
		d.part = partBytes
	}
	n, err := d.file.Read(p[:min(int64(len(p)), d.left)])
	d.left -= int64(n)
	d.part -= int64(n)
	return n, err
}

// Close makes room for another download.
func (d *download) Close() error {
	if d.closed {
		return nil
	}
	d.closed = true
	d.server.pulls.Add(-1)
	return d.file.Close()
}
