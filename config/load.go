package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	koanfyaml "github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
	"go.yaml.in/yaml/v3"
)

// maxFileBytes bounds a configuration file.
const maxFileBytes = 16 << 20

// Override is a value that holds instead of the file's, such as that of a flag.
type Override struct {
	Key    string // path of the value, such as "server.listen"
	Value  any    // bool, number, string or []string, as the key has it
	Origin string // where it is from, such as "flag --listen"
}

// Loaded is a configuration and where its values come from.
type Loaded struct {
	Config
	origins map[string]string // by path
}

// Origin returns where the value at path comes from: "default", "profile NAME",
// "FILE:LINE" or the origin of an override.
func (l *Loaded) Origin(path string) string {
	if o := l.origins[path]; o != "" {
		return o
	}
	for i := range l.Policies {
		if at := item("policies", i); strings.HasPrefix(path, at+".") {
			return l.origins[at]
		}
	}
	return "default"
}

// Load reads the configuration in the file at path, if path is not empty, with
// the overrides on top, later ones over earlier. Relative paths in the file
// become relative to it. The error is Errors, all at once.
func Load(path string, overrides []Override) (*Loaded, error) {
	k := koanf.New(".")
	r := &reader{file: path, origins: map[string]string{}}
	if path != "" {
		data, err := readFile(path)
		if err != nil {
			return nil, err
		}
		raw, lines, err := parse(data, path)
		if err != nil {
			return nil, err
		}
		r.lines = lines
		resolve(raw, filepath.Dir(path))
		if err := k.Load(confmap.Provider(raw, ""), nil); err != nil {
			return nil, fmt.Errorf("config: %s: %w", path, err)
		}
	}
	for _, o := range overrides {
		if err := k.Load(confmap.Provider(map[string]any{o.Key: o.Value}, "."), nil); err != nil {
			return nil, fmt.Errorf("config: %s: %w", o.Origin, err)
		}
		r.origins[o.Key] = o.Origin
	}
	l := &Loaded{Config: Default()}
	readFields(r, "", k.Raw(), &l.Config, sections)
	if err := r.result(); err != nil {
		return nil, err
	}
	l.trace(r, k.Raw())
	return l, nil
}

// trace notes the origins of what file and overrides say, and the profiles of
// policies.
func (l *Loaded) trace(r *reader, raw map[string]any) {
	l.origins = map[string]string{}
	for path, line := range r.lines {
		if r.origin(path) == "" {
			l.origins[path] = r.file + ":" + strconv.Itoa(line)
		}
	}
	maps.Copy(l.origins, r.origins)
	all, ok := raw["policies"].([]any)
	for i, p := range l.Policies {
		profile := p.Name // without the key each policy is a profile
		if ok {
			profile = "default"
			if m, _ := all[i].(map[string]any); m["profile"] != nil {
				profile, _ = m["profile"].(string)
			}
		}
		l.origins[item("policies", i)] = "profile " + profile
	}
}

// paths are the keys whose values are paths of files or folders.
var paths = map[string][]string{
	"audit":    {"file", "key_file"},
	"access":   {"tokens"},
	"tls":      {"certificate", "key", "client_ca"},
	"terms":    {"files"},
	"breached": {"files", "folder"},
	"store":    {"file"},
	"bundle":   {"directory", "source", "keys", "cache"},
	"fleet":    {"file"},
	"remote":   {"ca_file", "token_file"},
	"sidecar":  {"socket"},
}

// resolve makes the paths of files relative to dir.
func resolve(raw map[string]any, dir string) {
	for name, keys := range paths {
		section, _ := raw[name].(map[string]any)
		for _, key := range keys {
			switch value := section[key].(type) {
			case string:
				section[key] = relative(value, dir)
			case []any:
				for i, v := range value {
					if path, ok := v.(string); ok {
						value[i] = relative(path, dir)
					}
				}
			}
		}
	}
}

