package server_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server"
)

// model reads a check with encoding/json, and asks of it what the parser asks.
func model(body []byte) (fields map[string]any, err error) {
	if !json.Valid(body) {
		return nil, errors.New("invalid")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if token, _ := d.Token(); token != json.Delim('{') {
		return nil, errors.New("no object")
	}
	fields = map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string)
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if _, twice := fields[name]; twice || !slices.Contains(server.Members(), name) {
			return nil, errors.New("name " + name)
		}
		_, text := value.(string)
		words, list := value.([]any)
		for _, w := range words {
			if _, ok := w.(string); !ok {
				return nil, errors.New("word")
			}
		}
		if slices.Contains(arrays, name) {
			if !list || len(words) > 32 {
				return nil, errors.New("words")
			}
		} else if !text {
			return nil, errors.New("text")
		}
		if name == "operation" && value != "set" && value != "change" {
			return nil, errors.New("operation")
		}
		fields[name] = value
	}
	if _, ok := fields["password"]; !ok {
		return nil, errors.New("no password")
	}
	return fields, nil
}

// arrays are the fields that are arrays of strings.
var arrays = []string{"names", "attributes", "groups"}

var replaced = regexp.MustCompile("\ufffd+")

// soft replaces what isn't UTF-8 as encoding/json does, but by one character a
// run: json counts a lone surrogate once, the parser's form of it has 3 bytes.
func soft(s string) string {
	return replaced.ReplaceAllString(strings.ToValidUTF8(s, "\ufffd"), "\ufffd")
}

func differs(p server.Parsed, want map[string]any) string {
	words := func(list []string) any {
		var all []any
		for _, w := range list {
			all = append(all, w)
		}
		return all
	}
	s := p.Subject
	got := map[string]any{
		"password": soft(string(p.Password)), "old_password": soft(string(s.OldPassword)), "account": s.Account, "mail": s.Mail,
		"tenant": s.Tenant, "policy": s.Policy, "operation": s.Operation.String(), "names": words(s.Names), "groups": words(s.Groups), "attributes": words(s.Attributes),
	}
	for _, name := range server.Members() {
		w, given := want[name]
		if slices.Contains(arrays, name) {
			if list, _ := w.([]any); !slices.Equal(list, got[name].([]any)) {
				return name
			}
			continue
		}
		if !given {
			w = ""
		}
		if strings.HasSuffix(name, "password") {
			w = soft(w.(string))
		}
		if !reflect.DeepEqual(got[name], w) {
			return name
		}
	}
	return ""
}

// FuzzParse compares the parser with encoding/json: what both read must be the
// same, and they may disagree on text that isn't UTF-8 only.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		probeBody, `{}`, `{"password":""}`, ` {"password" : "\u0041\ud83d\ude00\ud800\n\/" , "names":["a","b\"c"],"groups":[],"attributes":["d"]}`,
		`{"password":"a","account":"b","mail":"c","tenant":"d","operation":"change","old_password":"e","policy":"f"}`,
		`{"password":"\b\f\r\t\"\\\/","mail":"\u00E9\u20ac"}`, `{"password":"a","password":"b"}`, `{"password":1}`, `{"passwor\u0064":"\ud800\udc00\udc00"}`, "{\"password\":\"\xff\x00\"}", `{"password":"a"}x`,
		`{"password":"a",}`, `{"password":"a","x":{"y":[]}}`, `{"password":"\u00g0"}`, `{"password":"\ud800\u0041"}`, "{\"password\":\"\xed\xa0\x80\\udc00\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		want, wantErr := model(body)
		p, err := server.Parse(bytes.Clone(body))
		switch {
		case err == nil && wantErr != nil:
			t.Fatalf("accepted %q: %v", body, wantErr)
		case err != nil && wantErr == nil:
			if text := fmt.Sprint(want); utf8.Valid(body) && !strings.Contains(text, "\ufffd") {
				t.Fatalf("refused %q: %v", body, err)
			}
		case err == nil:
			if name := differs(p, want); name != "" {
				t.Fatalf("%q: %s is %v, want %v", body, name, p, want)
			}
		}
		batch, batchErr := server.ParseBatch(slices.Concat([]byte(`{"checks":[`), body, []byte(`,{"password":""}]}`)))
		if err == nil && (batchErr != nil || len(batch) != 2 || differs(batch[0], want) != "") {
			t.Fatalf("in a batch %q: %v %v", body, batch, batchErr)
		}
	})
}

// TestParserTellsNoContent cuts and spoils a body everywhere and wants every
// error free of it.
func TestParserTellsNoContent(t *testing.T) {
	const body = `{"account":"Kanarie","names":["Kanarie"],"password":"Kanarie","policy":"Kanarie","old_password":"Kanarie"}`
	for i := range len(body) {
		for _, spoiled := range []string{body[:i], body[:i] + "\x01" + body[i+1:], body[:i] + `"` + body[i:], body[:i] + "9" + body[i+1:]} {
			if _, err := server.Parse([]byte(spoiled)); err != nil && strings.Contains(err.Error(), "anari") {
				t.Fatalf("the error for %q tells content: %v", spoiled, err)
			}
		}
		if _, err := server.Parse([]byte(body[:i])); err == nil {
			t.Errorf("accepted a body cut at byte %d", i)
		}
	}
}

