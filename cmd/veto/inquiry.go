package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/client"
	"github.com/vetopw/veto/engine"
)

// How a server is asked.
const (
	inquirySize    = 1000 // passwords of a request
	inquiryTimeout = 30 * time.Second
	longestWait    = time.Minute // that a server may ask for
	mostWaits      = 100         // for one request
)

// serverFlags are the flags that make no sense without --server.
var serverFlags = []string{"ca-file", "token-file", "proxy"}

func (c *checkCommand) addServerFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.server.server, "server", "", "let the veto serve at `URL` judge, by its lists and policies")
	addRemote(cmd, &c.server.options.Options)
}

// askServer makes j ask the server of the flags.
func (c *checkCommand) askServer(cmd *cobra.Command, j *judge) error {
	local := []string{"config"}
	for _, s := range c.source.settings {
		local = append(local, s.flag)
	}
	for _, name := range local {
		if from := origin(cmd.Flags().Lookup(name)); from != "" {
			return usagef("%s is for lists of this machine; with --server those of the server judge", from)
		}
	}
	c.server.options.Timeout = inquiryTimeout
	c.server.options.Language = c.language.value
	if err := c.server.open(); err != nil {
		return err
	}
	j.server = &inquiry{judge: j, ctx: cmd.Context(), client: c.server.client, tell: cmd.PrintErrf}
	return nil
}

// inquiry judges passwords by a server: as many at a time as there are before the
// input has to be waited for.
type inquiry struct {
	*judge
	ctx     context.Context
	client  *client.Client
	tell    func(format string, args ...any)
	pending []client.Check
	failed  error // why verdicts are declared answers; they are written all the same
}

// add keeps a copy of the password until it is judged.
func (q *inquiry) add(out *bufio.Writer, password []byte) error {
	q.pending = append(q.pending, client.Check{Password: append([]byte{}, password...), Subject: q.command.subject})
	if len(q.pending) < inquirySize {
		return nil
	}
	return q.send(out)
}

// send writes the verdicts of all pending passwords and wipes these. Without a
// verdict and without an answer that the server declares nothing is written.
func (q *inquiry) send(out *bufio.Writer) error {
	defer func() {
		for _, c := range q.pending {
			clear(c.Password)
		}
		clear(q.pending)
		q.pending = q.pending[:0]
	}()
	verdicts, err := q.ask(q.pending)
	for i, v := range verdicts {
		p, answered := errors.AsType[*client.Problem](err)
		if v.Declared && (!answered || p.Decision == engine.Undecided) {
			return problemError(err)
		}
		if v.Declared {
			q.failed = fmt.Errorf("the server cannot decide, so that its declared answer holds: %w", err)
		}
		x, unexplained := v.Explanation()
		if unexplained != nil && !v.Declared && (q.command.explain || q.page != nil) && !q.command.json {
			return &exitError{exitConfig, unexplained}
		}
		cleanLists(&x)
		q.render(out, &x, q.pending[i].Password, oneLine(v.JSON))
	}
	if len(verdicts) < len(q.pending) {
		return problemError(err)
	}
	return nil
}

// cleanLists keeps names that a server says from being commands to a terminal.
func cleanLists(x *engine.Explanation) {
	for i := range x.Findings {
		x.Findings[i].List = printable(x.Findings[i].List)
	}
	for i := range x.Segments {
		x.Segments[i].List = printable(x.Segments[i].List)
	}
	for i := range x.Tallies {
		x.Tallies[i].List = printable(x.Tallies[i].List)
	}
}

// oneLine returns JSON without white space between its parts; nil for nil.
func oneLine(text []byte) []byte {
	if text == nil {
		return nil
	}
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return nil
	}
	return bytes.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, b.Bytes())
}

// ask returns a verdict for each check, or fewer and an error. It waits if the
// server asks for that.
func (q *inquiry) ask(checks []client.Check) (verdicts []client.Verdict, err error) {
	for range mostWaits {
		var next []client.Verdict
		next, err = q.client.CheckBatch(q.ctx, checks[len(verdicts):])
		p, limited := errors.AsType[*client.Problem](err)
		limited = limited && p.Status == http.StatusTooManyRequests && p.RetryAfter > 0 && p.RetryAfter <= longestWait
		for _, v := range next {
			if limited && v.Declared {
				break
			}
			verdicts = append(verdicts, v)
		}
		if !limited {
			return verdicts, err
		}
		q.tell("veto: %v\n", p)
		select {
		case <-time.After(p.RetryAfter):
		case <-q.ctx.Done():
			return verdicts, q.ctx.Err()
		}
	}
	return verdicts, err
}
