package server_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
)

// TestTyped asks about a password at every key that is pressed, as pages that judge
// what is typed do: nothing keeps its beginnings, no cache may, and who goes on
// asking is stopped.
func TestTyped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	l := openAudit(t, audit.Options{File: audit.File{Path: path}, Accounts: audit.Plain})
	callers := newCallers(t, access.Options{Refusals: 30, Window: time.Hour}, scoped()...)
	s := start(t, server.Config{Access: callers.Guard, Audit: l}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	kept := map[string][]byte{}
	press := func(name, body string) int {
		a := c.exchange("POST", callers.as("check", request("POST", name, body)))
		if cache := a.header.Get("Cache-Control"); cache != "no-store" {
			t.Errorf("%s: Cache-Control %q", name, cache)
		}
		kept["answers"] = append(kept["answers"], a.body...)
		return a.status
	}
	judged := 0
	for n := range len(canary) {
		one := fmt.Sprintf(`{"password":%q,"account":"jdoe"}`, canary[:n+1])
		for name, body := range map[string]string{"/v1/check": one, "/v1/check:batch": `{"checks":[` + one + `]}`} {
			if status := press(name, body); status == 200 {
				judged++
			} else if status != 429 {
				t.Errorf("%s with %d characters: %d", name, n+1, status)
			}
		}
		press("/v1/check", one[:len(one)-1]) // malformed, as if cut
	}
	if judged < 15 {
		t.Errorf("%d beginnings were judged", judged)
	}
	limited := 0
	for range 40 {
		if press("/v1/check", `{"password":"`+canary[:5]+`","account":"jdoe"}`) == 429 {
			limited++
		}
	}
	if limited < 10 {
		t.Errorf("%d of 40 further beginnings were stopped", limited)
	}
	asking, err := http.NewRequest("GET", "http://"+s.addr+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	asking.Header.Set("Authorization", "Bearer "+callers.secrets["metrics"])
	metrics, err := http.DefaultClient.Do(asking)
	if err != nil {
		t.Fatal(err)
	}
	defer metrics.Body.Close()
	if kept["metrics"], err = io.ReadAll(metrics.Body); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if kept["audit"], err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	kept["log"] = []byte(s.log.String())
	if metrics.StatusCode != 200 || !bytes.Contains(kept["audit"], []byte("jdoe")) {
		t.Errorf("metrics %d, audit %s", metrics.StatusCode, kept["audit"])
	}
	for where, text := range kept {
		if bytes.Contains(bytes.ToLower(text), bytes.ToLower([]byte(canary[:4]))) {
			t.Errorf("the %s hold beginnings of a password: %s", where, text)
		}
	}
}
