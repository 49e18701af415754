package server_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/server"
)

// TestAPIExample compares the example of docs/API.md with the answer of a server
// that has the built-in lists.
func TestAPIExample(t *testing.T) {
	text, err := os.ReadFile("../docs/API.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "\nPOST /v1/check HTTP/1.1\n")
	head, example, _ := strings.Cut(example, "\n\n")
	body, example, _ := strings.Cut(example, "\n```\n```json\n")
	shown, _, _ := strings.Cut(example, "\n```\n")
	want := map[string]any{}
	if err := json.Unmarshal([]byte(shown), &want); err != nil {
		t.Fatal(err)
	}
	snapshot, err := lists.Build(lists.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, server.Config{}, server.DefaultLimits(), snapshot.Engine)
	got := s.dial(t).send("POST", "/v1/check", body)
	for _, varying := range []string{"snapshot", "id"} {
		if want[varying] == nil || got.json[varying] == nil {
			t.Errorf("%s is missing", varying)
		}
		delete(want, varying)
		delete(got.json, varying)
	}
	if diff := cmp.Diff(want, got.json); diff != "" {
		t.Error(diff)
	}
	if _, sent, _ := strings.Cut(request("POST", "/v1/check", body), "Content-Length: "); !strings.Contains(head, "Content-Length: "+strings.Fields(sent)[0]) {
		t.Errorf("the body has %d bytes: %s", len(body), head)
	}
}
