package access

// Credential is who asks. It is immutable.
type Credential struct {
	actor  string
	scopes Scopes
}

// Local returns the credential of everybody as long as none are configured: it
// may do everything, under the name "local".
func Local() *Credential { return &Credential{actor: "local", scopes: All} }

// Actor returns the name for the audit: "token:NAME", "certificate:NAME" or
// "local".
func (c *Credential) Actor() string { return c.actor }

// May reports whether all of these scopes were granted.
func (c *Credential) May(s Scopes) bool { return c.scopes.Has(s) }
