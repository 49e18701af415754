package access_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/server/access"
)

// guard returns a Guard of tokens, their file, and their secrets by name.
func guard(t testing.TB, o access.Options, tokens ...access.Token) (*access.Guard, string, map[string]string) {
	t.Helper()
	o.Tokens = filepath.Join(t.TempDir(), "tokens.jsonl")
	secrets := map[string]string{}
	var records []access.Token
	for _, k := range tokens {
		record, secret := newToken(t, k)
		records, secrets[k.Name] = append(records, record), secret
	}
	put(t, o.Tokens, records...)
	g, err := access.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return g, o.Tokens, secrets
}

func TestAuthenticate(t *testing.T) {
	future, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	g, path, secrets := guard(t, access.Options{Clients: []access.Client{{Subject: "CN=dc1,O=Contoso", Name: "dc1", Scopes: []string{"fleet"}}}},
		access.Token{Name: "good", Expires: future}, access.Token{Name: "old", Expires: past}, access.Token{Name: "gone"})
	err := access.EditTokens(path, func(all []access.Token) ([]access.Token, error) {
		all[2].Revoked = past
		return all, nil
	})
	if err := errors.Join(err, g.Reload()); err != nil {
		t.Fatal(err)
	}
	_, stranger := newToken(t, access.Token{Name: "stranger"})
	for _, test := range []struct {
		authorization string
		peer          access.Peer
		actor         string
		want          error
	}{
		{"Bearer " + secrets["good"], access.Peer{}, "token:good", nil},
		{"bearer  " + secrets["good"] + " ", access.Peer{}, "token:good", nil},
		{"", access.Peer{Subject: "CN=dc1,O=Contoso", Expires: future}, "certificate:dc1", nil},
		{"Bearer " + secrets["good"], access.Peer{Subject: "CN=dc1,O=Contoso", Expires: future}, "token:good", nil},
		{"Bearer " + stranger, access.Peer{Subject: "CN=dc1,O=Contoso", Expires: future}, "", access.ErrUnknown},
		{"", access.Peer{}, "", access.ErrMissing},
		{"", access.Peer{Subject: "CN=dc2,O=Contoso", Expires: future}, "", access.ErrUnknown},
		{"", access.Peer{Subject: "CN=dc1,O=Contoso", Expires: past}, "certificate:dc1", access.ErrExpired},
		{"Bearer " + secrets["old"], access.Peer{}, "token:old", access.ErrExpired},
		{"Bearer " + secrets["gone"], access.Peer{}, "token:gone", access.ErrRevoked},
		{"Bearer " + stranger, access.Peer{}, "", access.ErrUnknown},
		{"Bearer", access.Peer{}, "", access.ErrUnknown},
		{"Bearer ", access.Peer{}, "", access.ErrUnknown},
		{"Basic " + secrets["good"], access.Peer{}, "", access.ErrUnknown},
		{secrets["good"], access.Peer{}, "", access.ErrUnknown},
		{"Bearer " + secrets["good"][:53], access.Peer{}, "", access.ErrUnknown},
		{"Bearer " + secrets["good"] + "x", access.Peer{}, "", access.ErrUnknown},
		{"Bearer " + strings.ToUpper(secrets["good"]), access.Peer{}, "", access.ErrUnknown},
	} {
		c, err := g.Authenticate([]byte(test.authorization), test.peer)
		actor := ""
		if c != nil {
			actor = c.Actor()
		}
		if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) || actor != test.actor {
			t.Errorf("%q, %v: %q %v, want %q %v", test.authorization, test.peer, actor, err, test.actor, test.want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := access.Open(access.Options{Tokens: filepath.Join(t.TempDir(), "nosuch")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	ok := access.Client{Subject: "CN=a", Name: "a", Scopes: []string{"check"}}
	for _, clients := range [][]access.Client{
		{{Name: "a", Scopes: ok.Scopes}}, {{Subject: "CN=a", Scopes: ok.Scopes}}, {{Subject: "CN=a", Name: "a"}}, {ok, {Subject: "CN=a", Name: "b", Scopes: ok.Scopes}},
		{ok, {Subject: "CN=b", Name: "a", Scopes: ok.Scopes}},
	} {
		if _, err := access.Open(access.Options{Clients: clients}); err == nil || !strings.Contains(err.Error(), "clients[") {
			t.Errorf("%v: %v", clients, err)
		}
	}
}

// TestReload wants a file that cannot be used to change nothing, and what was
// spent to stay spent.
func TestReload(t *testing.T) {
	g, path, secrets := guard(t, access.Options{}, access.Token{Name: "a", Rate: 1}, access.Token{Name: "b"})
	find := func(name string) *access.Credential {
		c, _ := g.Authenticate([]byte("Bearer "+secrets[name]), access.Peer{})
		return c
	}
	if find("a").Take() != 0 || find("a").Take() == 0 {
		t.Error("the rate is not 1")
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{string(good[:len(good)/2]), "x\n"} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := g.Reload(); err == nil || find("a") == nil || find("b") == nil {
			t.Errorf("after a bad file: %v", err)
		}
	}
	if err := os.Remove(path); err != nil || g.Reload() == nil || find("b") == nil || g.Failures() != 3 {
		t.Errorf("after the file was removed: %v, %d failures", err, g.Failures())
	}
	if err := os.WriteFile(path, good[:bytes.IndexByte(good, '\n')+1], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.Reload(); err != nil || find("b") != nil || find("a").Take() == 0 {
		t.Errorf("after b was removed: %v", err)
	}
}

// TestWatch wants a change noticed, and a bad file logged once.
func TestWatch(t *testing.T) {
	g, path, _ := guard(t, access.Options{}, access.Token{Name: "a"})
	var mu sync.Mutex
	var text bytes.Buffer
	log := slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return text.Write(p)
	}), nil))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		access.WatchEvery(ctx, g, log, time.Millisecond)
		close(done)
	}()
	record, secret := newToken(t, access.Token{Name: "b"})
	put(t, path, record)
	until(t, func() bool { _, err := g.Authenticate([]byte("Bearer "+secret), access.Peer{}); return err == nil })
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return g.Failures() > 5 })
	cancel()
	<-done
	if n := strings.Count(text.String(), "level=ERROR"); n != 1 || strings.Contains(text.String(), "nonsense") {
		t.Errorf("%d errors: %s", n, text.String())
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// until waits for a condition.
func until(t testing.TB, holds func() bool) {
	t.Helper()
	for range 5000 {
		if holds() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it did not happen")
}

// TestFailed wants 10^5 guesses of many addresses to leave a bounded log, each
// address to be told to wait, and none to keep the others out.
func TestFailed(t *testing.T) {
	var log bytes.Buffer
	g, _, _ := guard(t, access.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, access.Token{Name: "a"})
	told := 0
	for i := range 100_000 {
		address := "192.0.2." + string(rune('0'+i%10))
		if g.Failed(address, "", access.ErrUnknown) > 0 {
			told++
		}
	}
	if told < 99_000 || g.Failed("198.51.100.1", "", access.ErrUnknown) > 0 {
		t.Errorf("%d of 100,000 told to wait", told)
	}
	if n := strings.Count(log.String(), "\n"); n < 60 || n > 70 {
		t.Errorf("%d lines of log", n)
	}
}

func TestPolicy(t *testing.T) {
	g, _, secrets := guard(t, access.Options{}, access.Token{Name: "all"}, access.Token{Name: "few", Policies: []string{"portal", "staff"}})
	for _, test := range []struct {
		name, named, want string
		ok                bool
	}{
		{"all", "", "", true}, {"all", "x", "x", true}, {"few", "", "portal", true}, {"few", "staff", "staff", true}, {"few", "x", "x", false},
	} {
		c, err := g.Authenticate([]byte("Bearer "+secrets[test.name]), access.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Policy(test.named); got != test.want || ok != test.ok {
			t.Errorf("%s, %q: %q %v", test.name, test.named, got, ok)
		}
	}
}

// TestAccount wants the spellings of a name that a directory takes for one to share
// what may be refused, and no others.
func TestAccount(t *testing.T) {
	g, _, _ := guard(t, access.Options{Refusals: 10}, access.Token{Name: "a"})
	c := access.Local(access.All, 0)
	for name, want := range map[string]bool{
		"jose.muller": true, "JOSE.MULLER": true, "jose\u0301.mu\u0308ller": true, "José.Müller": true, "ｊｏｓｅ.ｍｕｌｌｅｒ": true, "jo\u200bsé.müller": true,
		"j\u043ese.muller": false, "josé.müllers": false, "jose": false, "": false,
	} {
		if same := g.Account(c, &engine.Subject{Account: name}) == g.Account(c, &engine.Subject{Account: "josé.müller"}); same != want {
			t.Errorf("%q: %v, want %v", name, same, want)
		}
	}
}

// TestAccountOf wants who has no account known by what else is told of them.
func TestAccountOf(t *testing.T) {
	g, _, _ := guard(t, access.Options{Refusals: 10}, access.Token{Name: "a"})
	c := access.Local(access.All, 0)
	people := [][]engine.Subject{
		{{}, {Tenant: "contoso"}},
		{{Account: "jane"}, {Account: "JANE", Mail: "j@x", Names: []string{"Jane"}}},
		{{Mail: "jane"}, {Mail: "Jane", Names: []string{"Jane"}}},
		{{Names: []string{"jane"}}, {Names: []string{"Jane"}}},
		{{Names: []string{"jane", "doe"}}},
		{{Names: []string{"janedoe"}}},
	}
	seen := map[uint64]int{}
	for i, spellings := range people {
		for _, s := range spellings {
			key := g.Account(c, &s)
			if other, ok := seen[key]; ok && other != i || (key == 0) != (i == 0) {
				t.Errorf("%+v: key %d, as person %d", s, key, other)
			}
			seen[key] = i
		}
	}
	if len(seen) != len(people) {
		t.Errorf("%d keys of %d people", len(seen), len(people))
	}
}

// TestCharge wants a request without passwords to give no credit.
func TestCharge(t *testing.T) {
	c := access.Local(access.All, 1)
	if c.Take() != 0 || c.Take() == 0 {
		t.Error("one a second is not kept")
	}
	if c.Charge(-10); c.Take() == 0 {
		t.Error("a negative charge gives credit")
	}
	if c.Charge(10); c.Take() < 9*time.Second {
		t.Error("ten passwords are not owed")
	}
}

func TestNoAllocations(t *testing.T) {
	g, _, secrets := guard(t, access.Options{Refusals: 10}, access.Token{Name: "a", Rate: 1e6})
	authorization := []byte("Bearer " + secrets["a"])
	if n := testing.AllocsPerRun(1000, func() {
		c, err := g.Authenticate(authorization, access.Peer{})
		if err != nil {
			t.Fatal(err)
		}
		c.Take()
		c.Policy("")
		account := g.Account(c, &engine.Subject{Account: "Jörg.Müller@example.org"})
		g.Capped(account)
		g.Refused(account)
		g.Account(c, &engine.Subject{Mail: "Jörg.Müller@example.org"})
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkAuthenticate is what a check with a token costs more.
func BenchmarkAuthenticate(b *testing.B) {
	g, _, secrets := guard(b, access.Options{Refusals: 10}, access.Token{Name: "a", Rate: 1e6})
	authorization := []byte("Bearer " + secrets["a"])
	b.ReportAllocs()
	for b.Loop() {
		c, _ := g.Authenticate(authorization, access.Peer{})
		c.Take()
		g.Capped(g.Account(c, &engine.Subject{Account: "jdoe"}))
	}
}

// TestPeer wants the subject in the order of the certificate, the last part first.
func TestPeer(t *testing.T) {
	part := func(oid asn1.ObjectIdentifier, value string) pkix.RelativeDistinguishedNameSET {
		return pkix.RelativeDistinguishedNameSET{{Type: oid, Value: value}}
	}
	name, unit := asn1.ObjectIdentifier{2, 5, 4, 3}, asn1.ObjectIdentifier{2, 5, 4, 10}
	for want, parts := range map[string]pkix.RDNSequence{
		"CN=portal,O=Contoso":          {part(unit, "Contoso"), part(name, "portal")},
		"O=Contoso,CN=portal":          {part(name, "portal"), part(unit, "Contoso")},
		`CN=portal\,O=Contoso`:         {part(name, "portal,O=Contoso")},
		"CN=portal,CN=other,O=Contoso": {part(unit, "Contoso"), part(name, "other"), part(name, "portal")},
		`CN=\ portal\ ,O=\#1`:          {part(unit, "#1"), part(name, " portal ")},
	} {
		der, err := asn1.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		if got := access.NewPeer(&x509.Certificate{RawSubject: der, NotAfter: now}); got.Subject != want || !got.Expires.Equal(now) {
			t.Errorf("%v, want %s", got, want)
		}
	}
	if got := access.NewPeer(&x509.Certificate{RawSubject: []byte("nonsense")}); got != (access.Peer{}) {
		t.Errorf("%v", got)
	}
}
