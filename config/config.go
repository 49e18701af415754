package config

import (
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
	Metrics    Metrics
	Admin      Admin
	Audit      Audit
	Sidecar    Sidecar
}

// Terms says which lists of terms there are.
type Terms struct {
	Global bool     // the embedded lists
	Words  []string // the list custom/term
	Files  []string // plain lists, one term a line; each the list custom/NAME
}

// Breached says which breach corpora there are.
type Breached struct {
	Files []string // compiled indexes
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
		Server:     Server{Listen: DefaultListen},
		Metrics:    Metrics{Public: true},
		Audit:      Audit{RotateMiB: 64, Sync: "second", Subject: "hmac", Queue: 16384},
	}
}

// sections are the keys of a configuration. A new section is a new row.
var sections = []field[Config]{
	part("server", "the HTTP API", func(c *Config) *Server { return &c.Server },
		text("listen", "address to listen on, host:port", func(s *Server) *string { return &s.Listen }),
		flag("explain", "tell callers spans, lists and score, which describe passwords closely", func(s *Server) *bool { return &s.Explain }),
		duration("stale_after", "age of the lists from which /readyz answers 503; 0s: never", 0, 1000*time.Hour, func(s *Server) *time.Duration { return &s.StaleAfter }),
	),
	part("terms", "the lists of banned words", func(c *Config) *Terms { return &c.Terms },
		flag("global", "use the built-in lists of words and passwords", func(t *Terms) *bool { return &t.Global }),
		texts("words", "words of the organization, as the list custom/term", func(t *Terms) *[]string { return &t.Words }),
		texts("files", "plain lists, one word per line, as the list custom/NAME; relative to the configuration", func(t *Terms) *[]string { return &t.Files }),
	),
	part("breached", "the breach corpora", func(c *Config) *Breached { return &c.Breached },
		texts("files", "compiled indexes; relative to the configuration", func(b *Breached) *[]string { return &b.Files }),
	),
	part("operations", "what is answered when a password cannot be judged", func(c *Config) *Operations { return &c.Operations },
		answers("set", "when a password is set without the old one, as in a reset", func(o *Operations) *Answers { return &o.Set }),
		answers("change", "when a person changes the own password", func(o *Operations) *Answers { return &o.Change }),
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
		integer("queue", "records that may wait to be written", 64, 1<<20, func(a *Audit) *int { return &a.Queue }),
		choice("full", "when no more can wait: drop and count the record, or refuse to decide (operations, unavailable)",
			map[string]bool{"drop": false, "refuse": true}, func(a *Audit) *bool { return &a.Refuse }),
		flag("serve", "answer /v1/audit from the file, to everybody who may ask for checks", func(a *Audit) *bool { return &a.Serve }),
	),
	part("sidecar", "the local endpoint of veto sidecar", func(c *Config) *Sidecar { return &c.Sidecar },
		text("socket", "path of the unix socket, relative to the configuration, or of the pipe; left out: /run/veto/veto.sock, on Windows \\\\.\\pipe\\veto", func(s *Sidecar) *string { return &s.Socket }),
		choice("mode", "enforce: as the policies say; audit: accept what they refuse, with the reasons; disabled: accept without judging",
			SidecarModes(), func(s *Sidecar) *engine.Mode { return &s.Mode }),
		texts("users", "users who may ask, by name or number, beside root and the sidecar's own", func(s *Sidecar) *[]string { return &s.Users }),
		texts("groups", "primary groups whose members may ask, by name or number", func(s *Sidecar) *[]string { return &s.Groups }),
	),
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
