package access

import (
	"fmt"
	"slices"
	"strings"
)

// Scopes is a set of what a credential may do.
type Scopes uint16

// The scopes, of which each is one bit.
const (
	Check         Scopes = 1 << iota // ask for verdicts and ranges
	Explain                          // see spans, lists and score in them
	ListsRead                        // read lists
	ListsWrite                       // change lists
	PoliciesRead                     // read policies
	PoliciesWrite                    // change policies and reload
	Audit                            // read the audit
	Metrics                          // read the metrics
	FleetRead                        // read reports of domain controllers
	FleetWrite                       // send reports of a domain controller
	Bundle                           // pull bundles
	endOfScopes
	All = endOfScopes - 1
)

// scopeNames is the one table of names; docs/API.md is compared with it. A name
// may stand for several scopes.
var scopeNames = []struct {
	name   string
	scopes Scopes
	doc    string
}{
	{"check", Check, "ask for verdicts and ranges"},
	{"explain", Explain, "see spans, lists and score in verdicts, where `server.explain` is on"},
	{"lists", ListsRead | ListsWrite, "`lists:read` and `lists:write`"},
	{"lists:read", ListsRead, "read lists"},
	{"lists:write", ListsWrite, "change lists"},
	{"policies", PoliciesRead | PoliciesWrite, "`policies:read` and `policies:write`"},
	{"policies:read", PoliciesRead, "read policies"},
	{"policies:write", PoliciesWrite, "change policies, reload"},
	{"audit", Audit, "read the records of decisions and changes"},
	{"metrics", Metrics, "read the metrics"},
	{"fleet", FleetRead | FleetWrite, "`fleet:read` and `fleet:write`"},
	{"fleet:read", FleetRead, "read the reports of domain controllers"},
	{"fleet:write", FleetWrite, "send the reports of a domain controller"},
	{"bundle", Bundle, "pull bundles"},
}

// ScopeNames returns all names that ParseScopes takes.
func ScopeNames() (names []string) {
	for _, row := range scopeNames {
		names = append(names, row.name)
	}
	return names
}

// ParseScopes returns the set of the named scopes. It fails for an unknown name
// and for none.
func ParseScopes(names ...string) (s Scopes, err error) {
	for _, name := range names {
		i := 0
		for i < len(scopeNames) && scopeNames[i].name != name {
			i++
		}
		if i == len(scopeNames) {
			return 0, fmt.Errorf("unknown scope; give each by itself; the scopes are %s", strings.Join(ScopeNames(), ", "))
		}
		s |= scopeNames[i].scopes
	}
	if s == 0 {
		return 0, fmt.Errorf("no scope; the scopes are %s", strings.Join(ScopeNames(), ", "))
	}
	return s, nil
}

// Has reports whether all scopes of t are in s.
func (s Scopes) Has(t Scopes) bool { return s&t == t }

// Names returns the names of s, the widest ones, in order of the table.
func (s Scopes) Names() (names []string) {
	for _, row := range scopeNames {
		if s.Has(row.scopes) {
			names = append(names, row.name)
			s &^= row.scopes
		}
	}
	return slices.Clip(names)
}

// String returns the names of s with spaces between them, as RFC 6750 has it.
func (s Scopes) String() string { return strings.Join(s.Names(), " ") }
