package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server"
)

// managed is a running server whose lists are edited.
type managed struct {
	*service
	live    *live.Live
	config  string // path
	store   *store.File
	records *recorder
}

// recorder keeps the records of changes.
type recorder struct {
	mu     sync.Mutex
	all    []live.Record
	refuse error
}

func (r *recorder) record(one live.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse != nil {
		return r.refuse
	}
	r.all = append(r.all, one)
	return nil
}

func (r *recorder) take() []live.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.all
	r.all = nil
	return all
}

// manage starts a server with a store, of which veto.yaml is the configuration.
func manage(t testing.TB, c server.Config, yaml string) *managed {
	t.Helper()
	return manageWithin(t, c, server.DefaultLimits(), yaml)
}

// manageWithin is manage with other limits.
func manageWithin(t testing.TB, c server.Config, limits server.Limits, yaml string) *managed {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "veto.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := store.Open(filepath.Join(dir, "store"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	m := &managed{service: start(t, c, limits, nil), config: path, store: kept, records: new(recorder)}
	m.live, err = live.Open(context.Background(), live.Options{
		Load:  func() (*config.Loaded, error) { return config.Load(path, nil) },
		Store: kept, Record: m.records.record, Swap: m.SwapSnapshot,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.live.Close() })
	m.Manage(m.live)
	return m
}

// reply is an answer.
type reply struct {
	status int
	tag    string
	header http.Header
	body   []byte
	json   map[string]any
}

// do sends a request; fields are "Name: value".
func (m *managed) do(t testing.TB, method, path, body string, fields ...string) *reply {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+m.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	r := &reply{status: resp.StatusCode, tag: resp.Header.Get("ETag"), header: resp.Header}
	if r.body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if kind := resp.Header.Get("Content-Type"); strings.Contains(kind, "json") && !strings.Contains(kind, "ndjson") && len(r.body) > 0 {
		if err := json.Unmarshal(r.body, &r.json); err != nil {
			t.Fatalf("%s %s answers %q: %v", method, path, r.body, err)
		}
	}
	return r
}

// want fails the test unless the status and members of the answer are these.
func (r *reply) want(t testing.TB, status int, members ...any) *reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	for i := 0; i < len(members); i += 2 {
		want := members[i+1]
		if n, ok := want.(int); ok {
			want = float64(n)
		}
		if got := fmt.Sprint(r.json[members[i].(string)]); got != fmt.Sprint(want) {
			t.Fatalf("%v is %s, want %v: %s", members[i], got, want, r.body)
		}
	}
	return r
}

// refused reports whether a password is, by POST /v1/check.
func (m *managed) refused(t testing.TB, password string) bool {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"password": password})
	return m.do(t, "POST", "/v1/check", string(body)).want(t, 200).json["decision"] == "reject"
}

const onlyNew = "If-None-Match: *"

