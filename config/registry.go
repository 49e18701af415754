package config

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// registryValue is a value of the registry: a DWORD or a text.
type registryValue struct {
	name     string
	line     int
	isNumber bool
	number   int64
	text     string
}

// readRegistry returns values by key and name, both in lower case, keys without
// their root.
func readRegistry(data []byte, file string) (map[string]map[string]registryValue, error) {
	plain, err := decodeText(data, file)
	if err != nil {
		return nil, err
	}
	text := bytes.TrimSpace(plain)
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return readRegistryJSON(text, file)
	case bytes.HasPrefix(text, []byte("Windows Registry Editor Version 5.00")), bytes.HasPrefix(text, []byte("REGEDIT4")):
		return readRegistryExport(text, file)
	}
	return nil, Errors{{File: file, Line: 1, Detail: "is neither an export of the registry (.reg) nor a JSON object"}}
}

// readRegistryJSON reads the values of one key. The members that PowerShell
// adds, PSPath and others, are none.
func readRegistryJSON(text []byte, file string) (map[string]map[string]registryValue, error) {
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, Errors{{File: file, Detail: "is not valid JSON: " + err.Error()}}
	}
	values := map[string]registryValue{}
	for name, raw := range members {
		v := registryValue{name: name}
		switch raw := raw.(type) {
		case float64:
			v.isNumber, v.number = true, int64(raw)
			if raw < 0 || raw > 1<<32-1 || raw != float64(v.number) {
				return nil, Errors{{File: file, Path: name, Detail: "must be a DWORD"}}
			}
		case string:
			v.text = raw
		default:
			if !strings.HasPrefix(name, "PS") {
				return nil, Errors{{File: file, Path: name, Detail: "must be a number or a text"}}
			}
		}
		if !strings.HasPrefix(name, "PS") {
			values[strings.ToLower(name)] = v
		}
	}
	return map[string]map[string]registryValue{lithnetKeys[0]: values}, nil
}

// readRegistryExport reads what regedit exports. Values that are neither DWORD
// nor text, and keys to be deleted, are left out.
func readRegistryExport(text []byte, file string) (map[string]map[string]registryValue, error) {
	keys := map[string]map[string]registryValue{}
	var values map[string]registryValue
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case strings.HasPrefix(line, "["):
			_, key, _ := strings.Cut(strings.TrimSuffix(line[1:], "]"), `\`)
			key = strings.ToLower(key)
			if values = keys[key]; values == nil {
				values = map[string]registryValue{}
				if !strings.HasPrefix(line, "[-") {
					keys[key] = values
				}
			}
		case strings.HasPrefix(line, `"`) && values != nil:
			v, ok, err := parseValue(line)
			if err != nil {
				return nil, Errors{{File: file, Line: n, Detail: err.Error()}}
			}
			if ok {
				v.line = n
				values[strings.ToLower(v.name)] = v
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, Errors{{File: file, Detail: "cannot be read: " + err.Error()}}
	}
	return keys, nil
}

// parseValue reads a line such as "Name"=dword:0000000c or "Name"="text". ok is
// false for values of other types.
func parseValue(line string) (v registryValue, ok bool, err error) {
	name, rest, err := quoted(line)
	if err != nil {
		return v, false, err
	}
	v.name = name
	rest, found := strings.CutPrefix(strings.TrimSpace(rest), "=")
	if !found {
		return v, false, fmt.Errorf("value without =")
	}
	rest = strings.TrimSpace(rest)
	if digits, isNumber := strings.CutPrefix(rest, "dword:"); isNumber {
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return v, false, fmt.Errorf("dword must have up to eight hexadecimal digits")
		}
		v.isNumber, v.number = true, int64(n)
		return v, true, nil
	}
	if !strings.HasPrefix(rest, `"`) {
		return v, false, nil
	}
	v.text, _, err = quoted(rest)
	return v, err == nil, err
}

// quoted reads a text in quotes, in which \ stands before \ and ".
func quoted(line string) (text, rest string, err error) {
	var b strings.Builder
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			return b.String(), line[i+1:], nil
		case c == '\\' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", fmt.Errorf("text without closing quote")
}
