package server_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vetopw/veto/server"
	"github.com/vetopw/veto/server/access"
)

// pki is an authority and the files of a server.
type pki struct {
	ca    *x509.Certificate
	key   *ecdsa.PrivateKey
	files access.CertificateFiles
	next  int64
}

func newPKI(t testing.TB) *pki {
	t.Helper()
	folder := t.TempDir()
	p := &pki{files: access.CertificateFiles{
		Certificate: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem"), ClientCA: filepath.Join(folder, "ca.pem"),
	}}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	if p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &p.key.PublicKey, p.key)
	if err != nil {
		t.Fatal(err)
	}
	if p.ca, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	p.write(t, p.files.ClientCA, "CERTIFICATE", der)
	p.renew(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	return p
}

// write replaces a file.
func (p *pki) write(t testing.TB, path, kind string, der []byte) {
	t.Helper()
	temp := path + ".new"
	if err := os.WriteFile(temp, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temp, path); err != nil {
		t.Fatal(err)
	}
}

// issue returns a certificate for a name and its key, both as DER.
func (p *pki) issue(t testing.TB, name pkix.Name, from, to time.Time) (der, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.next++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(100 + p.next), Subject: name, NotBefore: from, NotAfter: to, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, p.ca, &private.PublicKey, p.key); err != nil {
		t.Fatal(err)
	}
	if key, err = x509.MarshalPKCS8PrivateKey(private); err != nil {
		t.Fatal(err)
	}
	return der, key
}

// renew replaces the certificate and the key of the server.
func (p *pki) renew(t testing.TB, from, to time.Time) {
	t.Helper()
	der, key := p.issue(t, pkix.Name{CommonName: "server"}, from, to)
	p.write(t, p.files.Key, "PRIVATE KEY", key)
	p.write(t, p.files.Certificate, "CERTIFICATE", der)
}

