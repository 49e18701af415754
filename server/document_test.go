package server_test

import (
	"strings"
	"testing"

	"github.com/vetopw/veto/server"
)

func TestDocument(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`{"add":["a\"}b",{"x":[1]}],"note":"n"}`, `add=["a\"}b",{"x":[1]}] note="n"`},
		{` { "note" : "a" , "add" : 1 } `, `add=1  note="a" `},
		{`{}`, ""},
		{`{"add":`, "byte 7 of the body: the object does not end"},
		{`{"add":"x`, "byte 9 of the body: the string does not end"},
		{`{"add":1,"add":2}`, "byte 9 of the body: unknown or repeated field; there are add, note"},
		{`{"secret":1}`, "byte 1 of the body: unknown or repeated field; there are add, note"},
		{`{"add":1} x`, "byte 10 of the body: unexpected data after the object"},
		{`[]`, "byte 0 of the body: must be a JSON object"},
		{``, "byte 0 of the body: must be a JSON object"},
		{`{"add":}`, "add="},
	} {
		got, err := server.Document([]byte(c.body), "add", "note")
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.body, got, c.want)
		}
	}
}

func TestListNames(t *testing.T) {
	for target, want := range map[string]string{
		"/v1/lists/company":                     "custom/company",
		"/v1/lists/custom/company":              "custom/company",
		"/v1/lists/custom%2Fcompany?revision=1": "custom/company",
		"/v1/lists/global":                      "global",
		"/v1/lists/global/passwords":            "global/passwords",
		"/v1/lists/breached/hibp":               "breached/hibp",
		"/v1/lists/custom/terms":                "custom/terms",
		"/v1/lists/terms":                       "custom/terms",
		"/v1/lists/custom/":                     "",
		"/v1/lists/custom":                      "",
		"/v1/lists/other/company":               "",
		"/v1/lists/custom/a/b":                  "",
		"/v1/lists/custom/a/terms":              "",
		"/v1/lists/%zz":                         "",
		"/v1/lists/":                            "",
		"/v1/lists":                             "",
	} {
		if got := server.NameIn("/v1/lists/{name}", target); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
	for target, want := range map[string]string{
		"/v1/lists/custom/a/terms?q=x": "custom/a", "/v1/lists/a/terms": "custom/a", "/v1/lists/terms": "", "/v1/lists/custom/terms": "",
	} {
		if got := server.NameIn("/v1/lists/{name}/terms", target); got != want {
			t.Errorf("%s: %q, want %q", target, got, want)
		}
	}
}

func TestSkipNeverLeavesTheBody(t *testing.T) {
	const body = `{"add":[{"a":"\\"},"b"],"note":"c"}`
	for end := range len(body) {
		if _, err := server.Document([]byte(body[:end]), "add", "note"); err == nil {
			t.Errorf("%q is read", body[:end])
		}
	}
	if _, err := server.Document([]byte(strings.Repeat("[", 1<<20))); err == nil {
		t.Error("brackets are read")
	}
}
