package server_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
)

// TestForeignPage lets a page of another origin have a browser reload nothing:
// nobody asks the server before the browser sends such a request.
func TestForeignPage(t *testing.T) {
	m := manage(t, server.Config{}, "")
	for _, one := range []struct {
		fields string
		status int
	}{
		{"", 200},
		{"Sec-Fetch-Site: same-origin", 200},
		{"Sec-Fetch-Site: none", 200},
		{"Origin: http://" + m.addr, 200},
		{"Sec-Fetch-Site: cross-site", 403},
		{"Sec-Fetch-Site: same-site", 403},
		{"Origin: https://evil.example", 403},
		{"Origin: null", 403},
		{"Origin: http://127.0.0.1:1", 403},
	} {
		var fields []string
		if one.fields != "" {
			fields = append(fields, one.fields)
		}
		if r := m.do(t, "POST", "/v1/reload", "", fields...); r.status != one.status {
			t.Errorf("%q: %d, want %d", one.fields, r.status, one.status)
		}
	}
	m.do(t, "GET", "/v1/lists", "", "Sec-Fetch-Site: cross-site").want(t, 200)
}

// TestTrailingText refuses what stands behind the value of a member.
func TestTrailingText(t *testing.T) {
	m := manage(t, server.Config{}, "")
	m.do(t, "PUT", "/v1/lists/company", `["contoso"]`, onlyNew).want(t, 201)
	for _, body := range []string{
		`{"add":["fabrikam"] ["northwind"]}`,
		`{"add":["fabrikam"],"note":"a" "b"}`,
		`{"add":["fabrikam"],"sample":["a"] 7}`,
		`{"add":["fabrikam"],"note":"a"]}`,
	} {
		m.do(t, "PATCH", "/v1/lists/company?dry_run=true", body, "If-Match: *").want(t, 400)
	}
	for _, body := range []string{
		`{"checks":[{"password":"x"}] 7}`,
		`{"checks":[{"password":"x"}],"lists":[] {}}`,
	} {
		m.do(t, "POST", "/v1/simulate", body).want(t, 400)
	}
}

// TestPolicyBounds refuses documents that take long to read: one of 18 KB took 16
// seconds.
func TestPolicyBounds(t *testing.T) {
	m := manage(t, server.Config{}, "")
	var wide strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&wide, `,"key%d":1`, i)
	}
	for name, more := range map[string]string{
		"arrays":  `,"groups":` + strings.Repeat("[", 17) + strings.Repeat("]", 17),
		"objects": strings.Repeat(`,"old":{"a":1`, 17) + strings.Repeat("}", 17),
		"keys":    wide.String(),
		"values":  `,"groups":[` + strings.Repeat(`"g",`, 10_000) + `"g"]`,
		"bytes":   `,"groups":["` + strings.Repeat("g", 300_000) + `"]`,
	} {
		document := `{"name":"staff"` + more + "}"
		for _, r := range []*reply{
			m.do(t, "PUT", "/v1/policies/staff", document, onlyNew),
			m.do(t, "POST", "/v1/simulate", `{"checks":[],"policies":[`+document+`]}`),
		} {
			if r.status != 400 || !bytes.Contains(r.body, []byte("a policy has at most")) {
				t.Errorf("%s: %d %.200s", name, r.status, r.body)
			}
		}
	}
	groups := `{"name":"staff","precedence":1,"groups":["` + strings.Repeat(`[{`, 100) + `"` + strings.Repeat(`,"g,:"`, 1000) + `]}`
	m.do(t, "PUT", "/v1/policies/staff", groups, onlyNew).want(t, 201)
}

// TestPolicyQuery carries out nobody's dry run of a policy, however it is misspelt.
func TestPolicyQuery(t *testing.T) {
	m := manage(t, server.Config{}, "")
	m.do(t, "PUT", "/v1/policies/staff?dry_run=true", `{"name":"staff"}`, onlyNew).want(t, 200, "dry_run", true)
	m.do(t, "PUT", "/v1/policies/staff?dryrun=true", `{"name":"staff"}`, onlyNew).want(t, 400, "field", "query")
	m.do(t, "GET", "/v1/policies/staff", "").want(t, 404)
	m.do(t, "PUT", "/v1/policies/staff", `{"name":"staff"}`, onlyNew).want(t, 201)
	m.do(t, "DELETE", "/v1/policies/staff?dry_run=true", "", "If-Match: *").want(t, 200, "dry_run", true)
	m.do(t, "GET", "/v1/policies/staff", "").want(t, 200)
}