func (p *pki) open(t testing.TB) *access.Certificate {
	t.Helper()
	c, err := access.OpenCertificate(p.files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// trust returns a client's configuration, with a certificate of its own if it has
// a name.
func (p *pki) trust(t testing.TB, name string) *tls.Config {
	t.Helper()
	c := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	c.RootCAs.AddCert(p.ca)
	if name != "" {
		der, key := p.issue(t, pkix.Name{CommonName: name, Organization: []string{"Contoso"}}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
		private, err := x509.ParsePKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		c.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}}
	}
	return c
}

// dialTLS returns a client over TLS.
func (s *service) dialTLS(t testing.TB, config *tls.Config) (*client, error) {
	t.Helper()
	c, err := tls.Dial("tcp", s.addr, config)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{c, t, bufio.NewReader(c)}, nil
}

// TestTLS lets clients in by certificate or token, each with its scopes.
func TestTLS(t *testing.T) {
	pki := newPKI(t)
	callers := newCallers(t, access.Options{Clients: []access.Client{{Subject: "CN=portal,O=Contoso", Name: "portal", Scopes: []string{"check"}}}}, scoped()...)
	s := start(t, server.Config{Access: callers.Guard, Certificate: pki.open(t)}, server.DefaultLimits(), newEngine(t, "s"))
	check := request("POST", "/v1/check", probeBody)
	for _, test := range []struct {
		certificate, text string
		status            int
	}{
		{"portal", check, 200}, {"portal", request("GET", "/metrics", ""), 403}, {"stranger", check, 401}, {"", check, 401},
		{"", callers.as("check", check), 200}, {"stranger", callers.as("check", check), 200}, {"portal", callers.as("metrics", check), 403},
	} {
		c, err := s.dialTLS(t, pki.trust(t, test.certificate))
		if err != nil {
			t.Fatal(err)
		}
		method, _, _ := strings.Cut(test.text, " ")
		for range 3 { // over one connection
			if a := c.exchange(method, test.text); a.status != test.status {
				t.Errorf("%q: %d, want %d: %s", test.certificate, a.status, test.status, a.body)
			}
		}
	}
	stranger := newPKI(t).trust(t, "portal") // of another authority
	stranger.RootCAs = pki.trust(t, "").RootCAs
	if c, err := s.dialTLS(t, stranger); err == nil { // TLS 1.3 tells it after the handshake
		if _, err := io.WriteString(c, check); err == nil {
			if _, err := c.r.ReadByte(); err == nil {
				t.Error("a certificate of another authority is let in")
			}
		}
	}
	old := pki.trust(t, "")
	old.MaxVersion = tls.VersionTLS11
	if _, err := s.dialTLS(t, old); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if c, err := s.dialTLS(t, pki.trust(t, "")); err != nil || c.Conn.(*tls.Conn).ConnectionState().Version != tls.VersionTLS13 {
		t.Errorf("not TLS 1.3: %v", err)
	}
}

// TestCertificateFiles wants the certificate in use kept unless a better one comes.
func TestCertificateFiles(t *testing.T) {
	pki := newPKI(t)
	c := pki.open(t)
	first := c.Expires()
	good := map[string][]byte{}
	for _, path := range []string{pki.files.Certificate, pki.files.Key, pki.files.ClientCA} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		good[path] = text
	}
	for path, text := range good {
		for _, bad := range [][]byte{nil, text[:len(text)/2], []byte("nonsense")} {
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := c.Reload(); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) || !c.Expires().Equal(first) {
				t.Errorf("%s: %v", path, err)
			}
			if _, err := access.OpenCertificate(pki.files, nil); err == nil {
				t.Errorf("%s: opened", path)
			}
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pki.renew(t, time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour))
	if err := c.Reload(); err == nil || !c.Expires().Equal(first) {
		t.Errorf("an expired certificate replaces a valid one: %v", err)
	}
	var log bytes.Buffer
	expired, err := access.OpenCertificate(pki.files, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil || !strings.Contains(log.String(), "not valid now") {
		t.Errorf("%v, log %s", err, &log)
	}
	pki.renew(t, time.Now().Add(-time.Hour), time.Now().Add(30*time.Minute))
	if err := expired.Reload(); err != nil || !expired.Expires().After(time.Now()) {
		t.Errorf("a valid certificate does not replace an expired one: %v", err)
	}
	if err := c.Reload(); err != nil || c.Expires().Equal(first) {
		t.Errorf("a valid certificate that ends earlier does not replace one: %v", err)
	}
}

// TestRotation renews the certificate while clients connect and ask: none fails.
func TestRotation(t *testing.T) {
	pki := newPKI(t)
	certificate := pki.open(t)
	callers := newCallers(t, access.Options{}, scoped()...)
	s := start(t, server.Config{Access: callers.Guard, Certificate: certificate}, server.DefaultLimits(), newEngine(t, "s"))
	trust := pki.trust(t, "")
	ask := callers.as("check", request("POST", "/v1/check", probeBody))
	var clients sync.WaitGroup
	var done atomic.Bool
	for range 4 {
		clients.Go(func() {
			for !done.Load() {
				c, err := s.dialTLS(t, trust.Clone())
				if err != nil {
					t.Error(err)
					return
				}
				for range 5 {
					if a := c.exchange("POST", ask); a.status != 200 {
						t.Errorf("%d %s", a.status, a.body)
					}
				}
				c.Close()
			}
		})
	}
	for range 20 {
		pki.renew(t, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
		if err := certificate.Reload(); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	done.Store(true)
	clients.Wait()
}

// TestSlowHandshake bounds clients that do not greet, and one connection too many.
func TestSlowHandshake(t *testing.T) {
	pki := newPKI(t)
	callers := newCallers(t, access.Options{}, scoped()...)
	l := server.DefaultLimits()
	l.Read, l.Max = time.Second, 4
	s := start(t, server.Config{Access: callers.Guard, Certificate: pki.open(t)}, l, newEngine(t, "s"))
	var slow []*client
	for i := range l.Max {
		c := s.dial(t)
		if i%2 == 0 {
			io.WriteString(c, "\x16\x03\x01\x02\x00\x01") // the beginning of a ClientHello
		}
		slow = append(slow, c)
	}
	until := time.Now().Add(l.Read / 2)
	for { // the connections above may not have been accepted yet
		c := s.dial(t)
		c.SetDeadline(until)
		if _, err := c.r.ReadByte(); err == io.EOF {
			break
		}
		if time.Now().After(until) {
			t.Fatal("one connection too many is not closed")
		}
	}
	for _, c := range slow {
		c.SetReadDeadline(time.Now().Add(5 * l.Read))
		if _, err := io.Copy(io.Discard, c.r); err != nil {
			t.Errorf("a slow handshake is not ended: %v", err)
		}
	}
	c, err := s.dialTLS(t, pki.trust(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if a := c.send("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("%d", a.status)
	}
	if plain := s.dial(t); plain != nil {
		io.WriteString(plain, request("POST", "/v1/check", probeBody))
		if text, _ := io.ReadAll(plain.r); bytes.Contains(text, []byte(canary)) {
			t.Error("the answer to a request without TLS holds the password")
		}
	}
}

// TestStalledClose wants a client that reads nothing, and so not that the connection
// ends either, to hold it no longer than the server lingers.
func TestStalledClose(t *testing.T) {
	pki := newPKI(t)
	config := pki.open(t).Config()
	config.SessionTicketsDisabled = true // nothing is to be read after the handshake
	for _, linger := range []time.Duration{0, 300 * time.Millisecond} {
		near, far := net.Pipe()
		greeted := make(chan error, 1)
		go func() { greeted <- tls.Client(far, pki.trust(t, "")).Handshake() }()
		c, err := server.Greet(near, config, linger)
		if err := errors.Join(err, <-greeted); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c.Close()
		if took := time.Since(began); took > linger+2*time.Second {
			t.Errorf("closing takes %v, of which it lingers %v", took, linger)
		}
		far.Close()
	}
}

// TestSealed looks into the memory that crypto/tls decrypted records in, while it
// waits for the next one and after the end.
func TestSealed(t *testing.T) {
	pki := newPKI(t)
	certificate := pki.open(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, size := range []int{20, 200, 1000, 5000, 16384, 100_000} {
			near, far := net.Pipe()
			sealed, wipe := server.NewSealed(near)
			spied := &spy{}
			reader := tls.Server(&spyConn{sealed, spied}, certificate.Config())
			config := pki.trust(t, "")
			config.MinVersion, config.MaxVersion = version, version
			message := bytes.Repeat([]byte(canary), size/len(canary))
			go func() {
				writer := tls.Client(far, config)
				for range 5 {
					writer.Write(message)
				}
				writer.Write([]byte(canary)) // never asked for
			}()
			got := make([]byte, 5*len(message))
			if _, err := io.ReadFull(reader, got); err != nil || !bytes.Equal(got, bytes.Repeat(message, 5)) {
				t.Fatalf("%x, %d bytes: %v", version, size, err)
			}
			var one [1]byte
			if _, err := reader.Read(one[:]); err != nil {
				t.Fatal(err)
			}
			if n := spied.count(t, canary[1:]); n != 1 {
				t.Errorf("%x, %d bytes: %d left, want the one that is being read", version, size, n)
			}
			wipe()
			if n := spied.count(t, canary[1:]); n != 0 {
				t.Errorf("%x, %d bytes: %d left at the end", version, size, n)
			}
			near.Close()
		}
	}
}

// count counts the buffers that hold a text.
func (s *spy) count(t testing.TB, text string) int {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.buffers) == 0 {
		t.Error("the spy saw nothing")
	}
	found := map[*byte]bool{}
	for _, b := range s.buffers {
		b = b[:cap(b)]
		if i := bytes.Index(b, []byte(text)); i >= 0 {
			found[&b[i]] = true
		}
	}
	return len(found)
}
