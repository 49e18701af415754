package server_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server"
)

// TestListConfigured exports a list of the configuration, and tells of the others,
// and of histories, why they are not there.
func TestListConfigured(t *testing.T) {
	file := filepath.Join(t.TempDir(), `wo"rds, ü.txt`)
	if err := os.WriteFile(file, []byte("# ours\nfabrikam\nContoso\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := manage(t, server.Config{}, "terms: {words: [northwind, tailspin], files: ['"+file+"']}\n")
	for path, want := range map[string]string{"term": "northwind\ntailspin\n", "wo%22rds,%20%C3%BC": "fabrikam\nContoso\n"} {
		path = "/v1/lists/" + path + "/export?format="
		if r := m.do(t, "GET", path+"txt", ""); r.status != 200 || string(r.body) != want || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment; filename") {
			t.Errorf("%s: %d %q %v", path, r.status, r.body, r.header)
		}
		m.do(t, "HEAD", path+"csv", "").want(t, 200)
		again := m.do(t, "GET", path+"json", "").want(t, 200)
		m.do(t, "PUT", "/v1/lists/copy", string(again.body), "If-None-Match: *").want(t, 201, "entries", 2)
		m.do(t, "DELETE", "/v1/lists/copy", "", "If-Match: *").want(t, 200)
	}
	for path, want := range map[string]string{
		"term":                        `"page":[{"text":"northwind","match":"contains"},{"text":"tailspin","match":"contains"}]}`,
		"term?limit=1":                `"page":[{"text":"northwind","match":"contains"}],"next":"1"}`,
		"term?limit=1&cursor=1":       `"page":[{"text":"tailspin","match":"contains"}]}`,
		"term?q=SPIN":                 `"page":[{"text":"tailspin","match":"contains"}]}`,
		"term?q=spin&prefix=true":     `"page":[]}`,
		"wo%22rds,%20%C3%BC?q=c0nt":   `"page":[]}`,
		"wo%22rds,%20%C3%BC?q=contos": `"page":[{"text":"Contoso","match":"contains"}]}`,
	} {
		if r := m.do(t, "GET", "/v1/lists/"+path, "").want(t, 200, "writable", false); !strings.HasSuffix(string(r.body), want) {
			t.Errorf("%s: %s, want %s", path, r.body, want)
		}
	}
	for _, cursor := range []string{"3", "-1", "x", "99999999999999999999"} {
		m.do(t, "GET", "/v1/lists/term?cursor="+cursor, "").want(t, 400, "field", "cursor")
	}
	for path, detail := range map[string]string{
		"/v1/lists/term/history": "not edited on this server", "/v1/lists/term?revision=1": "no such revision", "/v1/lists/global?revision=1": "not edited on this server", "/v1/lists/term/history?revision=1": "no such revision",
		"/v1/lists/global/history": "not edited on this server", "/v1/lists/global/export": "not edited on this server", "/v1/lists/global/passwords/export": "not edited on this server",
		"/v1/lists/nosuch/history": "no such list", "/v1/lists/nosuch/export": "no such list", "/v1/lists/breached/x/export": "no such list",
		"/v1/policies/default/history": "comes from the configuration", "/v1/policies/nosuch/history": "no such policy",
	} {
		if r := m.do(t, "GET", path, "").want(t, 404); !strings.Contains(fmt.Sprint(r.json["detail"]), detail) {
			t.Errorf("%s: %s, want %s", path, r.body, detail)
		}
	}
}

// TestListCursor refuses cursors that no page has told.
func TestListCursor(t *testing.T) {
	m := manage(t, server.Config{}, "")
	m.do(t, "PUT", "/v1/lists/company", `["contoso","fabrikam"]`, onlyNew).want(t, 201)
	next := m.do(t, "GET", "/v1/lists/company?limit=1", "").want(t, 200).json["next"].(string)
	m.do(t, "GET", "/v1/lists/company?cursor="+next, "").want(t, 200)
	for _, cursor := range []string{"xyz", "%25", next[1:], next + "AA"} {
		m.do(t, "GET", "/v1/lists/company?cursor="+cursor, "").want(t, 400, "field", "cursor")
	}
}

// TestLargePages wants pages of long entries to end early, and nothing to be missing
// from all of them together.
func TestLargePages(t *testing.T) {
	words := filepath.Join(t.TempDir(), "words.txt")
	var lines, entries strings.Builder
	const n = 5000
	for i := range n {
		term := fmt.Sprint(strings.Repeat("Ĳ", 120), i)
		fmt.Fprintln(&lines, term)
		fmt.Fprintf(&entries, `{"text":"term%d","note":"%s"},`, i, strings.Repeat("n", store.MaxNote))
	}
	if err := os.WriteFile(words, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	m := manage(t, server.Config{}, "terms: {files: ['"+words+"']}\n")
	m.do(t, "PUT", "/v1/lists/company", "["+strings.TrimSuffix(entries.String(), ",")+"]", onlyNew).want(t, 201)
	for _, list := range []string{"company", "words"} {
		seen, pages, cursor := 0, 0, ""
		for {
			r := m.do(t, "GET", "/v1/lists/"+list+"?limit=10000"+cursor, "").want(t, 200)
			if len(r.body) > 3<<19 {
				t.Fatalf("%s: a page of %d bytes", list, len(r.body))
			}
			page, _ := r.json["page"].([]any)
			next, _ := r.json["next"].(string)
			seen, pages, cursor = seen+len(page), pages+1, "&cursor="+next
			if next == "" {
				break
			}
		}
		if seen != n || pages < 2 {
			t.Errorf("%s: %d entries on %d pages", list, seen, pages)
		}
	}
}

// slowPages counts the pages that are made at the same time.
type slowPages struct {
	store.Store
	now, most atomic.Int64
}

// Page takes its time.
func (s *slowPages) Page(ctx context.Context, name string, q store.Query) (store.Page, error) {
	now := s.now.Add(1)
	defer s.now.Add(-1)
	for most := s.most.Load(); now > most && !s.most.CompareAndSwap(most, now); most = s.most.Load() {
	}
	time.Sleep(10 * time.Millisecond)
	return s.Store.Page(ctx, name, q)
}

// TestManyPages wants all who ask for pages at once to get theirs, of which few are
// made at the same time.
func TestManyPages(t *testing.T) {
	m := manage(t, server.Config{}, "")
	m.do(t, "PUT", "/v1/lists/company", `["contoso"]`, onlyNew).want(t, 201)
	slow := &slowPages{Store: m.store}
	l, err := live.Open(context.Background(), live.Options{Load: func() (*config.Loaded, error) { return config.Load(m.config, nil) }, Store: slow, Swap: m.SwapSnapshot})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m.Manage(l)
	for _, path := range []string{"/v1/lists/company", "/v1/lists/company/export"} {
		slow.most.Store(0)
		var readers sync.WaitGroup
		for range 20 {
			readers.Go(func() { m.do(t, "GET", path, "").want(t, 200) })
		}
		readers.Wait()
		if most := slow.most.Load(); most > server.MaxPages || most < 2 {
			t.Errorf("%s: %d are made at the same time, want %d", path, most, server.MaxPages)
		}
	}
}

// TestStalledHistory wants changes that nobody takes, which may be of millions of
// entries, to be in memory no more often than they may be asked for at once.
func TestStalledHistory(t *testing.T) {
	limits := server.DefaultLimits()
	limits.Write = 10 * time.Second
	m := manageWithin(t, server.Config{}, limits, "")
	entry := `{"text":"term%d","note":"` + strings.Repeat("n", store.MaxNote) + `"},`
	var entries strings.Builder
	for i := range 15_000 {
		fmt.Fprintf(&entries, entry, i)
	}
	m.do(t, "PUT", "/v1/lists/company", "["+strings.TrimSuffix(entries.String(), ",")+"]", onlyNew).want(t, 201)
	const change = "/v1/lists/company/history?revision=1"
	var stalled []*client
	for range 4 { // the sockets hold less than one
		c := m.dial(t)
		io.WriteString(c, request("GET", change, ""))
		if head, err := c.r.ReadString('\n'); err != nil {
			t.Fatal(err)
		} else if !strings.Contains(head, " 429 ") {
			stalled = append(stalled, c)
		}
	}
	if len(stalled) != 2 {
		t.Errorf("%d of 4 are answered, want 2", len(stalled))
	}
	for _, c := range stalled {
		c.Close()
	}
	for until := time.Now().Add(limits.Write); m.do(t, "HEAD", change, "").status != 200; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("what nobody takes any more is kept")
		}
	}
	m.do(t, "GET", change, "").want(t, 200, "entries", 15_000)
}