func TestLists(t *testing.T) {
	m := manage(t, server.Config{}, "")
	const list, word = "/v1/lists/custom/company", "Zorbitania-kalmwijk-7Q"
	m.do(t, "GET", list, "").want(t, 404)
	if m.refused(t, word) {
		t.Fatal("the word is refused from the start")
	}
	r := m.do(t, "PUT", list, `{"note":"<ours>","entries":[{"text":"zorbitania-kalmwijk","ban":true,"note":"a \u202e note"},"fabrikam"]}`, onlyNew)
	r.want(t, 201, "list", "custom/company", "action", "create", "added", 2, "entries", 2, "actor", "local")
	first := r.tag
	page := m.do(t, "GET", list, "").want(t, 200, "name", "custom/company", "entries", 2, "writable", true, "note", "<ours>", "author", "local")
	if page.tag != first || first == "" {
		t.Errorf("ETag %q, want %q", page.tag, first)
	}
	m.do(t, "GET", list, "", "If-None-Match: "+first).want(t, 304)
	m.do(t, "GET", "/v1/lists/company/terms?q=ZORB&prefix=true", "").want(t, 200, "name", "custom/company")

	r = m.do(t, "PATCH", list, `{"add":["northwind"],"remove":[{"text":"FABRIKAM"},"absent"],"note":"n"}`, "If-Match: "+first)
	r.want(t, 200, "added", 1, "removed", 1, "missing", 1, "entries", 2)
	second := r.tag
	m.do(t, "PATCH", list, `{"add":["x1y2"]}`, "If-Match: "+first).want(t, 412, "revision", strings.Trim(second, `"`))
	m.do(t, "PATCH", list, `{"add":["x1y2"]}`).want(t, 428)
	m.do(t, "PUT", list, `["x1y2"]`, onlyNew).want(t, 412)

	r = m.do(t, "POST", list+"/terms", `{"add":["tailspin"]}`, "If-Match: "+second).want(t, 200, "added", 1)
	r = m.do(t, "DELETE", list+"/terms", `{"remove":["tailspin"]}`, "If-Match: "+r.tag).want(t, 200, "removed", 1)
	m.do(t, "POST", list+"/rollback", `{"revision":`+strings.Trim(first, `"`)+`}`, "If-Match: "+r.tag).want(t, 200, "action", "restore", "entries", 2)

	history := m.do(t, "GET", list+"/history?limit=2", "").want(t, 200)
	if all := history.json["changes"].([]any); len(all) != 2 || all[0].(map[string]any)["action"] != "restore" || history.json["next"] == nil {
		t.Errorf("history %s", history.body)
	}
	change := m.do(t, "GET", list+"/history?revision="+strings.Trim(second, `"`), "").want(t, 200)
	if !bytes.Contains(change.body, []byte("northwind")) || !bytes.Contains(change.body, []byte("fabrikam")) {
		t.Errorf("change %s", change.body)
	}
	old := m.do(t, "GET", list+"?revision="+strings.Trim(second, `"`), "").want(t, 200, "entries", 2)
	if !bytes.Contains(old.body, []byte("northwind")) || bytes.Contains(old.body, []byte("fabrikam")) {
		t.Errorf("old revision %s", old.body)
	}
	m.do(t, "DELETE", list, "", "If-Match: *").want(t, 200, "action", "delete")
	m.do(t, "GET", list, "").want(t, 404)
	rollback := `{"revision":` + strings.Trim(first, `"`) + `}`
	m.do(t, "POST", list+"/rollback", rollback, "If-Match: *").want(t, 404)
	m.do(t, "POST", list+"/rollback", rollback, onlyNew).want(t, 200, "action", "restore", "entries", 2)
	var actions []string
	for _, r := range m.records.take() {
		actions = append(actions, r.Action)
	}
	if got := strings.Join(actions, " "); got != "list.create list.edit list.edit list.edit list.restore list.delete list.restore" {
		t.Errorf("records %s", got)
	}
}

// TestListIndex lists what is in force, whether it is edited here or not.
func TestListIndex(t *testing.T) {
	m := manage(t, server.Config{}, "terms: {words: [contoso]}\n")
	m.do(t, "PUT", "/v1/lists/staff", `["fabrikam"]`, onlyNew).want(t, 201)
	got := map[string]bool{}
	answer := m.do(t, "GET", "/v1/lists", "").want(t, 200)
	for _, one := range answer.json["lists"].([]any) {
		l := one.(map[string]any)
		got[l["name"].(string)] = l["writable"].(bool)
		if !strings.HasPrefix(l["digest"].(string), "sha256:") || l["entries"].(float64) == 0 {
			t.Errorf("list %v", l)
		}
	}
	for name, writable := range map[string]bool{"global": false, "global/passwords": false, "custom/term": false, "custom/staff": true} {
		if is, ok := got[name]; !ok || is != writable {
			t.Errorf("%s: writable %v, there %v", name, is, ok)
		}
	}
	for _, name := range []string{"global", "global/passwords", "custom/term"} {
		m.do(t, "GET", "/v1/lists/"+name, "").want(t, 200, "name", name, "writable", false)
		m.do(t, "PUT", "/v1/lists/"+name, `["fabrikam"]`, onlyNew).want(t, 409)
	}
	m.do(t, "PUT", "/v1/lists/custom/global", `["fabrikam"]`, onlyNew).want(t, 201)
	m.do(t, "GET", "/v1/lists/breached/global?revision=1", "").want(t, 404)
}

