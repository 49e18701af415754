//go:build linux

package passflt_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	second = "ldaps://127.0.0.2"
	// term is a word of the second bundle; next would be accepted without it.
	term, next = "zyxtalor", "Zyxtalorquin7#"
)

// TestSambaPair has two domain controllers of one domain, each with a sidecar, of
// which one has fallen behind: the fleet shows it, each judges by what it has, and
// comparing records finds the one password that nobody judged.
func TestSambaPair(t *testing.T) {
	if !suite(t, "samba", "samba", "samba-tool", "ldapmodify", "hostname", "cc") {
		return
	}
	if testing.Short() {
		t.Skip("a minute for the second domain controller")
	}
	program := build(t, "veto-samba-check")
	folder := t.TempDir()
	d := newDC(t)
	p := newPublisher(t, folder)
	p.publish(t, "contoso")
	one, two := p.sidecar(t, "dc1", "1s"), p.sidecar(t, "dc2", "1h")
	d.start(t, fmt.Sprintf("exec %s --socket=%s", program, one.socket))
	for _, user := range []string{"anna", "bruno", "carla", "unchecked"} {
		if err := addUser(user, strong+"-old"); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "", "samba-tool", "domain", "passwordsettings", "pso", "create", "open", "10", "--complexity=off", "--min-pwd-age=0", "--history-length=0")
	must(t, "", "samba-tool", "domain", "passwordsettings", "pso", "apply", "open", "unchecked")
	record := filepath.Join(folder, "dc2.json")
	join(t, record, fmt.Sprintf("exec %s --socket=%s", program, two.socket))

	p.publish(t, term)
	p.fleet(t, `(?s)behind +dc2 .*\nok +dc1 .*2 machines, 1 behind, 1 ok`)
	for _, c := range []struct {
		server, user, password string
		want                   bool
	}{
		{directory, "anna", next, false},
		{second, "bruno", next, true}, // by the older bundle
		{second, "bruno", weak, false},
		{directory, "anna", strong, true},
		{directory, "carla", strong + "-1", true},
		{second, "carla", strong + "-2", true},
		{second, "unchecked", weak, true},
	} {
		if err := setPasswordAt(c.server, c.user, c.password); (err == nil) != c.want {
			t.Errorf("%s at %s: %v, want accepted %v", c.user, c.server, err, c.want)
		}
	}
	replicate(t)
	time.Sleep(200 * time.Millisecond) // records wait 20 ms
	if r := reconcile(t, directory, passwordAudit, one.audit); len(r.Unmatched) > 0 || r.Matched != 6 {
		t.Errorf("at the first: %+v", r)
	}
	r := reconcile(t, second, record, two.audit)
	if len(r.Unmatched) != 1 || r.Unmatched[0].Account != "unchecked" || r.Matched != 2 {
		t.Errorf("at the second: %+v", r)
	}
	if r := reconcile(t, second, record, one.audit); len(r.Unmatched) != 2 { // carla has changed hers there, too
		t.Errorf("with the records of another: %+v", r)
	}
	if snapshots := func(s *sidecar) []string {
		text, _ := os.ReadFile(s.audit)
		return slices.Compact(regexp.MustCompile(`"snapshot":"[^"]+"`).FindAllString(string(text), -1))
	}; len(snapshots(one)) != 2 || len(snapshots(two)) != 1 || snapshots(one)[0] != snapshots(two)[0] {
		t.Errorf("snapshots of the records: %q, %q", snapshots(one), snapshots(two))
	}
}

// publisher makes bundles, which veto serve hands out, and is told by whom.
type publisher struct{ program, folder, server string }

func newPublisher(t *testing.T, folder string) *publisher {
	t.Helper()
	p := &publisher{os.Getenv("PASSFLT_PROGRAM"), folder, "http://127.0.0.1:8099"}
	must(t, "", p.program, "keygen", "--name", "tests", "-o", folder+"/lists.key")
	config := write(t, "server.yaml", "bundle: {directory: "+folder+"/share}\nfleet: {behind_after: 1s}\n")
	daemon(t, nil, p.program, "serve", "--config", config, "--listen", strings.TrimPrefix(p.server, "http://"))
	return p
}

