package config

import (
	"net/netip"
	"time"

	"github.com/vetopw/veto/engine"
)

// DefaultListen is the address that the server listens on by default; package
// server has the same, for programs without a configuration.
const DefaultListen = "127.0.0.1:8080"

// Config is a configuration with all defaults filled in.
type Config struct {
	Policies   []engine.Policy // the first for everybody without a policy of a group
	Terms      Terms
	Breached   Breached
	Operations Operations
	Server     Server
	TLS        TLS
	Access     Access
	Limits     Limits
	Metrics    Metrics
	Admin      Admin
	Audit      Audit
	Bundle     Bundle
	Fleet      Fleet
	Remote     Remote
	Sidecar    Sidecar
	Store      Store
	Reload     Reload
}

// Terms says which lists of terms there are.
type Terms struct {
	Global bool     // the embedded lists
	Words  []string // the list custom/term
	Files  []string // plain lists, one term a line; each the list custom/NAME
}

// Breached says which breach corpora there are.
type Breached struct {
	Files  []string // compiled indexes
	Folder string   // its indexes come and go while the server runs; empty: none
}

// Store is where the lists and policies are kept that are edited while the server
// runs.
type Store struct {
	File string // empty: there are none
	Keep int    // changes of each list and policy that are kept
}

// Reload is how changes of files are noticed.
type Reload struct {
	Watch time.Duration // how often breached.folder is looked at; 0: only on reload
}

// Operations is what is answered when a password cannot be judged.
type Operations struct{ Set, Change Answers }

// Answers are the declared answers by cause: engine.Reject fails closed,
// engine.Accept fails open.
type Answers struct {
	NoList      engine.Decision // no lists are loaded
	Overload    engine.Decision // too many checks at once
	Unavailable engine.Decision // the check failed for another reason
}

// Server is how the HTTP API is served.
type Server struct {
	Listen  string // host:port
	Explain bool   // callers learn spans, lists and score
	// StaleAfter is the age of the snapshot from which /readyz answers 503; 0: never.
	StaleAfter time.Duration
	Console    bool     // the console is served at /
	Hosts      []string // names that requests may be for without credentials
	// TrustedProxies are the addresses whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
}

// TLS is what the server shows who it is with, as files in PEM.
type TLS struct {
	Certificate string // empty: plain HTTP
	Key         string
	ClientCA    string // empty: no certificates of clients
	Off         bool   // plain HTTP on any address, as a proxy in front speaks TLS
}

// Access is who may ask. Without Tokens and Clients everybody on this machine may.
type Access struct {
	Tokens    string // file
	Clients   []Client
	Anonymous []string // scopes of everybody; nil: all
}

// Client is a client certificate that may ask.
type Client struct {
	Subject  string // of the certificate, as RFC 2253 writes it
	Name     string
	Scopes   []string
	Policies []string // none: all
	Rate     int      // passwords a second; 0: Limits.Rate
}

// Limits is how much a caller may ask for.
type Limits struct {
	Rate     int           // passwords a second; 0: any number
	Refusals int           // of one account and credential within Window; 0: any number
	Window   time.Duration // of Refusals
}

// Metrics is where metrics are served.
type Metrics struct {
	Public bool // at /metrics of the HTTP API, beside the admin listener
}

// Admin is the listener for operators.
type Admin struct {
	Listen string // host:port; empty: none
}

// Audit is where records of decisions and changes go. Without File, Stdout and
// Syslog there are none.
type Audit struct {
	File      string
	RotateMiB int           // size of a file that is full
	RotateAge time.Duration // age of a file that is full; 0: any
	Keep      int           // full files that are kept; 0: all
	Sync      string        // "always", "second" or "never"
	Stdout    bool
	Syslog    string // "unix:PATH" or "udp:HOST:PORT"
	Subject   string // "hmac", "plain" or "none"
	KeyFile   string // of the HMAC; empty: a key drawn at every start
	Queue     int    // records that may wait
	Refuse    bool   // what cannot be recorded, as for operations.*.unavailable; else it is dropped and counted
	Serve     bool   // the file, at /v1/audit
}

// Sidecar is how the local endpoint is served.
type Sidecar struct {
	Socket string      // path of the unix socket or pipe; empty: the system's usual one
	Mode   engine.Mode // beside those of policies: Audit accepts what they refuse, Off everything
	Users  []string    // who may ask, by name or number, beside root and the sidecar's own user
	Groups []string    // the same of primary groups
}

// Default returns the configuration that holds without any.
func Default() Config {
	closed := Answers{engine.Reject, engine.Reject, engine.Reject}
	return Config{
		Policies:   BuiltIn("default"),
		Terms:      Terms{Global: true},
		Operations: Operations{Set: closed, Change: closed},
		Server:     Server{Listen: DefaultListen, Console: true},
		Limits:     Limits{Refusals: 100, Window: 10 * time.Minute},
		Metrics:    Metrics{Public: true},
		Audit:      Audit{RotateMiB: 64, Sync: "second", Subject: "hmac", Queue: 16384},
		Bundle:     defaultBundle(),
		Fleet:      defaultFleet(),
		Store:      Store{Keep: 1000},
		Reload:     Reload{Watch: 5 * time.Second},
	}
}

