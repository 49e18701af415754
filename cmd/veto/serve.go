package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server"
)

// serveCommand is the state of veto serve.
type serveCommand struct {
	source      source
	listen      string
	explain     bool
	unavailable choice
}

func newServe() *cobra.Command {
	c := new(serveCommand)
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "answer checks over HTTP",
		Long: `Serve answers POST /v1/check, POST /v1/check:batch, GET /range/PREFIX, GET
/healthz and GET /readyz until it is interrupted or terminated; requests in
progress are finished then.

It listens on a loopback address only, since callers have no credentials. For
other machines put a proxy in front that authenticates them.

The profile judges requests that name no policy. Verdicts are those of check,
without spans, lists and score unless --explain is given.

GET /range/PREFIX speaks the range protocol of Have I Been Pwned, from the first
index of --breached of its kind that was compiled with full digests.`,
		Example: `  veto serve
  veto serve --listen 127.0.0.1:9000 --terms company.txt
  veto serve --breached hibp.veto
  curl --json '{"password":"Contoso2025!"}' http://127.0.0.1:8080/v1/check`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              c.run,
		Annotations:       details(environmentHelp, exitHelp()),
	}
	c.addFlags(cmd)
	return cmd
}

// addFlags defines the flags, which stand for keys of the configuration.
func (c *serveCommand) addFlags(cmd *cobra.Command) {
	c.unavailable = choice{engine.Reject.String(), []string{engine.Reject.String(), engine.Accept.String()}}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.listen, "listen", server.DefaultAddr, "listen on `ADDRESS`, host:port; port 0 picks a free one")
	c.source.addFlags(cmd)
	f.BoolVar(&c.explain, "explain", false, "tell callers spans, lists and score; they describe passwords closely")
	addChoice(cmd, &c.unavailable, "unavailable", "`ANSWER` when no verdict is possible, whatever the operation and cause: reject or accept")
	answers := setting{flag: "unavailable", value: func() any { return c.unavailable.value }}
	for _, operation := range []string{"set", "change"} {
		for _, cause := range []string{"no_list", "overload", "unavailable"} {
			answers.keys = append(answers.keys, "operations."+operation+"."+cause)
		}
	}
	c.source.settings = append(c.source.settings, answers,
		setting{"listen", func() any { return c.listen }, []string{"server.listen"}},
		setting{"explain", func() any { return c.explain }, []string{"server.explain"}},
	)
}

// endSignals are the signals that end the server in an orderly way: also a hangup,
// unless whoever started it has it ignored, as nohup does.
func endSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

func (c *serveCommand) run(cmd *cobra.Command, _ []string) error {
	l, snapshot, err := c.source.build(cmd)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...) // until here they end the process
	defer stop()
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	s, err := newServer(l, log.With("snapshot", snapshot.ID))
	if err != nil {
		return err
	}
	s.SwapSnapshot(snapshot)
	return s.ListenAndServe(ctx)
}

// newServer returns the server of a configuration. The error says where the
// address is from.
func newServer(l *config.Loaded, log *slog.Logger) (*server.Server, error) {
	s, err := server.New(server.Config{
		Addr: l.Server.Listen, Explain: l.Server.Explain, Logger: log,
		Set: server.Answers(l.Operations.Set), Change: server.Answers(l.Operations.Change),
	})
	const key = "server.listen"
	switch from := l.Origin(key); {
	case err == nil:
		return s, nil
	case !strings.HasPrefix(from, "flag "):
		return nil, &exitError{exitConfig, fmt.Errorf("%s: %s: %w", from, key, err)}
	case errors.Is(err, server.ErrNotLoopback):
		return nil, &exitError{exitConfig, err}
	}
	return nil, &exitError{exitUsage, err}
}
