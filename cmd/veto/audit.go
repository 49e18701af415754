package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"

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
		Syslog: c.Syslog, Queue: c.Queue, Refuse: c.Refuse, Accounts: auditAccounts[c.Subject], Site: l.Fleet.Site, Logger: log,
	}
	if c.Stdout {
		o.Stream = stdout
	}
	if c.KeyFile != "" {
		var err error
		if o.Key, err = readAuditKey(c.KeyFile); err != nil {
			return nil, fmt.Errorf("audit.key_file: %w", err)
		}
	}
	return audit.Open(o)
}

// readAuditKey reads the key of the HMAC of accounts.
func readAuditKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if key = bytes.TrimRight(key, "\r\n"); len(key) < leastKeyBytes {
		return nil, fmt.Errorf("%s holds less than %d bytes; try: openssl rand -hex 32", path, leastKeyBytes)
	}
	return key, nil
}