// TestSimulationLimits charges a simulation for its passwords, and lets it use no
// policy that the credential may not ask for.
func TestSimulationLimits(t *testing.T) {
	scopes := []string{"check", "explain", "lists:read", "policies:read"}
	g := newCallers(t, access.Options{},
		access.Token{Name: "slow", Scopes: scopes, Rate: 5},
		access.Token{Name: "bound", Scopes: scopes, Policies: []string{"default"}})
	m := manage(t, server.Config{Access: g.Guard}, "policies: [{name: default}, {name: other}]")
	as := func(name string) string { return "Authorization: Bearer " + g.secrets[name] }
	ten := `{"checks":[` + strings.Repeat(`{"password":"x"},`, 9) + `{"password":"x"}]}`
	m.do(t, "POST", "/v1/simulate", ten, as("slow")).want(t, 200)
	m.do(t, "POST", "/v1/simulate", ten, as("slow")).want(t, 429)
	m.do(t, "POST", "/v1/simulate", `{"checks":[{"password":"x","policy":"other"}]}`, as("bound")).want(t, 403)
	m.do(t, "POST", "/v1/simulate", `{"checks":[{"password":"x"}]}`, as("bound")).want(t, 200)
}

// TestManyDrafts refuses a simulation that would take long, during which nobody
// could edit.
func TestManyDrafts(t *testing.T) {
	m := manage(t, server.Config{}, "")
	body := func(drafts, terms int) string {
		var lists []map[string]any
		for i := range drafts {
			var add []string
			for j := range terms {
				add = append(add, fmt.Sprintf("term%dx%d", i, j))
			}
			lists = append(lists, map[string]any{"name": fmt.Sprint("list", i), "add": add})
		}
		text, _ := json.Marshal(map[string]any{"checks": []any{}, "lists": lists})
		return string(text)
	}
	m.do(t, "POST", "/v1/simulate", body(32, 1)).want(t, 200)
	m.do(t, "POST", "/v1/simulate", body(33, 1)).want(t, 400, "field", "lists")
	m.do(t, "POST", "/v1/simulate", body(2, 20_000)).want(t, 200)
}

// TestPackedUploads takes no more packed lists at once than large ones: a few
// bytes may become 64 MiB.
func TestPackedUploads(t *testing.T) {
	m := manage(t, server.Config{}, "")
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for i := 0; i < 300_000; i++ {
		fmt.Fprintf(z, "term%d\n", i)
	}
	z.Close()
	var busy, other int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			req, _ := http.NewRequest("PUT", fmt.Sprintf("http://%s/v1/lists/list%d?dry_run=true", m.addr, i), bytes.NewReader(bomb.Bytes()))
			req.Header.Set("Content-Type", "text/plain")
			req.Header.Set("Content-Encoding", "gzip")
			req.Header.Set("If-None-Match", "*")
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			if bytes.Contains(body, []byte("too many large lists")) {
				busy++
			} else {
				other++
			}
		})
	}
	all.Wait()
	if busy == 0 || other == 0 {
		t.Errorf("%d of 8 were taken, %d refused as too many", other, busy)
	}
	time.Sleep(10 * time.Millisecond)
	r, _ := http.NewRequest("PUT", "http://"+m.addr+"/v1/lists/company", bytes.NewReader(bomb.Bytes()))
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("Content-Encoding", "gzip")
	r.Header.Set("If-None-Match", "*")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || resp.StatusCode != 201 {
		t.Errorf("afterwards: %v, %v", resp, err)
	}
}

// TestSlowExport keeps nobody from editing while a client does not read its export.
func TestSlowExport(t *testing.T) {
	m := manage(t, server.Config{}, "")
	d := store.Draft{List: "company", Base: store.None, Actor: "test"}
	for i := range 100_000 {
		d.Add = append(d.Add, store.Entry{Text: fmt.Sprintf("term number %d", i)})
	}
	if _, err := m.store.Edit(context.Background(), d, nil); err != nil {
		t.Fatal(err)
	}
	c := m.dial(t)
	io.WriteString(c, "GET /v1/lists/company/export HTTP/1.1\r\nHost: localhost\r\n\r\n")
	time.Sleep(200 * time.Millisecond) // the export fills the buffers of the connection
	d.List, d.Base = "second", store.None
	done := make(chan error, 1)
	go func() {
		_, err := m.store.Edit(context.Background(), d, nil) // the file has to grow for it
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("an edit waits for somebody who reads an export")
		c.Close()
		<-done
	}
}
