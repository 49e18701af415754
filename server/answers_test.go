package server_test

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/fleet"
)

// exchange is a server with everything that can be configured, whose answers are
// held against the description.
type exchange struct {
	*testing.T
	*description
	managed *managed
	callers *callers
	audit   *audit.Log
	bundle  *published
	seen    map[string]bool // "METHOD path status"
}

func newExchange(t *testing.T) *exchange {
	x := &exchange{T: t, description: readDescription(t), seen: map[string]bool{}, bundle: publish(t, 1000)}
	x.callers = newCallers(t, access.Options{}, access.Token{Name: "all", Scopes: access.ScopeNames()},
		access.Token{Name: "metrics", Scopes: []string{"metrics"}}, access.Token{Name: "check", Scopes: []string{"check"}},
		access.Token{Name: "slow", Scopes: access.ScopeNames(), Rate: 1})
	x.audit = openAudit(t, audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit.jsonl")}, Accounts: audit.Plain})
	x.managed = manage(t, server.Config{
		Access: x.callers.Guard, Audit: x.audit, Bundle: x.bundle.dir, Explain: true, Fleet: openFleet(t, fleet.Options{Expect: []string{"dc9"}}),
	}, "")
	return x
}

// bearer returns the field of a token's name.
func (x *exchange) bearer(name string) string {
	return "Authorization: Bearer " + x.callers.secrets[name]
}

// step sends a request with all scopes and wants the status, described.
func (x *exchange) step(status int, method, target, body string, fields ...string) *reply {
	x.Helper()
	r := x.managed.do(x, method, target, body, append([]string{x.bearer("all")}, fields...)...)
	if r.status != status {
		x.Fatalf("%s %s: %d, want %d: %s", method, target, r.status, status, r.body)
	}
	o := x.check(method, target, r.status, r.header, r.body)
	if o != nil && o.RequestBody != nil && body != "" && status < 300 {
		if place := o.bodyPlace(fields); place != "" {
			if err := x.validate(place, []byte(body)); err != nil {
				x.Errorf("%s %s takes %s: %v", method, target, body, err)
			}
		}
	}
	return r
}

// bodyPlace returns where the schema of a JSON body is, or "" for another body.
func (o *operation) bodyPlace(fields []string) string {
	for _, f := range fields {
		if kind, ok := strings.CutPrefix(f, "Content-Type: "); ok && kind != "application/json" {
			return ""
		}
	}
	return o.place + pointer("requestBody", "content", "application/json", "schema")
}

// rare are the statuses that every operation may answer and only default describes.
var rare = []int{405, 408, 411, 413, 417, 429, 431, 500, 503, 505}

// check holds an answer against the description.
func (x *exchange) check(method, target string, status int, header http.Header, body []byte) *operation {
	x.Helper()
	o := x.find(method, target)
	if o == nil {
		x.Errorf("%s %s is not described", method, target)
		return nil
	}
	key := strconv.Itoa(status)
	described, ok := o.Responses[key]
	if !ok && slices.Contains(rare, status) {
		key = "default"
		described, ok = o.Responses[key]
	}
	if !ok {
		x.Errorf("%s %s answers %d, which is not described: %s", method, o.path, status, body)
		return o
	}
	x.seen[o.method+" "+o.path+" "+key] = true
	place, content := o.place+pointer("responses", key), described.Content
	if described.Ref != "" {
		place = strings.TrimPrefix(described.Ref, "#")
		if status != 304 {
			content = map[string]any{"application/problem+json": nil}
		}
	}
	kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if _, ok := content[kind]; !ok && (len(content) > 0 || len(body) > 0) {
		x.Errorf("%s %s: Content-Type %q of %d is not described", method, o.path, kind, status)
	}
	if strings.HasSuffix(kind, "json") && kind != "application/x-ndjson" && len(body) > 0 && status != 304 {
		if err := x.validate(place+pointer("content", kind, "schema"), body); err != nil {
			x.Errorf("%s %s: %d %s: %v", method, target, status, body, err)
		}
	}
	return o
}

// example returns a target of the operation.
func example(o *operation) string {
	return strings.NewReplacer("{name}", "company", "{prefix}", "21BD1", "{digest}", strings.Repeat("0", 64)).Replace(o.path)
}

// bodyOf returns a body that is JSON, if the operation takes one.
func bodyOf(o *operation) string {
	switch {
	case o.RequestBody == nil:
		return ""
	case o.method == "PUT" && strings.HasPrefix(o.path, "/v1/policies/"):
		return `{"name":"company"}`
	case strings.HasSuffix(o.path, "/rollback"):
		return `{"revision":1}`
	}
	return `{"password":"x"}`
}

// TestAnswers asks every operation for every answer that the description has of
// it, and wants each to be as described.
func TestAnswers(t *testing.T) {
	x := newExchange(t)
	fresh := newExchange(t) // where there have not been many attempts
	fresh.seen = x.seen
	fresh.sessions()
	x.refusals()
	x.checks()
	x.lists()
	x.policies()
	x.state()
	x.others()
	x.unconfigured()
	for _, o := range x.operations {
		for status := range o.Responses {
			if key := o.method + " " + o.path + " " + status; status != "default" && !x.seen[key] {
				t.Errorf("%s is described and never answered", key)
			}
		}
	}
}

// refusals are the answers to who may not ask, and to bodies that are not read.
func (x *exchange) refusals() {
	open := start(x, server.Config{Fleet: openFleet(x, fleet.Options{})}, server.DefaultLimits(), newEngine(x, "s"))
	ask := func(s *service, o *operation, status int, fields ...string) {
		x.Helper()
		a := s.dial(x).exchange(o.method, message(o, fields...))
		if a.status != status {
			x.Errorf("%s %s: %d, want %d: %s", o.method, o.path, a.status, status, a.body)
		}
		x.check(o.method, example(o), a.status, a.header, a.body)
	}
	json, all := "Content-Type: application/json", x.bearer("all")
	for _, o := range x.operations {
		ask(open, o, 421, "Host: veto.example.org", json)
		if len(o.Security) > 0 {
			other := "metrics"
			if o.path == "/metrics" {
				other = "check"
			}
			ask(x.managed.service, o, 401, "Host: localhost", json)
			ask(x.managed.service, o, 403, "Host: localhost", json, x.bearer(other))
			x.exhaust(o)
		}
		if o.RequestBody != nil {
			ask(x.managed.service, o, 413, "Host: localhost", json, all, "Content-Length: 60000000")
			ask(x.managed.service, o, 415, "Host: localhost", "Content-Type: text/html", all, "If-Match: *")
		}
	}
}

// exhaust asks with a rate of 1 a second until it is used up.
func (x *exchange) exhaust(o *operation) {
	for range 5 {
		r := x.managed.do(x, o.method, example(o), bodyOf(o), x.bearer("slow"))
		x.check(o.method, example(o), r.status, r.header, r.body)
		if r.status == 429 {
			return
		}
	}
	x.Errorf("%s %s is not limited", o.method, o.path)
}

// message returns a request as it is sent, with a Content-Length unless there is one.
func message(o *operation, fields ...string) string {
	text := o.method + " " + example(o) + " HTTP/1.1\r\n" + strings.Join(fields, "\r\n") + "\r\n"
	if body := bodyOf(o); !strings.Contains(text, "Content-Length") && body != "" {
		return text + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	}
	return text + "\r\n"
}

func (x *exchange) checks() {
	const weak = `{"password":"Dragon1dragon","account":"jdoe","names":["Jane Doe"],"operation":"set"}`
	x.step(200, "POST", "/v1/check", weak, "Accept-Language: de")
	x.step(200, "POST", "/v1/check", `{"password":"uh8#Kp2!qLzw6R","mail":"j@x","tenant":"t","attributes":["a"],"groups":["g"],"operation":"change","old_password":"a","policy":"default"}`)
	x.step(200, "POST", "/v1/check", `{"password":"d.r.4.g.0.n.n-qwertz-2024","policy":"entra"}`)
	x.step(400, "POST", "/v1/check", `{"password":7}`)
	x.step(200, "POST", "/v1/check:batch", `{"checks":[`+weak+`,{"password":""}]}`)
	x.step(400, "POST", "/v1/check:batch", `{"checks":[{}]}`)
	x.managed.Swap(nil)
	x.step(503, "POST", "/v1/check", weak)
	x.step(503, "POST", "/v1/check:batch", `{"checks":[`+weak+`]}`)
	x.step(503, "GET", "/readyz", "")
	x.step(200, "POST", "/v1/reload", "")

	const digest = "21bd1000000000000000000000000000000000f1"
	ranged := startRanges(x, newBreach(x, sha1Ranges, record(x, digest, 2)))
	open := *x
	open.managed = &managed{service: ranged}
	tag := open.step(200, "GET", "/range/21BD1", "", "Add-Padding: true").tag
	open.step(304, "GET", "/range/21BD1", "", "Add-Padding: true", "If-None-Match: "+tag)
	x.step(501, "GET", "/range/21BD1?mode=ntlm", "")
	x.step(400, "GET", "/range/21BDX", "")
}

func (x *exchange) lists() {
	const list = "/v1/lists/company"
	plain := "Content-Type: text/plain"
	x.step(404, "GET", list, "")
	x.step(200, "PUT", list+"?dry_run=true", `{"note":"n","entries":["contoso",{"text":"fabrikam","ban":true,"match":"prefix","rank":3,"note":"n","author":"a","expires":"2099-01-01"}]}`, onlyNew)
	x.step(200, "PUT", list+"?dry_run=true", "contoso\n\u0001\n", onlyNew, plain)
	first := x.step(201, "PUT", list, `["contoso",{"text":"fabrikam","ban":true,"expires":"2099-01-01"}]`, onlyNew).tag
	second := x.step(200, "PUT", list, "contoso\nnorthwind\n", "If-Match: "+first, plain).tag
	x.step(400, "PUT", list, `[{"text":""}]`, "If-Match: *")
	x.step(409, "PUT", "/v1/lists/global", `["contoso"]`, "If-Match: *")
	x.step(412, "PUT", list, `["contoso"]`, "If-Match: "+first)
	x.step(428, "PUT", list, `["contoso"]`)
	x.step(200, "GET", "/v1/lists", "")
	x.step(200, "GET", "/v1/lists/global", "")
	for _, page := range []string{list, list + "/terms"} {
		cursor := x.step(200, "GET", page+"?limit=1", "").json["next"].(string)
		x.step(200, "GET", page+"?q=n&prefix=true&limit=1&cursor="+cursor+"&revision="+strings.Trim(second, `"`), "")
		x.step(304, "GET", page, "", "If-None-Match: "+second)
		x.step(400, "GET", page+"?limit=0", "")
	}
	x.step(404, "GET", "/v1/lists/none/terms", "")
	x.edits(list, first, second)
	x.step(200, "GET", list+"/export?format=txt&expired=true", "")
	x.step(200, "GET", list+"/history?limit=2", "")
	x.step(200, "GET", list+"/history?revision="+strings.Trim(second, `"`), "")
	x.step(400, "GET", list+"/history?before=x", "")
	x.step(404, "GET", "/v1/lists/none/history", "")
	tag := ""
	for _, format := range []string{"json", "csv", "txt"} {
		tag = x.step(200, "GET", list+"/export?format="+format, "").tag
	}
	x.step(304, "GET", list+"/export", "", "If-None-Match: "+tag)
	x.step(400, "GET", list+"/export?format=xml", "")
	x.step(404, "GET", "/v1/lists/none/export", "")
	x.step(404, "DELETE", "/v1/lists/none", "", "If-Match: *")
	x.step(400, "DELETE", list+"?dry_run=maybe", "", "If-Match: *")
	x.step(200, "DELETE", list, "", "If-Match: *")
}

// edits are the changes that all answer alike. The list has the tag second, and had
// first.
func (x *exchange) edits(list, first, second string) {
	revision := `{"revision":` + strings.Trim(first, `"`) + `}`
	for _, c := range []struct{ method, path, body, wrong string }{
		{"PATCH", "", `{"add":["zorbitania",{"text":"kalmwijk"}],"remove":["none"],"note":"n"}`, `{"add":[7]}`},
		{"POST", "/terms", `{"add":["zyxtalo"]}`, `{"add":[""]}`},
		{"DELETE", "/terms", `{"remove":["zyxtalo"]}`, `{"remove":7}`},
		{"POST", "/rollback", revision, `{}`},
		{"DELETE", "", "", ""},
	} {
		x.step(428, c.method, list+c.path, c.body)
		x.step(412, c.method, list+c.path, c.body, "If-Match: "+first)
		x.step(409, c.method, "/v1/lists/global"+c.path, c.body, "If-Match: *")
		if c.path != "" || c.body != "" {
			x.step(404, c.method, "/v1/lists/none"+c.path, c.body, "If-Match: *")
			x.step(400, c.method, list+c.path, c.wrong, "If-Match: *")
		}
		x.managed.records.refuse = errors.New("no room")
		x.step(503, c.method, list+c.path, c.body, "If-Match: "+second)
		if c.path == "" {
			x.step(503, "PUT", list, `["contoso"]`, "If-Match: "+second)
		}
		x.managed.records.refuse = nil
		x.step(200, c.method, list+c.path+"?dry_run=true", c.body, "If-Match: "+second)
		if c.body != "" {
			second = x.step(200, c.method, list+c.path, c.body, "If-Match: "+second).tag
		}
	}
	x.step(201, "PATCH", "/v1/lists/patched", `{"add":["contoso"]}`, onlyNew)
	x.step(201, "POST", "/v1/lists/added/terms", `{"add":["contoso"]}`, onlyNew)
}

func (x *exchange) policies() {
	const path = "/v1/policies/staff"
	x.step(404, "GET", path, "")
	x.step(400, "GET", path+"?x=1", "")
	first := x.step(201, "PUT", path, staff, onlyNew).tag
	x.step(304, "GET", path, "", "If-None-Match: "+first)
	x.step(200, "GET", path, "")
	x.step(200, "GET", "/v1/policies", "")
	revision := `{"revision":` + strings.Trim(first, `"`) + `}`
	for _, c := range []struct{ method, path, body, wrong string }{
		{"PUT", "", strings.Replace(staff, "audit", "enforce", 1), `{}`}, {"POST", "/rollback", revision, `{}`}, {"DELETE", "", "", ""},
	} {
		x.step(428, c.method, path+c.path, c.body)
		x.step(412, c.method, path+c.path, c.body, `If-Match: "9999"`)
		x.step(200, c.method, path+c.path+"?dry_run=true", c.body, "If-Match: *")
		x.step(400, c.method, path+c.path+"?dry_run=maybe", c.body, "If-Match: *")
		if c.wrong != "" {
			x.step(400, c.method, path+c.path, c.wrong, "If-Match: *")
		}
		if c.method != "PUT" {
			x.step(404, c.method, "/v1/policies/none"+c.path, c.body, "If-Match: *")
		}
		x.managed.records.refuse = errors.New("no room")
		x.step(503, c.method, path+c.path, c.body, "If-Match: *")
		x.managed.records.refuse = nil
		x.step(200, c.method, path+c.path, c.body, "If-Match: *")
	}
	x.step(200, "GET", path+"/history?limit=2", "")
	x.step(400, "GET", path+"/history?limit=x", "")
	x.step(404, "GET", "/v1/policies/none/history", "")
	x.step(200, "POST", "/v1/simulate", `{"checks":[{"password":"x"}],"lists":[{"name":"company","add":["northwind"],"remove":[]}],"policies":[`+staff+`]}`)
	x.step(400, "POST", "/v1/simulate", `{}`)
}

func (x *exchange) state() {
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/snapshot"} {
		x.step(200, "GET", path, "")
	}
	x.step(201, "PUT", "/v1/lists/short", `[{"text":"zyxtalo","expires":"2099-01-01"}]`, onlyNew)
	x.step(200, "POST", "/v1/reload", "")
	if err := os.WriteFile(x.managed.config, []byte("terms: {wrods: []}\n"), 0o600); err != nil {
		x.Fatal(err)
	}
	x.step(500, "POST", "/v1/reload", "")
	x.step(200, "GET", "/v1/snapshot", "")
	hidden := *x
	hidden.managed = &managed{service: start(x, server.Config{NoMetrics: true}, server.DefaultLimits(), nil)}
	hidden.step(404, "GET", "/metrics", "")
}

