package config

import "time"

// Bundle is where signed lists and policies are served from, and where a sidecar
// gets them.
type Bundle struct {
	Directory string        // served by veto serve; empty: none
	Source    string        // folder or URL that veto sidecar takes; empty: none
	Keys      []string      // files of the public keys that are trusted
	Cache     string        // folder in which the sidecar keeps the last good ones
	Interval  time.Duration // mean time between two looks at the source
}

// Fleet is how machines report, and how their reports are judged.
type Fleet struct {
	File        string        // keeps reports over a restart; empty: none
	Expect      []string      // machines that are missing until they report
	SilentAfter time.Duration // age of a report from which its machine is silent
	BehindAfter time.Duration // for which a machine may have an older bundle
	Server      string        // URL that a sidecar reports to; empty: none
	Site        string        // where this machine stands
	Interval    time.Duration // mean time between two reports
}

// Remote is how other servers are reached.
type Remote struct {
	CAFile    string // PEM certificates that alone are trusted; empty: those of the system
	TokenFile string // with the bearer token; empty: none
	Proxy     string // URL; empty: as the environment says
}

func defaultBundle() Bundle { return Bundle{Interval: time.Hour} }

func defaultFleet() Fleet {
	return Fleet{SilentAfter: 15 * time.Minute, BehindAfter: 2 * time.Hour, Interval: 5 * time.Minute}
}

var bundlePart = part("bundle", "signed lists and policies for many machines", func(c *Config) *Bundle { return &c.Bundle },
	text("directory", "folder of a bundle that veto serve answers below /v1/bundle", func(b *Bundle) *string { return &b.Directory }),
	address("source", "folder or https URL of the bundle that veto sidecar uses", func(b *Bundle) *string { return &b.Source }),
	texts("keys", "files with the public keys of which one must have signed it", func(b *Bundle) *[]string { return &b.Keys }),
	text("cache", "folder of the sidecar's own in which the last good bundle is kept", func(b *Bundle) *string { return &b.Cache }),
	duration("interval", "mean time between two looks at the source", time.Second, 1000*time.Hour, func(b *Bundle) *time.Duration { return &b.Interval }),
)

var fleetPart = part("fleet", "reports of sidecars", func(c *Config) *Fleet { return &c.Fleet },
	text("file", "file in which veto serve keeps them over a restart", func(f *Fleet) *string { return &f.File }),
	texts("expect", "names of machines that are missing until they report", func(f *Fleet) *[]string { return &f.Expect }),
	duration("silent_after", "age of a report from which its machine is silent", time.Second, 1000*time.Hour, func(f *Fleet) *time.Duration { return &f.SilentAfter }),
	duration("behind_after", "how long a machine may have an older bundle", time.Second, 1000*time.Hour, func(f *Fleet) *time.Duration { return &f.BehindAfter }),
	address("server", "https URL of the veto serve that a sidecar reports to", func(f *Fleet) *string { return &f.Server }),
	text("site", "where this machine stands, in its reports and the records of its decisions", func(f *Fleet) *string { return &f.Site }),
	duration("interval", "mean time between two reports", time.Second, 1000*time.Hour, func(f *Fleet) *time.Duration { return &f.Interval }),
)

var remotePart = part("remote", "how other servers are reached", func(c *Config) *Remote { return &c.Remote },
	text("ca_file", "PEM certificates that alone are trusted; left out: those of the system", func(r *Remote) *string { return &r.CAFile }),
	text("token_file", "file with the bearer token", func(r *Remote) *string { return &r.TokenFile }),
	address("proxy", "URL of a proxy; left out: as HTTPS_PROXY and NO_PROXY say", func(r *Remote) *string { return &r.Proxy }),
)
