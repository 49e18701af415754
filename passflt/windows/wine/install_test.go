package wine_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	lsa       = `HKLM\SYSTEM\CurrentControlSet\Control\Lsa`
	filterKey = `HKLM\SOFTWARE\Veto\Filter`
)

// TestInstall registers and removes the filter in the registry of Wine, which has
// no lsass to load it.
func TestInstall(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute: the installer's test installs, too")
	}
	m := newMachine(t)
	testMalformedLists(t, m)
	run(t, m.command("reg", "add", lsa, "/v", "Notification Packages", "/t", "REG_MULTI_SZ", "/d", `scecli\0Other-Filter\0rassfm`, "/f"))
	m.status(t, "broken   file", "broken   registered", "broken   loaded", "broken   service", "broken   endpoint")
	for range 30 { // Wine starts no service for some seconds after its first boot
		if _, err := output(t, m.command(m.service, "sidecar", "install")); err == nil {
			break
		}
		time.Sleep(time.Second)
	}
	for range 2 { // nothing is left to do
		m.veto(t, 0, "sidecar", "install")
		m.wantPackages(t, `scecli\0Other-Filter\0rassfm\0veto-filter`)
	}
	if n := strings.Count(m.registry(t, filterKey+`\Backup`), "REG_MULTI_SZ"); n != 1 {
		t.Errorf("%d copies of the list, want 1", n)
	}
	if source := m.registry(t, `HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\VetoFilter`); !strings.Contains(source, "veto-filter.dll") {
		t.Errorf("source of events: %s", source)
	}
	compareFiles(t, filepath.Join(m.dir, "veto-filter.dll"), filepath.Join(m.system(), "veto-filter.dll"))
	m.listening(t, "veto")
	m.status(t, "ok       file", "ok       registered", "warning  signature", "broken   loaded", "ok       switch", "ok       service", `ok       endpoint`)

	// The registered filter asks the installed service, whose program it trusts.
	l := m.lsass(t)
	l.set(t, map[string]any{"ServerSid": l.ask("whoami"), "TimeoutMs": 8000})
	l.events(1)
	expect(t, l, "set", "jdoe", weak, "reject", "2002", "")
	expect(t, l, "set", "jdoe", strong, "accept", "2001", "")
	m.status(t, "broken   loaded         version "+version, "loader.exe, not by lsass", "ok       last call")

	m.testRedirect(t)
	m.veto(t, 0, "sidecar", "remove")
	m.wantPackages(t, `scecli\0Other-Filter\0rassfm`)
	m.veto(t, 0, "sidecar", "remove")
	expect(t, l, "set", "jdoe", weak, "accept", "2007", "")
	if _, err := os.Stat(filepath.Join(m.system(), "veto-filter.dll")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of the filter: %v", err)
	}
	m.veto(t, 0, "sidecar", "install") // with the configuration there was
	m.listening(t, "veto")
	expect(t, l, "set", "jdoe", weak, "accept", "2003", "")
	m.veto(t, 0, "sidecar", "remove")
}

// testRedirect installs again, from elsewhere and with a configuration.
func (m *machine) testRedirect(t *testing.T) {
	t.Helper()
	folder := filepath.Join(m.prefix, "drive_c", "new place")
	program, err := os.ReadFile(m.service)
	if err == nil {
		err = os.Mkdir(folder, 0o777)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "veto.exe"), program, 0o777)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, "veto.yaml"), []byte("sidecar: {mode: audit}\n"), 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	dll := filepath.Join(m.dir, "veto-filter.dll")
	run(t, m.command(`C:\new place\veto.exe`, "sidecar", "install", "--dll", dll, "--config", `C:\new place\veto.yaml`))
	m.listening(t, "veto")
	m.status(t, "ok       service", "in audit mode")
	service := m.registry(t, `HKLM\SYSTEM\CurrentControlSet\Services\veto`)
	if !strings.Contains(service, `"C:\new place\veto.exe" sidecar --service --config "C:\new place\veto.yaml"`) {
		t.Errorf("service: %s", service)
	}
}

// testMalformedLists has lists that no edit can be trusted with: nothing is done.
func testMalformedLists(t *testing.T, m *machine) {
	t.Helper()
	for _, bad := range [][]string{
		{"/t", "REG_SZ", "/d", "scecli"},
		{"/t", "REG_BINARY", "/d", "7300"},
	} {
		run(t, m.command(append([]string{"reg", "add", lsa, "/v", "Notification Packages", "/f"}, bad...)...))
		before := m.registry(t, lsa)
		if out := m.veto(t, 4, "sidecar", "install"); !strings.Contains(out, "REG_MULTI_SZ") {
			t.Errorf("error %q", out)
		}
		if after := m.registry(t, lsa); after != before {
			t.Errorf("before:\n%s\nafter:\n%s", before, after)
		}
		m.veto(t, 4, "sidecar", "remove")
	}
}

// veto runs the program and returns what it says.
func (m *machine) veto(t *testing.T, code int, args ...string) string {
	t.Helper()
	cmd := m.command(append([]string{m.service}, args...)...)
	out, err := output(t, cmd)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != code {
		t.Errorf("veto %s: %v, want code %d\n%s", strings.Join(args, " "), err, code, out)
	}
	return out
}

// status wants these beginnings or parts of lines, in this order.
func (m *machine) status(t *testing.T, want ...string) {
	t.Helper()
	out := m.veto(t, 4, "sidecar", "status")
	rest := out
	for _, part := range want {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Errorf("status without %q:\n%s", part, out)
			return
		}
		rest = after
	}
}

// registry returns the values below a key.
func (m *machine) registry(t *testing.T, key string) string {
	t.Helper()
	return run(t, m.command("reg", "query", key))
}

func (m *machine) wantPackages(t *testing.T, want string) {
	t.Helper()
	out := run(t, m.command("reg", "query", lsa, "/v", "Notification Packages"))
	_, got, _ := strings.Cut(out, "REG_MULTI_SZ")
	if got = strings.TrimSpace(got); got != want {
		t.Errorf("Notification Packages: %q, want %q", got, want)
	}
}

// system returns the system folder.
func (m *machine) system() string { return filepath.Join(m.prefix, "drive_c", "windows", "system32") }

func compareFiles(t *testing.T, a, b string) {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil || string(x) != string(y) {
		t.Errorf("%s differs from %s: %v", b, a, err)
	}
}