// TestUploads uploads a list in all formats and packings.
func TestUploads(t *testing.T) {
	m := manage(t, server.Config{}, "")
	zipped, packed := new(bytes.Buffer), new(bytes.Buffer)
	g := gzip.NewWriter(zipped)
	g.Write([]byte("contoso\nfabrikam\n"))
	g.Close()
	z, _ := zstd.NewWriter(packed)
	z.Write([]byte("text;match\ncontoso;exact\nfabrikam;\n"))
	z.Close()
	for i, c := range []struct{ kind, packing, body string }{
		{"text/plain", "", "\ufeffcontoso\r\n# comment\r\n\r\nfabrikam"},
		{"text/plain; charset=utf-16", "", "\xff\xfec\x00o\x00n\x00t\x00o\x00s\x00o\x00\n\x00f\x00a\x00b\x00r\x00i\x00k\x00a\x00m\x00"},
		{"text/plain", "gzip", zipped.String()},
		{"text/csv", "zstd", packed.String()},
		{"application/json", "", `{"entries":["contoso",{"text":"fabrikam","expires":"2099-01-01"}]}`},
	} {
		path := fmt.Sprint("/v1/lists/list", i)
		fields := []string{"Content-Type: " + c.kind, onlyNew}
		if c.packing != "" {
			fields = append(fields, "Content-Encoding: "+c.packing)
		}
		m.do(t, "PUT", path, c.body, fields...).want(t, 201, "entries", 2)
		exported := m.do(t, "GET", path+"/export?format=txt", "").want(t, 200)
		if string(exported.body) != "contoso\nfabrikam\n" {
			t.Errorf("%s: export %q", c.kind, exported.body)
		}
	}
}

func TestUploadErrors(t *testing.T) {
	m := manage(t, server.Config{}, "")
	bomb := new(bytes.Buffer)
	g := gzip.NewWriter(bomb)
	g.Write(bytes.Repeat([]byte{0x0a}, 65<<20))
	g.Close()
	for _, c := range []struct {
		kind, packing, body string
		status              int
		field               string
	}{
		{"text/plain", "", "contoso\nab\nsecret,secret\n", 400, "line 2"},
		{"text/plain", "", "\n \n\ufeff\n", 400, "body"},
		{"text/plain", "", "contoso\n\xffsecret\n", 400, "line 2"},
		{"text/plain", "gzip", "secret", 400, "body"},
		{"text/plain", "gzip", bomb.String(), 413, ""},
		{"text/plain", "br", "secret", 415, ""},
		{"text/plain; charset=latin1", "", "secret", 415, ""},
		{"application/xml", "", "secret", 415, ""},
		{"text/csv", "", "text,rank\ncontoso,secret\n", 400, "line 2"},
		{"text/csv", "", "text\ncontoso\n\"ab\"\n", 400, "line 3"},
		{"application/json", "", `{"entries":["secret",{"secret":1}]}`, 400, "body"},
		{"application/json", "", `["contoso","ab"]`, 400, "entries[1]"},
	} {
		fields := []string{"Content-Type: " + c.kind, onlyNew}
		if c.packing != "" {
			fields = append(fields, "Content-Encoding: "+c.packing)
		}
		r := m.do(t, "PUT", "/v1/lists/company", c.body, fields...)
		if got := r.json["field"]; r.status != c.status || c.field != "" && got != c.field || bytes.Contains(r.body, []byte("secret")) {
			t.Errorf("%s %.40q: %d %s, want %d and %s", c.kind, c.body, r.status, r.body, c.status, c.field)
		}
	}
	for _, c := range []struct {
		kind, body, first, last string
		named, more             int
	}{
		{"text/csv", "text,rank\n" + strings.Repeat("contoso,secret\n", 25), "line 2", "line 11", 10, 15},
		{"text/csv", "text,rank\ncontoso,secret\nsecret\nfabrikam,1\n", "line 2", "line 3", 2, 0},
		{"text/plain", strings.Repeat("secret", 100) + "\ncontoso\n" + strings.Repeat("secret", 100), "line 1", "line 3", 2, 0},
		{"text/plain", strings.Repeat("secret\t1\n", 250), "line 1", "line 100", 100, 150},
		{"application/json", `[7,"contoso",{"secret":1}]`, "body", "body", 2, 0},
	} {
		r := m.do(t, "PUT", "/v1/lists/company", c.body, "Content-Type: "+c.kind, onlyNew).want(t, 400, "field", c.first)
		all, _ := r.json["invalid"].([]any)
		more, _ := r.json["invalid_more"].(float64)
		if len(all) != c.named || int(more) != c.more || all[len(all)-1].(map[string]any)["place"] != c.last || bytes.Contains(r.body, []byte("secret")) {
			t.Errorf("%s %.20q: %s", c.kind, c.body, r.body)
		}
	}
	for path, status := range map[string]int{
		"/v1/lists/Company": 400, "/v1/lists/custom/-x": 400, "/v1/lists/custom/a/b": 404, "/v1/lists/other/a": 404,
		"/v1/lists/company?dry_run=perhaps": 400, "/v1/lists/company?force=true": 400,
	} {
		m.do(t, "PUT", path, `["contoso"]`, onlyNew).want(t, status)
	}
	for body, field := range map[string]string{
		`{"add":["contoso",7]}`: "add[1]", `{"add":{"text":"contoso"}}`: "add", `{"note":7}`: "note", `{"remove":[{"text":"a","match":"x"}]}`: "remove[0]",
		`{"add":[null]}`: "add[0]", `{"remove":[null]}`: "remove[0]", `{"add":["contoso","ab"]}`: "add[1]", `{"sample":["contoso"]}`: "sample", `{"add":["contoso"],}`: "",
	} {
		r := m.do(t, "PATCH", "/v1/lists/company", body, onlyNew)
		if got := fmt.Sprint(r.json["field"]); r.status != 400 || field != "" && got != field {
			t.Errorf("%s: %d %s, want field %s", body, r.status, r.body, field)
		}
	}
	m.do(t, "PATCH", "/v1/lists/company", `{"add":["contoso"]}`, `If-Match: W/"1"`).want(t, 400)
	m.do(t, "PATCH", "/v1/lists/company", `{"add":["contoso"]}`, `If-Match: "1"`).want(t, 404)
	m.do(t, "POST", "/v1/lists/company/rollback", `{}`, onlyNew).want(t, 400)
	if all := m.records.take(); len(all) != 0 {
		t.Errorf("records of what was refused: %v", all)
	}
	m.do(t, "GET", "/v1/lists/company", "").want(t, 404)
}

