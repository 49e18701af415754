package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/audit"
	"github.com/vetopw/veto/server/fleet"
	"github.com/vetopw/veto/server/local"
)

// retryTime is the pause between attempts to load lists while there are none.
const retryTime = 15 * time.Second

// sidecarCommand is the state of veto sidecar.
type sidecarCommand struct {
	source    source
	operators operators
	endpoint  endpoint
	mode      choice
	bundle    distribution
}

// endpoint is the flag for where the local endpoint is.
type endpoint struct{ socket string }

// addFlags defines the flag on cmd, as a setting of s.
func (e *endpoint) addFlags(cmd *cobra.Command, s *source) {
	cmd.Flags().StringVar(&e.socket, "socket", "", "`PATH` of the unix socket or named pipe (default "+local.DefaultPath+")")
	s.settings = append(s.settings, setting{"socket", func() any { return e.socket }, []string{"sidecar.socket"}})
}

func newSidecar() *cobra.Command {
	c := new(sidecarCommand)
	cmd := &cobra.Command{
		Use:   "sidecar [flags]",
		Short: "answer the password filters of this machine",
		Long: `Sidecar answers the password filters of a domain controller, of OpenLDAP and of
PAM over a unix socket or, on Windows, a named pipe, until it is interrupted or
terminated. All lists are in this process: no network is asked.

Root may ask, the user it runs as, and those of sidecar.users and sidecar.groups
in the configuration; on Windows SYSTEM and Administrators.

While there are no lists it replies that it cannot decide, and tries to load them
again; the filter then gives the answer declared there. A hangup makes it read
configuration and lists again. When these cannot be used the ones before stay.

With --bundle it also uses a signed bundle, such as that of veto serve (URL with
/v1/bundle behind), and looks for a newer one every hour or so. Without a network
the last good one stays.

--mode audit accepts what would be refused and tells the filter why; disabled
accepts everything without judging. An empty password is refused in every mode.`,
		Example: `  veto sidecar
  veto sidecar --config /etc/veto/sidecar.yaml --admin-listen 127.0.0.1:9090
  veto sidecar probe`,
		Args:              knownCommand,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              c.run,
		Annotations:       details(environmentHelp, exitHelp()),
	}
	cmd.Annotations[alone] = "true"
	c.addFlags(cmd)
	cmd.AddCommand(newProbe())
	addService(cmd)
	addFilter(cmd)
	return cmd
}

func (c *sidecarCommand) addFlags(cmd *cobra.Command) {
	c.endpoint.addFlags(cmd, &c.source)
	c.source.addFlags(cmd)
	c.bundle.addFlags(cmd, &c.source)
	c.operators.addFlags(cmd, &c.source)
	c.mode = modeChoice()
	addChoice(cmd, &c.mode, "mode", "`MODE` beside those of policies: enforce, audit or disabled")
	c.source.settings = append(c.source.settings, setting{"mode", func() any { return c.mode.value }, []string{"sidecar.mode"}})
}

// modeChoice is a choice of the sidecar's modes.
func modeChoice() choice { return choice{"enforce", slices.Sorted(maps.Keys(config.SidecarModes()))} }

