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
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/fleet"
)

// serveCommand is the state of veto serve.
type serveCommand struct {
	source      source
	operators   operators
	listen      string
	store       string
	tokens      string
	certificate string
	key         string
	explain     bool
	unavailable choice
}

func newServe() *cobra.Command {
	c := new(serveCommand)
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "answer checks over HTTP",
		Long: `Serve answers POST /v1/check, POST /v1/check:batch, GET /range/PREFIX, GET
/healthz, GET /readyz and GET /metrics until it is interrupted or terminated;
requests in progress are finished then.

Without credentials it listens on a loopback address only and answers everybody on
this machine. With --tokens (veto token new) or client certificates (access.clients)
callers need one, and any address may be given, with --certificate and --key or
with tls.off and a proxy in front that speaks TLS. These files are read again
when they change.

The profile judges requests that name no policy. Verdicts are those of check,
without spans, lists and score unless --explain is given.

With --audit every decision is recorded, without the password; the configuration
says how files are rotated and what else is written to.

With --store lists and policies can be edited over HTTP, and are in force at once.
The file is made if there is none.

A hangup (SIGHUP) makes it read configuration, lists and indexes again, and open
the audit file again, for programs that move it away. If anything cannot be used,
the old stays in force.

With bundle.directory in the configuration it hands out the bundle there below
/v1/bundle. It keeps the reports of sidecars, which veto fleet shows.

GET /range/PREFIX speaks the range protocol of Have I Been Pwned, from the first
index of --breached of its kind that was compiled with full digests.`,
		Example: `  veto serve
  veto serve --listen 127.0.0.1:9000 --terms company.txt
  veto serve --breached hibp.veto
  veto serve --listen :8443 --tokens tokens.jsonl --certificate cert.pem --key key.pem
  curl --json '{"password":"Contoso2025!"}' http://127.0.0.1:8080/v1/check`,
		Args:        noArguments,
		RunE:        c.run,
		Annotations: details(environmentHelp, exitHelp()),
	}
	c.addFlags(cmd)
	return cmd
}

// addFlags defines the flags, which stand for keys of the configuration.
func (c *serveCommand) addFlags(cmd *cobra.Command) {
	c.unavailable = choice{engine.Reject.String(), []string{engine.Reject.String(), engine.Accept.String()}}
	f := cmd.Flags()
	f.StringVar(&c.listen, "listen", config.DefaultListen, "listen on `ADDRESS`, host:port; port 0 picks a free one")
	c.source.addFlags(cmd)
	c.operators.addFlags(cmd, &c.source)
	f.StringVar(&c.store, "store", "", "keep the lists and policies that are edited over HTTP in `FILE`")
	f.StringVar(&c.tokens, "tokens", "", "answer those only who have a token in `FILE`, which veto token writes")
	f.StringVar(&c.certificate, "certificate", "", "speak TLS with the certificate in `FILE` (PEM)")
	f.StringVar(&c.key, "key", "", "`FILE` with the key of the certificate (PEM)")
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
		setting{"store", func() any { return c.store }, []string{"store.file"}},
		setting{"tokens", func() any { return c.tokens }, []string{"access.tokens"}},
		setting{"certificate", func() any { return c.certificate }, []string{"tls.certificate"}},
		setting{"key", func() any { return c.key }, []string{"tls.key"}},
		setting{"explain", func() any { return c.explain }, []string{"server.explain"}},
	)
}

// operators are the flags for those who run a server of any kind.
type operators struct{ admin, audit string }

// addFlags defines the flags on cmd, as settings of s.
func (o *operators) addFlags(cmd *cobra.Command, s *source) {
	f := cmd.Flags()
	f.StringVar(&o.admin, "admin-listen", "", "also listen on the loopback `ADDRESS` for operators: metrics, health and profiles")
	f.StringVar(&o.audit, "audit", "", "append a record of every decision and change to `FILE`, as JSON lines")
	s.settings = append(s.settings,
		setting{"admin-listen", func() any { return o.admin }, []string{"admin.listen"}},
		setting{"audit", func() any { return o.audit }, []string{"audit.file"}},
	)
}

// endSignals are the signals that end a command in an orderly way: also a hangup,
// unless whoever started it has it ignored, as nohup does.
func endSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signals
}

func (c *serveCommand) run(cmd *cobra.Command, _ []string) (failed error) {
	l, err := c.source.load(cmd)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
	hangups := newHangups(log)
	entry, err := openEntrance(l, log)
	if err != nil {
		return err
	}
	for _, warning := range l.Warnings() {
		log.Warn(warning)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM) // until here they end the process
	defer stop()
	records, err := openAudit(l, cmd.OutOrStdout(), log)
	if err != nil {
		return &exitError{exitConfig, err}
	}
	if records != nil {
		defer func() { failed = errors.Join(failed, records.Close()) }()
		if records.Path() != "" {
			hangups.add("audit file", records.Reopen)
		}
	}
	if len(entry.sources()) > 0 {
		defer entry.watch(ctx, log)()
		hangups.add("tokens and certificate", entry.reload)
	}
	reports, stopReports, err := keepFleet(l, log)
	if err != nil {
		return err
	}
	defer stopReports()
	s, err := newServer(l, log, records, reports, entry)
	if err != nil {
		return err
	}
	current, closeStore, err := c.openLive(ctx, cmd, l, live.Options{Swap: s.SwapSnapshot, Record: recorder(records), Logger: log})
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, current.Close(), closeStore()) }()
	hangups.add("configuration and lists", func() error { return reload(ctx, current, log) })
	defer hangups.serve()()
	s.Manage(current)
	if l.Admin.Listen == "" {
		return s.ListenAndServe(ctx)
	}
	return serveBoth(ctx, s, l.Admin.Listen)
}

// serveBoth serves the API and the operators; either failing ends both.
func serveBoth(ctx context.Context, s *server.Server, admin string) error {
	return together(ctx, s.ListenAndServe, func(ctx context.Context) error { return s.ListenAndServeAdmin(ctx, admin) })
}

// newServer returns the server of a configuration. The error says where the
// address is from.
func newServer(l *config.Loaded, log *slog.Logger, records *audit.Log, reports *fleet.Store, entry *entrance) (*server.Server, error) {
	s, err := server.New(server.Config{
		Addr: l.Server.Listen, Explain: l.Server.Explain, Logger: log,
		Version: versionText(), NoMetrics: !l.Metrics.Public, StaleAfter: l.Server.StaleAfter,
		Audit: records, ServeAudit: l.Audit.Serve, Bundle: l.Bundle.Directory, Fleet: reports,
		Access: entry.guard, Anonymous: entry.anonymous, Certificate: entry.certificate, Plaintext: l.TLS.Off, Hosts: l.Server.Hosts, TrustedProxies: l.Server.TrustedProxies, NoConsole: !l.Server.Console, Rate: l.Limits.Rate,
		Set: server.Answers(l.Operations.Set), Change: server.Answers(l.Operations.Change),
	})
	const key = "server.listen"
	switch from := l.Origin(key); {
	case err == nil:
		return s, nil
	case !strings.HasPrefix(from, "flag "):
		return nil, &exitError{exitConfig, fmt.Errorf("%s: %s: %w", from, key, err)}
	case errors.Is(err, server.ErrNotLoopback), errors.Is(err, server.ErrPlaintext):
		return nil, &exitError{exitConfig, err}
	}
	return nil, &exitError{exitUsage, err}
}
