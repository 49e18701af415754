package access

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// CertificateFiles are the files, in PEM, that a server shows who it is with.
type CertificateFiles struct {
	Certificate string // with the intermediate ones behind it
	Key         string
	ClientCA    string // certificates that those of clients are verified by; empty: none are asked for
}

// Certificate is what a server shows who it is with. Its files can be read again
// while it is in use. Several goroutines may use it.
type Certificate struct {
	files    CertificateFiles
	log      *slog.Logger
	config   atomic.Pointer[tls.Config]
	leaf     atomic.Pointer[x509.Certificate]
	failures atomic.Uint64
	mu       sync.Mutex // of Reload
}

// OpenCertificate reads the files. It fails if they cannot be used; a certificate
// that is not valid now is used with a warning, as clients refuse it themselves
// and the clock of this machine may be the one that is wrong.
func OpenCertificate(files CertificateFiles, log *slog.Logger) (*Certificate, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &Certificate{files: files, log: log}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	if leaf := c.leaf.Load(); !validAt(leaf, time.Now()) {
		log.Error("the certificate is not valid now; clients that verify it will refuse it", "file", files.Certificate, "from", leaf.NotBefore, "to", leaf.NotAfter)
	}
	return c, nil
}

// Files returns the files that Reload reads.
func (c *Certificate) Files() []string {
	files := []string{c.files.Certificate, c.files.Key}
	if c.files.ClientCA != "" {
		files = append(files, c.files.ClientCA)
	}
	return files
}

// Expires returns when the certificate in use does.
func (c *Certificate) Expires() time.Time { return c.leaf.Load().NotAfter }

// Failures returns how often Reload failed.
func (c *Certificate) Failures() uint64 { return c.failures.Load() }

// Reload reads the files again. New connections use what they hold. If they
// cannot be used, or hold a certificate that is not valid now and ends before the
// one in use, that one stays and the error says so.
func (c *Certificate) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	config, err := c.read()
	if err != nil {
		c.failures.Add(1)
		return fmt.Errorf("tls: %w", err)
	}
	c.config.Store(config)
	c.leaf.Store(config.Certificates[0].Leaf)
	return nil
}

func (c *Certificate) read() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", c.files.Certificate, c.files.Key, err)
	}
	if old := c.leaf.Load(); old != nil && !validAt(pair.Leaf, time.Now()) && pair.Leaf.NotAfter.Before(old.NotAfter) {
		return nil, fmt.Errorf("certificate %s is valid from %v to %v only", c.files.Certificate, pair.Leaf.NotBefore, pair.Leaf.NotAfter)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	if c.files.ClientCA == "" {
		return config, nil
	}
	authorities, err := os.ReadFile(c.files.ClientCA)
	if err != nil {
		return nil, err
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("%s: %w", c.files.ClientCA, errors.New("holds no certificate in PEM"))
	}
	config.ClientAuth = tls.VerifyClientCertIfGiven
	config.SessionTicketsDisabled = true // who resumes a session would not be verified by new authorities
	return config, nil
}

func validAt(leaf *x509.Certificate, now time.Time) bool {
	return !now.Before(leaf.NotBefore) && !now.After(leaf.NotAfter)
}

// Config returns the configuration for connections, each of which uses what the
// files held when it began.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.config.Load(), nil },
	}
}
