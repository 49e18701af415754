package server

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/valyala/fasthttp"
)

// intake is what body a route takes.
type intake uint8

const (
	noBody     intake = iota // none is looked at
	checkBody                // JSON of limits.body bytes
	reportBody               // the same, of a machine
	batchBody                // JSON of limits.batchBody bytes
	editBody                 // JSON of limits.batchBody bytes, of a change
	uploadBody               // a list in any of its formats, also compressed, of limits.uploadBody bytes
)

// json reports whether the body has to be JSON.
func (i intake) json() bool {
	return i == checkBody || i == reportBody || i == batchBody || i == editBody
}

// verdicts reports whether the route answers verdicts.
func (i intake) verdicts() bool { return i == checkBody || i == batchBody }

// routeOf returns the route of a request. Where the path takes other methods only
// it is one of those, with causeMethod; where there is none it is nil, with
// causeNotFound.
func routeOf(h *fasthttp.RequestHeader) (found *route, missing cause) {
	target, method := h.RequestURI(), h.Method()
	missing = causeNotFound
	for i := range routes {
		r := &routes[i]
		if !r.takes(target) {
			continue
		}
		if string(method) == r.method || r.method == fasthttp.MethodGet && h.IsHead() {
			return r, causeNone
		}
		if found == nil {
			found, missing = r, causeMethod
		}
	}
	return found, missing
}

// allowed returns the methods that the path of a target takes.
func allowed(target []byte) string {
	var methods []string
	for i := range routes {
		if r := &routes[i]; r.takes(target) {
			methods = append(methods, r.method)
			if r.method == fasthttp.MethodGet {
				methods = append(methods, fasthttp.MethodHead)
			}
		}
	}
	return strings.Join(methods, ", ")
}

// takes reports whether the path is that of a request target.
func (r *route) takes(target []byte) bool {
	last := len(r.path) - 1
	switch r.path[last] {
	case '/':
		return bytes.HasPrefix(target, []byte(r.path))
	case '?':
		return string(target) == r.path[:last] || bytes.HasPrefix(target, []byte(r.path))
	}
	if string(target) == r.path {
		return true
	}
	_, ok := r.name(target)
	return ok
}

// name returns what stands for {name} in the path of a target. Names of lists
// may have a slash in them, others have none.
func (r *route) name(target []byte) (string, bool) {
	before, after, ok := strings.Cut(r.path, placeholder)
	if !ok || !bytes.HasPrefix(target, []byte(before)) {
		return "", false
	}
	path, _, _ := bytes.Cut(target[len(before):], []byte("?"))
	raw, ok := bytes.CutSuffix(path, []byte(after))
	if !ok || len(raw) == 0 {
		return "", false
	}
	name, err := url.PathUnescape(string(raw))
	if err != nil {
		return "", false
	}
	if before == listPath {
		return listName(name)
	}
	return name, bytes.IndexByte(raw, '/') < 0
}

const placeholder = "{name}"
