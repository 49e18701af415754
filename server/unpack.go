package server

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/valyala/fasthttp"
)

// maxWindow bounds what a zstd decoder keeps (RFC 8878, section 3.1.1.1.2, asks
// for 8 MiB).
const maxWindow = 8 << 20

// unpack returns the body of an upload without its Content-Encoding. Reading it
// fails with causeUnpacked behind limit bytes, however well it was packed, and
// with a bodyError if it is damaged.
func unpack(request *fasthttp.Request, limit int64) (io.Reader, error) {
	body := bytes.NewReader(request.Body())
	var packed io.Reader
	var err error
	switch strings.ToLower(string(request.Header.ContentEncoding())) {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
		packed, err = gzip.NewReader(body)
	case "zstd":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true)); err == nil {
			packed = z
		}
	default:
		return nil, causeListType
	}
	if err != nil {
		return nil, errDamaged
	}
	return &unpacked{packed, limit}, nil
}

var errDamaged = &bodyError{field: "body", detail: "is damaged or not packed as Content-Encoding says"}

// unpacked reads at most left bytes more.
type unpacked struct {
	packed io.Reader
	left   int64
}

// Read reads from what is packed.
func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.packed.Read(p)
	if u.left -= int64(n); u.left < 0 {
		return 0, causeUnpacked
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = errDamaged
	}
	return n, err
}
