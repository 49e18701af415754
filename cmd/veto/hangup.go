package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/vetopw/veto/live"
	"github.com/vetopw/veto/server/audit"
)

// onHangup calls f at every hangup, one after the other, until the function it
// returns is called, which waits for the last.
func onHangup(f func()) (stop func()) {
	hangups, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer close(done)
		for range hangups {
			f()
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
		<-done
	}
}

// renew reads tokens and certificate again, opens the audit file again, for programs
// that have moved it away, and reads configuration and lists anew. records may be
// nil.
func renew(ctx context.Context, entry *entrance, records *audit.Log, l *live.Live, log *slog.Logger) {
	if len(entry.sources()) > 0 {
		if err := entry.reload(); err != nil {
			log.Error("tokens and certificate cannot be read again; the old ones stay", "error", err)
		} else {
			log.Info("tokens and certificate read again")
		}
	}
	if records != nil && records.Path() != "" {
		if err := records.Reopen(); err != nil {
			log.Error("audit file cannot be opened again", "error", err)
		} else {
			log.Info("audit file opened again")
		}
	}
	r, err := l.Reload(ctx, "SIGHUP")
	if err != nil {
		log.Error("configuration and lists cannot be read again; the old ones stay in force", "error", err)
		return
	}
	log.Info("configuration and lists read again", "snapshot", r.After, "took", r.Took)
	for _, key := range r.Restart {
		log.Warn("a new value needs a restart", "key", key)
	}
}
