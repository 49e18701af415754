package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists/store"
	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server/audit"
)

// openLive puts in force what the configuration and its store hold, and keeps it
// so. closeStore is called after the Live is closed.
func (c *serveCommand) openLive(ctx context.Context, cmd *cobra.Command, l *config.Loaded, o live.Options) (current *live.Live, closeStore func() error, err error) {
	closeStore = func() error { return nil }
	if l.Store.File != "" {
		s, err := store.Open(l.Store.File, store.Options{Keep: l.Store.Keep})
		if err != nil {
			return nil, nil, &exitError{exitConfig, err}
		}
		o.Store, closeStore = s, s.Close
	}
	o.Load = func() (*config.Loaded, error) { return c.source.load(cmd) }
	current, err = live.Open(ctx, o)
	if err != nil {
		return nil, nil, errors.Join(sourceError(err), closeStore())
	}
	return current, closeStore, nil
}

// recorder records changes in the log, if it is not nil.
func recorder(records *audit.Log) func(live.Record) error {
	if records == nil {
		return nil
	}
	return func(r live.Record) error { return records.Change(audit.Change(r)) }
}

// reload reads configuration and lists again, and tells what came of it.
func reload(ctx context.Context, l *live.Live, log *slog.Logger) error {
	r, err := l.Reload(ctx, "SIGHUP")
	if err != nil {
		return err
	}
	log.Info("snapshot in force", "snapshot", r.After, "took", r.Took)
	warnRestart(log, r.Restart)
	return nil
}

// warnRestart logs the keys of a configuration that do not hold yet.
func warnRestart(log *slog.Logger, keys []string) {
	for _, key := range keys {
		log.Warn("a new value needs a restart", "key", key)
	}
}