// sections are the keys of a configuration. A new section is a new row.
var sections = []field[Config]{
	part("server", "the HTTP API", func(c *Config) *Server { return &c.Server },
		text("listen", "address to listen on, host:port", func(s *Server) *string { return &s.Listen }),
		flag("explain", "tell callers spans, lists and score, which describe passwords closely; with credentials those with the scope explain", func(s *Server) *bool { return &s.Explain }),
		duration("stale_after", "age of the lists from which /readyz answers 503, of those of a bundle since it was last found to be the newest; 0s: never", 0, 1000*time.Hour, func(s *Server) *time.Duration { return &s.StaleAfter }),
		flag("console", "serve the console at /", func(s *Server) *bool { return &s.Console }),
		texts("hosts", "names with a dot that the field Host may have without credentials, as a proxy in front sends", func(s *Server) *[]string { return &s.Hosts }),
		prefixes("trusted_proxies", "addresses of proxies in front, such as 10.1.2.3 or 10.0.0.0/8, whose field X-Forwarded-For tells who failed to show a credential; that of others is ignored", func(s *Server) *[]netip.Prefix { return &s.TrustedProxies }),
	),
	part("terms", "the lists of banned words", func(c *Config) *Terms { return &c.Terms },
		flag("global", "use the built-in lists of words and passwords", func(t *Terms) *bool { return &t.Global }),
		texts("words", "words of the organization, as the list custom/term", func(t *Terms) *[]string { return &t.Words }),
		texts("files", "plain lists, one word per line, as the list custom/NAME; relative to the configuration", func(t *Terms) *[]string { return &t.Files }),
	),
	part("breached", "the breach corpora", func(c *Config) *Breached { return &c.Breached },
		texts("files", "compiled indexes; relative to the configuration", func(b *Breached) *[]string { return &b.Files }),
		text("folder", "folder whose files *.veto are indexes too, and may come and go by renaming while the server runs; relative to the configuration", func(b *Breached) *string { return &b.Folder }),
	),
	part("store", "the lists and policies that are edited while the server runs", func(c *Config) *Store { return &c.Store },
		text("file", "file that keeps them, for one server; relative to the configuration; left out: there are none", func(s *Store) *string { return &s.File }),
		integer("keep", "changes of each list and policy that can be read and restored", 1, 1e6, func(s *Store) *int { return &s.Keep }),
	),
	part("reload", "how changes of files are noticed; a hangup reads them all again", func(c *Config) *Reload { return &c.Reload },
		duration("watch", "how often breached.folder is looked at; 0s: only on reload", 0, 24*time.Hour, func(r *Reload) *time.Duration { return &r.Watch }),
	),
	part("operations", "what is answered when a password cannot be judged", func(c *Config) *Operations { return &c.Operations },
		answers("set", "when a password is set without the old one, as in a reset", func(o *Operations) *Answers { return &o.Set }),
		answers("change", "when a person changes the own password", func(o *Operations) *Answers { return &o.Change }),
	),
	part("tls", "the certificate of the server; its files are read again when they change", func(c *Config) *TLS { return &c.TLS },
		text("certificate", "file with the certificate and the intermediate ones in PEM, relative to the configuration; left out: plain HTTP", func(t *TLS) *string { return &t.Certificate }),
		text("key", "file with the key of the certificate", func(t *TLS) *string { return &t.Key }),
		text("client_ca", "file with the authorities that verify certificates of clients; left out: none are asked for", func(t *TLS) *string { return &t.ClientCA }),
		flag("off", "serve plain HTTP on any address, as a proxy in front speaks TLS", func(t *TLS) *bool { return &t.Off }),
	),
	part("access", "who may ask; without tokens and clients everybody on this machine", func(c *Config) *Access { return &c.Access },
		text("tokens", "file of tokens that veto token writes, relative to the configuration; read again when it changes", func(a *Access) *string { return &a.Tokens }),
		texts("anonymous", "what everybody on this machine may do, in scopes, as long as there are no tokens and clients; left out: everything, also change lists and policies", func(a *Access) *[]string { return &a.Anonymous }),
		list("clients", "certificates of clients (tls.client_ca)", func(a *Access) *[]Client { return &a.Clients },
			text("subject", "subject of the certificate, such as CN=portal,O=Contoso", func(c *Client) *string { return &c.Subject }),
			text("name", "name in the audit", func(c *Client) *string { return &c.Name }),
			texts("scopes", "what it may do", func(c *Client) *[]string { return &c.Scopes }),
			texts("policies", "policies that it may ask for, the first where a request names none; left out: all", func(c *Client) *[]string { return &c.Policies }),
			integer("rate", "passwords a second; 0: limits.rate", 0, 1e6, func(c *Client) *int { return &c.Rate }),
		),
	),
	part("limits", "how much a caller may ask for", func(c *Config) *Limits { return &c.Limits },
		integer("rate", "passwords a second for each credential, without credentials for all callers together; 0: any number", 0, 1e6, func(l *Limits) *int { return &l.Rate }),
		integer("refusals", "refused passwords of one account (else mail address, else names) and credential, after which no more are judged for a while; 0: any number; without credentials any", 0, 1e6, func(l *Limits) *int { return &l.Refusals }),
		duration("window", "time in which so many may be refused", time.Second, 24*time.Hour, func(l *Limits) *time.Duration { return &l.Window }),
	),
	part("metrics", "the metrics for Prometheus", func(c *Config) *Metrics { return &c.Metrics },
		flag("public", "serve them at /metrics of the HTTP API too, not only where operators listen", func(m *Metrics) *bool { return &m.Public }),
	),
	part("admin", "metrics, health and profiles for operators", func(c *Config) *Admin { return &c.Admin },
		text("listen", "loopback address to listen on, host:port; left out: none", func(a *Admin) *string { return &a.Listen }),
	),
	part("audit", "the records of decisions and changes", func(c *Config) *Audit { return &c.Audit },
		text("file", "file of JSON lines, relative to the configuration; full ones get a number behind", func(a *Audit) *string { return &a.File }),
		integer("rotate_mib", "size in MiB from which a file is full", 1, 1<<14, func(a *Audit) *int { return &a.RotateMiB }),
		duration("rotate_age", "age from which a file is full; 0s: any", 0, 1000*time.Hour, func(a *Audit) *time.Duration { return &a.RotateAge }),
		integer("keep", "number of full files that are kept; 0: all", 0, 1e6, func(a *Audit) *int { return &a.Keep }),
		choice("sync", "when decisions are forced to the disk; changes always are", same("always", "second", "never"), func(a *Audit) *string { return &a.Sync }),
		flag("stdout", "write records to standard output too, which journald reads", func(a *Audit) *bool { return &a.Stdout }),
		text("syslog", "send records to syslog too, as RFC 5424: unix:/dev/log or udp:HOST:PORT", func(a *Audit) *string { return &a.Syslog }),
		choice("subject", "the account in records: a keyed HMAC of it, as it is, or left out", same("hmac", "plain", "none"), func(a *Audit) *string { return &a.Subject }),
		text("key_file", "file with the key of the HMAC, at least 16 bytes; left out: drawn at every start", func(a *Audit) *string { return &a.KeyFile }),
		integer("queue", "records that may wait to be written; at least 1000 if full is refuse", 64, 1<<20, func(a *Audit) *int { return &a.Queue }),
		choice("full", "when no more can wait: drop and count the record, or refuse to decide (operations, unavailable)",
			map[string]bool{"drop": false, "refuse": true}, func(a *Audit) *bool { return &a.Refuse }),
		flag("serve", "answer /v1/audit from the file, without credentials to everybody who may ask for checks; with credentials it is always answered", func(a *Audit) *bool { return &a.Serve }),
	),
	part("sidecar", "the local endpoint of veto sidecar", func(c *Config) *Sidecar { return &c.Sidecar },
		text("socket", "path of the unix socket, relative to the configuration, or of the pipe; left out: /run/veto/veto.sock, on Windows \\\\.\\pipe\\veto", func(s *Sidecar) *string { return &s.Socket }),
		choice("mode", "enforce: as the policies say; audit: accept what they refuse, with the reasons; disabled: accept without judging",
			SidecarModes(), func(s *Sidecar) *engine.Mode { return &s.Mode }),
		texts("users", "users who may ask, by name or number, beside root and the sidecar's own", func(s *Sidecar) *[]string { return &s.Users }),
		texts("groups", "primary groups whose members may ask, by name or number", func(s *Sidecar) *[]string { return &s.Groups }),
	),
	bundlePart,
	fleetPart,
	remotePart,
	policyList,
}

