//go:build linux

package passflt_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// services are files of /etc/pam.d, with %[1]s for the module, %[2]s for its
// options.
var services = map[string]string{
	"passwd":        "password requisite %[1]s %[2]s\npassword required pam_unix.so use_authtok yescrypt\n",
	"chpasswd":      "password requisite %[1]s %[2]s\npassword required pam_unix.so use_authtok yescrypt\n",
	"veto-retry":    "password requisite %[1]s retry=3 %[2]s\npassword required pam_unix.so use_authtok\n",
	"veto-above":    "password requisite %[1]s socket=/nowhere fail_absent=open\npassword requisite %[1]s use_authtok %[2]s\npassword required pam_unix.so use_authtok\n",
	"veto-nothing":  "password requisite %[1]s use_authtok fail_absent=open fail_timeout=open fail_undecided=open %[2]s\npassword required pam_permit.so\n",
	"veto-wrong":    "password requisite %[1]s retry=10 %[2]s\npassword required pam_permit.so\n",
	"veto-open":     "password requisite %[1]s %[2]s fail_absent=open\npassword required pam_permit.so\n",
	"veto-warn":     "auth required pam_unix.so\nauth optional %[1]s at_login=warn %[2]s\n",
	"veto-deny":     "auth required pam_unix.so\nauth required %[1]s at_login=deny %[2]s\n",
	"veto-expire":   "auth required pam_unix.so\nauth required %[1]s at_login=expire %[2]s\naccount required %[1]s at_login=expire\naccount required pam_permit.so\n",
	"veto-no-token": "auth required pam_permit.so\nauth required %[1]s at_login=deny %[2]s\n",
}

