//go:build linux

package passflt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// channels are the ways to a new password on a domain controller. Each program
// talks to the server, save for samba-tool, which opens the database itself.
var channels = []struct {
	name   string
	change func(user, old, password string) error
}{
	{"samba-tool setpassword", func(user, _, password string) error {
		_, err := run("", "samba-tool", "user", "setpassword", user, "--newpassword="+password)
		return err
	}},
	{"LDAPS replace", func(user, _, password string) error { return setPassword(user, password) }},
	{"LDAPS change", changePassword},
	{"kpasswd", func(user, old, password string) error {
		return said(old+"\n"+password+"\n"+password+"\n", "Password changed", "kpasswd", user)
	}},
	{"smbpasswd", func(user, old, password string) error {
		return said(old+"\n"+password+"\n"+password+"\n", "Password changed", "smbpasswd", "-s", "-r", "127.0.0.1", "-U", user)
	}},
	{"rpcclient setuserinfo2 24", func(user, _, password string) error {
		return rpc(administrator, adminPassword, fmt.Sprintf("setuserinfo2 %s 24 %s", user, password))
	}},
	{"rpcclient chgpasswd3", func(user, old, password string) error {
		return rpc(user, old, fmt.Sprintf("chgpasswd3 %s %s %s", user, old, password))
	}},
	{"net rpc password", func(user, _, password string) error {
		_, err := run("", "net", "rpc", "password", user, password, "-S", "127.0.0.1", "-U", administrator+"%"+adminPassword)
		return err
	}},
}

// said runs a program whose exit status is not enough.
func said(input, success, program string, arguments ...string) error {
	output, err := run(input, program, arguments...)
	if err == nil && !strings.Contains(output, success) {
		err = fmt.Errorf("%s: %s", program, output)
	}
	return err
}

// rpc runs a command of rpcclient, which prints errors and exits with 0.
func rpc(user, password, command string) error {
	output, err := run("", "rpcclient", "127.0.0.1", "-U", user+"%"+password, "-c", command)
	if err == nil && strings.Contains(output, "NT_STATUS_") {
		err = fmt.Errorf("rpcclient: %s", output)
	}
	return err
}

// TestSamba changes passwords on a real domain controller with the real sidecar.
func TestSamba(t *testing.T) {
	if !suite(t, "samba", "samba", "samba-tool", "ldapmodify", "kpasswd", "smbpasswd", "rpcclient", "net", "/usr/bin/python3", "cc") {
		return
	}
	program := build(t, "veto-samba-check")
	log := newJournal(t)
	s := newSidecar(t, "terms: {words: [contoso]}\naudit: {subject: plain}\n")
	s.start(t)
	d := newDC(t)
	d.start(t, fmt.Sprintf("exec %s --socket=%s --log=%s", program, s.socket, log.path))

	t.Run("channels", testChannels)
	t.Run("add", testAdd)
	t.Run("passwords", testPasswords)
	t.Run("policies", testFineGrained)
	t.Run("faults", func(t *testing.T) { testFaults(t, s, log) })
	t.Run("reconcile", func(t *testing.T) { testReconcile(t, s) })
	t.Run("time", func(t *testing.T) { testTime(t, d, program, s) })
	t.Run("its own test", func(t *testing.T) { testOwn(t, d, s, program) })
	for _, password := range []string{weak, strong} {
		if found := leaks(t, password, "/var/log/samba", filepath.Dir(s.audit)); len(found) > 0 {
			t.Errorf("a password is in %v", found)
		}
	}
}

func testChannels(t *testing.T) {
	for i, channel := range channels {
		t.Run(channel.name, func(t *testing.T) {
			user := fmt.Sprint("person", i)
			if err := addUser(user, strong+"-old"); err != nil {
				t.Fatal(err)
			}
			if err := channel.change(user, strong+"-old", weak); err == nil {
				t.Error("a weak password is set")
			}
			if logsIn(user, weak) || !logsIn(user, strong+"-old") {
				t.Error("the old password does not hold after a refusal")
			}
			if err := channel.change(user, strong+"-old", strong); err != nil || !logsIn(user, strong) {
				t.Errorf("a strong password is not set: %v", err)
			}
		})
	}
}

func testAdd(t *testing.T) {
	for password, want := range map[string]bool{weak: false, "Contoso-2024!": false, strong: true} {
		if err := addUser("newcomer", password); (err == nil) != want {
			t.Errorf("%s: %v, want accepted %v", password, err, want)
		}
	}
	if _, err := run("", "samba-tool", "user", "create", "newcomer2", weak); err == nil {
		t.Error("samba-tool creates a user with a weak password")
	}
	must(t, "", "samba-tool", "user", "create", "newcomer2", strong)
}