// publish makes a bundle of a list with one word.
func (p *publisher) publish(t *testing.T, word string) {
	t.Helper()
	must(t, "", p.program, "bundle", "create", "--key", p.folder+"/lists.key", "-o", p.folder+"/share", write(t, "company.txt", word+"\n"))
}

// fleet waits until the fleet is shown so.
func (p *publisher) fleet(t *testing.T, pattern string) {
	t.Helper()
	var output string
	defer func() { t.Log(output) }()
	until(t, "the fleet", func() bool {
		output, _ = run("", p.program, "fleet", "--server", p.server)
		return regexp.MustCompile(pattern).MatchString(output)
	})
}

// sidecar starts the sidecar of a machine, which looks for bundles at intervals, and
// waits for the first.
func (p *publisher) sidecar(t *testing.T, host, interval string) *sidecar {
	t.Helper()
	s := newSidecar(t, fmt.Sprintf(`audit: {subject: plain}
bundle: {source: %[1]s/v1/bundle, keys: [%[2]s/lists.key.pub], cache: %[2]s/%[3]s, interval: %[4]s}
fleet: {server: %[1]s, interval: 1s}
`, p.server, p.folder, host, interval))
	s.host = host
	s.start(t)
	return s
}

// join runs a second domain controller, dc2, with a check password script, in mounts
// and with a name of its own. Its record of new passwords is a file that all see.
func join(t *testing.T, record, script string) {
	t.Helper()
	must(t, "", "ip", "address", "add", "127.0.0.2/8", "dev", "lo")
	lines := []string{"set -e", "hostname dc2"}
	for _, folder := range []string{"/var/lib/samba", "/var/cache/samba", "/run/samba", "/etc/samba", "/var/log/samba"} {
		lines = append(lines, "mount -t tmpfs -o mode=755 tmpfs "+folder)
	}
	lines = append(lines, "mkdir -p /var/lib/samba/private /run/samba/ncalrpc", `samba-tool domain join corp.example.test DC "$@"`, `exec samba -F --no-process-group "$1" "$2"`)
	arguments := append([]string{"--mount", "--uts", "sh", "-c", strings.Join(lines, "\n"), "dc2",
		"--option=check password script=" + script, "--option=log level=1 dsdb_password_json_audit:5@" + record,
		"--option=netbios name=dc2", "--dns-backend=NONE", "--server=dc1.corp.example.test", "-U", administrator + "%" + adminPassword},
		interfaces("127.0.0.2")...)
	daemon(t, nil, "unshare", arguments...)
	until(t, "the second domain controller", func() bool { return answers(second) })
}

// replicate brings the second what happened at the first. Samba finds the first by a
// name that DNS would have, which this domain has not.
func replicate(t *testing.T) {
	t.Helper()
	credentials := administrator + "%" + adminPassword
	shown := must(t, "", "samba-tool", "drs", "showrepl", "dc1.corp.example.test", "-U", credentials)
	id := regexp.MustCompile(`DSA object GUID: (\S+)`).FindStringSubmatch(shown)
	if id == nil {
		t.Fatalf("no id:\n%s", shown)
	}
	hosts, err := os.OpenFile("/etc/hosts", os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintf(hosts, "127.0.0.1 %s._msdcs.corp.example.test\n", id[1])
		hosts.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	must(t, "", "samba-tool", "drs", "replicate", "dc2.corp.example.test", "dc1.corp.example.test", domainBase, "-U", credentials)
	if _, err := exec.Command("ldapsearch", "-x", "-H", second, "-D", "anna@corp.example.test", "-w", strong, "-s", "base", "-b", domainBase, "dn").Output(); err != nil {
		t.Errorf("a new password of the first does not hold at the second: %v", err)
	}
}
