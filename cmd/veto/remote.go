package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/server"
)

// maxTokenBytes bounds a file with a token.
const maxTokenBytes = 1 << 10

// remote is a server that a command talks to.
type remote struct {
	server, tokenFile, ca string
	client                *http.Client
	token                 []byte
}

func (r *remote) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&r.server, "server", "http://"+server.DefaultAddr, "talk to the veto serve at `URL`")
	f.StringVar(&r.tokenFile, "token-file", "", "send the token in `FILE`, which veto token new wrote")
	f.StringVar(&r.ca, "ca", "", "trust the certificates in `FILE` (PEM), not those of the system")
}

// open reads the files of the flags.
func (r *remote) open() error {
	base, err := url.Parse(r.server)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" || base.User != nil {
		return usagef("--server must be a URL such as https://veto.example.org")
	}
	r.server = strings.TrimSuffix(r.server, "/")
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if r.ca != "" {
		pem, err := os.ReadFile(r.ca)
		if err != nil {
			return fmt.Errorf("--ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return &exitError{exitConfig, fmt.Errorf("--ca: %s holds no certificate in PEM", r.ca)}
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	r.client = &http.Client{Transport: transport, Timeout: 10 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a token goes nowhere else
	}}
	if r.tokenFile == "" {
		return nil
	}
	f, err := os.Open(r.tokenFile)
	if err != nil {
		return fmt.Errorf("--token-file: %w", err)
	}
	defer f.Close()
	if r.token, err = io.ReadAll(io.LimitReader(f, maxTokenBytes)); err != nil {
		return fmt.Errorf("--token-file: %w", err)
	}
	r.token = bytes.TrimSpace(r.token)
	return nil
}

// request is what is asked of a server.
type request struct {
	method, path string // path with query, escaped
	kind         string // of the body; empty: JSON
	body         []byte
	match        string // If-Match; empty: If-None-Match: *, if it changes anything
}

// problem is what a server answers that does not do what it is asked.
type problem struct {
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Field    string `json:"field"`
	Revision uint64 `json:"revision"`
	Reason   string `json:"error"`
	Invalid  []struct{ Place, Detail string }
}

// Error returns what the server says, all invalid entries included.
func (p *problem) Error() string {
	text := fmt.Sprintf("the server answers %d: %s", p.Status, p.Detail)
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	if p.Status == http.StatusPreconditionFailed && p.Revision > 0 {
		text += fmt.Sprintf("; its revision is %d now", p.Revision)
	}
	for i, wrong := range p.Invalid {
		if i > 0 {
			text += "\n" + wrong.Place + ": " + wrong.Detail
		}
	}
	return text
}

// send sends a request and returns the answer, whose body the caller closes. An
// answer other than 2xx is a *problem; what the caller can put right has exit code 3.
func (r *remote) send(ctx context.Context, q request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, q.method, r.server+q.path, bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	if q.kind == "" {
		q.kind = "application/json"
	}
	if q.method != http.MethodGet {
		req.Header.Set("Content-Type", q.kind)
		if q.match == "" {
			req.Header.Set("If-None-Match", "*")
		} else {
			req.Header.Set("If-Match", q.match)
		}
	}
	if len(r.token) > 0 {
		req.Header.Set("Authorization", "Bearer "+string(r.token))
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	p := &problem{Status: resp.StatusCode, Detail: http.StatusText(resp.StatusCode)}
	if text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20)); err == nil {
		_ = json.Unmarshal(text, p) // who is no veto serve answers something else
	}
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed:
		return nil, &exitError{exitConfig, p}
	}
	return nil, p
}

// call sends a request and returns the whole answer, which is JSON.
func (r *remote) call(ctx context.Context, q request) ([]byte, error) {
	resp, err := r.send(ctx, q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer ends too early: %w", err)
	}
	if !json.Valid(answer) {
		return nil, errors.New("the answer is not JSON: is this the address of veto serve?")
	}
	return answer, nil
}

// hasStatus reports whether err is an answer of that status.
func hasStatus(err error, status int) bool {
	p, ok := errors.AsType[*problem](err)
	return ok && p.Status == status
}