// run serves until a signal or, as a service of Windows, until the system says so.
func (c *sidecarCommand) run(cmd *cobra.Command, _ []string) error {
	serve := func(ctx context.Context, reload <-chan os.Signal, log *slog.Logger) error {
		return c.serve(ctx, cmd, reload, log)
	}
	if isService, err := runService(cmd, serve); isService || err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	return serve(ctx, hangups, slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
}

// serve answers until ctx ends.
func (c *sidecarCommand) serve(ctx context.Context, cmd *cobra.Command, reload <-chan os.Signal, log *slog.Logger) (failed error) {
	l, err := c.source.load(cmd)
	if err != nil {
		return err
	}
	access, err := accessOf(l)
	if err != nil {
		return err
	}
	records, err := openAudit(l, cmd.OutOrStdout(), log)
	if err != nil {
		return &exitError{exitConfig, err}
	}
	if records != nil {
		defer func() { failed = errors.Join(failed, records.Close()) }()
	}
	keeper, err := openKeeper(ctx, l, log)
	if err != nil {
		return err
	}
	var followed func() bundle.Status
	if keeper != nil {
		followed = keeper.Status
		defer func() { failed = errors.Join(failed, keeper.Close()) }()
	}
	var counters local.Counters
	s, err := server.New(server.Config{
		Version: versionText(), StaleAfter: l.Server.StaleAfter, Followed: followed, Audit: records, Logger: log,
		Local: &counters, MaxInFlight: local.MaxConnections,
	})
	if err != nil {
		return err
	}
	path := cmp.Or(l.Sidecar.Socket, local.DefaultPath)
	r := &sidecar{
		command: c, flags: cmd, server: s, records: records, log: log, path: path, access: access, keeper: keeper,
		arrivals: make(chan chan error),
	}
	reporter, err := newReporter(l, r.report, log)
	if err != nil {
		return err
	}
	r.use(l)
	_ = r.build(ctx, "start") // is told
	ln, err := local.Listen(path, access)
	if err != nil {
		return err
	}
	endpoint := local.New(local.Config{Judge: func() local.Judge { return s.Caller() }, Access: access, Counters: &counters, Logger: log})
	parts := []func(context.Context) error{
		func(ctx context.Context) error { return endpoint.Serve(ctx, ln) },
		r.attend,
		func(ctx context.Context) error {
			return r.upToGrace(ctx, "lists", func(ctx context.Context) { r.maintain(ctx, reload) })
		},
	}
	if keeper != nil {
		parts = append(parts, func(ctx context.Context) error { return r.upToGrace(ctx, "bundle", r.follow) })
	}
	if reporter != nil {
		parts = append(parts, func(ctx context.Context) error {
			reporter.Run(ctx)
			return nil
		})
		defer func() { r.lastReport(reporter, failed) }()
	}
	if l.Admin.Listen != "" {
		parts = append(parts, func(ctx context.Context) error { return s.ListenAndServeAdmin(ctx, l.Admin.Listen) })
	}
	return together(ctx, parts...)
}

// together runs all parts until one returns or ctx ends, and then waits for the
// others.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() {
			ended <- part(ctx)
			cancel()
		}()
	}
	var all []error
	for range parts {
		all = append(all, <-ended)
	}
	return errors.Join(all...)
}

// accessOf returns who may ask, by number.
func accessOf(l *config.Loaded) (local.Access, error) {
	users, wrongUsers := numbers(l, "sidecar.users", l.Sidecar.Users, func(name string) (string, error) {
		u, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return u.Uid, nil
	})
	groups, wrongGroups := numbers(l, "sidecar.groups", l.Sidecar.Groups, func(name string) (string, error) {
		g, err := user.LookupGroup(name)
		if err != nil {
			return "", err
		}
		return g.Gid, nil
	})
	return local.Access{Users: users, Groups: groups}, errors.Join(wrongUsers, wrongGroups)
}

// numbers returns the ids of names, which may be numbers.
func numbers(l *config.Loaded, key string, names []string, lookup func(string) (string, error)) (ids []uint32, failed error) {
	for i, name := range names {
		id, err := strconv.ParseUint(name, 10, 32)
		if err != nil {
			var digits string
			if digits, err = lookup(name); err == nil {
				id, err = strconv.ParseUint(digits, 10, 32)
			}
		}
		if err != nil {
			failed = errors.Join(failed, &exitError{exitConfig, live.Place(l, key, i, err)})
		}
		ids = append(ids, uint32(id))
	}
	return ids, failed
}

// sidecar is a running veto sidecar. After the start config and unread belong to
// maintain.
type sidecar struct {
	command *sidecarCommand
	flags   *cobra.Command
	server  *server.Server
	records *audit.Log
	log     *slog.Logger
	path    string
	access  local.Access
	config  *config.Loaded            // the last that could be read
	unread  error                     // why the configuration cannot be read now
	current atomic.Pointer[live.Live] // nil while there are no lists
	keeper  *bundle.Keeper            // nil without a bundle
	// arrivals ask maintain to use the bundle that has just arrived.
	arrivals chan chan error
}

// use makes a configuration the one that lists are built from. Its mode holds
// whether these can be used or not. Where the endpoint is, who may ask and where
// records go stay until the next start.
func (r *sidecar) use(l *config.Loaded) {
	r.server.SetMode(l.Sidecar.Mode)
	switch l.Sidecar.Mode {
	case engine.Off:
		r.log.Warn("disabled: every password is accepted without judging")
	case engine.Audit:
		r.log.Warn("audit: passwords that should be refused are accepted")
	}
	r.config = l
}

