package access

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/vetopw/veto/engine"
)

// The errors of Authenticate.
var (
	ErrMissing = errors.New("no credential was given")
	ErrUnknown = errors.New("the credential is unknown")
	ErrExpired = errors.New("the credential has expired")
	ErrRevoked = errors.New("the credential was revoked")
)

// Client is a client certificate that may ask.
type Client struct {
	Subject  string // of the certificate, as RFC 2253 writes it: CN=portal,O=Contoso
	Name     string
	Scopes   []string
	Policies []string // as for a Token
	Rate     int      // as for a Token
}

// Options is what a Guard is built from.
type Options struct {
	Tokens  string   // file of tokens; empty: none
	Clients []Client // certificates; they are verified by TLS
	Rate    int      // passwords a second of a credential that has no rate of its own; 0: any
	// Refusals is how many passwords of one account, or else mail address or names,
	// may be refused to one credential within Window; 0: any number.
	Refusals int
	Window   time.Duration // 0 means 10 minutes
	Logger   *slog.Logger  // failed attempts, and files that cannot be read again; nil: none
}

// Peer is the client certificate of a connection that TLS has verified; the zero
// value is none.
type Peer struct {
	Subject string // as RFC 2253 writes it
	Expires time.Time
}

// NewPeer returns the Peer of a certificate that was verified.
func NewPeer(leaf *x509.Certificate) Peer {
	var name pkix.RDNSequence // in the order of the certificate, which leaf.Subject does not keep
	if rest, err := asn1.Unmarshal(leaf.RawSubject, &name); err != nil || len(rest) > 0 {
		return Peer{}
	}
	return Peer{name.String(), leaf.NotAfter}
}

// table is all credentials. It does not change.
type table struct {
	tokens  map[Digest]*Credential
	clients map[string]*Credential // by subject
}

// Guard knows who may ask. Several goroutines may use it; requests take no lock.
type Guard struct {
	clock
	options  Options
	table    atomic.Pointer[table]
	refusals *meter // by credential and account
	guesses  *meter // by address
	logged   bucket // failed attempts of all addresses
	failures atomic.Uint64

	mu    sync.Mutex // of Reload
	spent map[string]*bucket
}

// Attempts that fail: so many of one address, and so many lines of the log for
// all together, within a minute.
const (
	maxGuesses = 30
	maxLogged  = 60
)

const defaultWindow = 10 * time.Minute

// Open returns a Guard. It fails if the file of tokens or a row of the clients
// cannot be used.
func Open(o Options) (*Guard, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Window <= 0 {
		o.Window = defaultWindow
	}
	g := &Guard{clock: clock{time.Now()}, options: o, spent: map[string]*bucket{}}
	g.refusals = newMeter(within(o.Refusals, o.Window), g.clock)
	g.guesses = newMeter(within(maxGuesses, time.Minute), g.clock)
	return g, g.Reload()
}

// Reload reads the file of tokens again. If that fails, what was known holds.
func (g *Guard) Reload() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, spent, err := g.build()
	if err != nil {
		g.failures.Add(1)
		return err
	}
	g.spent = spent
	g.table.Store(t)
	return nil
}

// Failures returns how often Reload failed.
func (g *Guard) Failures() uint64 { return g.failures.Load() }

// Files returns the files that Reload reads.
func (g *Guard) Files() []string {
	if g.options.Tokens == "" {
		return nil
	}
	return []string{g.options.Tokens}
}

// build makes the table. Credentials that were there before keep what they have
// spent.
func (g *Guard) build() (*table, map[string]*bucket, error) {
	t := &table{map[Digest]*Credential{}, map[string]*Credential{}}
	spent := map[string]*bucket{}
	add := func(actor string, c Credential, scopes []string, limit int) (*Credential, error) {
		set, err := ParseScopes(scopes...)
		if err != nil {
			return nil, err
		}
		if limit == 0 {
			limit = g.options.Rate
		}
		if spent[actor] != nil {
			return nil, errors.New("name occurs twice")
		}
		if spent[actor] = g.spent[actor]; spent[actor] == nil {
			spent[actor] = new(bucket)
		}
		c.actor, c.scopes, c.rate, c.spent, c.clock = actor, set, perSecond(limit), spent[actor], g.clock
		return &c, nil
	}
	if path := g.options.Tokens; path != "" {
		tokens, err := ReadTokens(path)
		if err != nil {
			return nil, nil, err
		}
		for _, k := range tokens {
			c := Credential{policies: k.Policies, expires: k.Expires, revoked: !k.Revoked.IsZero()}
			if t.tokens[k.Digest], err = add("token:"+k.Name, c, k.Scopes, k.Rate); err != nil {
				return nil, nil, fmt.Errorf("tokens: %s: %w", path, err)
			}
		}
	}
	for i, k := range g.options.Clients {
		c, err := add("certificate:"+k.Name, Credential{policies: k.Policies}, k.Scopes, k.Rate)
		if err == nil {
			err = validName(k.Name)
		}
		if err == nil && (k.Subject == "" || t.clients[k.Subject] != nil) {
			err = errors.New("subject is empty or occurs twice")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("clients[%d]: %w", i, err)
		}
		t.clients[k.Subject] = c
	}
	return t, spent, nil
}