// SidecarModes returns the modes of the sidecar by their words.
func SidecarModes() map[string]engine.Mode {
	return map[string]engine.Mode{"enforce": engine.Enforce, "audit": engine.Audit, "disabled": engine.Off}
}

// same returns words that stand for themselves.
func same(words ...string) map[string]string {
	all := map[string]string{}
	for _, w := range words {
		all[w] = w
	}
	return all
}

func answers(name, doc string, get func(*Operations) *Answers) field[Operations] {
	words := map[string]engine.Decision{"reject": engine.Reject, "accept": engine.Accept}
	return part(name, doc, get,
		choice("no_list", "no lists are loaded", words, func(a *Answers) *engine.Decision { return &a.NoList }),
		choice("overload", "too many checks at once", words, func(a *Answers) *engine.Decision { return &a.Overload }),
		choice("unavailable", "the check failed for another reason", words, func(a *Answers) *engine.Decision { return &a.Unavailable }),
	)
}

// policyList is the key policies.
var policyList = func() field[Config] {
	f := list("policies", "the rules; the first policy is for everybody without a policy of a group; left out: one of each built-in profile",
		func(c *Config) *[]engine.Policy { return &c.Policies }, policyFields...)
	f.read = func(r *reader, path string, raw any, to *Config) { to.Policies = readPolicies(r, path, raw) }
	policy := describeFields(policyFields)
	policy["required"] = []string{"name"}
	f.schema = map[string]any{"type": "array", "minItems": 1, "items": policy}
	return f
}()
