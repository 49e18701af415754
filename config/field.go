package config

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A field is one row of a table: a key, and how its value is read into a T,
// written and described. doc completes "This key is ...".
type field[T any] struct {
	name, doc string
	read      func(r *reader, path string, raw any, to *T)
	show      func(w *writer, path string, from *T) *yaml.Node // nil leaves the key out
	schema    map[string]any
}

// reader collects what is wrong with the values it reads.
type reader struct {
	file  string
	lines map[string]int // of the paths in the file
	// origins has the paths whose values are not from the file.
	origins map[string]string
	errs    Errors
	wrong   []string // paths of the errors
}

// fail notes an error about the value at path.
func (r *reader) fail(path, format string, args ...any) {
	e := &Error{File: r.file, Line: r.line(path), Path: path, Detail: fmt.Sprintf(format, args...)}
	if o := r.origin(path); o != "" {
		e = &Error{Path: o, Detail: e.Detail}
	}
	r.errs, r.wrong = append(r.errs, e), append(r.wrong, path)
}

// failed reports whether the value at path, or a part of it, is wrong.
func (r *reader) failed(path string) bool {
	return slices.ContainsFunc(r.wrong, func(at string) bool {
		rest, ok := strings.CutPrefix(at, path)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// result returns the errors in order of the file, or nil.
func (r *reader) result() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b *Error) int { return a.Line - b.Line })
	return r.errs
}

// origin returns where the value at path is from, if not from the file.
func (r *reader) origin(path string) string {
	for ; path != ""; path = above(path) {
		if o := r.origins[path]; o != "" {
			return o
		}
	}
	return ""
}

// above returns the path without its last element.
func above(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }

// line returns the line of the path or of what it is a part of, or 0.
func (r *reader) line(path string) int {
	for ; path != ""; path = above(path) {
		if n := r.lines[path]; n > 0 {
			return n
		}
	}
	return 0
}

// writer makes YAML of values. note returns the comment for a path.
type writer struct {
	note    func(path string) string
	secrets bool // write passwords of URLs, too
}

func (w *writer) scalar(path string, value any) *yaml.Node {
	n := &yaml.Node{}
	_ = n.Encode(value) // bool, int, float64 and string never fail
	if w.note != nil {
		n.LineComment = w.note(path)
	}
	return n
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// item appends an index to a path.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// readFields reads a mapping by its table.
func readFields[T any](r *reader, path string, raw any, to *T, fields []field[T]) {
	m, ok := raw.(map[string]any)
	if !ok {
		r.fail(path, "must be a mapping of keys to values")
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == key })
		if i < 0 {
			r.fail(join(path, key), "is no key here; use %s", names(fields))
			continue
		}
		if m[key] == nil {
			r.fail(join(path, key), empty)
			continue
		}
		fields[i].read(r, join(path, key), m[key], to)
	}
}

// empty is what is wrong with a key without a value.
const empty = "is empty; give it a value or leave it out"

func names[T any](fields []field[T]) string {
	var all []string
	for _, f := range fields {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

func showFields[T any](w *writer, path string, from *T, fields []field[T]) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, f := range fields {
		if v := f.show(w, join(path, f.name), from); v != nil {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: f.name}, v)
		}
	}
	return n
}

func describeFields[T any](fields []field[T]) map[string]any {
	properties := map[string]any{}
	for _, f := range fields {
		row := maps.Clone(f.schema)
		row["description"] = f.doc
		properties[f.name] = row
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
}

// integer is a whole number from least to most.
func integer[T any](name, doc string, least, most int, get func(*T) *int) field[T] {
	return field[T]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *T) {
			n, ok := number(raw)
			if !ok || n != math.Trunc(n) || n < float64(least) || n > float64(most) {
				r.fail(path, "must be a whole number from %d to %d", least, most)
				return
			}
			*get(to) = int(n)
		},
		show:   func(w *writer, path string, from *T) *yaml.Node { return w.scalar(path, *get(from)) },
		schema: map[string]any{"type": "integer", "minimum": least, "maximum": most},
	}
}

// number returns a number as parsers of YAML and JSON make it.
func number(raw any) (float64, bool) {
	switch n := raw.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// durationPattern is what time.ParseDuration reads, without signs and the smallest units.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`

// duration is a time from least to most, such as 90s or 1h30m.
func duration[T any](name, doc string, least, most time.Duration, get func(*T) *time.Duration) field[T] {
	return field[T]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *T) {
			s, _ := raw.(string)
			d, err := time.ParseDuration(s)
			if err != nil || d < least || d > most {
				r.fail(path, "must be a duration such as 90s, 15m or 24h, from %v to %v", least, most)
				return
			}
			*get(to) = d
		},
		show:   func(w *writer, path string, from *T) *yaml.Node { return w.scalar(path, get(from).String()) },
		schema: map[string]any{"type": "string", "pattern": durationPattern},
	}
}

// flag is true or false.
func flag[T any](name, doc string, get func(*T) *bool) field[T] {
	return field[T]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *T) {
			b, ok := raw.(bool)
			if !ok {
				r.fail(path, "must be true or false")
				return
			}
			*get(to) = b
		},
		show:   func(w *writer, path string, from *T) *yaml.Node { return w.scalar(path, *get(from)) },
		schema: map[string]any{"type": "boolean"},
	}
}