// reload reads the configuration again, and builds from it.
func (r *sidecar) reload(ctx context.Context, actor string) {
	l, err := r.command.source.load(r.flags)
	if r.unread = err; err == nil {
		r.use(l)
	}
	_ = r.build(ctx, actor) // is told
	r.unread = nil
}

// build makes the lists of configuration and bundle hold, or leaves those before
// where these cannot be used. An error is told, too.
func (r *sidecar) build(ctx context.Context, actor string) error {
	current := r.current.Load()
	if current == nil {
		return r.open(ctx)
	}
	report, err := current.Reload(ctx, actor)
	if err != nil {
		err = sourceError(err)
		r.log.Error("new lists cannot be used: the old ones stay", "error", err)
		return err
	}
	r.inform(report.After, report.Restart)
	return nil
}

// open makes the first lists hold. Reloads are not recorded: a full disk must not
// keep a newer bundle out of force.
func (r *sidecar) open(ctx context.Context) error {
	current, err := live.Open(ctx, live.Options{Load: r.lists, Swap: r.server.SwapSnapshot, Logger: r.log})
	if err != nil {
		err = sourceError(err)
		r.server.SnapshotFailed(err)
		return err
	}
	r.server.Manage(current)
	r.current.Store(current)
	r.inform(current.Snapshot().ID, nil)
	return nil
}

// inform logs what holds, and what does not yet.
func (r *sidecar) inform(snapshot string, restart []string) {
	r.log.Info("lists loaded", "snapshot", snapshot)
	policies := r.current.Load().Config().Policies
	if names := config.Grouped(policies); len(names) > 0 {
		r.log.Warn("policies that never apply: filters do not tell groups", "policies", strings.Join(names, ", "))
	}
	for i, why := range config.Idle(policies) {
		r.log.Warn("policy that refuses nothing", "policy", policies[i].Name, "why", why)
	}
	warnRestart(r.log, restart)
}

// maintain reloads when asked to, and tries again while there are no lists, until
// ctx ends.
func (r *sidecar) maintain(ctx context.Context, reload <-chan os.Signal) {
	defer r.close()
	retry := time.NewTicker(retryTime)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-retry.C:
			if r.current.Load() != nil {
				continue
			}
			r.reload(ctx, "retry")
		case <-reload:
			if r.records != nil && r.records.Path() != "" {
				if err := r.records.Reopen(); err != nil {
					r.log.Error("audit file cannot be opened again", "error", err)
				}
			}
			r.reload(ctx, "reload")
		case answer := <-r.arrivals:
			answer <- r.build(ctx, "bundle")
		}
		r.tell(r.status())
	}
}

// close ends what keeps the lists.
func (r *sidecar) close() {
	if current := r.current.Load(); current != nil {
		_ = current.Close() // never fails
	}
}

// grace is how long the end of the process waits for files that are being read; a
// share that is gone may hold that up for minutes.
const grace = 2 * time.Second

// upToGrace runs work until ctx ends, and leaves it if it does not follow.
func (r *sidecar) upToGrace(ctx context.Context, what string, work func(context.Context)) error {
	done := make(chan struct{})
	go func() {
		work(ctx)
		close(done)
	}()
	<-ctx.Done()
	select {
	case <-done:
	case <-time.After(grace):
		r.log.Warn("files cannot be read to their end; they are left", "of", what)
	}
	return nil
}

// lastReport tells the server of reports that the sidecar ends, and the cause if
// it was not told to.
func (r *sidecar) lastReport(reporter *fleet.Reporter, cause error) {
	if err := reporter.Last(cause); err != nil {
		r.log.Warn("last report fails", "error", err)
	}
}

// attend tells systemd that the endpoint answers, as long as it does, whatever
// maintain is at.
func (r *sidecar) attend(ctx context.Context) error {
	if err := r.ping(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	r.tell("READY=1\n" + r.status())
	defer r.tell("STOPPING=1")
	alive, stop := watchdog()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-alive:
			if r.ping(ctx) == nil {
				r.tell("WATCHDOG=1")
			}
		}
	}
}

// tell tells systemd a state.
func (r *sidecar) tell(state string) {
	if err := notify(state); err != nil {
		r.log.Warn("systemd is not told", "error", err)
	}
}

// ping asks whether the endpoint answers.
func (r *sidecar) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return local.Ping(ctx, r.path, r.access)
}

// status is the state for systemctl status.
func (r *sidecar) status() string {
	if r.current.Load() == nil {
		return "STATUS=no lists: nothing can be decided"
	}
	return "STATUS=answering at " + r.path
}
