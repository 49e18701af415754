package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/local"
)

// The passwords of a probe: one that is refused by any rules, and a random one of
// so many characters.
const (
	bannedCanary = "password"
	strongLength = 24
)

// probeAccount is the account of a probe, by which records of it are known.
const probeAccount = "veto-probe"

// probeTime is how long a probe waits for all replies.
const probeTime = 5 * time.Second

// probeCommand is the state of veto sidecar probe.
type probeCommand struct {
	source   source
	endpoint endpoint
	expect   choice
	json     bool
	stdin    bool
}

func newProbe() *cobra.Command {
	c := &probeCommand{expect: modeChoice()}
	cmd := &cobra.Command{
		Use:   "probe [flags]",
		Short: "tell whether the local endpoint enforces",
		Long: `Probe asks the local endpoint, as password filters do, about a password that must be
refused and about a random one that must be accepted, and tells what it saw. It
fails unless that is what --expect says. Records of it have the account
veto-probe.

With --stdin it asks about one password of standard input instead, and tells the
reply; a refusal is exit code 1.

A probe shows that the sidecar enforces. That the directory asks the sidecar at
all, only a password change through the directory shows.`,
		Example: `  veto sidecar probe
  veto sidecar probe --expect audit --json`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              c.run,
		Annotations:       details(environmentHelp, exitHelp()),
	}
	f := cmd.Flags()
	f.StringVar(&c.source.config, "config", "", "read the configuration in `FILE`, such as veto.yaml")
	c.endpoint.addFlags(cmd, &c.source)
	addChoice(cmd, &c.expect, "expect", "fail unless the endpoint is in `MODE`: enforce, audit or disabled")
	f.BoolVar(&c.json, "json", false, "write JSON")
	f.BoolVar(&c.stdin, "stdin", false, "ask about the first line of standard input")
	return cmd
}

// answer is one reply as a probe tells it.
type answer struct {
	Canary   string  `json:"canary,omitempty"` // banned or strong
	Decision string  `json:"decision"`
	Codes    string  `json:"codes,omitempty"`
	Micros   float64 `json:"latency_us"`
}

// probeReport is what a probe saw.
type probeReport struct {
	Endpoint string   `json:"endpoint"`
	State    string   `json:"state,omitempty"`
	Answers  []answer `json:"answers"`
}

func (c *probeCommand) run(cmd *cobra.Command, _ []string) error {
	l, err := c.source.load(cmd)
	if err != nil {
		return err
	}
	access, err := accessOf(l)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	r := probeReport{Endpoint: cmp.Or(l.Sidecar.Socket, local.DefaultPath)}
	client, err := local.Dial(ctx, r.Endpoint, access)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w; is veto sidecar running there? --socket or --config names another one", err)
	case err != nil:
		return err
	}
	defer client.Close()
	if c.stdin {
		return c.judge(ctx, cmd, client, &r)
	}
	if err := r.canaries(ctx, client); err != nil {
		return err
	}
	if err := c.write(cmd.OutOrStdout(), &r); err != nil {
		return err
	}
	if r.State != c.expect.value {
		return fmt.Errorf("the endpoint is %s, not %s", states[r.State], c.expect.value)
	}
	return nil
}

// canaries asks about a banned and a strong password and sets the state.
func (r *probeReport) canaries(ctx context.Context, client *local.Client) error {
	strong := []byte(rand.Text()[:strongLength])
	for i := range strong {
		strong[i] = vary(strong[i], i)
	}
	for _, canary := range []struct {
		name     string
		password []byte
	}{{"banned", []byte(bannedCanary)}, {"strong", strong}} {
		if err := r.ask(ctx, client, canary.name, canary.password); err != nil {
			return err
		}
	}
	r.State = r.state()
	return nil
}

// vary makes every second letter a small one and every sixth a symbol, so that no
// rule about classes refuses the password.
func vary(letter byte, i int) byte {
	switch {
	case i%6 == 5:
		return "!#$%&*+-.:;<=>?@^_~"[int(letter)%19]
	case i%2 == 1 && letter >= 'A':
		return letter | 0x20
	}
	return letter
}

// judge asks about a password of standard input.
func (c *probeCommand) judge(ctx context.Context, cmd *cobra.Command, client *local.Client, r *probeReport) error {
	records := newRecordReader(cmd.InOrStdin(), '\n')
	defer records.close()
	password, err := records.next()
	if errors.Is(err, io.EOF) {
		return errNoPassword
	} else if err != nil {
		return err
	}
	if err := r.ask(ctx, client, "", password); err != nil {
		return err
	}
	if err := c.write(cmd.OutOrStdout(), r); err != nil {
		return err
	}
	switch r.Answers[0].Decision {
	case engine.Accept.String():
		return nil
	case engine.Reject.String():
		return errRefused
	}
	return errUndecided
}

// errUndecided ends a probe whose password was not judged.
var errUndecided = errors.New("the endpoint cannot decide")

// ask adds the reply about a password.
func (r *probeReport) ask(ctx context.Context, client *local.Client, name string, password []byte) error {
	start := time.Now()
	reply, err := client.Ask(ctx, &local.Request{Operation: engine.Set, Account: []byte(probeAccount), Password: password})
	if err != nil {
		return err
	}
	r.Answers = append(r.Answers, answer{name, reply.Decision.String(), reply.Codes, float64(time.Since(start)) / float64(time.Microsecond)})
	return nil
}

// states are what a probe may find: the modes, and in words.
var states = map[string]string{
	"enforce": "enforcing", "audit": "in audit mode", "disabled": "disabled: it accepts without judging",
	"undecided": "without lists or otherwise cannot decide", "strict": "refusing a strong password",
}

// state tells which of states the replies about the banned and the strong
// password show.
func (r *probeReport) state() string {
	banned, strong := r.Answers[0], r.Answers[1]
	switch undecided, accept := engine.Undecided.String(), engine.Accept.String(); {
	case banned.Decision == undecided || strong.Decision == undecided:
		return "undecided"
	case strong.Decision != accept:
		return "strict"
	case banned.Decision != accept:
		return "enforce"
	case banned.Codes != "":
		return "audit"
	}
	return "disabled"
}

// write writes the report as JSON or a line for each reply.
func (c *probeCommand) write(w io.Writer, r *probeReport) error {
	if c.json {
		return json.NewEncoder(w).Encode(r)
	}
	for _, a := range r.Answers {
		if a.Canary != "" {
			a.Canary += ": "
		}
		if a.Codes != "" {
			a.Codes = " " + a.Codes
		}
		if _, err := fmt.Fprintf(w, "%s%s%s\n", a.Canary, a.Decision, a.Codes); err != nil {
			return err
		}
	}
	if r.State == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "%s is %s\n", r.Endpoint, states[r.State])
	return err
}