// others are the audit, the bundle and the fleet.
func (x *exchange) others() {
	written(x, x.audit, 5)
	for _, query := range []string{"", "?kind=change", "?format=csv", "?format=ndjson", "?limit=1"} {
		x.step(200, "GET", "/v1/audit"+query, "")
	}
	x.step(400, "GET", "/v1/audit?limit=0", "")
	x.step(200, "GET", "/v1/audit:summary?every=1h", "")
	x.step(400, "GET", "/v1/audit:summary?limit=1", "")
	tag := x.step(200, "GET", "/v1/bundle/manifest", "").tag
	x.step(304, "GET", "/v1/bundle/manifest", "", "If-None-Match: "+tag)
	x.step(200, "GET", x.bundle.index(), "")
	x.step(206, "GET", x.bundle.index(), "", "Range: bytes=5-9")
	x.step(416, "GET", x.bundle.index(), "", "Range: bytes=99999-")
	x.step(404, "GET", "/v1/bundle/files/"+strings.Repeat("0", 64), "")
	if err := os.Remove(filepath.Join(x.bundle.dir, "manifest")); err != nil {
		x.Fatal(err)
	}
	x.step(404, "GET", "/v1/bundle/manifest", "")
	x.step(200, "POST", "/v1/fleet/report", `{"host":"dc1","site":"b","version":"1","mode":"enforce","snapshot":"s","snapshot_age_seconds":1,"bundle":1,"uptime_seconds":1,
		"counts":{"set":{"accepted":1,"rejected":0,"would_reject":0,"undecided":0}},"last_verdict_seconds":1,"error":""}`)
	x.step(400, "POST", "/v1/fleet/report", `{"host":"dc1","mode":"x"}`)
	x.step(200, "GET", "/v1/fleet", "")
}