// TestDryRun tells what a change would do, and does nothing.
func TestDryRun(t *testing.T) {
	m := manage(t, server.Config{}, "")
	const password = canary + "-zorbitania"
	body, _ := json.Marshal(map[string]any{"add": []any{map[string]any{"text": "zorbitania", "ban": true}}, "sample": []string{password, "Tr0ub4dor&3-unrelated"}})
	r := m.do(t, "PATCH", "/v1/lists/company?dry_run=true", string(body), onlyNew).want(t, 200, "dry_run", true)
	if s := r.json["sample"].(map[string]any); s["size"] != 2.0 {
		t.Errorf("sample %v", s)
	}
	if c := r.json["change"].(map[string]any); c["added"] != 1.0 || c["entries"] != 1.0 {
		t.Errorf("change %v", c)
	}
	if bytes.Contains(r.body, []byte(canary)) {
		t.Error("the answer holds a password")
	}
	r = m.do(t, "PUT", "/v1/lists/company?dry_run=true", "contoso\nab\n\na,b\n", "Content-Type: text/plain", onlyNew).want(t, 200)
	if got := fmt.Sprint(r.json["invalid"]); !strings.Contains(got, "line 2") || !strings.Contains(got, "line 4") || r.json["change"] != nil {
		t.Errorf("invalid %s", r.body)
	}
	r = m.do(t, "PUT", "/v1/lists/company?dry_run=true", `["contoso"]`, onlyNew).want(t, 200)
	if s := r.json["sample"].(map[string]any); s["size"].(float64) < 1000 {
		t.Errorf("embedded sample %v", s)
	}
	m.do(t, "GET", "/v1/lists/company", "").want(t, 404)
	if all := m.records.take(); len(all) != 0 {
		t.Errorf("records of a dry run: %v", all)
	}
}

