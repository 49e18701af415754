package remote

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrURL is wrapped by the errors of New about a URL that is not acceptable.
var ErrURL = errors.New("unusable URL")

// Options is how a server is reached. The zero value trusts the authorities of
// the system and sends no token.
type Options struct {
	// CAFile holds PEM certificates; if not empty, they alone are trusted.
	CAFile string
	// TokenFile holds the bearer token; it is read for every request, so that a
	// new one holds at once.
	TokenFile string
	// Proxy is the URL of a proxy; empty means what the environment says
	// (HTTPS_PROXY, NO_PROXY).
	Proxy string
}

// Client sends requests below one base URL.
type Client struct {
	base  string
	token string // file
	http  http.Client
}

// StatusError is an answer that is not the one asked for.
type StatusError struct {
	Status     int
	RetryAfter time.Duration // as the server asks, or 0; at most an hour
	Body       []byte        // its beginning, up to 64 KiB
}

// Error returns the status in words.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answers %d %s", e.Status, http.StatusText(e.Status))
}

// IsURL reports whether text is meant as a URL rather than a path.
func IsURL(text string) bool { return strings.Contains(text, "://") }

// IdleTimeout is how long a connection is kept without requests: shorter than a
// server keeps it (10 seconds), or a request might meet its end, and for a change
// nobody could tell whether it was made.
const IdleTimeout = 8 * time.Second

// The bounds of what a server may take its time for. Bodies have none here.
const (
	dialTimeout   = 10 * time.Second
	headerTimeout = 2 * time.Minute // a list of a million terms takes its time
	maxTokenBytes = 4096
	maxErrorBytes = 64 << 10
	maxRetryAfter = time.Hour
)

// New returns a client of the server at base, such as https://veto.example.org.
// The error wraps ErrURL, or tells what is wrong with a file of o.
func New(base string, o Options) (*Client, error) {
	u, err := parseBase(base)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: headerTimeout,
		IdleConnTimeout:       IdleTimeout,
		DisableCompression:    true, // sizes and digests are those of the bytes sent
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if o.Proxy != "" {
		proxy, err := url.Parse(o.Proxy)
		if err != nil || proxy.Host == "" {
			return nil, fmt.Errorf("%w: the proxy must be a URL such as http://proxy.example.org:3128", ErrURL)
		}
		t.Proxy = http.ProxyURL(proxy)
	}
	if o.CAFile != "" {
		if t.TLSClientConfig.RootCAs, err = readAuthorities(o.CAFile); err != nil {
			return nil, err
		}
	}
	c := &Client{base: strings.TrimSuffix(u.String(), "/"), token: o.TokenFile}
	c.http.Transport = t
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if _, err := c.readToken(); err != nil {
		return nil, err
	}
	return c, nil
}

// parseBase refuses what would send a token in the clear or holds a secret
// itself. The URL is not repeated in errors for that reason.
func parseBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return nil, errors.New("it is not well-formed")
	case u.Host == "" || u.Opaque != "":
		return nil, errors.New("it needs a host, as in https://veto.example.org")
	case u.User != nil:
		return nil, errors.New("it holds a name or a password; give a token in a file instead")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("it must end with the path")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, errors.New("http is for this machine only; use https")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("it must start with https://")
	}
	return u, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

func readAuthorities(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("certificates: %s: no PEM certificate in it", path)
	}
	return pool, nil
}

// readToken returns the header field, or "" without a token.
func (c *Client) readToken() (string, error) {
	if c.token == "" {
		return "", nil
	}
	f, err := os.Open(c.token)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTokenBytes+1))
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	text = bytes.TrimSpace(text)
	if len(text) == 0 || len(text) > maxTokenBytes || bytes.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("token: %s: must hold one token and nothing else", c.token)
	}
	return "Bearer " + string(text), nil
}

// Request is what Do sends.
type Request struct {
	Method string // "" means GET
	Path   string // below the base, with the slash
	Header http.Header
	Body   []byte // JSON, if Header names nothing else
	// Wipe makes the Body that of Do, which wipes it as soon as it is not needed.
	Wipe bool
}

// Do sends the request and returns the answer if its status is one of those
// wanted; the caller closes its body. Any other is a *StatusError.
func (c *Client) Do(ctx context.Context, r Request, wanted ...int) (*http.Response, error) {
	if r.Wipe {
		w := &wiping{text: r.Body, uses: 1}
		defer w.use(-1)
		ctx = w.trace(ctx)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, c.base+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	request.Header.Set("Accept-Encoding", "identity")
	if r.Body != nil && r.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	token, err := c.readToken()
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", token)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	for _, status := range wanted {
		if answer.StatusCode == status {
			return answer, nil
		}
	}
	body, _ := io.ReadAll(io.LimitReader(answer.Body, maxErrorBytes)) // so that the connection can be used again
	answer.Body.Close()
	seconds, _ := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 16)
	return nil, &StatusError{answer.StatusCode, min(time.Duration(seconds)*time.Second, maxRetryAfter), body}
}
