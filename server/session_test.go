package server_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
)

// browser asks as a page of the console does. It is not a jar of cookies: cookie
// is sent as it is.
type browser struct {
	base, cookie string
	client       http.Client
	seen         strings.Builder // all answers, with their fields
}

func (s *service) browser(t testing.TB) *browser {
	transport := &http.Transport{TLSClientConfig: s.tls}
	t.Cleanup(transport.CloseIdleConnections)
	b := &browser{base: "http://" + s.addr, client: http.Client{Transport: transport}}
	if s.tls != nil {
		b.base = "https://" + s.addr
	}
	return b
}

// ask sends a request with the fields of the console, of which fields, "Name:
// value", replace some; an empty value takes one away.
func (b *browser) ask(t testing.TB, method, path, body string, fields ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, b.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append([]string{"X-Veto-Console: 1", "Sec-Fetch-Site: same-origin", "Content-Type: application/json", "Cookie: " + b.cookie}, fields...) {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Set(name, value)
		if value == "" {
			r.Header.Del(name)
		}
	}
	resp, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b.seen, "%v %s", resp.Header, text)
	return resp
}

// signIn keeps the cookie of a session, or fails the test.
func (b *browser) signIn(t testing.TB, token string) *http.Cookie {
	t.Helper()
	resp := b.ask(t, "POST", "/v1/session", `{"token":"`+token+`"}`)
	if resp.StatusCode != 200 || len(resp.Cookies()) != 1 {
		t.Fatalf("signing in: %d with %d cookies", resp.StatusCode, len(resp.Cookies()))
	}
	cookie := resp.Cookies()[0]
	b.cookie = cookie.Name + "=" + cookie.Value
	return cookie
}

func newConsole(t testing.TB, c server.Config) (*service, *callers) {
	t.Helper()
	callers := newCallers(t, access.Options{}, access.Token{Name: "alice", Scopes: access.ScopeNames()}, access.Token{Name: "bob", Scopes: []string{"metrics"}})
	c.Access = callers.Guard
	return start(t, c, server.DefaultLimits(), newEngine(t, "s")), callers
}

func TestSession(t *testing.T) {
	s, callers := newConsole(t, server.Config{})
	b := s.browser(t)
	if resp := b.ask(t, "GET", "/v1/session", ""); resp.StatusCode != 401 {
		t.Fatalf("before signing in: %d", resp.StatusCode)
	}
	cookie := b.signIn(t, callers.secrets["alice"])
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Secure || cookie.Path != "/" || len(cookie.Value) != 64 || cookie.Domain != "" {
		t.Errorf("the cookie is %v", cookie)
	}
	if left := time.Until(cookie.Expires); left < 11*time.Hour || left > 12*time.Hour+time.Minute {
		t.Errorf("the cookie expires in %v", left)
	}
	if resp := b.ask(t, "GET", "/metrics", ""); resp.StatusCode != 200 {
		t.Errorf("with the session: %d", resp.StatusCode)
	}
	check := `{"password":"` + canary + `"}`
	if resp := b.ask(t, "POST", "/v1/check", check); resp.StatusCode != 200 {
		t.Errorf("a check with the session: %d", resp.StatusCode)
	}
	resp := b.ask(t, "DELETE", "/v1/session", "")
	if resp.StatusCode != 204 || len(resp.Cookies()) != 1 || resp.Cookies()[0].Expires.After(time.Now()) {
		t.Errorf("signing out: %d %v", resp.StatusCode, resp.Cookies())
	}
	if resp := b.ask(t, "POST", "/v1/check", check); resp.StatusCode != 401 {
		t.Errorf("after signing out: %d", resp.StatusCode)
	}
	for name, secret := range map[string]string{"token": callers.secrets["alice"], "cookie": cookie.Value, "password": canary} {
		answers := strings.Replace(b.seen.String(), cookie.Raw, "", 1) // where it is set
		if strings.Contains(answers, secret) || strings.Contains(s.log.String(), secret) {
			t.Errorf("an answer or the log holds the %s", name)
		}
	}
}

