package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/client"
	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/remote"
)

// connection is a server that a command talks to.
type connection struct {
	server  string
	options client.Options
	client  *client.Client
}

func (c *connection) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.server, "server", "http://"+config.DefaultListen, "talk to the veto serve at `URL`")
	addRemote(cmd, &c.options.Options)
}

// open reads the files of the flags.
func (c *connection) open() (err error) {
	c.client, err = client.New(c.server, c.options)
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

// send sends a request and returns the answer, whose body the caller closes. An
// answer other than 2xx is a *client.Problem; what the caller can put right has
// exit code 3.
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
	answer, err := c.client.Do(ctx, remote.Request{Method: q.method, Path: q.path, Header: h, Body: q.body})
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w; is veto serve running there? --server names another one", err)
	}
	return answer, problemError(err)
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
	p, ok := errors.AsType[*client.Problem](err)
	return ok && p.Status == status
}

// problemError gives the answer of a server that whoever asks can put right, such as
// by another token, exit code 3.
func problemError(err error) error {
	for _, status := range []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusConflict, http.StatusPreconditionFailed, http.StatusMisdirectedRequest,
	} {
		if hasStatus(err, status) {
			return &exitError{exitConfig, err}
		}
	}
	return err
}
