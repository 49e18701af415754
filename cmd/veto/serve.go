package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

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
	c := &serveCommand{unavailable: choice{engine.Reject.String(), []string{engine.Reject.String(), engine.Accept.String()}}}
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
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&c.listen, "listen", server.DefaultAddr, "listen on `ADDRESS`, host:port; port 0 picks a free one")
	c.source.addFlags(cmd)
	f.BoolVar(&c.explain, "explain", false, "tell callers spans, lists and score; they describe passwords closely")
	addChoice(cmd, &c.unavailable, "unavailable", "`ANSWER` when no verdict is possible: reject or accept")
	return cmd
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
	snapshot, err := c.source.build()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...) // until here they end the process
	defer stop()
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	config := server.Config{Addr: c.listen, Explain: c.explain, Logger: log.With("snapshot", snapshot.ID)}
	config.Unavailable = engine.Reject
	if c.unavailable.value == engine.Accept.String() {
		config.Unavailable = engine.Accept
	}
	s, err := server.New(config)
	if errors.Is(err, server.ErrNotLoopback) {
		return &exitError{exitConfig, err}
	} else if err != nil {
		return &exitError{exitUsage, err}
	}
	s.SwapSnapshot(snapshot)
	return s.ListenAndServe(ctx)
}
