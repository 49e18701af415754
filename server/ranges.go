package server

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"

	"github.com/valyala/fasthttp"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
)

// The range protocol is that of Have I Been Pwned ("Searching by range", API
// v3): the first five hexadecimal digits of a digest are asked for, the rows of
// all digests that begin so are answered.
const (
	prefixDigits = 5
	kindCount    = 1 + max(filter.SHA1, filter.NTLM)
)

// Padded answers have minRows rows and up to spreadRows more. More rows than
// minRows are first rounded up to a multiple of spreadRows.
const (
	minRows    = 800
	spreadRows = 200
)

var (
	headerPadding = []byte("Add-Padding")
	headerVary    = []byte("Vary")
	headerTag     = []byte("Etag") // as fasthttp writes ETag
	noCache       = []byte("no-cache")
	textPlain     = []byte("text/plain; charset=utf-8")
	linkRows      = []byte("\r\n")
)

// ranges are the corpora that ranges are answered from.
type ranges struct {
	snapshot *lists.Snapshot // for its state
	sources  [kindCount]*rangeSource
	reported atomic.Bool // that one has failed
}

// rangeSource answers ranges of one kind of digests.
type rangeSource struct {
	chain       *filter.Chain
	digits      int    // of a suffix
	tag, padded []byte // entity tags
}

// SwapSnapshot is Swap with the snapshot's engine, and replaces the corpora that
// ranges are answered from: of each kind of digests the snapshot's first that
// keeps them in full.
func (s *Server) SwapSnapshot(snapshot *lists.Snapshot) {
	r := &ranges{snapshot: snapshot}
	for _, b := range snapshot.Breaches {
		kind := b.Chain.Kind()
		if r.sources[kind] != nil || !b.Ranges() {
			continue
		}
		digest := b.Digest()
		r.sources[kind] = &rangeSource{
			chain: b.Chain, digits: 2*kind.Size() - prefixDigits,
			tag:    fmt.Appendf(nil, `"%x"`, digest[:8]),
			padded: fmt.Appendf(nil, `"%x-%s"`, digest[:8], s.prefix[:]), // padding differs between servers
		}
	}
	s.recordSwap(snapshot.ID)
	s.ranges.Store(r)
	s.Swap(snapshot.Engine)
}

// failed returns the error of a corpus that can no longer tell what is absent.
func (r *ranges) failed() error {
	if r == nil {
		return nil
	}
	return r.snapshot.Err()
}

// report logs once that a corpus has failed.
func (r *ranges) report(log *slog.Logger) {
	if err := r.failed(); err != nil && r.reported.CompareAndSwap(false, true) {
		log.Error("breach index failed", "error", err)
	}
}

// breachRange answers GET /range/{prefix}.
func (s *Server) breachRange(ctx *fasthttp.RequestCtx, c *conn) error {
	request, answer := &ctx.Request.Header, &ctx.Response.Header
	prefix, kind, ok := parseRange(request.RequestURI())
	if !ok {
		return causeRange
	}
	r := s.ranges.Load()
	if r == nil || r.sources[kind] == nil {
		return causeNoRanges
	}
	source := r.sources[kind]
	padded := bytes.EqualFold(request.PeekBytes(headerPadding), []byte("true"))
	tag := source.tag
	if padded {
		tag = source.padded
	}
	unchanged := hasTag(request.Peek(fasthttp.HeaderIfNoneMatch), tag)
	body := ctx.Response.SwapBody(nil)[:0]
	var err error
	if !unchanged {
		body, err = source.chain.Range(body, prefix)
	}
	if err == nil && !unchanged && padded {
		s.seed(&c.padding, prefix, kind)
		body = pad(body, source.digits, &c.padding)
	}
	ctx.Response.SwapBody(body)
	if err != nil {
		return s.rangeError(err)
	}
	answer.SetContentTypeBytes(textPlain)
	answer.SetCanonical(headerCache, noCache)
	answer.SetCanonical(headerTag, tag)
	answer.SetCanonical(headerVary, headerPadding)
	if unchanged {
		answer.SetStatusCode(fasthttp.StatusNotModified)
	}
	return nil
}

// rangeError returns the cause of an error of the index.
func (s *Server) rangeError(err error) error {
	if errors.Is(err, filter.ErrNoRanges) {
		return causeNoRanges
	}
	s.ranges.Load().report(s.config.Logger)
	return causeIndex
}

// parseRange reads a target: the prefix, in either case, and the kind.
func parseRange(target []byte) (prefix uint32, kind filter.Kind, ok bool) {
	target = target[len(rangePath):]
	digits, query, asked := bytes.Cut(target, []byte("?"))
	switch {
	case len(digits) != prefixDigits:
		return 0, 0, false
	case !asked || string(query) == "mode=sha1":
		kind = filter.SHA1
	case string(query) == "mode=ntlm":
		kind = filter.NTLM
	default:
		return 0, 0, false
	}
	for _, c := range digits {
		digit, ok := hexDigit(c)
		if !ok {
			return 0, 0, false
		}
		prefix = prefix<<4 | uint32(digit)
	}
	return prefix, kind, true
}

// hasTag reports whether the value of If-None-Match names the tag, or any
// (RFC 9110, section 13.1.2: weakness does not matter here).
func hasTag(value, tag []byte) bool {
	for len(value) > 0 {
		var one []byte
		one, value, _ = bytes.Cut(value, []byte(","))
		one = bytes.TrimPrefix(bytes.TrimSpace(one), []byte("W/"))
		if bytes.Equal(one, tag) || string(one) == "*" {
			return true
		}
	}
	return false
}

// seed starts the stream that pads a range. It depends on the prefix and a
// secret of the server: who watches the length of answers can neither foretell
// what the padding adds nor average it away by asking again.
func (s *Server) seed(stream *rand.ChaCha8, prefix uint32, kind filter.Kind) {
	seed := s.secret
	seed[0] ^= byte(kind)
	seed[1] ^= byte(prefix)
	seed[2] ^= byte(prefix >> 8)
	seed[3] ^= byte(prefix >> 16)
	stream.Seed(seed)
}

// pad appends rows of count 0 to those of a range, their number and suffixes of
// so many digits from the stream.
func pad(body []byte, digits int, stream *rand.ChaCha8) []byte {
	rows := 0
	if len(body) > 0 {
		rows = 1 + bytes.Count(body, linkRows)
	}
	want := minRows
	if rows > minRows {
		want = (rows + spreadRows - 1) / spreadRows * spreadRows
	}
	want += int(stream.Uint64() % (spreadRows + 1))
	for ; rows < want; rows++ {
		if len(body) > 0 {
			body = append(body, linkRows...)
		}
		for left := digits; left > 0; left -= 16 {
			word := stream.Uint64()
			for range min(left, 16) {
				body = append(body, "0123456789ABCDEF"[word&15])
				word >>= 4
			}
		}
		body = append(body, ":0"...)
	}
	return body
}