// TestListExpired refuses to add what has expired, takes it in a whole list, and
// tells of what is asked to be removed and is not there.
func TestListExpired(t *testing.T) {
	m := manage(t, server.Config{}, "")
	const list = "/v1/lists/company"
	m.do(t, "PUT", list, `["contoso",{"text":"fabrikam","expires":"2020-01-31"}]`, onlyNew).want(t, 201, "entries", 2, "expired", 1)
	tag := m.do(t, "GET", list+"/export", "").header.Get("ETag")
	for query, want := range map[string]string{"format=txt": "contoso\n", "format=txt&expired=false": "contoso\n", "format=txt&expired=true": "contoso\nfabrikam\n"} {
		if r := m.do(t, "GET", list+"/export?"+query, ""); r.status != 200 || string(r.body) != want || r.header.Get("ETag") != tag {
			t.Errorf("%s: %d %q %v", query, r.status, r.body, r.header)
		}
		again := map[bool]int{false: 200, true: 304}[strings.Contains(query, "true")] // the others change with time
		if r := m.do(t, "GET", list+"/export?"+query, "", "If-None-Match: "+tag); r.status != again {
			t.Errorf("%s again: %d", query, r.status)
		}
	}
	for _, query := range []string{"format=csv", "format=json&expired=false"} {
		if r := m.do(t, "GET", list+"/export?"+query, ""); r.status != 200 || !strings.Contains(string(r.body), "fabrikam") || !strings.Contains(string(r.body), "2020-01-31") {
			t.Errorf("%s: %d %q", query, r.status, r.body)
		}
	}
	m.do(t, "GET", list+"/export?expired=1", "").want(t, 400, "field", "expired")
	past := `{"add":["northwind",{"text":"tailspin","expires":"2020-01-31"}]}`
	for path, method := range map[string]string{list: "PATCH", list + "?dry_run=true": "PATCH", list + "/terms": "POST"} {
		r := m.do(t, method, path, past, "If-Match: *")
		if !strings.Contains(string(r.body), "add[1]") || !strings.Contains(string(r.body), "expires 2020-01-31T00:00:00Z is past: it is 20") || (r.status == 400) != (path != list+"?dry_run=true") {
			t.Errorf("%s %s: %d %s", method, path, r.status, r.body)
		}
	}
	for _, expires := range []string{`"2099-01-31"`, `""`, "null"} { // adding it again puts it in force again
		if m.refused(t, "zorb-fabrikam-kalmwijk-7Q") {
			t.Error("what has expired is in force")
		}
		m.do(t, "PATCH", list, `{"add":[{"text":"fabrikam","ban":true,"expires":`+expires+`}]}`, "If-Match: *").want(t, 200, "added", 0, "changed", 1, "expired", nil, "entries", 2)
		if !m.refused(t, "zorb-fabrikam-kalmwijk-7Q") {
			t.Errorf("expires %s: not in force", expires)
		}
		m.do(t, "PUT", list, `["contoso",{"text":"fabrikam","ban":true,"expires":"2020-01-31"}]`, "If-Match: *").want(t, 200, "changed", 1)
	}
	r := m.do(t, "PATCH", list, `{"remove":["contoso",{"text":"FABRIKAM","match":"exact"}]}`, "If-Match: *").want(t, 200, "removed", 1, "missing", 1)
	if !strings.Contains(string(r.body), `"absent":[{"text":"fabrikam","match":"exact"}]`) {
		t.Errorf("removed: %s", r.body)
	}
}
