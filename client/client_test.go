package client_test

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vetopw/veto/client"
	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/remote"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
)

// service is a running server with a store.
type service struct {
	*server.Server
	url  string
	live *live.Live
}

// serve starts a server until the test ends. Without lists it cannot decide.
func serve(t testing.TB, c server.Config, loaded bool) *service {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{url: "http://" + ln.Addr().String()}
	if s.Server, err = server.New(c); err != nil {
		t.Fatal(err)
	}
	if loaded {
		kept, err := store.Open(filepath.Join(t.TempDir(), "store"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { kept.Close() })
		s.live, err = live.Open(t.Context(), live.Options{
			Load: func() (*config.Loaded, error) { return config.Load("", nil) }, Store: kept, Swap: s.SwapSnapshot, Record: func(live.Record) error { return nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.live.Close() })
		s.Manage(s.live)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s
}

func open(t testing.TB, url string, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(url, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheck(t *testing.T) {
	s := serve(t, server.Config{Explain: true}, true)
	c := open(t, s.url, client.Options{Language: "de"})
	password := []byte("Dragon1")
	v, err := c.Check(t.Context(), password, engine.Subject{Account: "jdoe", Names: []string{"Jane \"J\" Doe"}, Groups: []string{"g"}, Operation: engine.Set})
	if err != nil || v.Decision != engine.Reject || v.Would != engine.Reject || v.Declared || v.Mode != "enforce" || v.Policy != "default" || v.ID == "" || v.Snapshot == "" {
		t.Errorf("%+v, %v", v, err)
	}
	if string(password) != "Dragon1" {
		t.Error("the password is changed")
	}
	if len(v.Reasons) == 0 || v.Reasons[0].Code != "too_short" || !strings.HasPrefix(v.Reasons[0].Message, "ist zu kurz") || v.Reasons[0].Advice == "" {
		t.Errorf("%+v", v.Reasons)
	}
	v, err = c.Check(t.Context(), []byte("uh8#Kp2!qLzw6R"), engine.Subject{OldPassword: []byte("a\x00\"\\\xff")})
	if err != nil || v.Decision != engine.Accept || len(v.Reasons) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	for _, s := range []engine.Subject{{Account: "zorblatt"}, {Names: []string{"Zorblatt"}}, {Mail: "zorblatt@example.com"}, {Tenant: "Zorblatt"}, {Attributes: []string{"x", "Zorblatt"}}} {
		if v, err := c.Check(t.Context(), []byte("zorblatt#2024"), s); err != nil || v.Decision != engine.Reject || !slices.ContainsFunc(v.Reasons, func(r client.Reason) bool { return r.Code == "subject_term" }) {
			t.Errorf("%+v: %+v, %v", s, v, err)
		}
	}
	if v, err = c.Check(t.Context(), []byte("not UTF-8 \xff"), engine.Subject{}); err != nil || v.Reasons[0].Code != "not_utf8" {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestExplanation wants what a server explains to be what its engine explains.
func TestExplanation(t *testing.T) {
	s := serve(t, server.Config{Explain: true}, true)
	c := open(t, s.url, client.Options{})
	snapshot, err := lists.Build(lists.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var passwords [][]byte
	for _, text := range []string{"", "Dragon1", "d.r.4.g.0.n", "nogard2024", "qwertzuiop", "Сhаrlie99", "monkkey!!", "abcabcabc", "31.12.1999x", "passwrod", "uh8#Kp2!qLzw6R", "jdoe-jdoe"} {
		passwords = append(passwords, []byte(text))
	}
	subject := engine.Subject{Account: "jdoe"}
	for _, policy := range []string{"default", "entra"} {
		subject.Policy = policy
		if !snapshot.Engine.HasPolicy(policy) {
			t.Fatalf("no policy %s", policy)
		}
		for _, password := range passwords {
			v, err := c.Check(t.Context(), password, subject)
			if err != nil {
				t.Fatal(err)
			}
			got, err := v.Explanation()
			if err != nil {
				t.Fatal(err)
			}
			want := snapshot.Engine.Explain(password, subject)
			want.MinLength, want.MaxLength = 0, 0 // not told
			want.Snapshot = got.Snapshot
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", policy, diff)
			}
		}
	}
}

func TestBatch(t *testing.T) {
	s := serve(t, server.Config{}, true)
	c := open(t, s.url, client.Options{})
	var checks []client.Check
	for i := range 2500 {
		checks = append(checks, client.Check{Password: []byte([]string{"Dragon1", "uh8#Kp2!qLzw6R"}[i%2]), Subject: engine.Subject{Account: "jdoe"}})
	}
	for _, size := range []int{300 << 10, 160 << 10} { // as JSON larger than what is left of a megabyte
		checks[size%7].Password = bytes.Repeat([]byte{1}, size/6)
	}
	verdicts, err := c.CheckBatch(t.Context(), checks)
	if err != nil || len(verdicts) != len(checks) {
		t.Fatalf("%d verdicts, %v", len(verdicts), err)
	}
	for i, v := range verdicts {
		if want := i%2 == 1 && len(checks[i].Password) < 100; (v.Decision == engine.Accept) != want || v.Declared {
			t.Errorf("%d: %+v", i, v)
		}
	}
	if verdicts, err = c.CheckBatch(t.Context(), nil); err != nil || len(verdicts) != 0 {
		t.Errorf("nothing: %v, %v", verdicts, err)
	}
	if verdicts, err = c.CheckBatch(t.Context(), []client.Check{{}, {Subject: engine.Subject{Policy: "none"}}}); err == nil || len(verdicts) != 2 || !verdicts[0].Declared {
		t.Errorf("an invalid entry: %+v, %v", verdicts, err)
	}
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 400 || p.Field != "checks[1].policy" {
		t.Errorf("%v", err)
	}
}

// TestDeclared wants the declared answer without a verdict, and never an accept for
// what who asks can bring about.
func TestDeclared(t *testing.T) {
	tokens := access.Options{Tokens: filepath.Join(t.TempDir(), "tokens.jsonl")}
	if err := access.EditTokens(tokens.Tokens, func(all []access.Token) ([]access.Token, error) { return all, nil }); err != nil {
		t.Fatal(err)
	}
	guard, err := access.Open(tokens)
	if err != nil {
		t.Fatal(err)
	}
	accepting := server.Answers{NoList: engine.Accept}
	loaded, empty := serve(t, server.Config{}, true), serve(t, server.Config{}, false)
	for name, c := range map[string]struct {
		url     string
		o       client.Options
		subject engine.Subject
		large   bool
		status  int
		want    engine.Decision
	}{
		"closed":                {url: "http://127.0.0.1:1", want: engine.Reject},
		"open":                  {url: "http://127.0.0.1:1", o: client.Options{Set: engine.Accept, Change: engine.Accept}, want: engine.Accept},
		"open for set":          {url: "http://127.0.0.1:1", o: client.Options{Set: engine.Accept}, subject: engine.Subject{Operation: engine.Set}, want: engine.Accept},
		"not for change":        {url: "http://127.0.0.1:1", o: client.Options{Set: engine.Accept}, subject: engine.Subject{Operation: engine.Change}, want: engine.Reject},
		"not for unknown":       {url: "http://127.0.0.1:1", o: client.Options{Set: engine.Accept}, want: engine.Reject},
		"server declares":       {url: empty.url, o: client.Options{Set: engine.Accept, Change: engine.Accept}, status: 503, want: engine.Reject},
		"server declares other": {url: serve(t, server.Config{Set: accepting, Change: accepting}, false).url, status: 503, want: engine.Accept},
		"no token":              {url: serve(t, server.Config{Access: guard}, true).url, o: client.Options{Set: engine.Accept, Change: engine.Accept}, status: 401, want: engine.Accept},
		"too large":             {url: loaded.url, o: client.Options{Set: engine.Accept, Change: engine.Accept}, large: true, status: 413, want: engine.Reject},
		"bad field":             {url: loaded.url, o: client.Options{Set: engine.Accept, Change: engine.Accept}, subject: engine.Subject{Policy: "none"}, status: 400, want: engine.Reject},
	} {
		password := []byte("Dragon1-canary-zx9")
		if c.large {
			password = bytes.Repeat(password, 4000)
		}
		v, err := open(t, c.url, c.o).Check(t.Context(), password, c.subject)
		if err == nil || !v.Declared || v.Decision != c.want || v.JSON != nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
		p, answered := errors.AsType[*client.Problem](err)
		if answered != (c.status != 0) || answered && p.Status != c.status || c.status == 503 && p.RetryAfter != time.Second {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

// TestForeignAnswers are of what is no Veto server.
func TestForeignAnswers(t *testing.T) {
	for _, text := range []string{"", "<html>", "{}", `{"decision":"maybe"}`, `{"decision":"ACCEPT"}`, "[]", "null", `{"verdicts":[{"decision":"accept"}]}`} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }))
		if v, err := open(t, s.URL, client.Options{}).Check(t.Context(), []byte("x"), engine.Subject{}); err == nil || !v.Declared || v.Decision != engine.Reject {
			t.Errorf("%q: %+v, %v", text, v, err)
		}
		if v, err := open(t, s.URL, client.Options{}).CheckBatch(t.Context(), make([]client.Check, 2)); err == nil || v[1].Decision != engine.Reject {
			t.Errorf("%q: %+v, %v", text, v, err)
		}
		s.Close()
	}
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	v, err := open(t, s.URL, client.Options{Timeout: 50 * time.Millisecond}).Check(t.Context(), []byte("x"), engine.Subject{})
	if !errors.Is(err, context.DeadlineExceeded) || v.Decision != engine.Reject {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestConnections wants one connection for many checks, and another without an
// error when the server has closed it.
func TestConnections(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if r.Header["Idempotency-Key"] != nil {
			w.WriteHeader(http.StatusTeapot)
		}
		io.WriteString(w, `{"decision":"accept"}`)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := open(t, s.URL, client.Options{})
	check := func() {
		t.Helper()
		if v, err := c.Check(t.Context(), []byte("x"), engine.Subject{}); err != nil || v.Decision != engine.Accept {
			t.Fatalf("%+v, %v", v, err)
		}
	}
	for range 10 {
		check()
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	for range 20 {
		s.CloseClientConnections()
		check()
	}
}

// TestSecrets wants what is sent to be read back as it was, whatever bytes it has.
func TestSecrets(t *testing.T) {
	s := serve(t, server.Config{Explain: true}, true)
	c := open(t, s.url, client.Options{})
	snapshot, err := lists.Build(lists.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		password := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(r, "password")
		v, err := c.Check(t.Context(), password, engine.Subject{})
		if err != nil {
			r.Fatal(err)
		}
		x, err := v.Explanation()
		if want := snapshot.Engine.Explain(password, engine.Subject{}); err != nil || x.Score != want.Score || x.Reasons != want.Reasons || x.Characters != want.Characters {
			r.Errorf("%+v, want %+v", x, want)
		}
	})
}

func TestLists(t *testing.T) {
	c := open(t, serve(t, server.Config{}, true).url, client.Options{})
	change, err := c.Add(t.Context(), "company", 0, client.Entry{Text: "zorbitania"}, client.Entry{Text: "kalmwijk", Ban: true, Note: "n"})
	if err != nil || change.Action != "create" || change.Added != 2 {
		t.Fatalf("%+v, %v", change, err)
	}
	if v, err := c.Check(t.Context(), []byte("uh8#Kp2!qLzw6R-kalmwijk"), engine.Subject{}); err != nil || v.Decision != engine.Reject || v.Snapshot != change.Snapshot {
		t.Errorf("%+v, %v", v, err)
	}
	l, page, next, err := c.Entries(t.Context(), "custom/company", "")
	if err != nil || l.Name != "custom/company" || !l.Writable || len(page) != 2 || !page[0].Ban || next != "" {
		t.Errorf("%+v, %+v, %q, %v", l, page, next, err)
	}
	if change, err = c.Remove(t.Context(), "company", change.Revision, "zorbitania", "none"); err != nil || change.Removed != 1 || change.Entries != 1 {
		t.Errorf("%+v, %v", change, err)
	}
	_, err = c.Add(t.Context(), "company", change.Revision-1, client.Entry{Text: "northwind"})
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 412 || p.Revision != change.Revision {
		t.Errorf("%v", err)
	}
	_, err = c.Add(t.Context(), "company", 0, client.Entry{Text: ""}, client.Entry{Text: "x"})
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 400 || p.Field == "" {
		t.Errorf("%v", err)
	}
	all, err := c.Lists(t.Context())
	if err != nil || len(all) < 2 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestNew(t *testing.T) {
	if _, err := client.New("http://veto.example.org", client.Options{}); !errors.Is(err, remote.ErrURL) {
		t.Error(err)
	}
	if _, err := client.New("https://veto.example.org", client.Options{Options: remote.Options{TokenFile: "none"}}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestPolicies stores a policy, and tells beforehand what it would do.
func TestPolicies(t *testing.T) {
	log, err := audit.Open(audit.Options{Stream: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	c := open(t, serve(t, server.Config{Audit: log}, true).url, client.Options{})
	document := []byte(`{"name":"staff","profile":"strict","mode":"audit"}`)
	change, err := c.PutPolicy(t.Context(), "staff", 0, document)
	if err != nil || change.Action != "create" || change.Revision != 1 {
		t.Fatalf("%+v, %v", change, err)
	}
	if _, err := c.Check(t.Context(), []byte("Dragon1"), engine.Subject{Policy: "staff"}); err != nil {
		t.Fatal(err)
	}
	if err := log.Change(audit.Change{Action: "test"}); err != nil { // behind the decision
		t.Fatal(err)
	}
	p, err := c.PreviewPolicy(t.Context(), "staff", 1, bytes.Replace(document, []byte("audit"), []byte("enforce"), 1))
	if err != nil || p.Sample.Size != 10_000 || p.Window == nil || p.Window.Policy.WouldRefuse != 1 || p.Window.NewlyRefused == nil || *p.Window.NewlyRefused != 1 {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := c.PreviewEdit(t.Context(), "company", 0, []client.Entry{{Text: "zorbitania"}}, nil); err != nil || p.Change.Added != 1 || p.Window.NewlyRefused != nil {
		t.Errorf("%+v, %v", p, err)
	}
	all, err := c.Policies(t.Context())
	if err != nil || len(all) < 2 || all[len(all)-1].Name != "staff" || all[len(all)-1].Revision != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	checks := []client.Check{{Password: []byte("Dragon1"), Subject: engine.Subject{Policy: "staff"}}, {Password: []byte("uh8#Kp2!qLzw6R"), Subject: engine.Subject{Policy: "staff"}}}
	judged, err := c.Simulate(t.Context(), checks, []json.RawMessage{[]byte(`{"name":"staff","length":{"min":20}}`)})
	if err != nil || len(judged) != 2 || judged[0].Before.Would != engine.Reject || judged[1].Before.Decision != engine.Accept || judged[1].After.Decision != engine.Reject {
		t.Errorf("%+v, %v", judged, err)
	}
}

// TestBreached asks for ranges of an index with full digests.
func TestBreached(t *testing.T) {
	path := filepath.Join(t.TempDir(), "leaked.veto")
	w, err := filter.Create(path, filter.Options{Kind: filter.SHA1, Ranges: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append([]filter.Record{{Digest: sha1.Sum([]byte("zorbitania")), Count: 7}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	breaches, err := lists.OpenBreaches(path)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := lists.Build(lists.Options{NoGlobal: true, Breaches: breaches})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, server.Config{}, false)
	s.SwapSnapshot(snapshot)
	c := open(t, s.url, client.Options{})
	for password, want := range map[string]int{"zorbitania": 7, "kalmwijk": 0, "": 0} {
		if n, err := c.Breached(t.Context(), []byte(password)); n != want || err != nil {
			t.Errorf("%s: %d, %v, want %d", password, n, err, want)
		}
	}
	sum := sha1.Sum([]byte("zorbitania"))
	if n, err := c.Range(t.Context(), hex.AppendEncode(nil, sum[:])); n != 7 || err != nil {
		t.Errorf("lower case: %d, %v", n, err)
	}
	_, err = c.Range(t.Context(), bytes.Repeat([]byte("a"), 32))
	if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != 501 {
		t.Errorf("no NT hashes: %v", err)
	}
	for _, none := range []string{"", "21BD1", strings.Repeat("x", 40), strings.Repeat("a", 41), strings.Repeat("a", 80)} {
		if _, err = c.Range(t.Context(), []byte(none)); err == nil {
			t.Errorf("%q is a digest", none)
		}
	}
}
