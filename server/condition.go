package server

import (
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/vetopw/veto/lists/store"
)

// conditionOf returns the revision that a change is based on (RFC 9110, section
// 13.1), as drafts have it. Without a condition the error is causeUnconditional:
// who changes what he has not seen undoes what others did.
func conditionOf(h *fasthttp.RequestHeader) (uint64, error) {
	match, none := string(h.Peek(fasthttp.HeaderIfMatch)), string(h.Peek(fasthttp.HeaderIfNoneMatch))
	switch {
	case match == "" && none == "":
		return 0, causeUnconditional
	case match == "" && none == "*":
		return store.None, nil
	case none != "":
		return 0, &bodyError{field: fasthttp.HeaderIfNoneMatch, detail: "must be * and stand without If-Match"}
	case match == "*":
		return store.Any, nil
	}
	revision, ok := parseTag(match)
	if !ok || revision == store.Any {
		return 0, &bodyError{field: fasthttp.HeaderIfMatch, detail: `must be *, or one ETag as an answer has it, such as "7"`}
	}
	return revision, nil
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