// TestMarkup keeps what looks like markup, formulas or bidirectional text as data.
func TestMarkup(t *testing.T) {
	m := manage(t, server.Config{}, "")
	entries := []store.Entry{
		{Text: `<script>alert(1)</script>`, Note: "=HYPERLINK(\"http://x\")"}, {Text: "+cmd|calc", Note: "\u202eevil\u202c"}, {Text: "日本語テスト", Note: `"quoted", 'too'`},
	}
	body, _ := json.Marshal(map[string]any{"note": "<b>&amp;", "entries": entries})
	m.do(t, "PUT", "/v1/lists/company", string(body), onlyNew).want(t, 201, "entries", 3)
	for _, f := range []string{"json", "csv"} {
		r := m.do(t, "GET", "/v1/lists/company/export?format="+f, "").want(t, 200)
		if f == "csv" && (bytes.Contains(r.body, []byte("\n+cmd")) || bytes.Contains(r.body, []byte(`,"=HYP`))) {
			t.Errorf("a formula in %s", r.body)
		}
		got, err := store.Read(bytes.NewReader(r.body), store.Format(f))
		if err != nil || len(got.Entries) != 3 {
			t.Fatalf("%s: %v", f, err)
		}
		for _, e := range got.Entries {
			found := false
			for _, want := range entries {
				found = found || want.Text == e.Text && want.Note == e.Note
			}
			if !found {
				t.Errorf("%s has %+v", f, e)
			}
		}
	}
}

// TestRacingEditors lets editors change one list at the same time: of those that
// saw the same revision one wins, and nothing acknowledged is lost.
func TestRacingEditors(t *testing.T) {
	m := manage(t, server.Config{}, "")
	m.do(t, "PUT", "/v1/lists/company", `["contoso"]`, onlyNew).want(t, 201)
	const editors, each = 4, 5
	var all sync.WaitGroup
	for e := range editors {
		all.Go(func() {
			for n := range each {
				for {
					r := m.do(t, "GET", "/v1/lists/company?limit=1", "")
					edited := m.do(t, "PATCH", "/v1/lists/company", fmt.Sprintf(`{"add":["word-%d-%d-x"]}`, e, n), "If-Match: "+r.tag)
					if edited.status == 200 {
						break
					}
					if edited.status != 412 {
						t.Errorf("edit answers %d: %s", edited.status, edited.body)
						return
					}
				}
			}
		})
	}
	all.Wait()
	m.do(t, "GET", "/v1/lists/company", "").want(t, 200, "entries", 1+editors*each)
}

// TestUnrecorded refuses a change that cannot be recorded.
func TestUnrecorded(t *testing.T) {
	m := manage(t, server.Config{}, "")
	m.records.refuse = io.ErrShortWrite
	m.do(t, "PUT", "/v1/lists/company", `["contoso"]`, onlyNew).want(t, 503)
	m.do(t, "GET", "/v1/lists/company", "").want(t, 404)
	m.records.refuse = nil
	m.do(t, "PUT", "/v1/lists/company", `["contoso"]`, onlyNew).want(t, 201)
}