// TestSessionScopes wants a session to allow what its token does.
func TestSessionScopes(t *testing.T) {
	s, callers := newConsole(t, server.Config{})
	b := s.browser(t)
	b.signIn(t, callers.secrets["bob"])
	for path, want := range map[string]int{"/metrics": 200, "/v1/audit": 403, "/v1/lists": 403} {
		if resp := b.ask(t, "GET", path, ""); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	if resp := b.ask(t, "GET", "/metrics", "", "Authorization: Bearer veto_"+strings.Repeat("0", 49)); resp.StatusCode != 401 {
		t.Errorf("a wrong token beside the cookie: %d", resp.StatusCode)
	}
}

// TestSessionToken wants any JSON string to be read as what it stands for.
func TestSessionToken(t *testing.T) {
	s, callers := newConsole(t, server.Config{})
	token := callers.secrets["alice"]
	for body, want := range map[string]int{
		`{"token":"` + token + `"}`:                                    200,
		` { "token" : "` + token + `" } `:                              200,
		`{"token":"\u0076` + token[1:] + `"}`:                          200,
		`{"token":"` + strings.Replace(token, "_", `\u005f`, 1) + `"}`: 200,
		`{"token":"\"` + token + `\""}`:                                401,
		`{"token":"` + token + ` "}`:                                   401,
		`{"token":"` + token[1:] + `"}`:                                401,
		`{"token":""}`:                                                 401,
		`{"token":` + token + `}`:                                      400,
		`{"token":"` + token + `" "x"}`:                                400,
		`{"token":["` + token + `"]}`:                                  400,
		`{"token":null}`:                                               400,
		`{"token":"` + token + `\x"}`:                                  400,
		`{"token":"` + token + `","token":"a"}`:                        400,
		`{"tokens":"` + token + `"}`:                                   400,
		`{}`:                                                           400,
		`"` + token + `"`:                                              400,
		``:                                                             400,
	} {
		b := s.browser(t)
		if resp := b.ask(t, "POST", "/v1/session", body); resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", strings.ReplaceAll(body, token, "TOKEN"), resp.StatusCode, want)
		}
		if strings.Contains(b.seen.String(), token) {
			t.Errorf("the answer to %s holds the token", body)
		}
	}
}

// TestSessionOrigin wants no page of another origin to sign in, or to use the
// session of a browser.
func TestSessionOrigin(t *testing.T) {
	s, callers := newConsole(t, server.Config{})
	b := s.browser(t)
	b.signIn(t, callers.secrets["alice"])
	check := `{"password":"` + canary + `"}`
	for _, test := range []struct {
		name          string
		check, signIn int
		fields        []string
	}{
		{"the console", 200, 200, nil},
		{"a browser without fetch metadata", 200, 200, []string{"Sec-Fetch-Site: "}},
		{"another site", 401, 403, []string{"Sec-Fetch-Site: cross-site"}},
		{"another host of the site", 401, 403, []string{"Sec-Fetch-Site: same-site"}},
		{"a form", 401, 403, []string{"X-Veto-Console: ", "Sec-Fetch-Site: "}},
		{"a form with a body of text", 401, 403, []string{"X-Veto-Console: ", "Content-Type: text/plain"}},
		{"the wrong content type", 415, 415, []string{"Content-Type: text/plain"}},
	} {
		if got := b.ask(t, "POST", "/v1/check", check, test.fields...).StatusCode; got != test.check && (got != 415 || test.check != 401) {
			t.Errorf("%s: a check is %d, want %d", test.name, got, test.check)
		}
		if got := b.ask(t, "POST", "/v1/session", `{"token":"`+callers.secrets["alice"]+`"}`, test.fields...).StatusCode; got != test.signIn && (got != 415 || test.signIn != 403) {
			t.Errorf("%s: signing in is %d, want %d", test.name, got, test.signIn)
		}
	}
	if got := b.ask(t, "GET", "/metrics", "", "Sec-Fetch-Site: cross-site").StatusCode; got != 401 {
		t.Errorf("reading from another site: %d", got)
	}
	b.ask(t, "DELETE", "/v1/session", "", "Sec-Fetch-Site: cross-site")
	if got := b.ask(t, "GET", "/metrics", "").StatusCode; got != 200 {
		t.Errorf("another site has ended the session: %d", got)
	}
}

