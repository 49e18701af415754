package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/remote"
)

// connection is a server that a command talks to.
type connection struct {
	server  string
	options remote.Options
	client  *remote.Client
}

func (c *connection) addFlags(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	cmd.Flags().StringVar(&c.server, "server", "http://"+config.DefaultListen, "talk to the veto serve at `URL`")
	addRemote(cmd, &c.options)
}

// open reads the files of the flags.
func (c *connection) open() (err error) {
	c.client, err = remote.New(c.server, c.options)
	switch {
	case errors.Is(err, remote.ErrURL):
		return usagef("%w", err)
	case err != nil:
		return &exitError{exitConfig, err}
	}
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
	text := fmt.Sprintf("the server answers %d: %s", p.Status, printable(p.Detail))
	if lines := strings.Split(p.Reason, "\n"); p.Reason != "" {
		for i := range lines {
			lines[i] = printable(lines[i])
		}
		text += ": " + strings.Join(lines, "\n")
	}
	if p.Status == http.StatusPreconditionFailed && p.Revision > 0 {
		text += fmt.Sprintf("; its revision is %d now", p.Revision)
	}
	for i, wrong := range p.Invalid {
		if i > 0 {
			text += "\n" + printable(wrong.Place) + ": " + printable(wrong.Detail)
		}
	}
	return text
}

// send sends a request and returns the answer, whose body the caller closes. An
// answer other than 2xx is a *problem; what the caller can put right has exit code 3.
func (c *connection) send(ctx context.Context, q request) (*http.Response, error) {
	h := http.Header{}
	if q.kind != "" {
		h.Set("Content-Type", q.kind)
	}
	switch {
	case q.method == http.MethodGet:
	case q.match == "":
		h.Set("If-None-Match", "*")
	default:
		h.Set("If-Match", q.match)
	}
	answer, err := c.client.Do(ctx, remote.Request{Method: q.method, Path: q.path, Header: h, Body: q.body}, http.StatusOK, http.StatusCreated)
	wrong, ok := errors.AsType[*remote.StatusError](err)
	if !ok {
		if err != nil {
			err = fmt.Errorf("no answer: %w", err)
		}
		return answer, err
	}
	p := &problem{Status: wrong.Status, Detail: http.StatusText(wrong.Status)}
	_ = json.Unmarshal(wrong.Body, p) // who is no veto serve answers something else
	switch wrong.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed:
		return nil, &exitError{exitConfig, p}
	}
	return nil, p
}

// call sends a request and returns the whole answer, which is JSON.
func (c *connection) call(ctx context.Context, q request) ([]byte, error) {
	resp, err := c.send(ctx, q)
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
