package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/audit"
)

const staff = `{"name":"staff","profile":"strict","mode":"audit","groups":["Staff"],"precedence":10}`

func TestPolicies(t *testing.T) {
	m := manage(t, server.Config{}, "")
	const path = "/v1/policies/staff"
	m.do(t, "GET", path, "").want(t, 404)
	m.do(t, "DELETE", path, "", "If-Match: *").want(t, 404)
	m.do(t, "DELETE", "/v1/policies/default", "", "If-Match: *").want(t, 409)
	m.do(t, "PUT", path, staff).want(t, 428)
	r := m.do(t, "PUT", path, staff, onlyNew).want(t, 201, "policy", "staff", "action", "create", "actor", "local")
	first := r.tag
	r = m.do(t, "GET", path, "").want(t, 200, "name", "staff", "source", "store", "author", "local")
	if r.tag != first {
		t.Errorf("ETag %q, want %q", r.tag, first)
	}
	document, _ := json.Marshal(r.json["document"])
	if d := r.json["document"].(map[string]any); d["mode"] != "audit" || d["precedence"] != 10.0 {
		t.Errorf("document %s", document)
	}
	m.do(t, "GET", path, "", "If-None-Match: "+first).want(t, 304)
	again := m.do(t, "PUT", path, strings.ReplaceAll(staff, ",", ", "), "If-Match: "+first).want(t, 200, "action", "edit", "revision", strings.Trim(first, `"`))
	if again.tag != first {
		t.Errorf("unchanged, ETag %q instead of %q", again.tag, first)
	}
	check := `{"password":"Dragon1","groups":["staff"]}`
	m.do(t, "POST", "/v1/check", check).want(t, 200, "decision", "accept", "would_decision", "reject", "policy", "staff")

	enforced := strings.Replace(string(document), `"mode":"audit"`, `"mode":"enforce"`, 1)
	r = m.do(t, "PUT", path, enforced, "If-Match: "+first).want(t, 200, "action", "edit")
	m.do(t, "POST", "/v1/check", check).want(t, 200, "decision", "reject", "policy", "staff")
	m.do(t, "PUT", path, staff, "If-Match: "+first).want(t, 412, "revision", strings.Trim(r.tag, `"`))
	r = m.do(t, "POST", path+"/rollback", `{"revision":`+strings.Trim(first, `"`)+`}`, "If-Match: "+r.tag).want(t, 200, "action", "restore")
	m.do(t, "POST", "/v1/check", check).want(t, 200, "decision", "accept", "policy", "staff")
	history := m.do(t, "GET", path+"/history", "").want(t, 200)
	if all := history.json["changes"].([]any); len(all) != 3 {
		t.Errorf("history %s", history.body)
	}
	m.do(t, "DELETE", path, "", "If-Match: "+r.tag).want(t, 200, "action", "delete")
	m.do(t, "POST", "/v1/check", check).want(t, 200, "policy", "default")
	var actions []string
	for _, r := range m.records.take() {
		actions = append(actions, r.Action+" "+r.Target+" "+r.Actor)
	}
	if got := strings.Join(actions, ", "); got != "policy.create policy/staff local, policy.edit policy/staff local, policy.restore policy/staff local, policy.delete policy/staff local" {
		t.Errorf("records %s", got)
	}
}

