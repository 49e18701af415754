package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/remote"
	"github.com/vetopw/veto/server/fleet"
)

// distribution is the flags for where a sidecar gets lists from and whom it
// reports to.
type distribution struct {
	source, cache, server string
	keys                  []string
	remote                remote.Options
}

// addFlags defines the flags on cmd, as settings of s.
func (d *distribution) addFlags(cmd *cobra.Command, s *source) {
	f := cmd.Flags()
	f.StringVar(&d.source, "bundle", "", "use the signed bundle of `SOURCE`, a folder or an https URL, and follow its changes")
	addKeys(cmd, &d.keys)
	f.StringVar(&d.cache, "cache", "", "keep bundles in the folder `DIR`")
	f.StringVar(&d.server, "report-to", "", "report to the veto serve at `URL` how this machine is")
	addRemote(cmd, &d.remote)
	s.settings = append(s.settings,
		setting{"bundle", func() any { return d.source }, []string{"bundle.source"}},
		setting{"key", func() any { return d.keys }, []string{"bundle.keys"}},
		setting{"cache", func() any { return d.cache }, []string{"bundle.cache"}},
		setting{"report-to", func() any { return d.server }, []string{"fleet.server"}},
	)
	s.settings = append(s.settings, remoteSettings(&d.remote)...)
}

// openKeeper returns what keeps the bundle of a configuration, nil if it has none.
func openKeeper(ctx context.Context, l *config.Loaded, log *slog.Logger) (*bundle.Keeper, error) {
	b := &l.Bundle
	switch {
	case b.Source == "":
		return nil, nil
	case b.Cache == "" || len(b.Keys) == 0:
		return nil, &exitError{exitConfig, fmt.Errorf("%s: bundle.source: needs bundle.keys and bundle.cache (--key, --cache) too", l.Origin("bundle.source"))}
	}
	keys, err := bundle.OpenKeys(b.Keys...)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	k, err := bundle.OpenKeeper(ctx, bundle.Options{
		Source: b.Source, Remote: remoteOptions(l), Dir: b.Cache, Keys: keys, Interval: b.Interval, Logger: log,
	})
	if errors.Is(err, remote.ErrURL) {
		err = &exitError{exitConfig, fmt.Errorf("%s: bundle.source: %w", l.Origin("bundle.source"), err)}
	}
	return k, err
}

func remoteOptions(l *config.Loaded) remote.Options {
	return remote.Options{CAFile: l.Remote.CAFile, TokenFile: l.Remote.TokenFile, Proxy: l.Remote.Proxy}
}

// withGeneration returns the configuration with the lists and the policies of a
// bundle. Of the bundle's configuration the policies hold, instead of those of l.
func withGeneration(l *config.Loaded, g bundle.Generation) (*config.Loaded, error) {
	all := *l
	for _, f := range g.Manifest.Files {
		switch path := g.Path(f); f.Kind {
		case bundle.Terms:
			all.Terms.Files = append(slices.Clip(all.Terms.Files), path)
		case bundle.Breached:
			all.Breached.Files = append(slices.Clip(all.Breached.Files), path)
		case bundle.Policy:
			c, err := config.Load(path, nil)
			if err != nil {
				return nil, err
			}
			all.Policies = c.Policies
		}
	}
	return &all, nil
}

// errNoBundle is why a sidecar with a bundle has no lists at first.
var errNoBundle = errors.New("no bundle has arrived yet")

// lists returns the configuration with what the bundle adds, if there is one.
func (r *sidecar) lists() (*config.Loaded, error) {
	if r.unread != nil || r.keeper == nil {
		return r.config, r.unread
	}
	g, ok := r.keeper.Current()
	if !ok {
		return nil, errors.Join(errNoBundle, r.keeper.Status().Err)
	}
	return withGeneration(r.config, g)
}

// follow has every bundle used that arrives, until ctx ends.
func (r *sidecar) follow(ctx context.Context) {
	r.keeper.Run(ctx, func(bundle.Generation) error { return r.arrive(ctx) })
}

// arrive has maintain use the bundle that has arrived. If ctx ends first, the next
// start does.
func (r *sidecar) arrive(ctx context.Context) error {
	answer := make(chan error, 1)
	select {
	case r.arrivals <- answer:
	case <-ctx.Done():
		return nil
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return nil
	}
}

// report returns what the sidecar reports.
func (r *sidecar) report() fleet.Report {
	report := r.server.Report()
	if r.keeper == nil {
		return report
	}
	status := r.keeper.Status()
	report.Bundle = status.Version
	if status.Err != nil && report.Error == "" {
		report.Error = status.Err.Error()
	}
	return report
}

// newReporter returns what reports to the server of a configuration, nil if it has
// none.
func newReporter(l *config.Loaded, collect func() fleet.Report, log *slog.Logger) (*fleet.Reporter, error) {
	if l.Fleet.Server == "" {
		return nil, nil
	}
	client, err := remote.New(l.Fleet.Server, remoteOptions(l))
	if err != nil {
		return nil, &exitError{exitConfig, fmt.Errorf("%s: fleet.server: %w", l.Origin("fleet.server"), err)}
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name of this machine: %w", err)
	}
	named := func() fleet.Report {
		r := collect()
		r.Host, r.Site = host, l.Fleet.Site
		return r
	}
	return &fleet.Reporter{Server: client, Collect: named, Interval: l.Fleet.Interval, Logger: log}, nil
}

// keepFleet opens the reports that a server keeps, and keeps them until the
// function is called that it returns.
func keepFleet(l *config.Loaded, log *slog.Logger) (store *fleet.Store, stop func(), err error) {
	f := &l.Fleet
	store, err = fleet.Open(fleet.Options{File: f.File, Expect: f.Expect, SilentAfter: f.SilentAfter, BehindAfter: f.BehindAfter})
	if err != nil {
		return nil, nil, &exitError{exitConfig, err}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		store.Run(ctx, func(err error) { log.Error("reports cannot be kept", "error", err) })
		close(done)
	}()
	return store, func() {
		cancel()
		<-done
	}, nil
}
