//go:build linux

package passflt_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestPpolicyCalls calls the module from several threads, with no entry.
func TestPpolicyCalls(t *testing.T) { testPpolicyCalls(t, native, "ppolicy_test") }

func testPpolicyCalls(t *testing.T, m machine, name string) {
	program := m.build(t, name)
	log := newJournal(t)
	rejected := serve(t, reply(0, "banned_term,too_short,unheard_of"))
	unheard := serve(t, reply(0, "unheard_of"))
	accepted := serve(t, reply(1, "date"))
	undecided := serve(t, reply(2, "unavailable"))
	every := serve(t, reply(0, "too_short,too_long,not_enough_classes,not_utf8,control_character,character_denied,banned_term,"+
		"banned_password,breached,subject_term,similar_to_old,sequence,keyboard_walk,repetition,date,low_score,pattern_denied,pattern_required"))
	const later = "1 The password cannot be checked now; try again in a few minutes."
	tests := []struct {
		name, socket, options, password, want string
	}{
		{"accepted", accepted.path, "", canary, "0 -"},
		{"rejected", rejected.path, "", canary, "1 The password contains a banned word; it is too short."},
		{"unknown reason", unheard.path, "", canary, "1 The password is not allowed by the policy."},
		{"every reason", every.path, "", canary, "1 The password is too short; it is too long; it does not mix enough kinds of characters, "},
		{"undecided", undecided.path, "", canary, later},
		{"undecided, open", undecided.path, "\tfail_undecided=open\n", canary, "0 -"},
		{"absent", "/nowhere", "", canary, later},
		{"absent, open", "/nowhere", "fail_absent=open", canary, "0 -"},
		{"empty", accepted.path, "fail_undecided=open fail_absent=open", "", "1 The password is empty."},
		{"too long", accepted.path, "fail_undecided=open fail_absent=open", strings.Repeat("x", 65530), "1 The password is too long."},
		{"wrong option", accepted.path, "fail_absent", canary, "1 -"},
		{"NUL in options", accepted.path, "%fail_absent=open", canary, "1 -"},
		{"answer of one operation", accepted.path, "fail_set_absent=open", canary, "1 -"},
		{"long options", accepted.path, strings.Repeat(" ", 1024), canary, "1 -"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			options := fmt.Sprintf("socket=%s log=%s server_uid=%d timeout_ms=9000 %s", test.socket, log.path, os.Getuid(), test.options)
			cmd := m.command(program, options)
			cmd.Stdin = strings.NewReader(test.password)
			output, err := cmd.CombinedOutput()
			if got := strings.TrimSpace(string(output)); err != nil || !strings.HasPrefix(got, test.want) || strings.Contains(got, "\n") || len(got) > 520 {
				t.Errorf("%v, got %q, want %q", err, got, test.want)
			}
		})
	}
}

// TestPpolicyMemory searches the process for copies of the password.
func TestPpolicyMemory(t *testing.T) {
	program := build(t, "ppolicy_memory")
	log := newJournal(t)
	for name, e := range map[string]*endpoint{"accepted": serve(t, reply(1, "")), "hung": serve(t, hang)} {
		options := fmt.Sprintf("socket=%s log=%s server_uid=%d timeout_ms=10", e.path, log.path, os.Getuid())
		cmd := exec.Command(program, options)
		cmd.Stdin = strings.NewReader(canary)
		if output, err := cmd.CombinedOutput(); err != nil || len(output) == 0 || contains(output, "left") {
			t.Errorf("%s: %v\n%s", name, err, output)
		}
	}
}

const (
	ldapServer  = "ldap://127.0.0.1"
	ldapBase    = "dc=example,dc=test"
	ldapManager = "uid=manager," + ldapBase
)

// slapdConfig has a place for the folder of its data. The manager has no more than
// write access: overlay ppolicy checks no password of those who may manage.
const slapdConfig = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile %[1]s/slapd.pid
database mdb
suffix ` + ldapBase + `
rootdn cn=root,` + ldapBase + `
rootpw root
directory %[1]s/db
overlay ppolicy
ppolicy_default cn=policy,` + ldapBase + `
ppolicy_hash_cleartext
access to * by dn.exact=` + ldapManager + ` write by self write by * read
`

const slapdEntries = `dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
o: Example

dn: cn=policy,dc=example,dc=test
objectClass: device
objectClass: pwdPolicy
objectClass: pwdPolicyChecker
cn: policy
pwdAttribute: userPassword
pwdCheckQuality: 2
pwdAllowUserChange: TRUE
pwdCheckModule: %s
pwdCheckModuleArg: socket=%s log=%s

dn: uid=manager,dc=example,dc=test
objectClass: inetOrgPerson
uid: manager
cn: Manager
sn: Manager
userPassword: manager

