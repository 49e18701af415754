package config

import (
	"net/url"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// hidden stands for a password that is not shown.
const hidden = "xxxxx"

// MaskURL returns a URL with xxxxx for its password. Of text that is not a
// well-formed URL all that may be one is replaced; an absolute path stays as it is.
func MaskURL(text string) string {
	if filepath.IsAbs(text) {
		return text
	}
	_, rest, found := strings.Cut(text, "://")
	if !found {
		rest = text
	}
	end := len(rest)
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		end -= len(strings.TrimLeftFunc(rest, func(r rune) bool { return !strings.ContainsRune("/?#", r) }))
	}
	at := strings.LastIndexByte(rest[:end], '@')
	colon := strings.IndexByte(rest, ':')
	if colon < 0 || colon > at {
		return text
	}
	return text[:len(text)-len(rest)] + rest[:colon+1] + hidden + rest[at:]
}

// address is a text that may be a URL. Its password is read and never shown.
func address[T any](name, doc string, get func(*T) *string) field[T] {
	f := text(name, doc, get)
	show := f.show
	f.show = func(w *writer, path string, from *T) *yaml.Node {
		n := show(w, path, from)
		if n != nil && !w.secrets {
			n.SetString(MaskURL(*get(from)))
		}
		return n
	}
	return f
}
