//go:build linux

package passflt_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unicode/utf16"
)

// A Samba domain controller on the loopback interface of the suite.
const (
	domainBase    = "DC=corp,DC=example,DC=test"
	administrator = "Administrator@corp.example.test"
	adminPassword = "Adm1n-of-the-suite!"
	passwordAudit = "/var/log/samba/password-audit.json"
	directory     = "ldaps://127.0.0.1"
)

type dc struct {
	t   *testing.T // which ends it
	cmd *exec.Cmd
}

// interfaces keeps a domain controller to one address, beside others on this machine.
func interfaces(address string) []string {
	return []string{"--option=interfaces=" + address + "/8", "--option=bind interfaces only=yes"}
}

// newDC provisions a domain with Samba's own folders, which it covers.
func newDC(t *testing.T) *dc {
	t.Helper()
	must(t, "", "ip", "link", "set", "lo", "up")
	cover(t, "/var/lib/samba", "/var/cache/samba", "/run/samba", "/etc/samba", "/var/log/samba")
	replace(t, "/etc/hosts", "127.0.0.1 localhost\n127.0.0.1 dc1.corp.example.test dc1\n127.0.0.2 dc2.corp.example.test dc2\n")
	t.Setenv("LDAPTLS_REQCERT", "never") // Samba's certificate is its own
	t.Setenv("KRB5_CONFIG", write(t, "krb5.conf", `[libdefaults]
	default_realm = CORP.EXAMPLE.TEST
	dns_lookup_kdc = false
	rdns = false
[realms]
	CORP.EXAMPLE.TEST = {
		kdc = 127.0.0.1
		kpasswd_server = 127.0.0.1
		admin_server = 127.0.0.1
	}
`))
	for _, dir := range []string{"/var/lib/samba/private", "/run/samba/ncalrpc"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	must(t, "", "samba-tool", append([]string{"domain", "provision", "--server-role=dc", "--use-rfc2307", "--dns-backend=NONE", "--realm=CORP.EXAMPLE.TEST",
		"--domain=CORP", "--adminpass=" + adminPassword, "--host-name=dc1", "--host-ip=127.0.0.1"}, interfaces("127.0.0.1")...)...)
	must(t, "", "samba-tool", "domain", "passwordsettings", "set", "--min-pwd-age=0", "--history-length=0", "--min-pwd-length=7")
	return &dc{t: t}
}

// start runs the domain controller with a check password script.
func (d *dc) start(t *testing.T, script string) {
	t.Helper()
	const path = "/etc/samba/smb.conf"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ours := "[global]\n\tlog level = 1 dsdb_password_json_audit:5@" + passwordAudit + "\n\tcheck password script = " + script + "\n#\n"
	_, rest, ok := strings.Cut(string(text), "\n#\n")
	if !ok {
		_, rest, _ = strings.Cut(string(text), "[global]\n")
	}
	if err := os.WriteFile(path, []byte(ours+rest), 0o644); err != nil {
		t.Fatal(err)
	}
	d.cmd = daemon(d.t, nil, "samba", "-F", "--no-process-group")
	until(t, "the directory", func() bool { return answers(directory) })
	until(t, "SMB", func() bool {
		_, err := run("", "smbclient", "-N", "-L", "127.0.0.1")
		return err == nil
	})
}

func (d *dc) stop(t *testing.T) {
	t.Helper()
	d.cmd.Process.Signal(syscall.SIGTERM)
	d.cmd.Process.Wait()
	until(t, "Samba's end", func() bool { return !answers(directory) })
}

// answers reports whether a server answers.
func answers(server string) bool {
	_, err := run("", "ldapsearch", "-x", "-H", server, "-s", "base", "-b", "", "dnsHostName")
	return err == nil
}

// unicodePassword is the form of a password in attribute unicodePwd, in base64.
func unicodePassword(password string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func userDN(user string) string { return "CN=" + user + ",CN=Users," + domainBase }

// modify runs LDAP changes as somebody.
func modify(who, password, changes string) error {
	return modifyAt(directory, who, password, changes)
}

func modifyAt(server, who, password, changes string) error {
	_, err := run(changes, "ldapmodify", "-x", "-H", server, "-D", who, "-w", password)
	return err
}

func addUser(user, password string) error {
	return modify(administrator, adminPassword, fmt.Sprintf(`dn: %s
changetype: add
objectClass: user
sAMAccountName: %s
userPrincipalName: %[2]s@corp.example.test
displayName: Jane Doe
userAccountControl: 512
unicodePwd:: %s
`, userDN(user), user, unicodePassword(password)))
}

func setPassword(user, password string) error { return setPasswordAt(directory, user, password) }

func setPasswordAt(server, user, password string) error {
	return modifyAt(server, administrator, adminPassword, fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: %s\n",
		userDN(user), unicodePassword(password)))
}

func changePassword(user, old, password string) error {
	return modify(user+"@corp.example.test", old, fmt.Sprintf(
		"dn: %s\nchangetype: modify\ndelete: unicodePwd\nunicodePwd:: %s\n-\nadd: unicodePwd\nunicodePwd:: %s\n",
		userDN(user), unicodePassword(old), unicodePassword(password)))
}

// accounts writes the distinguished names and accounts of a server to a file.
func accounts(t *testing.T, server string) (path string) {
	t.Helper()
	return write(t, "accounts.ldif", must(t, "", "ldapsearch", "-x", "-LLL", "-H", server, "-D", administrator,
		"-w", adminPassword, "-b", domainBase, "(sAMAccountName=*)", "sAMAccountName"))
}

// logsIn reports whether the password is the user's.
func logsIn(user, password string) bool {
	_, err := run("", "ldapsearch", "-x", "-H", directory, "-D", user+"@corp.example.test", "-w", password, "-s", "base", "-b", domainBase, "dn")
	return err == nil
}
