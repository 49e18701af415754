package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/remote"
)

// DefaultTimeout is that of a check for which Options name none.
const DefaultTimeout = 5 * time.Second

// Options is how a server is reached and what holds when it is not. The zero value
// sends no token and fails closed.
type Options struct {
	// Options are token, certificates and proxy.
	remote.Options
	// Timeout bounds a check from the call to the verdict; 0 means DefaultTimeout.
	Timeout time.Duration
	// Set and Change are the answers declared for when no server answers, by
	// operation; where the operation is not known the stricter one holds.
	// Everything but engine.Accept means engine.Reject: fail closed.
	Set, Change engine.Decision
	// Language is the Accept-Language of the person who chooses the password, such
	// as "de"; empty gives messages in English, without advice.
	Language string
}

// Client asks one server.
type Client struct {
	remote  *remote.Client
	options Options
}

// New returns a client of the server at base, such as https://veto.example.org;
// http is for this machine only. Nothing is sent yet. The error wraps
// remote.ErrURL, or tells what is wrong with a file of o.
func New(base string, o Options) (*Client, error) {
	r, err := remote.New(base, o.Options)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	return &Client{r, o}, nil
}

// Do sends a request and returns the answer if its status is 2xx; the caller
// closes its body. Any other answer is a *Problem. It is for what has no method
// here; docs/API.md has all requests.
func (c *Client) Do(ctx context.Context, r remote.Request) (*http.Response, error) {
	answer, err := c.remote.Do(ctx, r, http.StatusOK, http.StatusCreated)
	if status, ok := errors.AsType[*remote.StatusError](err); ok {
		return nil, newProblem(status)
	}
	if err != nil {
		return nil, fmt.Errorf("no answer: %w", err)
	}
	return answer, nil
}

// maxAnswer bounds what is read of an answer; that to a batch is the largest.
const maxAnswer = 64 << 20

// call sends a request and reads the answer, which is JSON, into to.
func (c *Client) call(ctx context.Context, r remote.Request, to any) error {
	answer, err := c.Do(ctx, r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("the answer ends too early: %w", err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return errors.New("the answer is not that of Veto: is this the address of veto serve?")
	}
	return nil
}