// newPAM makes a copy of /etc, for this test alone, with our services and a user.
func newPAM(t *testing.T, module, options string) (user *syscall.Credential) {
	t.Helper()
	etc := filepath.Join(t.TempDir(), "etc")
	must(t, "", "cp", "-a", "/etc", etc)
	for name, text := range services {
		if err := os.WriteFile(filepath.Join(etc, "pam.d", name), fmt.Appendf(nil, text, module, options), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mount(t, etc, "/etc")
	must(t, "", "useradd", "-u", "54321", "-c", "Brunhilde Wagner,Room 1", "-M", "-d", "/", "jdoe")
	return &syscall.Credential{Uid: 54321, Gid: 54321}
}

// pamtester runs operations of a service, and tells whether all succeeded.
func pamtester(service, input string, operations ...string) (output string, ok bool) {
	output, err := run(input, "pamtester", append([]string{service, "jdoe"}, operations...)...)
	return output, err == nil
}

func twice(password string) string { return password + "\n" + password + "\n" }

// TestPAM changes passwords by real programs, pamtester among them, with the
// real sidecar.
func TestPAM(t *testing.T) {
	if !suite(t, "pam", "pamtester", "passwd", "chpasswd", "useradd", "cc") {
		return
	}
	module := build(t, "pam_veto.so")
	log := newJournal(t)
	s := newSidecar(t, "audit: {subject: plain}\n")
	s.start(t)
	user := newPAM(t, module, fmt.Sprintf("socket=%s log=%s", s.socket, log.path))
	t.Run("change", func(t *testing.T) { testPAMChange(t, s, user) })
	t.Run("stacks", testPAMStacks)
	t.Run("login", testPAMLogin)
	t.Run("answers", func(t *testing.T) { testPAMAnswers(t, module) })
	t.Run("owner", func(t *testing.T) { testPAMOwner(t, module, user) })
	t.Run("unknown", func(t *testing.T) { testPAMUnknown(t, module) })
	t.Run("options", func(t *testing.T) { testPAMOptions(t, module) })
	t.Run("arm64", func(t *testing.T) { testPAMOnARM64(t, s) })
	t.Run("faults", func(t *testing.T) { testPAMFaults(t, s) })
}

// testPAMOnARM64 has pamtester for arm64 load the module for arm64.
func testPAMOnARM64(t *testing.T, s *sidecar) {
	tester := filepath.Join(arm64Root, "usr/bin/pamtester")
	if _, err := os.Stat(tester); err != nil {
		t.Skip("the libraries for arm64 are missing: make passflt-arm64 fetches them")
	}
	service := fmt.Sprintf("password requisite %s socket=%s\npassword required pam_permit.so\n", arm64.build(t, "pam_veto.so"), s.socket)
	if err := os.WriteFile("/etc/pam.d/veto-arm64", []byte(service), 0o644); err != nil {
		t.Fatal(err)
	}
	for password, said := range map[string]string{weak: "The password contains a banned word", strong: "successfully"} {
		cmd := arm64.command(tester, "veto-arm64", "jdoe", "chauthtok")
		cmd.Stdin = strings.NewReader(twice(password))
		output, err := cmd.CombinedOutput()
		if (err == nil) != (password == strong) || !contains(output, said) {
			t.Errorf("%s: %v\n%s", password, err, output)
		}
	}
}

// testPAMChange uses the programs of the system.
func testPAMChange(t *testing.T, s *sidecar, user *syscall.Credential) {
	set := func(password string) error {
		_, err := run("jdoe:"+password+"\n", "chpasswd")
		return err
	}
	for password, want := range map[string]bool{weak: false, "Brunhilde-Wagner": false, strong: true} {
		if err := set(password); (err == nil) != want {
			t.Errorf("chpasswd, %s: %v, want accepted %v", password, err, want)
		}
	}
	change := func(old, password string) (string, error) {
		cmd := exec.Command("passwd")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
		cmd.Stdin = strings.NewReader(old + "\n" + twice(password))
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	if output, err := change(strong, weak); err == nil || !strings.Contains(output, "The password contains a banned word") {
		t.Errorf("passwd sets a weak password: %v\n%s", err, output)
	}
	if output, err := change(strong, strong+"-2"); err != nil {
		t.Errorf("passwd: %v\n%s", err, output)
	}
	time.Sleep(200 * time.Millisecond)
	records, err := os.ReadFile(s.audit)
	if err != nil || !contains(records, `"operation":"set","subject":"jdoe"`) || !contains(records, `"operation":"change","subject":"jdoe"`) {
		t.Errorf("operations are not told apart: %v\n%s", err, records)
	}
}

func testPAMStacks(t *testing.T) {
	tests := []struct {
		service, input string
		want           bool
		said           string
	}{
		{"veto-retry", twice(weak) + twice("jdoe") + twice(strong), true, "it contains your name"},
		{"veto-retry", twice(weak) + twice(weak) + twice(weak) + twice(strong), false, "banned word"},
		{"veto-retry", twice(""), false, ""},
		{"veto-above", twice(strong), true, ""},
		{"veto-above", twice(weak), false, "banned word"},
		{"veto-nothing", twice(strong), false, "The password is empty."},
		{"veto-wrong", twice(strong), false, ""},
	}
	for _, test := range tests {
		if output, ok := pamtester(test.service, test.input, "chauthtok"); ok != test.want || !strings.Contains(output, test.said) {
			t.Errorf("%s: %v, want %v with %q\n%s", test.service, ok, test.want, test.said, output)
		}
	}
}

// setWithout sets a password that nothing judges.
func setWithout(t *testing.T, password string) {
	t.Helper()
	must(t, must(t, password, "openssl", "passwd", "-6", "-stdin"), "sh", "-c", `usermod -p "$(cat)" jdoe`)
}

func testPAMLogin(t *testing.T) {
	tests := []struct {
		service, password string
		want              bool
		said              string
	}{
		{"veto-warn", weak, true, "Please change it."},
		{"veto-warn", strong, true, "successfully authenticated"},
		{"veto-deny", weak, false, "Ask your help desk"},
		{"veto-deny", strong, true, "successfully authenticated"},
		{"veto-expire", weak, false, "Authentication token is no longer valid"},
		{"veto-expire", strong, true, "account management done"},
	}
	for _, test := range tests {
		setWithout(t, test.password)
		output, ok := pamtester(test.service, test.password+"\n", "authenticate", "acct_mgmt")
		if test.service != "veto-expire" {
			output, ok = pamtester(test.service, test.password+"\n", "authenticate")
		}
		if ok != test.want || !strings.Contains(output, test.said) {
			t.Errorf("%s, %s: %v, want %v with %q\n%s", test.service, test.password, ok, test.want, test.said, output)
		}
		if test.password == strong && strings.Contains(output, "change it") {
			t.Errorf("%s warns of a strong password", test.service)
		}
	}
	if output, ok := pamtester("veto-no-token", "", "authenticate"); !ok {
		t.Errorf("somebody without a password is refused\n%s", output)
	}
}

func testPAMFaults(t *testing.T, s *sidecar) {
	setWithout(t, weak)
	refused := func(fault string) {
		t.Helper()
		if output, ok := pamtester("passwd", twice(strong), "chauthtok"); ok || !strings.Contains(output, "cannot be checked now") {
			t.Errorf("%s: %v\n%s", fault, ok, output)
		}
		if output, ok := pamtester("veto-deny", weak+"\n", "authenticate"); !ok {
			t.Errorf("%s: nobody can log in\n%s", fault, output)
		}
	}
	s.signal(t, syscall.SIGSTOP)
	refused("hung")
	s.signal(t, syscall.SIGCONT)
	s.stop(t, syscall.SIGKILL)
	refused("killed")
	if output, ok := pamtester("veto-open", twice(strong), "chauthtok"); !ok {
		t.Errorf("declared open: refused\n%s", output)
	}
	if output, ok := pamtester("veto-open", twice(""), "chauthtok"); ok {
		t.Errorf("declared open: an empty password is set\n%s", output)
	}
	s.start(t)
	if output, ok := pamtester("passwd", twice(strong), "chauthtok"); !ok {
		t.Errorf("started again: refused\n%s", output)
	}
}

// service writes a service of our module, which does not need the password of the
// user, and returns its name.
func service(t *testing.T, module, options string) string {
	t.Helper()
	text := fmt.Sprintf("auth optional pam_unix.so\nauth required %[1]s %[2]s\nauth required pam_permit.so\n"+
		"password requisite %[1]s %[2]s\npassword required pam_permit.so\n", module, options)
	if err := os.WriteFile("/etc/pam.d/veto-made", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return "veto-made"
}

// testPAMAnswers has what each operation comes to for want of a verdict.
func testPAMAnswers(t *testing.T, module string) {
	log := newJournal(t)
	setWithout(t, strong)
	asked := map[string]struct{ input, operation string }{
		"set":    {twice(strong), "chauthtok"},
		"change": {twice(strong), "chauthtok(PAM_CHANGE_EXPIRED_AUTHTOK)"},
		"login":  {strong + "\n", "authenticate"},
	}
	for _, f := range faults(t) {
		for _, o := range operations {
			all, own := "fail_"+f.option, "fail_"+o.name+"_"+f.option
			standard := map[string]bool{"login": true}[o.name]
			for options, want := range map[string]bool{
				"":                               standard,
				all + "=open":                    true,
				all + "=closed":                  standard,
				own + "=open " + all + "=closed": true,
				own + "=closed " + all + "=open": false,
			} {
				name := service(t, module, strings.Join(f.common(log), " ")+" at_login=deny "+options)
				output, ok := pamtester(name, asked[o.name].input, asked[o.name].operation)
				if ok != want || strings.Contains(output, "cannot be checked now") == want || strings.Contains(output, "help desk") {
					t.Errorf("%s, %s, %q: %v, want %v\n%s", o.name, f.cause, options, ok, want, output)
				}
				decision := map[bool]string{true: "accept", false: "reject"}[want]
				line := fmt.Sprintf("decision=%s cause=%s operation=%s account=jdoe codes=%s", decision, f.cause, o.name, f.codes)
				if logged := text(log.line()); logged != line {
					t.Errorf("%s, %s, %q: log %q, want %q", o.name, f.cause, options, logged, line)
				}
			}
		}
	}
}

// testPAMOwner has a person without an old password, as of a new account, and root.
func testPAMOwner(t *testing.T, module string, user *syscall.Credential) {
	log := newJournal(t)
	e := serve(t, reply(1, ""))
	for path := e.path; path != os.TempDir(); path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	name := service(t, module, fmt.Sprintf("socket=%s log=%s", e.path, log.path))
	for _, test := range []struct {
		who       *syscall.Credential
		account   string
		operation string
	}{
		{user, "jdoe", "change"},
		{nil, "jdoe", "set"},
		{nil, "root", "change"},
		{nil, "nobody-here", "set"},
	} {
		cmd := exec.Command("pamtester", name, test.account, "chauthtok")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: test.who}
		cmd.Stdin = strings.NewReader(twice(strong))
		output, err := cmd.CombinedOutput()
		if line := text(log.line()); err != nil || test.who == nil && !strings.Contains(line, " operation="+test.operation+" account="+test.account+" ") {
			t.Errorf("%s: %v, log %q\n%s", test.account, err, line, output)
		}
		if wire := map[string]byte{"set": 1, "change": 2}[test.operation]; e.last() == nil || e.last()[5] != wire {
			t.Errorf("%s: request %q, want operation %d", test.account, e.last(), wire)
		}
	}
}

// testPAMUnknown has somebody type the password where the name belongs.
func testPAMUnknown(t *testing.T, module string) {
	log := newJournal(t)
	e := serve(t, reply(1, ""))
	name := service(t, module, fmt.Sprintf("socket=%s log=%s", e.path, log.path))
	output, err := run("something else\n", "pamtester", name, canary, "authenticate")
	if line := log.line(); err != nil || !strings.Contains(line, " operation=login account=- ") {
		t.Errorf("%v, log %q\n%s", err, line, output)
	}
	if e.last() == nil || contains(e.last(), canary) {
		t.Errorf("the endpoint is sent %q", e.last())
	}
}

// testPAMOptions makes sure that mistakes refuse new passwords, no logins, and are
// named.
func testPAMOptions(t *testing.T, module string) {
	log := newJournal(t)
	for option, want := range map[string]string{
		"retry=10":                "retry: must be",
		"retry=":                  "retry: must be",
		"at_login=":               "at_login: must be",
		"at_login=lock":           "at_login: must be",
		"use_authtok=yes":         "unknown option",
		"fail_login_absent=maybe": "fail_login_absent: must be",
	} {
		name := service(t, module, fmt.Sprintf("log=%s socket=/nowhere fail_absent=open %s", log.path, option))
		if output, ok := pamtester(name, twice(strong), "chauthtok"); ok || !strings.HasPrefix(text(log.line()), want) {
			t.Errorf("%s: a password is set, or the log is wrong\n%s", option, output)
		}
		if output, ok := pamtester(name, strong+"\n", "authenticate"); !ok || !strings.HasPrefix(text(log.line()), want) {
			t.Errorf("%s: nobody can log in, or the log is wrong\n%s", option, output)
		}
	}
}