// TestConfiguredPolicies puts a stored policy in the place of a configured one.
func TestConfiguredPolicies(t *testing.T) {
	m := manage(t, server.Config{}, "")
	r := m.do(t, "GET", "/v1/policies/nist", "").want(t, 200, "source", "configuration", "revision", 0)
	if r.tag != `"0"` {
		t.Errorf("ETag %s", r.tag)
	}
	m.do(t, "PUT", "/v1/policies/nist", `{"name":"nist","profile":"nist","length":{"min":20}}`, "If-Match: "+r.tag).want(t, 201)
	m.do(t, "GET", "/v1/policies/nist", "").want(t, 200, "source", "store")
	m.do(t, "DELETE", "/v1/policies/nist", "", "If-Match: *").want(t, 200)
	m.do(t, "GET", "/v1/policies/nist", "").want(t, 200, "source", "configuration")
	const asvs = `{"name":"asvs","profile":"asvs","mode":"audit"}`
	m.do(t, "PUT", "/v1/policies/asvs?dry_run=true", asvs, "If-Match: *").want(t, 200)
	m.do(t, "DELETE", "/v1/policies/asvs", "", "If-Match: *").want(t, 409)
	m.do(t, "PUT", "/v1/policies/asvs", asvs, "If-Match: *").want(t, 201)
	m.do(t, "PUT", "/v1/policies/nobody", `{"name":"nobody"}`, "If-Match: *").want(t, 404)
	all := m.do(t, "GET", "/v1/policies", "").want(t, 200)
	if n := len(all.json["policies"].([]any)); n < 4 {
		t.Errorf("%d policies", n)
	}
}

func TestPolicyErrors(t *testing.T) {
	m := manage(t, server.Config{}, "")
	for _, c := range []struct {
		body  string
		field string
	}{
		{`{"name":"staff","length":{"min":"x"}}`, "length.min"},
		{`{"name":"staff","lenght":{}}`, "lenght"},
		{`{"name":"staff","mode":"sometimes"}`, "mode"},
		{`{"name":"other"}`, "name"},
		{`{}`, "name"},
		{`{"name":"staff","patterns":[{"deny":"("}]}`, "patterns[0]"},
		{`{"name":"staff","groups":["a"]}`, "staff.precedence"},
		{`name: staff`, "body"},
		{`{"name":"staff"`, "body"},
		{`[]`, ""},
	} {
		r := m.do(t, "PUT", "/v1/policies/staff", c.body, onlyNew)
		if got, _ := r.json["field"].(string); r.status != 400 || got != c.field {
			t.Errorf("%s: %d %s, want field %s", c.body, r.status, r.body, c.field)
		}
	}
	m.do(t, "PUT", "/v1/policies/Staff%20x", `{"name":"Staff x"}`, onlyNew).want(t, 400, "field", "name")
	m.do(t, "GET", "/v1/policies/staff", "").want(t, 404)
}

// TestSimulate judges passwords by what is not in force.
func TestSimulate(t *testing.T) {
	m := manage(t, server.Config{}, "")
	body, _ := json.Marshal(map[string]any{
		"checks":   []any{map[string]any{"password": canary + "-kalmwijk-zorbitania"}, map[string]any{"password": "x", "policy": "default"}},
		"lists":    []any{map[string]any{"name": "custom/company", "add": []any{"kalmwijk"}}},
		"policies": []any{map[string]any{"name": "default", "length": map[string]any{"min": 1}, "score": map[string]any{"mode": "off"}}},
	})
	r := m.do(t, "POST", "/v1/simulate", string(body)).want(t, 200)
	verdicts := r.json["verdicts"].([]any)
	if len(verdicts) != 2 {
		t.Fatalf("answer %s", r.body)
	}
	second := verdicts[1].(map[string]any)
	before, after := second["before"].(map[string]any), second["after"].(map[string]any)
	if before["decision"] != "reject" || after["decision"] != "accept" || after["explain"] == nil || before["snapshot"] == after["snapshot"] {
		t.Errorf("second %v", second)
	}
	if !bytes.Contains(r.body, []byte("custom/company")) || bytes.Contains(r.body, []byte(canary)) {
		t.Errorf("answer %s", r.body)
	}
	m.do(t, "GET", "/v1/lists/company", "").want(t, 404)
	m.do(t, "GET", "/v1/policies/default", "").want(t, 200, "source", "configuration")
	for body, field := range map[string]string{
		`{}`:                          "checks",
		`{"checks":[{"password":7}]}`: "checks[0].password",
		`{"checks":[{"password":"x","policy":"none"}]}`:                              "checks[0].policy",
		`{"checks":[],"lists":[{"name":"global","add":["contoso"]}]}`:                "lists[0].name",
		`{"checks":[],"lists":[{"name":"company","add":["contoso",7]}]}`:             "lists[0].add[1]",
		`{"checks":[],"lists":[{"name":"company","add":["ab"]}]}`:                    "add[0]",
		`{"checks":[],"policies":[{"name":"a"},{"name":"b","length":{"min":"no"}}]}`: "policies[1].length.min",
		`{"checks":[],"policies":7}`:                                                 "policies",
	} {
		r := m.do(t, "POST", "/v1/simulate", body)
		if got, _ := r.json["field"].(string); r.status != 400 || got != field {
			t.Errorf("%s: %d %s, want field %s", body, r.status, r.body, field)
		}
	}
	if all := m.records.take(); len(all) != 0 {
		t.Errorf("records of a simulation: %v", all)
	}
}