// Authenticate returns whose credential the value of the field Authorization
// holds, or without one whose certificate the peer has. The error is one of
// ErrMissing, ErrUnknown, ErrExpired and ErrRevoked, of which the latter two come
// with the credential. It does not allocate.
func (g *Guard) Authenticate(authorization []byte, peer Peer) (*Credential, error) {
	switch {
	case len(authorization) > 0:
		token, ok := bearer(authorization)
		if !ok {
			return nil, ErrUnknown
		}
		return g.Holder(sha256.Sum256(token))
	case peer.Subject != "":
		return g.table.Load().clients[peer.Subject].valid(peer.Expires)
	}
	return nil, ErrMissing
}

// Holder returns whose token has the digest. The error is as for Authenticate.
func (g *Guard) Holder(token Digest) (*Credential, error) {
	c := g.table.Load().tokens[token]
	if c == nil {
		return nil, ErrUnknown
	}
	return c.valid(c.expires)
}

// valid returns c, or nil if it is nil, and why it does not hold.
func (c *Credential) valid(expires time.Time) (*Credential, error) {
	switch {
	case c == nil:
		return nil, ErrUnknown
	case c.revoked:
		return c, ErrRevoked
	case !expires.IsZero() && !time.Now().Before(expires):
		return c, ErrExpired
	}
	return c, nil
}

// bearer returns the token of "Bearer TOKEN" (RFC 6750, section 2.1).
func bearer(authorization []byte) (token []byte, ok bool) {
	const scheme = "bearer "
	if len(authorization) < len(scheme) || !bytes.EqualFold(authorization[:len(scheme)], []byte(scheme)) {
		return nil, false
	}
	token = bytes.Trim(authorization[len(scheme):], " ")
	return token, len(token) == tokenChars
}

// Failed notes that a request from an address had no valid credential, and
// returns how long the address has to wait, 0 as long as there were few. It logs
// the address, the reason and, as far as that is known, who it was, at most so
// often.
func (g *Guard) Failed(address, who string, reason error) time.Duration {
	key := g.guesses.key("", []byte(address))
	wait := g.guesses.wait(key)
	if wait == 0 {
		g.guesses.add(key)
	}
	if g.logged.take(within(maxLogged, time.Minute), g.now()) == 0 {
		g.options.Logger.Warn("request refused", "address", address, "reason", reason, "who", who)
	}
	return wait
}

// Account returns the key that Capped and Refused know a subject by: its account,
// or else its mail address, or else its names; 0 for none of them, then nothing is
// counted. Those that the engine folds alike are one, which ignores case, width,
// diacritics and invisible characters, as Active Directory does where it compares
// names. It does not allocate for names of a usual length.
func (g *Guard) Account(c *Credential, s *engine.Subject) uint64 {
	if g.refusals.rate == (rate{}) {
		return 0
	}
	var buf [256]byte
	switch {
	case s.Account != "":
		return g.refusals.key(c.actor, appendFold(buf[:0], s.Account))
	case s.Mail != "":
		return g.refusals.key(c.actor, appendFold(append(buf[:0], 1), s.Mail))
	case len(s.Names) > 0:
		all := append(buf[:0], 2) // no name folds to control characters
		for _, name := range s.Names {
			all = append(appendFold(all, name), 0)
		}
		return g.refusals.key(c.actor, all)
	}
	return 0
}

func appendFold(dst []byte, text string) []byte {
	return engine.AppendFold(dst, unsafe.Slice(unsafe.StringData(text), len(text)))
}

// Capped returns how long no further passwords of an account are judged, as too
// many were refused; 0: they are.
func (g *Guard) Capped(account uint64) time.Duration {
	if account == 0 {
		return 0
	}
	return g.refusals.wait(account)
}

// Refused notes that a password of an account was refused.
func (g *Guard) Refused(account uint64) {
	if account != 0 {
		g.refusals.add(account)
	}
}
