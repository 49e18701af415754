package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Warnings tells of values that can be used but hardly are what was meant, each
// with where it is from and its key.
func (l *Loaded) Warnings() (all []string) {
	const key = "server.trusted_proxies"
	for i, p := range l.Server.TrustedProxies {
		if !boundless(p) {
			continue
		}
		from := l.Origin(item(key, i))
		all = append(all, fmt.Sprintf("%s: %s: %s holds the addresses of strangers, who may then name any address in X-Forwarded-For and so are not held up after failed attempts; name the proxies alone",
			from, item(key, i), p))
	}
	if names := Grouped(l.Policies); len(names) > 0 && l.ofSidecar() {
		all = append(all, "policies that never apply under veto sidecar, as filters do not tell groups: "+strings.Join(names, ", "))
	}
	for i, why := range Idle(l.Policies) {
		at := item("policies", i)
		all = append(all, fmt.Sprintf("%s: %s: policy %s refuses nothing: %s", l.Origin(join(at, "name")), at, l.Policies[i].Name, why))
	}
	return all
}

// ofSidecar reports whether the configuration says anything that only a sidecar heeds.
func (l *Loaded) ofSidecar() bool {
	return slices.ContainsFunc(l.Settings(), func(s Setting) bool {
		return s.Origin != "default" && (strings.HasPrefix(s.Key, "sidecar.") || s.Key == "bundle.source")
	})
}

// boundless reports whether a network is larger than any that one organization has:
// of IPv4 they are up to /8, of IPv6 up to /7, all private addresses (RFC 4193).
func boundless(p netip.Prefix) bool {
	return p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 7
}
