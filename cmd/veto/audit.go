package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/server/audit"
)

// What the words of the configuration stand for.
var (
	auditSync     = map[string]audit.Sync{"always": audit.EveryWrite, "second": audit.EverySecond, "never": audit.Never}
	auditAccounts = map[string]audit.Accounts{"hmac": audit.Keyed, "plain": audit.Plain, "none": audit.None}
)

// leastKeyBytes is how long the key of an HMAC is at least.
const leastKeyBytes = 16

// openAudit opens the outputs that the configuration names; nil if there are
// none.
func openAudit(l *config.Loaded, stdout io.Writer, log *slog.Logger) (*audit.Log, error) {
	c := &l.Audit
	if c.File == "" && !c.Stdout && c.Syslog == "" {
		return nil, nil
	}
	o := audit.Options{
		File:   audit.File{Path: c.File, MaxBytes: c.RotateMiB << 20, MaxAge: c.RotateAge, Keep: c.Keep, Sync: auditSync[c.Sync]},
		Syslog: c.Syslog, Queue: c.Queue, Refuse: c.Refuse, Accounts: auditAccounts[c.Subject], Logger: log,
	}
	if c.Stdout {
		o.Stream = stdout
	}
	if c.KeyFile != "" {
		key, err := os.ReadFile(c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("audit.key_file: %w", err)
		}
		if o.Key = bytes.TrimRight(key, "\r\n"); len(o.Key) < leastKeyBytes {
			return nil, fmt.Errorf("audit.key_file: %s holds less than %d bytes; try: openssl rand -hex 32", c.KeyFile, leastKeyBytes)
		}
	}
	return audit.Open(o)
}

// onHangup opens what is named again at every hangup, until the function it
// returns is called, which waits for the last.
func onHangup(log *slog.Logger, what string, reopen func() error) (stop func()) {
	hangups, done := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer close(done)
		for range hangups {
			if err := reopen(); err != nil {
				log.Error(what+" cannot be opened again", "error", err)
			} else {
				log.Info(what + " opened again")
			}
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
		<-done
	}
}