// testPasswords has characters that must reach the sidecar as they are.
func testPasswords(t *testing.T) {
	for password, want := range map[string]bool{
		`vK7"mW'q2$(id)` + "`id`\\%u":  true,
		"😀🚀-vK7mWq2-密码":                true,
		"Straße-Übung-vK7mWq2":         true,
		"vK7mWq2x\nLp9-Zt":             false, // a control character
		strings.Repeat("vK7#mWq2", 32): true,  // 256 units
		"Pаsswоrd2024!":                false, // with Cyrillic letters
		"newcomer-2024":                false, // the account
	} {
		if err := setPassword("newcomer", password); (err == nil) != want {
			t.Errorf("%q: %v, want accepted %v", password, err, want)
		}
	}
}

// testFineGrained shows that the script also holds where a policy of its own
// does, and that Samba asks no script where complexity is off.
func testFineGrained(t *testing.T) {
	for name, complexity := range map[string]string{"checked": "on", "unchecked": "off"} {
		if err := addUser(name, strong+"-old"); err != nil {
			t.Fatal(err)
		}
		must(t, "", "samba-tool", "domain", "passwordsettings", "pso", "create", "pso-"+name, "10",
			"--complexity="+complexity, "--min-pwd-length=9", "--min-pwd-age=0", "--history-length=0")
		must(t, "", "samba-tool", "domain", "passwordsettings", "pso", "apply", "pso-"+name, name)
		if err := setPassword(name, weak); (err == nil) != (complexity == "off") {
			t.Errorf("weak password with complexity %s: %v", complexity, err)
		}
		if err := setPassword(name, strong); err != nil {
			t.Errorf("strong password with complexity %s: %v", complexity, err)
		}
		if err := setPassword(name, "vK7#mW-x"); err == nil {
			t.Error("8 characters are set where the policy wants 9")
		}
	}
}

// testFaults takes the sidecar away in every way. Nothing may be accepted, nor
// take much longer than the deadline, and all is well once it is back. Accounts
// without a person's password are never asked about.
func testFaults(t *testing.T, s *sidecar, log *journal) {
	if err := addUser("patient", strong+"-old"); err != nil {
		t.Fatal(err)
	}
	refused := func(fault, cause string) {
		t.Helper()
		log.drain()
		began := time.Now()
		if err := setPassword("patient", strong); err == nil {
			t.Errorf("accepted, with a sidecar that is %s", fault)
		} else if !strings.Contains(err.Error(), "0000052D") {
			t.Errorf("%s: %v", fault, err)
		}
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("%s: took %v", fault, took)
		}
		if line := log.line(); !strings.Contains(line, "cause="+cause) {
			t.Errorf("%s: log %q", fault, line)
		}
	}
	well := func(after string) {
		t.Helper()
		if err := setPassword("patient", strong); err != nil {
			t.Errorf("%s: %v", after, err)
		}
		if err := setPassword("patient", weak); err == nil {
			t.Errorf("%s: a weak password is set", after)
		}
	}
	s.stop(t, syscall.SIGTERM)
	refused("stopped", "absent")
	t.Run("exempt", testExempt)
	s.start(t)
	well("started again")

	s.signal(t, syscall.SIGSTOP)
	refused("hung", "timeout")
	s.signal(t, syscall.SIGCONT)
	well("continued")

	s.signal(t, syscall.SIGSTOP)
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		until(t, "the request", s.asked)
		s.cmd.Process.Kill()
		s.cmd.Process.Wait()
	}()
	refused("killed in mid-request", "broken")
	<-killed
	refused("dead, its socket left behind", "absent")
	s.start(t)
	well("started over the socket of a dead one")
}

// testExempt sets passwords of machines and of Kerberos while no sidecar runs.
func testExempt(t *testing.T) {
	must(t, "", "samba-tool", "computer", "create", "WS01")
	if err := modify(administrator, adminPassword, fmt.Sprintf("dn: CN=WS01,CN=Computers,%s\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: %s\n",
		domainBase, unicodePassword("machine-Password-1"))); err != nil {
		t.Errorf("a machine's password: %v", err)
	}
	if err := setPassword("krbtgt", "anything-1"); err != nil {
		t.Errorf("krbtgt: %v", err)
	}
	if err := said(adminPassword+"\n", "Password for", "kinit", "-c", filepath.Join(t.TempDir(), "cache"), "Administrator"); err != nil {
		t.Errorf("Kerberos after a change of krbtgt: %v", err)
	}
}

// testReconcile compares Samba's own record of changes with the sidecar's.
func testReconcile(t *testing.T, s *sidecar) {
	time.Sleep(200 * time.Millisecond) // records wait 20 ms
	report := reconcile(t, directory, passwordAudit, s.audit)
	for _, u := range report.Unmatched {
		if u.Account != "unchecked" {
			t.Errorf("%s has a password without a verdict", u.Account)
		}
	}
	if len(report.Unmatched) != 2 || report.Exempt < 2 || report.Matched < 20 {
		t.Errorf("not what happened: %+v", report)
	}
}

// reconciliation is what veto reconcile tells.
type reconciliation struct {
	Changes, Matched, Exempt int
	Unmatched                []struct{ Account string }
}

