package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
	"github.com/vetopw/veto/server/audit"
)

// callers are credentials for a test.
type callers struct {
	*access.Guard
	file    string
	secrets map[string]string // by name
}

// newCallers returns a guard with a token for each row.
func newCallers(t testing.TB, o access.Options, tokens ...access.Token) *callers {
	t.Helper()
	o.Tokens = filepath.Join(t.TempDir(), "tokens.jsonl")
	c := &callers{file: o.Tokens, secrets: map[string]string{}}
	c.edit(t, func(all []access.Token) []access.Token {
		for _, k := range tokens {
			record, secret, err := access.NewToken(k, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, record)
			c.secrets[k.Name] = string(secret)
		}
		return all
	})
	var err error
	if c.Guard, err = access.Open(o); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *callers) edit(t testing.TB, edit func([]access.Token) []access.Token) {
	t.Helper()
	if err := access.EditTokens(c.file, func(all []access.Token) ([]access.Token, error) { return edit(all), nil }); err != nil {
		t.Fatal(err)
	}
}

// scoped returns a token for each scope, of its name.
func scoped() (tokens []access.Token) {
	for _, scope := range access.ScopeNames() {
		tokens = append(tokens, access.Token{Name: strings.ReplaceAll(scope, ":", "-"), Scopes: []string{scope}})
	}
	return tokens
}

// as adds the credential to a request.
func (c *callers) as(name, request string) string {
	return strings.Replace(request, "\r\n", "\r\nAuthorization: Bearer "+c.secrets[name]+"\r\n", 1)
}