func TestReload(t *testing.T) {
	m := manage(t, server.Config{}, "")
	before := m.do(t, "GET", "/v1/snapshot", "").want(t, 200, "error", nil)
	if !strings.HasPrefix(before.json["snapshot"].(string), "sha256:") || len(before.json["lists"].([]any)) < 2 {
		t.Errorf("snapshot %s", before.body)
	}
	if err := os.WriteFile(m.config, []byte("terms: {words: [zorbitania]}\nserver: {explain: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := m.do(t, "POST", "/v1/reload", "").want(t, 200, "before", before.json["snapshot"])
	after := m.do(t, "GET", "/v1/snapshot", "").want(t, 200, "snapshot", r.json["after"])
	if r.json["after"] == r.json["before"] || !bytes.Contains(r.body, []byte("server.explain")) || !bytes.Contains(after.body, []byte("custom/term")) {
		t.Errorf("reload %s, snapshot %s", r.body, after.body)
	}
	if err := os.WriteFile(m.config, []byte("terms: {wrods: [zorbitania]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r = m.do(t, "POST", "/v1/reload", "").want(t, 500)
	if got := r.json["error"].(string); !strings.Contains(got, filepath.Base(m.config)+":1: terms.wrods") {
		t.Errorf("error %q", got)
	}
	broken := m.do(t, "GET", "/v1/snapshot", "").want(t, 200, "snapshot", after.json["snapshot"])
	if broken.json["error"] == nil || broken.json["error_since"] == nil {
		t.Errorf("snapshot %s", broken.body)
	}
}

// TestUnmanaged answers 501 where nothing is managed.
func TestUnmanaged(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "one"))
	for _, path := range []string{"/v1/lists", "/v1/lists/company", "/v1/policies", "/v1/snapshot"} {
		if a := s.dial(t).send("GET", path, ""); a.status != 501 {
			t.Errorf("%s answers %d", path, a.status)
		}
	}
	for _, path := range []string{"/v1/reload", "/v1/simulate"} {
		if a := s.dial(t).send("POST", path, `{}`); a.status != 501 {
			t.Errorf("%s answers %d", path, a.status)
		}
	}
}

// TestSimulateDeadline ends a simulation whose expressions take too long.
func TestSimulateDeadline(t *testing.T) {
	l := server.DefaultLimits()
	l.Simulate = time.Millisecond
	m := manageWithin(t, server.Config{}, l, "")
	check := map[string]any{"password": strings.Repeat("ab", 100)}
	body, _ := json.Marshal(map[string]any{
		"checks":   slices.Repeat([]any{check}, 1000),
		"policies": []any{map[string]any{"name": "default", "patterns": []any{map[string]any{"deny": "(a|b|ab|ba){40}c$"}}}},
	})
	r := m.do(t, "POST", "/v1/simulate", string(body)).want(t, 413)
	if !strings.Contains(string(r.body), "send fewer") {
		t.Errorf("answer %s", r.body)
	}
	m.do(t, "POST", "/v1/simulate", `{"checks":[]}`).want(t, 200)
}

// TestPolicyDryRun tells what a policy would do, to the sample and to the latest
// decisions, and does nothing.
func TestPolicyDryRun(t *testing.T) {
	log, err := audit.Open(audit.Options{Stream: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	m := manage(t, server.Config{Audit: log, Explain: true}, "")
	const path = "/v1/policies/staff"
	r := m.do(t, "PUT", path+"?dry_run=true", staff, onlyNew).want(t, 200, "dry_run", true)
	if w := r.json["window"].(map[string]any); w["total"].(map[string]any)["decisions"] != 0.0 || w["newly_refused"] != nil {
		t.Errorf("window %v", w)
	}
	m.do(t, "GET", path, "").want(t, 404)
	r = m.do(t, "PUT", path, staff, onlyNew).want(t, 201)
	list := m.do(t, "PUT", "/v1/lists/company", `["zorbitania"]`, onlyNew).want(t, 201)
	for _, password := range []string{"Dragon1", "zorbitania1", "rT9-fG4xQ-pW7-zz8", "Dragon2"} {
		m.do(t, "POST", "/v1/check", `{"password":"`+password+`","groups":["staff"]}`).want(t, 200, "decision", "accept")
	}
	m.do(t, "POST", "/v1/check", `{"password":"zorbitania2"}`).want(t, 200, "decision", "reject")
	if err := log.Change(audit.Change{Action: "test"}); err != nil { // behind all decisions
		t.Fatal(err)
	}
	var sample map[string]any
	window := func(method, path, body, tag string) map[string]any {
		t.Helper()
		answer := m.do(t, method, path, body, "If-Match: "+tag).want(t, 200, "dry_run", true)
		if sample = answer.json["sample"].(map[string]any); sample["size"] != 10_000.0 {
			t.Errorf("sample %v", sample)
		}
		return answer.json["window"].(map[string]any)
	}
	enforced := strings.Replace(staff, "audit", "enforce", 1)
	w := window("PUT", path+"?dry_run=true", enforced, r.tag)
	policy, total := w["policy"].(map[string]any), w["total"].(map[string]any)
	if total["decisions"] != 5.0 || total["refused"] != 1.0 || policy["decisions"] != 4.0 || policy["would_refuse"] != 3.0 || w["newly_refused"] != 3.0 || w["newly_accepted"] != 0.0 {
		t.Errorf("audit to enforce: %v", w)
	}
	if n := sample["newly_refused"]; n == 0.0 || sample["refused_before"] != 0.0 || sample["would_refuse_before"] != n || sample["refused_after"] != n || sample["would_refuse_after"] != 0.0 {
		t.Errorf("the sample, audit to enforce: %v", sample)
	}
	if w := window("PUT", path+"?dry_run=true", strings.Replace(enforced, "strict", "nist", 1), r.tag); w["newly_refused"] != nil {
		t.Errorf("another profile: %v", w)
	}
	if w := window("DELETE", path+"?dry_run=true", "", r.tag); w["newly_refused"] != nil || w["policy"] == nil {
		t.Errorf("deletion: %v", w)
	}
	w = window("DELETE", "/v1/lists/company?dry_run=true", "", list.tag)
	found := w["list"].(map[string]any)
	if found["known"] != 5.0 || found["found"] != 2.0 || found["refused"] != 1.0 || found["would_refuse"] != 1.0 || w["newly_refused"] != 0.0 || w["newly_accepted"] != 1.0 {
		t.Errorf("deletion of the list: %v", w)
	}
	if w := window("PATCH", "/v1/lists/company?dry_run=true", `{"add":["northwind"]}`, list.tag); w["newly_refused"] != nil || w["newly_accepted"] != 0.0 {
		t.Errorf("one term more: %v", w)
	}
	m.do(t, "GET", path, "").want(t, 200, "revision", strings.Trim(r.tag, `"`))
}