// reconcile compares a domain controller's own record with that of its sidecar. The
// exit code must tell whether anything is unmatched.
func reconcile(t *testing.T, server, samba, audit string) (r reconciliation) {
	t.Helper()
	cmd := exec.Command(os.Getenv("PASSFLT_PROGRAM"), "reconcile", "--json", "--accounts", accounts(t, server), samba, audit)
	output, _ := cmd.Output()
	code := cmd.ProcessState.ExitCode()
	if err := json.Unmarshal(output, &r); err != nil || (code == 1) != (len(r.Unmatched) > 0) || code > 1 {
		t.Fatalf("exit code %d, %v\n%s", code, err, output)
	}
	return r
}

// testTime measures a reset over LDAPS without a script, with one that only reads
// the password, as it must, and with ours, in turns. Processor time is that of
// Samba, the script and the sidecar.
func testTime(t *testing.T, d *dc, program string, s *sidecar) {
	if testing.Short() {
		t.Skip("a measurement")
	}
	const rounds, repeats = 3, 50
	if err := addUser("timed", strong); err != nil {
		t.Fatal(err)
	}
	scripts := []struct {
		name, script string
		cpu, elapsed []time.Duration
	}{
		{name: "no script"},
		{name: "cat", script: "exec /bin/cat >/dev/null"},
		{name: "veto-samba-check", script: fmt.Sprintf("exec %s --socket=%s", program, s.socket)},
	}
	for range rounds {
		for i := range scripts {
			c := &scripts[i]
			d.stop(t)
			d.start(t, c.script)
			resets(t, 5) // the first ones fill caches
			before, began := processorTime(t), time.Now()
			resets(t, repeats)
			c.elapsed = append(c.elapsed, time.Since(began)/repeats)
			c.cpu = append(c.cpu, (processorTime(t)-before)/repeats)
		}
	}
	t.Logf("result: %d rounds of %d resets over one connection, median of the rounds (least to most) of one reset", rounds, repeats)
	for _, c := range scripts {
		slices.Sort(c.cpu)
		slices.Sort(c.elapsed)
		const middle, last = rounds / 2, rounds - 1
		t.Logf("result: %-16s processor time %v (%v to %v), elapsed %v (%v to %v)", c.name, c.cpu[middle], c.cpu[0], c.cpu[last],
			c.elapsed[middle], c.elapsed[0], c.elapsed[last])
	}
}

// processorTime returns what all processes of the suite but this one have used, with
// their children that ended, in the hundredths of a second that the system counts.
func processorTime(t *testing.T) (sum time.Duration) {
	t.Helper()
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil || filepath.Base(filepath.Dir(path)) == fmt.Sprint(os.Getpid()) {
			continue
		}
		_, rest, _ := bytes.Cut(text, []byte(") "))
		fields := bytes.Fields(rest)
		for _, field := range fields[11:15] {
			ticks, err := strconv.Atoi(string(field))
			if err != nil {
				t.Fatal(err)
			}
			sum += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return sum
}

// resets sets passwords over one connection.
func resets(t *testing.T, count int) {
	t.Helper()
	var changes strings.Builder
	for i := range count {
		fmt.Fprintf(&changes, "dn: %s\nchangetype: modify\nreplace: unicodePwd\nunicodePwd:: %s\n\n", userDN("timed"), unicodePassword(fmt.Sprint(strong, i)))
	}
	if err := modify(administrator, adminPassword, changes.String()); err != nil {
		t.Fatal(err)
	}
}

// testOwn runs the test of its scripts that Samba has itself. It wants a name
// refused and the same without its last letter accepted, hence the policy; with XYZ
// behind that, too, which is the name again if its random last letter is X: it is run
// anew if it fails, twice at most.
func testOwn(t *testing.T, d *dc, s *sidecar, program string) {
	const module = "samba.tests.samba_tool.user_check_password_script"
	if _, err := run("", "/usr/bin/python3", "-c", "import "+module); err != nil {
		t.Skip(err)
	}
	s.stop(t, syscall.SIGTERM)
	s.configure(t, `terms: {global: false}
policies:
  - name: own
    profile: entra
    score: {points: 0}
    near: {refuse: false}
    names: {refuse: true}
    complexity: {active_directory: false}
    length: {min: 1}
    patterns: [{deny: Unacceptable1!, whole: true}]
`)
	s.start(t)
	d.stop(t)
	d.start(t, fmt.Sprintf("exec %s --socket=%s", program, s.socket))
	for again := range 3 {
		cmd := exec.Command("/usr/bin/python3", "-m", "unittest", "-v", module)
		cmd.Env = append(os.Environ(), "DC_SERVER=dc1.corp.example.test", "DC_SERVER_IP=127.0.0.1", "DC_USERNAME=Administrator",
			"DC_PASSWORD="+adminPassword, "UNACCEPTABLE_PASSWORD=Unacceptable1!", "SMB_CONF_PATH=/etc/samba/smb.conf")
		output, err := cmd.CombinedOutput()
		if err == nil && bytes.Contains(output, []byte("Ran 2 tests")) {
			return
		}
		if again == 2 {
			t.Errorf("%v\n%s", err, output)
		}
	}
}
