package remote_test

import (
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vetopw/veto/remote"
)

func TestURLs(t *testing.T) {
	for base, ok := range map[string]bool{
		"https://veto.example.org":         true,
		"https://veto.example.org:8443/x/": true,
		"http://127.0.0.1:8080":            true,
		"http://[::1]:8080/v1/bundle":      true,
		"http://localhost":                 true,
		"http://veto.example.org":          false,
		"http://127.0.0.1.example.org":     false,
		"http://localhost.example.org":     false,
		"http://10.0.0.1":                  false,
		"https://u:p@veto.example.org":     false,
		"https://veto.example.org?x":       false,
		"https://veto.example.org#x":       false,
		"https:veto":                       false,
		"https://":                         false,
		"file:///etc":                      false,
		"veto.example.org":                 false,
		"":                                 false,
	} {
		if _, err := remote.New(base, remote.Options{}); (err == nil) != ok || !ok && !errors.Is(err, remote.ErrURL) {
			t.Errorf("%s: %v", base, err)
		}
	}
	if _, err := remote.New("https://a", remote.Options{Proxy: "proxy:3128"}); !errors.Is(err, remote.ErrURL) {
		t.Errorf("proxy: %v", err)
	}
}

// write returns the path of a file with the text.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTLS wants a server to be believed only if the given authority vouches for it.
func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Header.Get("Authorization")) }))
	defer s.Close()
	ca := write(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})))
	token := write(t, " veto_secret \n")
	get := func(o remote.Options) (string, error) {
		c, err := remote.New(s.URL, o)
		if err != nil {
			return "", err
		}
		answer, err := c.Do(t.Context(), remote.Request{Path: "/"}, 200)
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return string(body), err
	}
	if body, err := get(remote.Options{CAFile: ca, TokenFile: token}); err != nil || body != "Bearer veto_secret" {
		t.Errorf("%q, %v", body, err)
	}
	if body, err := get(remote.Options{CAFile: ca}); err != nil || body != "" {
		t.Errorf("%q, %v", body, err)
	}
	if err := os.WriteFile(token, []byte("veto_next"), 0o600); err != nil {
		t.Fatal(err)
	}
	if body, err := get(remote.Options{CAFile: ca, TokenFile: token}); err != nil || body != "Bearer veto_next" {
		t.Errorf("another token: %q, %v", body, err)
	}
	for name, o := range map[string]remote.Options{
		"unknown authority": {},
		"no certificate":    {CAFile: write(t, "hello")},
		"no CA file":        {CAFile: "nosuch"},
		"empty token":       {CAFile: ca, TokenFile: write(t, "\n")},
		"two tokens":        {CAFile: ca, TokenFile: write(t, "veto_secret\nveto_b\n")},
		"long token":        {CAFile: ca, TokenFile: write(t, strings.Repeat("a", 5000))},
		"no token file":     {CAFile: ca, TokenFile: "nosuch"},
	} {
		if body, err := get(o); err == nil || strings.Contains(err.Error(), "veto_secret") {
			t.Errorf("%s: %q, %v", name, body, err)
		}
	}
}

func TestStatuses(t *testing.T) {
	var other int
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { other++ }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/base/moved":
			http.Redirect(w, r, elsewhere.URL, http.StatusFound)
		case "/base/busy":
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case "/base/date":
			w.Header().Set("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/base/post":
			body, _ := io.ReadAll(r.Body)
			io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		}
	}))
	defer s.Close()
	c, err := remote.New(s.URL+"/base/", remote.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]remote.StatusError{
		"/moved": {Status: 302}, "/busy": {Status: 429, RetryAfter: 7 * time.Second}, "/date": {Status: 503},
	} {
		_, err := c.Do(t.Context(), remote.Request{Path: path}, 200)
		if status, ok := errors.AsType[*remote.StatusError](err); !ok || status.Status != want.Status || status.RetryAfter != want.RetryAfter {
			t.Errorf("%s: %v", path, err)
		}
	}
	if other != 0 {
		t.Error("a redirect is followed")
	}
	answer, err := c.Do(t.Context(), remote.Request{Method: "POST", Path: "/post", Body: []byte("{}")}, 200)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); string(body) != "POST application/json {}" {
		t.Errorf("%s", body)
	}
}

// TestProxy wants requests to go through the proxy that is given. Requests to
// this machine never do what the environment says, so only the option counts.
func TestProxy(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer proxy.Close()
	c, err := remote.New("https://veto.example.org", remote.Options{Proxy: proxy.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), remote.Request{Path: "/"}, 200); err == nil || len(asked) == 0 || asked[0] != "CONNECT veto.example.org:443" {
		t.Errorf("%v, %v", err, asked)
	}
}

// TestWipe wants a body to be wiped in the end, whatever becomes of the request, and
// never before it is sent.
func TestWipe(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/early" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		if body, err := io.ReadAll(r.Body); err != nil || strings.Trim(string(body), "s") != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	defer s.Close()
	for _, base := range []string{s.URL, "http://127.0.0.1:1"} {
		c, err := remote.New(base, remote.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 50 {
			path, size := []string{"/late", "/early"}[i%2], []int{10, 8 << 20}[i/2%2]
			body := []byte(strings.Repeat("s", size))
			written := make(chan struct{}, 1) // told behind the hook of Do
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { written <- struct{}{} }})
			answer, err := c.Do(ctx, remote.Request{Method: "POST", Path: path, Body: body, Wipe: true}, 200, 413)
			if base == s.URL && err != nil && path == "/late" {
				t.Errorf("%s, %d bytes: %v", path, size, err)
			}
			if err == nil {
				answer.Body.Close()
			}
			if base == s.URL {
				<-written
			}
			if strings.Contains(string(body), "s") {
				t.Errorf("%s, %d bytes to %s: not wiped", path, size, base)
			}
		}
	}
}