// text is any text that is not empty. It is left out when empty.
func text[T any](name, doc string, get func(*T) *string) field[T] {
	return field[T]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *T) {
			if s, ok := r.text(path, raw); ok {
				*get(to) = s
			}
		},
		show: func(w *writer, path string, from *T) *yaml.Node {
			if *get(from) == "" {
				return nil
			}
			return w.scalar(path, *get(from))
		},
		schema: map[string]any{"type": "string", "minLength": 1},
	}
}

// text returns a text that is not empty.
func (r *reader) text(path string, raw any) (s string, ok bool) {
	switch s, ok = raw.(string); {
	case raw == nil:
		r.fail(path, empty)
	case !ok:
		r.fail(path, "must be text; quote it if it looks like a number or a date")
	case s == "":
		r.fail(path, "must not be empty")
		ok = false
	}
	return s, ok
}

// texts is a list of texts. It is left out when empty.
func texts[T any](name, doc string, get func(*T) *[]string) field[T] {
	return field[T]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *T) {
			all := []string{}
			for i, v := range items(r, path, raw) {
				s, _ := r.text(item(path, i), v)
				all = append(all, s)
			}
			*get(to) = all
		},
		show: func(w *writer, path string, from *T) *yaml.Node {
			n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for i, s := range *get(from) {
				n.Content = append(n.Content, (&writer{}).scalar(item(path, i), s))
			}
			if w.note != nil {
				n.LineComment = w.note(path)
			}
			if len(n.Content) == 0 {
				return nil
			}
			return n
		},
		schema: map[string]any{"type": "array", "items": map[string]any{"type": "string", "minLength": 1}},
	}
}

// prefixes is an array of addresses and networks.
func prefixes[T any](name, doc string, get func(*T) *[]netip.Prefix) field[T] {
	f := texts(name, doc, func(*T) *[]string { return new([]string) }) // for what describes it
	f.read = func(r *reader, path string, raw any, to *T) {
		all := []netip.Prefix{}
		for i, v := range items(r, path, raw) {
			s, ok := r.text(item(path, i), v)
			if !ok {
				continue
			}
			p, err := parsePrefix(s)
			if err != nil {
				r.fail(item(path, i), "must be an address or a network, such as 10.1.2.3 or 10.0.0.0/8")
			}
			all = append(all, p)
		}
		*get(to) = all
	}
	f.show = func(w *writer, path string, from *T) *yaml.Node {
		var all []string
		for _, p := range *get(from) {
			all = append(all, p.String())
		}
		return texts(name, doc, func(*T) *[]string { return &all }).show(w, path, from)
	}
	return f
}

// parsePrefix reads a network, or an address, which is a network of its own. One of
// IPv4 that is written as IPv6 (::ffff:10.0.0.0/104) is one of IPv4.
func parsePrefix(text string) (netip.Prefix, error) {
	const mapped = 96 // bits
	if p, err := netip.ParsePrefix(text); err == nil {
		if p.Addr().Is4In6() && p.Bits() >= mapped {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-mapped)
		}
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, errors.New("neither address nor network")
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), nil
}

func items(r *reader, path string, raw any) []any {
	switch all := raw.(type) {
	case []any:
		return all
	case []string:
		var out []any
		for _, s := range all {
			out = append(out, s)
		}
		return out
	}
	r.fail(path, "must be a list")
	return nil
}

// choice is one of a few words, each standing for a value.
func choice[T any, V comparable](name, doc string, words map[string]V, get func(*T) *V) field[T] {
	all := slices.Sorted(maps.Keys(words))
	return field[T]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *T) {
			s, _ := raw.(string)
			v, ok := words[s]
			if !ok {
				r.fail(path, "must be %s", strings.Join(all, " or "))
				return
			}
			*get(to) = v
		},
		show: func(w *writer, path string, from *T) *yaml.Node {
			for _, word := range all {
				if words[word] == *get(from) {
					return w.scalar(path, word)
				}
			}
			return nil
		},
		schema: map[string]any{"type": "string", "enum": all},
	}
}

// section is a mapping whose keys are fields of the same T.
func section[T any](name, doc string, fields ...field[T]) field[T] {
	return field[T]{
		name: name, doc: doc,
		read:   func(r *reader, path string, raw any, to *T) { readFields(r, path, raw, to, fields) },
		show:   func(w *writer, path string, from *T) *yaml.Node { return showFields(w, path, from, fields) },
		schema: describeFields(fields),
	}
}

// part is a mapping that is kept in a field of its own type.
func part[T, U any](name, doc string, get func(*T) *U, fields ...field[U]) field[T] {
	return field[T]{
		name: name, doc: doc,
		read:   func(r *reader, path string, raw any, to *T) { readFields(r, path, raw, get(to), fields) },
		show:   func(w *writer, path string, from *T) *yaml.Node { return showFields(w, path, get(from), fields) },
		schema: describeFields(fields),
	}
}

// list is a list of mappings. It is left out when empty.
func list[T, E any](name, doc string, get func(*T) *[]E, fields ...field[E]) field[T] {
	return field[T]{
		name: name, doc: doc,
		read: func(r *reader, path string, raw any, to *T) {
			var all []E
			for i, v := range items(r, path, raw) {
				var e E
				readFields(r, item(path, i), v, &e, fields)
				all = append(all, e)
			}
			*get(to) = all
		},
		show: func(w *writer, path string, from *T) *yaml.Node {
			n := &yaml.Node{Kind: yaml.SequenceNode}
			for i := range *get(from) {
				n.Content = append(n.Content, showFields(w, item(path, i), &(*get(from))[i], fields))
			}
			if len(n.Content) == 0 {
				return nil
			}
			return n
		},
		schema: map[string]any{"type": "array", "items": describeFields(fields)},
	}
}
