package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
)

// entrance is who may ask the server, and what it shows who it is with. Either may
// be nil; without a guard everybody on this machine may do what is anonymous.
type entrance struct {
	guard       *access.Guard
	certificate *access.Certificate
	anonymous   access.Scopes
}

// openEntrance opens what a configuration says about access and TLS.
func openEntrance(l *config.Loaded, log *slog.Logger) (*entrance, error) {
	e := new(entrance)
	if err := checkEntrance(l); err != nil {
		return nil, &exitError{exitConfig, err}
	}
	var err error
	if c := l.TLS; c.Certificate != "" {
		files := access.CertificateFiles{Certificate: c.Certificate, Key: c.Key, ClientCA: c.ClientCA}
		if e.certificate, err = access.OpenCertificate(files, log); err != nil {
			return nil, &exitError{exitConfig, fmt.Errorf("%s: %w", l.Origin("tls.certificate"), err)}
		}
	}
	if e.anonymous = access.All; l.Access.Anonymous != nil {
		if e.anonymous, err = access.ParseScopes(l.Access.Anonymous...); err != nil {
			return nil, &exitError{exitConfig, fmt.Errorf("%s: access.anonymous: %w", l.Origin("access.anonymous"), err)}
		}
	}
	if l.Access.Tokens == "" && len(l.Access.Clients) == 0 {
		return e, nil
	}
	options := access.Options{
		Tokens: l.Access.Tokens, Rate: l.Limits.Rate, Refusals: l.Limits.Refusals, Window: l.Limits.Window, Logger: log,
	}
	for _, c := range l.Access.Clients {
		options.Clients = append(options.Clients, access.Client(c))
	}
	e.guard, err = access.Open(options)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; veto token new makes it", err)
	}
	if err != nil {
		return nil, &exitError{exitConfig, fmt.Errorf("%s: access: %w", l.Origin("access.tokens"), err)}
	}
	return e, nil
}

// checkEntrance refuses what would be of no effect, or not the one meant.
func checkEntrance(l *config.Loaded) error {
	t := &l.TLS
	for _, wrong := range []struct {
		is        bool
		key, text string
	}{
		{t.Certificate != "" && t.Key == "", "tls.certificate", "needs tls.key"},
		{t.Key != "" && t.Certificate == "", "tls.key", "needs tls.certificate"},
		{t.ClientCA != "" && t.Certificate == "", "tls.client_ca", "needs tls.certificate"},
		{t.Off && t.Certificate != "", "tls.off", "contradicts tls.certificate"},
		{len(l.Access.Clients) > 0 && t.ClientCA == "", "access.clients", "need tls.client_ca, which verifies them"},
		{t.ClientCA != "" && len(l.Access.Clients) == 0, "tls.client_ca", "lets nobody in without access.clients"},
		{l.Audit.Refuse && l.Audit.Queue < server.MaxChecks, "audit.queue", fmt.Sprintf("must have room for a batch, at least %d, as audit.full is refuse", server.MaxChecks)},
	} {
		if wrong.is {
			return fmt.Errorf("%s: %s: %s", l.Origin(wrong.key), wrong.key, wrong.text)
		}
	}
	return nil
}

// sources returns what is read from files.
func (e *entrance) sources() (all []access.Source) {
	if e.guard != nil {
		all = append(all, e.guard)
	}
	if e.certificate != nil {
		all = append(all, e.certificate)
	}
	return all
}

// watch reads files again when they change, until the function it returns is
// called.
func (e *entrance) watch(ctx context.Context, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	for _, s := range e.sources() {
		watchers.Go(func() { access.Watch(ctx, s, log) })
	}
	return func() {
		cancel()
		watchers.Wait()
	}
}

// reload reads all files again at once.
func (e *entrance) reload() error {
	var failed []error
	for _, s := range e.sources() {
		failed = append(failed, s.Reload())
	}
	return errors.Join(failed...)
}