func (x *exchange) sessions() {
	const path, own = "/v1/session", "X-Veto-Console: 1"
	token := `{"token":"` + x.callers.secrets["all"] + `"}`
	x.step(200, "GET", path, "")
	x.step(200, "POST", path, token, own)
	x.step(400, "POST", path, `{"token":7}`, own)
	x.step(401, "POST", path, `{"token":"veto_none"}`, own)
	x.step(403, "POST", path, token)
	x.step(204, "DELETE", path, "", own)
	r := x.managed.do(x, "GET", path, "")
	x.check("GET", path, r.status, r.header, r.body)
	open := *x
	open.managed = &managed{service: start(x, server.Config{}, server.DefaultLimits(), nil)}
	open.step(404, "POST", path, token, own)
}

// unconfigured asks a server that has nothing but an engine.
func (x *exchange) unconfigured() {
	bare := *x
	bare.managed = &managed{service: start(x, server.Config{}, server.DefaultLimits(), newEngine(x, "s"))}
	for _, o := range x.operations {
		if _, ok := o.Responses["501"]; ok {
			bare.step(501, o.method, example(o), bodyOf(o), "If-Match: *")
		}
	}
}

// TestCheckerFails wants answers that are not as described to be found.
func TestCheckerFails(t *testing.T) {
	d := readDescription(t)
	verdict := pointer("components", "schemas", "Verdict")
	const good = `{"decision":"reject","mode":"enforce","reasons":[{"code":"date","message":"m"}],"policy":"p","snapshot":"s"}`
	if err := d.validate(verdict, []byte(good)); err != nil {
		t.Error(err)
	}
	for _, change := range [][2]string{{`"decision":"reject"`, `"decision":"maybe"`}, {`"mode":"enforce",`, ``}, {`"date"`, `"dates"`}, {`"policy"`, `"x":1,"policy"`}} {
		if err := d.validate(verdict, bytes.Replace([]byte(good), []byte(change[0]), []byte(change[1]), 1)); err == nil {
			t.Errorf("%s passes for %s", change[1], change[0])
		}
	}
}
