package server

import (
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"
)

// condition is what a change is based on (RFC 9110, section 13.1): a revision, or
// that there is nothing yet.
type condition struct {
	create   bool
	revision uint64
}

// conditionOf returns the condition of a change. Without one the error is
// causeUnconditional: who changes what he has not seen undoes what others did.
func conditionOf(h *fasthttp.RequestHeader) (condition, error) {
	match, none := string(h.Peek(fasthttp.HeaderIfMatch)), string(h.Peek(fasthttp.HeaderIfNoneMatch))
	switch {
	case match == "" && none == "":
		return condition{}, causeUnconditional
	case match == "" && none == "*":
		return condition{create: true}, nil
	case none != "":
		return condition{}, &bodyError{field: fasthttp.HeaderIfNoneMatch, detail: "must be * and stand without If-Match"}
	}
	revision, ok := parseTag(match)
	if !ok {
		return condition{}, &bodyError{field: fasthttp.HeaderIfMatch, detail: `must be one ETag as an answer has it, such as "7"`}
	}
	return condition{revision: revision}, nil
}

// tag returns the entity tag of a revision.
func tag(revision uint64) string { return `"` + strconv.FormatUint(revision, 10) + `"` }

// parseTag returns the revision of a strong entity tag.
func parseTag(text string) (uint64, bool) {
	digits, ok := strings.CutPrefix(text, `"`)
	digits, end := strings.CutSuffix(digits, `"`)
	revision, err := strconv.ParseUint(digits, 10, 64)
	return revision, ok && end && err == nil && tag(revision) == text
}

// unchanged sets the entity tag of what is answered, and reports whether the caller
// has it already: then the answer is 304.
func unchanged(ctx *fasthttp.RequestCtx, revision uint64) bool {
	ctx.Response.Header.SetCanonical(headerTag, []byte(tag(revision)))
	if !hasTag(ctx.Request.Header.Peek(fasthttp.HeaderIfNoneMatch), []byte(tag(revision))) {
		return false
	}
	ctx.Response.SetStatusCode(fasthttp.StatusNotModified)
	return true
}