// TestSessionRevoked wants the end of a token to be that of its sessions.
func TestSessionRevoked(t *testing.T) {
	s, callers := newConsole(t, server.Config{})
	b := s.browser(t)
	b.signIn(t, callers.secrets["alice"])
	callers.edit(t, func(all []access.Token) []access.Token {
		all[0].Revoked = time.Now()
		return all
	})
	if err := callers.Reload(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/metrics", "/v1/session"} {
		if resp := b.ask(t, "GET", path, ""); resp.StatusCode != 401 {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if resp := b.ask(t, "POST", "/v1/session", `{"token":"`+callers.secrets["alice"]+`"}`); resp.StatusCode != 401 {
		t.Errorf("signing in with a revoked token: %d", resp.StatusCode)
	}
}

// TestSessionGuesses wants wrong tokens counted wherever they are tried, and right
// ones taken all the same.
func TestSessionGuesses(t *testing.T) {
	wrong := "veto_" + strings.Repeat("0", 49)
	for name, guess := range map[string]func(*testing.T, *browser) int{
		"signing in": func(t *testing.T, b *browser) int {
			return b.ask(t, "POST", "/v1/session", `{"token":"`+wrong+`"}`).StatusCode
		},
		"asking who it is": func(t *testing.T, b *browser) int {
			return b.ask(t, "GET", "/v1/session", "", "Authorization: Bearer "+wrong).StatusCode
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, callers := newConsole(t, server.Config{})
			statuses := map[int]int{}
			for range 100 {
				statuses[guess(t, s.browser(t))]++
			}
			if statuses[401] == 0 || statuses[429] == 0 || len(statuses) != 2 {
				t.Errorf("guesses are answered %v", statuses)
			}
			s.browser(t).signIn(t, callers.secrets["alice"])
		})
	}
	t.Run("not signed in", func(t *testing.T) {
		s, _ := newConsole(t, server.Config{})
		for range 100 {
			if got := s.browser(t).ask(t, "GET", "/v1/session", "").StatusCode; got != 401 {
				t.Fatalf("%d", got)
			}
		}
	})
}

// TestSessionSecure wants the cookie kept to TLS where there is some, here or in a
// proxy.
func TestSessionSecure(t *testing.T) {
	pki := newPKI(t)
	for name, c := range map[string]server.Config{"TLS": {Certificate: pki.open(t)}, "proxy": {Plaintext: true}} {
		t.Run(name, func(t *testing.T) {
			s, callers := newConsole(t, c)
			if c.Certificate != nil {
				s.tls = &tls.Config{RootCAs: pki.trust(t, "").RootCAs}
			}
			if cookie := s.browser(t).signIn(t, callers.secrets["alice"]); !cookie.Secure {
				t.Errorf("the cookie is %v", cookie)
			}
		})
	}
}

// TestSessionWithoutCredentials wants nothing to sign in to where there are none.
func TestSessionWithoutCredentials(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	b := s.browser(t)
	if got := b.ask(t, "POST", "/v1/session", `{"token":"x"}`).StatusCode; got != 404 {
		t.Errorf("signing in: %d", got)
	}
	if got := b.ask(t, "GET", "/v1/session", "").StatusCode; got != 200 || !strings.Contains(b.seen.String(), `"credentials":false`) {
		t.Errorf("the session is %d %s", got, b.seen.String())
	}
}

func TestSessionEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all server.Sessions
		idle, busy := all.Open(access.Digest{1}), all.Open(access.Digest{2})
		for range 24 {
			time.Sleep(30 * time.Minute)
			if token, ok := all.Find(busy); !ok || token != (access.Digest{2}) {
				t.Fatal("a session in use has ended")
			}
		}
		if _, ok := all.Find(idle); ok {
			t.Error("an idle session goes on")
		}
		time.Sleep(time.Second)
		if _, ok := all.Find(busy); ok {
			t.Error("a session lasts longer than half a day")
		}
	})
}

// TestSessionsAreBounded wants the one that rests longest to make room.
func TestSessionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all server.Sessions
		var cookies []string
		for range server.MaxSessions {
			cookies = append(cookies, all.Open(access.Digest{}))
			time.Sleep(time.Millisecond)
		}
		all.Find(cookies[0])
		last := all.Open(access.Digest{})
		for name, want := range map[string]bool{cookies[0]: true, cookies[1]: false, cookies[2]: true, last: true} {
			if _, ok := all.Find(name); ok != want {
				t.Errorf("the session is %v, want %v", ok, want)
			}
		}
	})
}