// TestUploadSlots lets two large lists in at a time, and gives the places back.
func TestUploadSlots(t *testing.T) {
	l := server.DefaultLimits()
	l.BatchBody, l.UploadRead = 1<<10, 300*time.Millisecond
	s := start(t, server.Config{}, l, newEngine(t, "one"))
	const head = "PUT /v1/lists/company HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n"
	hold := func() *client {
		c := s.dial(t)
		io.WriteString(c, head)
		return c
	}
	answered := func(c *client) *answer {
		a, err := readAnswer(t, c.r, "PUT")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first, second := hold(), hold()
	time.Sleep(50 * time.Millisecond)
	if a := answered(hold()); a.status != 429 || !a.close {
		t.Errorf("the third answers %d", a.status)
	}
	for _, c := range []*client{first, second} {
		if a := answered(c); a.status != 408 {
			t.Errorf("a slow upload answers %d", a.status)
		}
	}
	c := hold()
	io.WriteString(c, strings.Repeat("x", 5000))
	if a := answered(c); a.status != 501 {
		t.Errorf("without a store: %d %s", a.status, a.body)
	}
}

// TestEditsUnderLoad edits a list while clients check: no check fails, and every
// verdict is right for the snapshot that it names.
func TestEditsUnderLoad(t *testing.T) {
	m := manageWithin(t, server.Config{}, server.DefaultLimits(), "terms: {global: false}\n") // many clients have to wait for a processor
	const word = "zorbitania-kalmwijk"
	r := m.do(t, "PUT", "/v1/lists/company", `["northwind"]`, onlyNew).want(t, 201)
	banned := map[any]bool{r.json["snapshot"]: false}
	r = m.do(t, "PATCH", "/v1/lists/company", `{"add":[{"text":"`+word+`","ban":true}]}`, "If-Match: *").want(t, 200)
	banned[r.json["snapshot"]] = true
	var stop atomic.Bool
	var checks atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		c := m.dial(t)
		all.Go(func() {
			for !stop.Load() {
				a := c.send("POST", "/v1/check", `{"password":"rT9-`+word+`-fG4xQ-pW7"}`)
				is, ok := banned[a.json["snapshot"]]
				if a.status != 200 || !ok || is != (a.json["decision"] == "reject") {
					t.Errorf("status %d, banned %v, known %v: %s", a.status, is, ok, a.body)
					return
				}
				checks.Add(1)
			}
		})
	}
	for n := range 100 {
		member := "remove"
		if n%2 == 1 {
			member = "add"
		}
		m.do(t, "PATCH", "/v1/lists/company", `{"`+member+`":[{"text":"`+word+`","ban":`+fmt.Sprint(n%2 == 1)+`}]}`, "If-Match: *").want(t, 200)
	}
	stop.Store(true)
	all.Wait()
	if checks.Load() < 100 {
		t.Errorf("only %d checks", checks.Load())
	}
}

// millionVariable switches TestMillionTerms on; make slow sets it.
const millionVariable = "VETO_SLOW"

// TestMillionTerms uploads, searches, edits and exports a list of a million terms,
// and tells how long that takes and how much memory.
func TestMillionTerms(t *testing.T) {
	if os.Getenv(millionVariable) == "" {
		t.Skip("takes a minute; make slow")
	}
	m := manage(t, server.Config{}, "")
	var list bytes.Buffer
	for n := range 1_000_000 {
		fmt.Fprintf(&list, "zorb%07dkalmwijk%d\n", n*7919%10_000_000, n%97)
	}
	timed := func(what string, work func()) {
		began := time.Now()
		work()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		t.Logf("%s: %v, %d MiB of heap from the system", what, time.Since(began).Round(time.Millisecond), (stats.HeapSys-stats.HeapReleased)>>20)
	}
	const path = "/v1/lists/company"
	var r *reply
	timed("upload", func() {
		r = m.do(t, "PUT", path, list.String(), "Content-Type: text/plain", onlyNew).want(t, 201, "entries", 1_000_000)
	})
	timed("search of a beginning", func() { m.do(t, "GET", path+"?q=zorb0000&prefix=true&limit=10", "").want(t, 200) })
	timed("search of a part that is not there", func() { m.do(t, "GET", path+"?q=fabrikam", "").want(t, 200) })
	for _, n := range []int{1, 1000} {
		var words []string
		for i := range n {
			words = append(words, fmt.Sprintf("northwind%dtailspin%d", n, i))
		}
		body, _ := json.Marshal(map[string]any{"add": words})
		timed(fmt.Sprint("edit of ", n), func() { r = m.do(t, "PATCH", path, string(body), "If-Match: "+r.tag).want(t, 200, "added", n) })
		if !m.refused(t, fmt.Sprintf("northwind%dtailspin%d", n, n-1)) {
			t.Error("the edit is not in force")
		}
	}
	timed("dry run", func() {
		m.do(t, "PATCH", path+"?dry_run=true", `{"add":["adventure works"]}`, "If-Match: "+r.tag).want(t, 200)
	})
	timed("export", func() {
		exported := m.do(t, "GET", path+"/export?format=csv", "").want(t, 200)
		if n := bytes.Count(exported.body, []byte("\r\n")); n != 1_001_002 {
			t.Errorf("%d lines are exported", n)
		}
	})
	timed("rollback", func() {
		r = m.do(t, "POST", path+"/rollback", `{"revision":1}`, "If-Match: "+r.tag).want(t, 200, "entries", 1_000_000)
	})
}
