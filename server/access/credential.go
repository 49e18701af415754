package access

import (
	"slices"
	"time"
)

// Credential is who asks. What it holds does not change; several goroutines may
// use it. The zero value may do nothing.
type Credential struct {
	actor    string
	scopes   Scopes
	policies []string
	expires  time.Time // zero: never
	revoked  bool
	rate     rate
	spent    *bucket // outlives the Credential when the table is read again
	clock    clock
}

// Local returns the credential of everybody as long as none are configured, under
// the name "local", with so many passwords a second, 0 for any number.
func Local(scopes Scopes, limit int) *Credential {
	return &Credential{actor: "local", scopes: scopes, rate: perSecond(limit), spent: new(bucket), clock: clock{time.Now()}}
}

// Actor returns the name for the audit: "token:NAME", "certificate:NAME" or
// "local".
func (c *Credential) Actor() string { return c.actor }

// May reports whether all of these scopes were granted.
func (c *Credential) May(s Scopes) bool { return c.scopes.Has(s) }

// Scopes returns what was granted.
func (c *Credential) Scopes() Scopes { return c.scopes }

// Policy returns the policy to judge by for a request that names one, or names
// none (""), and whether the credential may ask for it.
func (c *Credential) Policy(named string) (string, bool) {
	switch {
	case len(c.policies) == 0:
		return named, true
	case named == "":
		return c.policies[0], true
	}
	return named, slices.Contains(c.policies, named)
}

// Take takes one request out of what the credential may ask for in a second, or
// returns how long to wait for it. It does not allocate.
func (c *Credential) Take() time.Duration {
	if c.rate == (rate{}) {
		return 0
	}
	return c.spent.take(c.rate, c.clock.now())
}

// Charge takes n further passwords that a request turned out to have. What was
// not there is owed by the requests to come. An n below 1 takes nothing.
func (c *Credential) Charge(n int) {
	if c.rate != (rate{}) && n > 0 {
		c.spent.add(c.rate, c.clock.now(), n)
	}
}