// relative returns where a path is that is meant from dir; a URL is none.
func relative(path, dir string) string {
	if path == "" || filepath.IsAbs(path) || strings.Contains(path, "://") {
		return path
	}
	return filepath.Join(dir, path)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Errors{{File: path, Detail: "cannot be read: " + cause(err)}}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, Errors{{File: path, Detail: "cannot be read: " + cause(err)}}
	}
	if len(data) > maxFileBytes {
		return nil, Errors{{File: path, Detail: fmt.Sprintf("is larger than %d MiB; lists of words go into files of their own", maxFileBytes>>20)}}
	}
	return data, nil
}

// cause is the error without the path, which the caller names.
func cause(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// parse returns the mapping of one YAML document, of which JSON is a part, and
// the lines of its paths. An empty document is an empty mapping.
func parse(data []byte, file string) (map[string]any, map[string]int, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	k := koanf.New(".")
	var node, more yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	switch err := d.Decode(&node); {
	case err == io.EOF:
		return map[string]any{}, nil, nil
	case err != nil:
		return nil, nil, syntaxError(err, file, data)
	}
	if d.Decode(&more) != io.EOF {
		return nil, nil, Errors{{File: file, Line: more.Line, Detail: "holds more than one document; remove the line ---"}}
	}
	top := node.Content[0]
	if top.Tag == "!!null" {
		return map[string]any{}, nil, nil
	}
	if top.Kind != yaml.MappingNode {
		return nil, nil, Errors{{File: file, Line: top.Line, Detail: "must be a mapping of keys to values"}}
	}
	if err := k.Load(rawbytes.Provider(data), koanfyaml.Parser()); err != nil {
		return nil, nil, syntaxError(err, file, nil)
	}
	lines := map[string]int{}
	index(lines, "", top)
	return k.Raw(), lines, nil
}

// index notes the line of each path below the node.
func index(lines map[string]int, path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			at := join(path, n.Content[i].Value)
			lines[at] = n.Content[i].Line
			index(lines, at, n.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, v := range n.Content {
			lines[item(path, i)] = v.Line
			index(lines, item(path, i), v)
		}
	}
}

var lineOf = regexp.MustCompile(`line (\d+): `)

// maxSearched bounds the documents in which the line of an error is searched for.
const maxSearched = 1 << 18

// badLine returns the line behind the longest beginning of data that is YAML: the
// parser tells where the mapping begins that an error is in. 0 means unknown.
func badLine(data []byte) int {
	if len(data) == 0 || len(data) > maxSearched {
		return 0
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	for n, end := len(lines), len(data); n > 0; n-- {
		end -= len(lines[n-1])
		var node yaml.Node
		if err := yaml.NewDecoder(bytes.NewReader(data[:end])).Decode(&node); err == nil || err == io.EOF {
			return n
		}
	}
	return 0
}

var tabbed = regexp.MustCompile(`^ *\t`)

// syntaxError makes Errors of what the parser says of data; without data the lines
// are those that it tells.
func syntaxError(err error, file string, data []byte) error {
	var errs Errors
	least, lines := badLine(data), bytes.Split(data, []byte("\n"))
	for _, text := range strings.Split(strings.TrimPrefix(err.Error(), "yaml: "), "\n") {
		text = strings.TrimSpace(text)
		if text == "unmarshal errors:" {
			continue
		}
		e := &Error{File: file, Detail: text}
		if m := lineOf.FindStringSubmatch(text); m != nil {
			e.Line, _ = strconv.Atoi(m[1])
			e.Detail = strings.Replace(text, m[0], "", 1)
		}
		e.Line = max(e.Line, least)
		if n := e.Line - 1; n >= 0 && n < len(lines) && tabbed.Match(lines[n]) {
			e.Detail += "; YAML is indented by spaces, not by tabs"
		}
		errs = append(errs, e)
	}
	return errs
}