// exchange sends a request as it is and reads the answer.
func (c *client) exchange(method, text string) *answer {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
	a, err := readAnswer(c.t, c.r, method)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// TestScopes asks for every route with every scope, with none, and with a token
// that is unknown, expired or revoked.
func TestScopes(t *testing.T) {
	tokens := append(scoped(), access.Token{Name: "expired", Scopes: access.ScopeNames(), Expires: time.Now().Add(-time.Hour)},
		access.Token{Name: "revoked", Scopes: access.ScopeNames()})
	var log logBuffer
	callers := newCallers(t, access.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, tokens...)
	callers.edit(t, func(all []access.Token) []access.Token {
		all[len(all)-1].Revoked = time.Now()
		return all
	})
	if err := callers.Reload(); err != nil {
		t.Fatal(err)
	}
	callers.secrets["unknown"] = "veto_" + strings.Repeat("0", 49)
	s := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	ask := func(name, method, path string) int {
		status, header := s.ask(t, callers, name, method, path)
		challenge := header.Get("WWW-Authenticate")
		switch {
		case status == 401 && !strings.HasPrefix(challenge, `Bearer realm="veto"`), status == 403 && !strings.Contains(challenge, `error="insufficient_scope", scope="`),
			status != 401 && status != 403 && challenge != "":
			t.Errorf("%s of %s %s: %d with the challenge %q", name, method, path, status, challenge)
		}
		return status
	}
	for _, r := range server.Scopes() {
		if r.Path == "/v1/session" { // has tests of its own, as it asks for no scope but for a credential
			continue
		}
		for _, name := range access.ScopeNames() {
			scopes, err := access.ParseScopes(name)
			if err != nil {
				t.Fatal(err)
			}
			status := ask(strings.ReplaceAll(name, ":", "-"), r.Method, r.Path)
			if allowed := status != 401 && status != 403; allowed != scopes.Has(r.Scopes) {
				t.Errorf("%s of %s %s: %d, which needs %q", name, r.Method, r.Path, status, r.Scopes)
			}
		}
		for _, name := range []string{"", "unknown", "expired", "revoked"} {
			if status := ask(name, r.Method, r.Path); (status == 401) != (r.Scopes != 0) && status != 429 {
				t.Errorf("%q of %s %s: %d, which needs %q", name, r.Method, r.Path, status, r.Scopes)
			}
		}
	}
	for name, secret := range callers.secrets {
		if strings.Contains(s.log.String()+log.String(), secret) {
			t.Errorf("a log holds the token %s", name)
		}
	}
	if !strings.Contains(log.String(), "token:expired") || !strings.Contains(log.String(), "address=127.0.0.1") || strings.Contains(log.String(), canary) {
		t.Errorf("the log does not tell who was refused: %s", &log)
	}
}

// ask sends a request over a connection of its own, as the client of a name or,
// for "", of nobody.
func (s *service) ask(t testing.TB, callers *callers, name, method, path string) (int, http.Header) {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := `{"password":"` + canary + `"}`
	r, err := http.NewRequest(method, "http://"+s.addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if name != "" {
		r.Header.Set("Authorization", "Bearer "+callers.secrets[name])
	}
	if method == "GET" {
		r.Body, r.ContentLength = nil, 0
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || bytes.Contains(text, []byte("veto_"+"0")) || name != "" && bytes.Contains(text, []byte(callers.secrets[name])) {
		t.Errorf("%s %s: %v %s", method, path, err, text)
	}
	return resp.StatusCode, resp.Header
}

// TestRevokedWhileConnected keeps one connection, over which the token ends.
func TestRevokedWhileConnected(t *testing.T) {
	callers := newCallers(t, access.Options{}, access.Token{Name: "a", Scopes: []string{"check"}})
	s := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	ask := callers.as("a", request("POST", "/v1/check", probeBody))
	if a := c.exchange("POST", ask); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	callers.edit(t, func(all []access.Token) []access.Token {
		all[0].Revoked = time.Now()
		return all
	})
	if err := callers.Reload(); err != nil {
		t.Fatal(err)
	}
	if a := c.exchange("POST", ask); a.status != 401 || a.close || a.header.Get("WWW-Authenticate") != `Bearer realm="veto", error="invalid_token"` {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	if a := c.send("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("/healthz without a token: %d", a.status)
	}
}

// TestGuesses wants guessing to be told to wait, while who has a token is served
// from the same address.
func TestGuesses(t *testing.T) {
	callers := newCallers(t, access.Options{}, access.Token{Name: "a", Scopes: []string{"check"}})
	s := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	statuses := map[int]int{}
	for i := range 100 {
		guess := strings.Replace(request("POST", "/v1/check", probeBody), "\r\n", fmt.Sprintf("\r\nAuthorization: Bearer veto_%049d\r\n", i), 1)
		c := s.dial(t)
		a := c.exchange("POST", guess)
		statuses[a.status]++
		if seconds, _ := strconv.Atoi(a.header.Get("Retry-After")); a.status == 429 && (!a.close || seconds < 1 || seconds > 60) {
			t.Errorf("429 with %v", a.header)
		}
		c.Close()
	}
	if statuses[401] < 30 || statuses[401] > 60 || statuses[401]+statuses[429] != 100 {
		t.Errorf("statuses %v", statuses)
	}
	if a := s.dial(t).exchange("POST", callers.as("a", request("POST", "/v1/check", probeBody))); a.status != 200 {
		t.Errorf("a valid token from the same address: %d", a.status)
	}
}

// TestAnnounced wants large bodies refused before they are read.
func TestAnnounced(t *testing.T) {
	callers := newCallers(t, access.Options{}, scoped()...)
	s := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	head := "POST /v1/check:batch HTTP/1.1\r\nHost: veto\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
	callers.secrets["unknown"] = "veto_" + strings.Repeat("0", 49)
	for name, status := range map[string]int{"": 401, "unknown": 401, "metrics": 403} {
		text := head
		if name != "" {
			text = callers.as(name, head)
		}
		if a := s.dial(t).exchange("POST", text); a.status != status || !a.close || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d %v", name, a.status, a.header)
		}
	}
	body := `{"checks":[` + strings.Repeat(probeBody+",", 999) + probeBody + `]}`
	if a := s.dial(t).exchange("POST", callers.as("check", request("POST", "/v1/check:batch", body))); a.status != 200 {
		t.Errorf("a batch with a token: %d %s", a.status, a.body)
	}
	if a := s.dial(t).exchange("POST", callers.as("check", callers.as("check", request("POST", "/v1/check", probeBody)))); a.status != 400 || !a.close {
		t.Errorf("two credentials: %d", a.status)
	}
}

func TestRate(t *testing.T) {
	callers := newCallers(t, access.Options{}, access.Token{Name: "slow", Scopes: []string{"check"}, Rate: 10}, access.Token{Name: "fast", Scopes: []string{"check"}})
	s := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	single := request("POST", "/v1/check", probeBody)
	begin, limited := time.Now(), 0
	for range 100 {
		a := c.exchange("POST", callers.as("slow", single))
		if a.status == 429 && a.header.Get("Retry-After") == "1" && !a.close {
			limited++
		} else if a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if most := 11 + int(10*time.Since(begin).Seconds()); limited > 90 || 100-limited > most {
		t.Errorf("%d of 100 requests limited at 10 a second, want 90 less what became free meanwhile, %d in all", limited, most)
	}
	batch := request("POST", "/v1/check:batch", `{"checks":[`+strings.Repeat(probeBody+",", 299)+probeBody+`]}`)
	for range 10 {
		if a := c.exchange("POST", callers.as("fast", batch)); a.status != 200 {
			t.Errorf("without a rate: %d", a.status)
		}
	}
	time.Sleep(150 * time.Millisecond)
	if a := c.exchange("POST", callers.as("slow", batch)); a.status != 200 {
		t.Fatalf("a batch in credit: %d", a.status)
	}
	a := c.exchange("POST", callers.as("slow", single))
	if wait, _ := strconv.Atoi(a.header.Get("Retry-After")); a.status != 429 || wait < 25 || wait > 31 {
		t.Errorf("after a batch of 300 at 10 a second: %d, Retry-After %d", a.status, wait)
	}
}

// TestLocalRate limits those without credentials together.
func TestLocalRate(t *testing.T) {
	s := start(t, server.Config{Rate: 5}, server.DefaultLimits(), newEngine(t, "s"))
	statuses, begin := map[int]int{}, time.Now()
	for range 50 {
		statuses[s.dial(t).send("POST", "/v1/check", probeBody).status]++
	}
	if statuses[200] < 5 || statuses[200] > 6+int(5*time.Since(begin).Seconds()) || statuses[200]+statuses[429] != 50 || s.dial(t).send("GET", "/healthz", "").status != 200 {
		t.Errorf("statuses %v", statuses)
	}
}

// TestAnonymous wants everybody without credentials kept to the scopes that the
// configuration grants, and a warning where these are to change what decides.
func TestAnonymous(t *testing.T) {
	const warning = "everybody on this machine may change lists and policies"
	requests := []struct {
		method, path, body string
		fields             []string
		restricted, open   int
	}{
		{"POST", "/v1/check", probeBody, nil, 200, 200},
		{"PUT", "/v1/lists/company", `["contoso"]`, []string{onlyNew}, 403, 201},
		{"GET", "/v1/lists/company", "", nil, 403, 200},
		{"GET", "/v1/lists/company/export", "", nil, 403, 200},
		{"PUT", "/v1/policies/default", `{"name":"default","mode":"off"}`, []string{"If-Match: *"}, 403, 201},
		{"POST", "/v1/simulate", `{"checks":[` + probeBody + `]}`, nil, 403, 200},
		{"POST", "/v1/reload", "", nil, 403, 200},
		{"GET", "/metrics", "", nil, 200, 200},
		{"GET", "/v1/session", "", nil, 200, 200},
		{"GET", "/healthz", "", nil, 200, 200},
	}
	restricted := manage(t, server.Config{Anonymous: access.Check | access.Metrics}, "")
	open := manage(t, server.Config{}, "")
	for _, r := range requests {
		restricted.do(t, r.method, r.path, r.body, r.fields...).want(t, r.restricted)
		open.do(t, r.method, r.path, r.body, r.fields...).want(t, r.open)
	}
	callers := newCallers(t, access.Options{}, scoped()...)
	guarded := manage(t, server.Config{Access: callers.Guard}, "")
	for m, want := range map[*managed]bool{open: true, restricted: false, guarded: false} {
		if log := m.log.String(); strings.Contains(log, warning) != want {
			t.Errorf("warned: %v; log %s", !want, log)
		}
	}
}

// TestRefusals wants an account that tries what is banned to be stopped, others
// and accepted passwords not to be.
func TestRefusals(t *testing.T) {
	callers := newCallers(t, access.Options{Refusals: 10, Window: time.Hour}, scoped()...)
	s := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	ask := func(name, account, password string) *answer {
		return c.exchange("POST", callers.as(name, request("POST", "/v1/check", `{"password":"`+password+`","account":"`+account+`"}`)))
	}
	for range 50 {
		if a := ask("check", "alice", canary); a.status != 200 || a.json["decision"] != "accept" {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if a := ask("check", "", "dragon"); a.status != 200 {
			t.Fatalf("without an account: %d", a.status)
		}
	}
	for i := range 10 {
		if a := ask("check", "alice", fmt.Sprint("dragon", i)); a.status != 200 {
			t.Fatalf("refusal %d: %d %s", i, a.status, a.body)
		}
	}
	for _, account := range []string{"alice", "ALICE"} {
		a := ask("check", account, canary)
		if wait, _ := strconv.Atoi(a.header.Get("Retry-After")); a.status != 429 || wait < 300 || wait > 360 || a.json["decision"] != nil {
			t.Errorf("%s after ten refusals: %d, Retry-After %d", account, a.status, wait)
		}
	}
	if a := ask("check", "bob", "dragon"); a.status != 200 {
		t.Errorf("another account: %d", a.status)
	}
	batch := request("POST", "/v1/check:batch", `{"checks":[{"password":"x","account":"bob"},{"password":"x","account":"alice"}]}`)
	a := c.exchange("POST", callers.as("check", batch))
	var answer struct {
		Verdicts []struct {
			Decision string
			Reasons  []struct{ Code string }
		}
	}
	if err := json.Unmarshal(a.body, &answer); err != nil || a.status != 200 || len(answer.Verdicts) != 2 {
		t.Fatalf("a batch with the account: %d %s", a.status, a.body)
	}
	for i, want := range []string{"{reject [{too_short} {low_score}]}", "{reject [{unavailable}]}"} {
		if got := fmt.Sprint(answer.Verdicts[i]); got != want {
			t.Errorf("entry %d of a batch with the account: %s, want %s", i, got, want)
		}
	}
	batch = request("POST", "/v1/check:batch", `{"checks":[{"password":"x","account":"alice"},{"password":"y","account":"Alice"}]}`)
	if a := c.exchange("POST", callers.as("check", batch)); a.status != 429 || a.header.Get("Retry-After") == "1" {
		t.Errorf("a batch of the account alone: %d, Retry-After %s", a.status, a.header.Get("Retry-After"))
	}
	for i := range 11 {
		want := 200
		if i == 10 {
			want = 429
		}
		if a := c.exchange("POST", callers.as("check", request("POST", "/v1/check", `{"password":"x","mail":"carol@example.org"}`))); a.status != want {
			t.Errorf("refusal %d of a mail address: %d, want %d", i, a.status, want)
		}
	}
}

// TestCallersPolicy restricts a credential to policies, and explanations to those
// with the scope.
func TestCallersPolicy(t *testing.T) {
	callers := newCallers(t, access.Options{},
		access.Token{Name: "portal", Scopes: []string{"check"}, Policies: []string{"other"}}, access.Token{Name: "helpdesk", Scopes: []string{"check", "explain"}})
	s := start(t, server.Config{Access: callers.Guard, Explain: true}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	ask := func(name, policy string) *answer {
		return c.exchange("POST", callers.as(name, request("POST", "/v1/check", `{"password":"dragon","policy":"`+policy+`"}`)))
	}
	if a := ask("portal", ""); a.json["policy"] != "other" || bytes.Contains(a.body, []byte("span")) {
		t.Errorf("portal: %s", a.body)
	}
	if a := ask("portal", "default"); a.status != 403 || a.header.Get("WWW-Authenticate") != "" {
		t.Errorf("portal by another policy: %d %v", a.status, a.header)
	}
	if a := ask("helpdesk", ""); a.json["policy"] != "default" || !bytes.Contains(a.body, []byte("span")) {
		t.Errorf("helpdesk: %s", a.body)
	}
	off := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	if a := off.dial(t).exchange("POST", callers.as("helpdesk", request("POST", "/v1/check", `{"password":"dragon"}`))); bytes.Contains(a.body, []byte("span")) {
		t.Errorf("explained though it is not available: %s", a.body)
	}
}

// TestActor wants the audit to tell who asked, and to be served to its scope.
func TestActor(t *testing.T) {
	log, err := audit.Open(audit.Options{File: audit.File{Path: filepath.Join(t.TempDir(), "audit.jsonl")}})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	callers := newCallers(t, access.Options{}, scoped()...)
	s := start(t, server.Config{Access: callers.Guard, Audit: log}, server.DefaultLimits(), newEngine(t, "s"))
	c := s.dial(t)
	c.exchange("POST", callers.as("check", request("POST", "/v1/check", probeBody)))
	for range 200 {
		a := c.exchange("GET", callers.as("audit", request("GET", "/v1/audit?kind=decision", "")))
		if a.status != 200 || strings.Contains(string(a.body), callers.secrets["check"]) {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if strings.Contains(string(a.body), `"actor":"token:check"`) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("no record tells the actor")
}

// TestHost wants names refused that a web page could have made stand for this
// machine.
func TestHost(t *testing.T) {
	s := start(t, server.Config{Hosts: []string{"veto.example.org"}}, server.DefaultLimits(), newEngine(t, "s"))
	callers := newCallers(t, access.Options{}, scoped()...)
	guarded := start(t, server.Config{Access: callers.Guard}, server.DefaultLimits(), newEngine(t, "s"))
	for host, ok := range map[string]bool{
		"localhost": true, "localhost:8080": true, "LOCALHOST.": true, "veto": true, "127.0.0.1": true, "127.0.0.1:8080": true, "[::1]": true, "[::1]:80": true, "192.0.2.1:80": true,
		"a.localhost": true, "veto.example.org": true, "VETO.example.org:8080": true, "veto.example.org.": true,
		"evil.example.org": false, "veto.example.org.evil.com": false, "127.0.0.1.evil.com": false, "127.0.0.1.evil.com:8080": false, "localhost.evil.com": false, "notlocalhost.x": false,
		"xveto.example.org": false, "evil.com.": false, "evil.c0m": false,
	} {
		text := strings.Replace(request("POST", "/v1/check", probeBody), "Host: veto", "Host: "+host, 1)
		a := s.dial(t).exchange("POST", text)
		if a.status == 200 != ok || !ok && a.status != 421 {
			t.Errorf("%s: %d", host, a.status)
		}
		if a := guarded.dial(t).exchange("POST", callers.as("check", text)); a.status != 200 {
			t.Errorf("%s with a token: %d", host, a.status)
		}
	}
}

// TestListen wants an address of other machines served with credentials and TLS
// only, or a word that a proxy has it.
func TestListen(t *testing.T) {
	callers := newCallers(t, access.Options{}, scoped()...)
	pki := newPKI(t)
	certificate := pki.open(t)
	for _, test := range []struct {
		c    server.Config
		want error
	}{
		{server.Config{}, server.ErrNotLoopback},
		{server.Config{Plaintext: true}, server.ErrNotLoopback},
		{server.Config{Certificate: certificate}, server.ErrNotLoopback},
		{server.Config{Access: callers.Guard}, server.ErrPlaintext},
		{server.Config{Access: callers.Guard, Plaintext: true}, nil},
		{server.Config{Access: callers.Guard, Certificate: certificate}, nil},
	} {
		test.c.Addr = "192.0.2.1:8080"
		_, err := server.New(test.c)
		if (err == nil) != (test.want == nil) || test.want != nil && !strings.Contains(err.Error(), test.want.Error()) {
			t.Errorf("%+v: %v", test.c, err)
		}
	}
	ln, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	s := startOn(t, server.Config{Access: callers.Guard, Plaintext: true}, server.DefaultLimits(), newEngine(t, "s"), ln)
	s.addr = fmt.Sprintf("127.0.0.1:%d", ln.Addr().(*net.TCPAddr).Port)
	if a := s.dial(t).send("GET", "/healthz", ""); a.status != 200 || !strings.Contains(s.log.String(), "level=WARN") {
		t.Errorf("%d, log %s", a.status, s.log)
	}
}

// TestAccessAllocations wants a check with a token to allocate nothing.
func TestAccessAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	callers := newCallers(t, access.Options{Rate: 1e6, Refusals: 1e6}, scoped()...)
	s, err := server.New(server.Config{Access: callers.Guard})
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(newEngine(t, "s"))
	ask := handler(s, "/v1/check", typical, "Authorization", "Bearer "+callers.secrets["check"])
	if n := testing.AllocsPerRun(1000, ask); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestTrustedProxies counts attempts by who asked a trusted proxy, and by nothing
// that others write.
func TestTrustedProxies(t *testing.T) {
	for _, test := range []struct {
		name    string
		trusted []string
		first   []string // X-Forwarded-For of the attempts that are too many
		second  []string // and of another one
		limited bool     // the other one
	}{
		{"nobody is trusted", nil, []string{"192.0.2.1"}, []string{"192.0.2.2"}, true},
		{"another is trusted", []string{"10.0.0.0/8"}, []string{"192.0.2.1"}, []string{"192.0.2.2"}, true},
		{"two clients", []string{"127.0.0.0/8"}, []string{"192.0.2.1"}, []string{"192.0.2.2"}, false},
		{"one client", []string{"127.0.0.0/8"}, []string{"192.0.2.1"}, []string{"192.0.2.1:4711"}, true},
		{"a client that writes the field", []string{"127.0.0.0/8"}, []string{"198.51.100.1, 192.0.2.1"}, []string{"198.51.100.2, 192.0.2.1"}, true},
		{"in fields of its own", []string{"127.0.0.0/8"}, []string{"198.51.100.1", "192.0.2.1"}, []string{"198.51.100.2", "192.0.2.1"}, true},
		{"two proxies", []string{"127.0.0.0/8", "10.1.2.3/32"}, []string{"192.0.2.1, 10.1.2.3"}, []string{"192.0.2.2, 10.1.2.3"}, false},
		{"no address", []string{"127.0.0.0/8"}, []string{"unknown"}, []string{"192.0.2.1, x"}, true},
		{"one network", []string{"127.0.0.0/8"}, []string{"2001:db8::1"}, []string{"[2001:db8::2]:4711"}, true},
		{"two networks", []string{"127.0.0.0/8"}, []string{"2001:db8::1"}, []string{"[2001:db8:0:1::1]"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var c server.Config
			for _, p := range test.trusted {
				c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix(p))
			}
			callers := newCallers(t, access.Options{})
			c.Access = callers.Guard
			s := start(t, c, server.DefaultLimits(), newEngine(t, "s0"))
			ask := func(forwarded []string) int {
				r, err := http.NewRequest("POST", "http://"+s.addr+"/v1/check", strings.NewReader(`{"password":"x"}`))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer wrong")
				r.Header["X-Forwarded-For"] = forwarded
				answer, err := http.DefaultTransport.RoundTrip(r)
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				return answer.StatusCode
			}
			for n := 0; ask(test.first) == 401; n++ {
				if n > 100 {
					t.Fatal("never too many")
				}
			}
			if limited := ask(test.second) == 429; limited != test.limited {
				t.Errorf("the other is limited: %v, want %v", limited, test.limited)
			}
		})
	}
}
