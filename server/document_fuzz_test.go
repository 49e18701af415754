package server_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/vetopw/veto/server"
)

// FuzzDocument accepts no body of a change that is not JSON.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"add":["a",{"text":"b","ban":true}],"remove":[],"note":"\u00e9","sample":["x","\\\"y"]}`, ` { "note" : null } `,
		`{"add":[1}`, `{"note":"a" "b"}`, `{"sample":["a"] 7}`, `{"add":[],}`, `{"note":"a"]}`, `{"sample":["a"],"sample":[]}`, `{"add":[[{}]]}`,
		`{"n\u006fte":"x"}`, `{"note":"\u00g0"}`, `{"sample":["\ud800"]}`, `{"note":"a"}{`, `{"note":tru}`, `{"sample":["a" "b"]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if server.ReadChange(bytes.Clone(body)) == nil && !json.Valid(body) {
			t.Fatalf("accepted %q", body)
		}
	})
}