`

// startSlapd runs slapd as its own user, as packages do.
func startSlapd(t *testing.T, module, socket, log string) {
	t.Helper()
	must(t, "", "ip", "link", "set", "lo", "up")
	owner, err := user.Lookup("openldap")
	if err != nil {
		t.Skip(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	dir, err := os.MkdirTemp("", "veto-slapd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, path := range []string{dir, dir + "/db"} {
		os.Mkdir(path, 0o700)
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "slapd.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, slapdConfig, dir), 0o644); err != nil {
		t.Fatal(err)
	}
	daemon(t, nil, "slapd", "-d", "0", "-h", ldapServer, "-u", "openldap", "-g", "openldap", "-f", config)
	until(t, "slapd", func() bool {
		_, err := run("", "ldapsearch", "-x", "-H", ldapServer, "-s", "base", "-b", "")
		return err == nil
	})
	// The root of the directory is above its policy.
	must(t, fmt.Sprintf(slapdEntries, module, socket, log), "ldapadd", "-x", "-H", ldapServer, "-D", "cn=root,"+ldapBase, "-w", "root")
}

func ldapChange(who, password, changes string) error {
	_, err := run(changes, "ldapmodify", "-x", "-H", ldapServer, "-D", who, "-w", password)
	return err
}

func ldapPerson(name string) string { return "uid=" + name + "," + ldapBase }

func ldapAdd(name, password string) error {
	return ldapChange(ldapManager, "manager", fmt.Sprintf("dn: %s\nchangetype: add\nobjectClass: inetOrgPerson\nuid: %s\ncn: Jane Doe\nsn: Doe\ndisplayName: Brunhilde Wagner\nuserPassword: %s\n",
		ldapPerson(name), name, password))
}

func ldapReplace(who, secret, name, password string) error {
	return ldapChange(who, secret, fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: userPassword\nuserPassword: %s\n", ldapPerson(name), password))
}

// TestSlapd changes passwords in a real slapd with the real sidecar.
func TestSlapd(t *testing.T) {
	if !suite(t, "slapd", "slapd", "ldapmodify", "ldappasswd", "cc") {
		return
	}
	module := build(t, "veto_ppolicy.so")
	log := newJournal(t)
	if err := os.Chmod(log.path, 0o666); err != nil {
		t.Fatal(err)
	}
	s := newSidecar(t, "audit: {subject: plain}\nsidecar: {users: [openldap]}\n")
	s.start(t)
	startSlapd(t, module, s.socket, log.path)
	if err := ldapAdd("jdoe", strong); err != nil {
		t.Fatal(err)
	}
	t.Run("ways", testLDAPWays)
	t.Run("names", func(t *testing.T) {
		for _, password := range []string{"jdoe-2026-jdoe", "brunhilde-wagner", "Brunhilde!Wagner1"} {
			if err := ldapReplace(ldapManager, "manager", "jdoe", password); err == nil {
				t.Errorf("%s is set", password)
			}
		}
		if records, err := os.ReadFile(s.audit); err != nil || !contains(records, `"subject":"jdoe"`) {
			t.Errorf("no record of the account: %v", err)
		}
	})
	t.Run("faults", func(t *testing.T) { testLDAPFaults(t, s) })
}

func testLDAPWays(t *testing.T) {
	ways := map[string]func(old, password string) error{
		"add":               func(_, password string) error { defer ldapDelete("new"); return ldapAdd("new", password) },
		"replace by others": func(_, password string) error { return ldapReplace(ldapManager, "manager", "jdoe", password) },
		"replace by self":   func(old, password string) error { return ldapReplace(ldapPerson("jdoe"), old, "jdoe", password) },
		"extended operation": func(old, password string) error {
			_, err := run("", "ldappasswd", "-x", "-H", ldapServer, "-D", ldapPerson("jdoe"), "-w", old, "-a", old, "-s", password)
			return err
		},
	}
	old, next := strong, strong+"-1"
	for name, change := range ways {
		err := change(old, weak)
		if err == nil || !strings.Contains(err.Error(), "The password contains a banned word") {
			t.Errorf("%s: a weak password gets %v", name, err)
		}
		if err := change(old, next); err != nil {
			t.Errorf("%s: a strong password gets %v", name, err)
		}
		if name != "add" {
			old, next = next, old
		}
	}
}

func ldapDelete(name string) {
	run("", "ldapdelete", "-x", "-H", ldapServer, "-D", ldapManager, "-w", "manager", ldapPerson(name))
}

func testLDAPFaults(t *testing.T, s *sidecar) {
	set := func(password string) error { return ldapReplace(ldapManager, "manager", "jdoe", password) }
	refused := func(fault string) {
		t.Helper()
		if err := set(strong); err == nil || !strings.Contains(err.Error(), "cannot be checked now") {
			t.Errorf("%s: %v", fault, err)
		}
	}
	s.signal(t, syscall.SIGSTOP)
	refused("hung")
	s.signal(t, syscall.SIGCONT)
	s.stop(t, syscall.SIGKILL)
	refused("killed")
	argument := func(value string) {
		t.Helper()
		if err := ldapChange("cn=root,"+ldapBase, "root", "dn: cn=policy,"+ldapBase+"\nchangetype: modify\nreplace: pwdCheckModuleArg\npwdCheckModuleArg: "+value+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	argument("socket=" + s.socket + " fail_absent=open")
	if err := set(strong); err != nil {
		t.Errorf("declared open: %v", err)
	}
	argument("socket=" + s.socket + " fail_absent=perhaps")
	if err := set(strong); err == nil {
		t.Error("accepted with a wrong option")
	}
	argument("socket=" + s.socket)
	s.start(t)
	if err := set(strong); err != nil {
		t.Errorf("started again: %v", err)
	}
	if err := set(weak); err == nil {
		t.Error("a weak password is set")
	}
}