const typical = `{"password":"Summer-dragon-2024","account":"jdoe","names":["Jane Doe","Jane"],"operation":"change"}`

func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools lose entries under the race detector")
	}
	var parser server.Parser
	buffer := make([]byte, 0, 1<<10)
	if n := testing.AllocsPerRun(1000, func() {
		if err := parser.Parse(append(buffer[:0], typical...)); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("parse: %v allocations", n)
	}
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(newEngine(t, "sha256:"+strings.Repeat("0123456789abcdef", 4)))
	batch := `{"checks":[` + strings.Repeat(typical+",", 99) + typical + `]}`
	for path, body := range map[string]string{"/v1/check": typical, "/v1/check:batch": batch} {
		for _, language := range []string{"", "de-CH,de;q=0.9,en;q=0.8"} {
			handle := handler(s, path, body, "Accept-Language", language)
			if n := testing.AllocsPerRun(100, handle); n != 0 {
				if path != "/v1/check:batch" || n > 3 { // a batch gives its memory back
					t.Errorf("%s in %q: %v allocations", path, language, n)
				}
			}
		}
	}
}

// handler returns a function that answers one request, as fasthttp does after
// reading and before writing.
func handler(s *server.Server, path, body string, fields ...string) func() {
	ctx := server.NewContext(s)
	for i := 0; i+1 < len(fields); i += 2 {
		ctx.Request.Header.Set(fields[i], fields[i+1])
	}
	ctx.Request.Header.SetMethod("POST")
	ctx.Request.Header.SetContentType("application/json")
	ctx.Request.SetRequestURI(path)
	buffer := make([]byte, len(body))
	return func() {
		copy(buffer, body)
		ctx.Request.SetBodyRaw(buffer)
		s.Handle(ctx)
		if ctx.Response.StatusCode() != 200 {
			panic(ctx.Response.String())
		}
		ctx.Response.Reset()
	}
}

// TestDefaults compares the limits with the documented ones.
func TestDefaults(t *testing.T) {
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h := s.HTTP()
	if !h.SecureErrorLogMessage || !h.NoDefaultServerHeader || !h.DisablePreParseMultipartForm || h.StreamRequestBody || h.ReduceMemoryUsage || h.LogAllErrors {
		t.Error("a setting of fasthttp has changed")
	}
	l := server.DefaultLimits()
	got := []string{
		fmt.Sprintf("a whole request, from its first byte | %v", h.ReadTimeout),
		fmt.Sprintf("writing an answer | %v", h.WriteTimeout),
		fmt.Sprintf("silence between requests | %v", h.IdleTimeout),
		fmt.Sprintf("the last requests when stopping | %v", l.Grace),
		fmt.Sprintf("request line and header | %d KiB", h.ReadBufferSize>>10),
		fmt.Sprintf("header fields | %d", l.Fields),
		fmt.Sprintf("a body | %d KiB", h.MaxRequestBodySize>>10),
		fmt.Sprintf("a body of a batch | %d MiB", l.BatchBody>>20),
		fmt.Sprintf("an uploaded list, two at the same time | %d MiB", l.Upload>>20),
		fmt.Sprintf("reading it, writing an exported one | %v", l.UploadRead),
		fmt.Sprintf("connections | %d", l.Max),
	}
	if want := table(t, "../docs/THREAT_MODEL.md", "bounded"); !slices.Equal(got, want) {
		t.Errorf("docs/THREAT_MODEL.md documents\n%s\nnot\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

// TestReasonsAreDocumented compares docs/API.md with the engine's table.
func TestReasonsAreDocumented(t *testing.T) {
	var want []string
	for r := range engine.AllReasons() {
		want = append(want, r.Code()+" | "+r.Message())
	}
	if got := table(t, "../docs/API.md", "code"); !slices.Equal(got, want) {
		t.Errorf("the table of docs/API.md should read\n\n| %s |", strings.Join(want, " |\n| "))
	}
}

// TestRoutesAreDocumented compares docs/API.md with the routes, in any order.
func TestRoutesAreDocumented(t *testing.T) {
	got, want := table(t, "../docs/API.md", "path"), server.Routes()
	for i, row := range got {
		got[i] = row[:strings.LastIndex(row, " | ")] // without what it answers
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("docs/API.md documents %q, want %q", got, want)
	}
}

// TestStatusesAreDocumented compares docs/API.md with the causes.
func TestStatusesAreDocumented(t *testing.T) {
	got := map[int]bool{}
	for _, row := range table(t, "../docs/API.md", "status") {
		var status int
		fmt.Sscan(row, &status)
		got[status] = true
	}
	want := server.Statuses()
	want[200], want[304] = true, true
	if !reflect.DeepEqual(got, want) {
		t.Errorf("docs/API.md has the statuses %v, want %v", got, want)
	}
}
