//go:build unix

package examples_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// identities are an authority, and what it has certified: the server
// veto.example.org and a client.
type identities struct {
	roots          *x509.CertPool
	server, client tls.Certificate
	authority      []byte // DER
}

func newIdentities(t *testing.T) identities {
	t.Helper()
	template := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true,
		}
	}
	certify := func(c, parent *x509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			signer = key
		}
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		return der, key
	}
	root := template(1, "authority")
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	authority, signer := certify(root, root, nil)
	ids := identities{authority: authority, roots: x509.NewCertPool()}
	parsed, err := x509.ParseCertificate(authority)
	if err != nil {
		t.Fatal(err)
	}
	ids.roots.AddCert(parsed)
	for i, to := range []*tls.Certificate{&ids.server, &ids.client} {
		c := template(int64(i+2), []string{proxyName, "portal"}[i])
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		der, key := certify(c, parsed, signer)
		to.Certificate, to.PrivateKey = [][]byte{der}, key
	}
	return ids
}

// write puts into the folder what the configurations of the proxies name.
func (ids identities) write(t *testing.T, dir string) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(ids.server.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem":    {Type: "CERTIFICATE", Bytes: ids.server.Certificate[0]},
		"key.pem":     {Type: "PRIVATE KEY", Bytes: key},
		"clients.pem": {Type: "CERTIFICATE", Bytes: ids.authority},
	} {
		write(t, filepath.Join(dir, name), string(pem.EncodeToMemory(block)))
	}
}

// browser returns a client that reaches veto.example.org at the address, with a
// certificate or without.
func (ids identities) browser(addr string, certified bool) *http.Client {
	config := &tls.Config{RootCAs: ids.roots}
	if certified {
		config.Certificates = []tls.Certificate{ids.client}
	}
	return reaching(addr, new(net.Dialer), config)
}

// from returns a client with a certificate and an address of its own.
func (ids identities) from(local, addr string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}}
	return reaching(addr, dialer, &tls.Config{RootCAs: ids.roots, Certificates: []tls.Certificate{ids.client}})
}

func reaching(addr string, dialer *net.Dialer, config *tls.Config) *http.Client {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, addr)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: config, DialContext: dial, ForceAttemptHTTP2: true}, Timeout: 20 * time.Second}
}
