package wine_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// newer is a later version, and that of the installer that fails.
const newer = "1.3.0-test"

// installer builds the programs of a version and their installer.
func installer(t *testing.T, version string) (dir, msi string) {
	t.Helper()
	for _, tool := range []string{"wixl", "msibuild", "msiinfo"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing: the packages wixl and msitools have it", tool)
		}
	}
	dir = buildVersion(t, version)
	buildService(t, dir, version)
	run(t, exec.Command("make", "-s", "-C", "..", "package", "OUT="+dir, "VERSION="+version))
	return dir, filepath.Join(dir, "veto.msi")
}

// failing copies an installer and adds an action that fails behind all others.
func failing(t *testing.T, msi string) string {
	t.Helper()
	data, err := os.ReadFile(msi)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "failing.msi")
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command("msibuild", path,
		"-q", "INSERT INTO CustomAction (Action, Type, Source, Target) VALUES ('Fail', 3090, 'VetoExe', 'no such command')",
		"-q", "INSERT INTO InstallExecuteSequence (Action, Condition, Sequence) VALUES ('Fail', 'NOT REMOVE', 4050)"))
	return path
}

// rows returns a table of an installer as columns.
func rows(t *testing.T, msi, table string) [][]string {
	t.Helper()
	var all [][]string
	for _, line := range strings.Split(run(t, exec.Command("msiinfo", "export", msi, table)), "\n") {
		all = append(all, strings.Split(strings.TrimRight(line, "\r"), "\t"))
	}
	return all[min(3, len(all)):] // behind names, types and keys
}

// testInstallerTables checks what must not and what must be in the installer.
func testInstallerTables(t *testing.T, msi string) {
	t.Helper()
	for _, row := range rows(t, msi, "Registry") {
		if len(row) > 1 {
			t.Errorf("registry table: %q; the list would be removed with the product", row)
		}
	}
	secure := slices.ContainsFunc(rows(t, msi, "Property"), func(row []string) bool {
		return row[0] == "SecureCustomProperties" && slices.Contains(strings.Split(row[1], ";"), "CONFIG")
	})
	if !secure {
		t.Error("CONFIG does not reach the part of the installer that is elevated")
	}
	const exeOfFile, rollback = 18, 0x500
	for _, row := range rows(t, msi, "CustomAction") {
		kind, _ := strconv.Atoi(row[min(1, len(row)-1)])
		if strings.HasPrefix(row[0], "Undo") && (kind&rollback != rollback || kind&0x3f != exeOfFile) {
			t.Errorf("%s has type %d: it would not wait for a failure", row[0], kind)
		}
	}
	at := map[string]int{}
	for _, row := range rows(t, msi, "InstallExecuteSequence") {
		if len(row) == 3 {
			at[row[0]], _ = strconv.Atoi(row[2])
		}
	}
	for _, order := range [][]string{
		{"InstallInitialize", "RemoveExistingProducts", "StopServices", "Unregister", "RemoveFiles"},
		{"InstallFiles", "UndoRegister", "UndoStart", "Register", "InstallFinalize"},
	} {
		for i := range order[1:] {
			if a, b := at[order[i]], at[order[i+1]]; a == 0 || a >= b {
				t.Errorf("%s at %d, %s at %d", order[i], a, order[i+1], b)
			}
		}
	}
	for _, action := range []string{"ForceReboot", "ScheduleReboot"} {
		if at[action] != 0 {
			t.Errorf("%s: a silent installation would restart the domain controller", action)
		}
	}
}

// TestInstaller installs, upgrades, fails and removes as msiexec does it under Wine.
func TestInstaller(t *testing.T) {
	m := newMachine(t)
	dir, msi := installer(t, version)
	newDir, newMSI := installer(t, newer)
	testInstallerTables(t, msi)
	run(t, m.command("reg", "add", lsa, "/v", "Notification Packages", "/t", "REG_MULTI_SZ", "/d", `scecli\0rassfm`, "/f"))
	time.Sleep(10 * time.Second) // Wine starts no service for some seconds after its first boot
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"a first installation that fails", func(t *testing.T) { m.testFailed(t, msi) }},
		{"install", func(t *testing.T) { m.testInstalled(t, msi, dir) }},
		{"upgrade that fails", func(t *testing.T) {
			m.install(t, false, "/i", failing(t, newMSI))
			m.wantPackages(t, `scecli\0rassfm\0veto-filter`)
			m.install(t, true, "/i", msi) // Wine has removed it for good
			m.wantVersion(t, dir)
		}},
		{"upgrade", func(t *testing.T) { m.testUpgraded(t, newMSI, newDir) }},
		{"downgrade", func(t *testing.T) { m.testDowngraded(t, msi, newDir) }},
		{"remove", func(t *testing.T) {
			m.install(t, true, "/x", newMSI)
			m.wantNothing(t)
		}},
	} {
		t.Run(test.name, test.run)
	}
}

// install runs msiexec, which waits for its end.
func (m *machine) install(t *testing.T, want bool, args ...string) {
	t.Helper()
	out, err := output(t, m.command(append([]string{"msiexec", "/qn"}, args...)...))
	if (err == nil) != want {
		t.Errorf("msiexec %q: %v, want success %v\n%s", args, err, want, out)
	}
}

// installed are the files that an installation leaves.
func (m *machine) installed() (filter, program, source string) {
	folder := filepath.Join(m.prefix, "drive_c", "Program Files", "Veto")
	return filepath.Join(m.system(), "veto-filter.dll"), filepath.Join(folder, "veto.exe"), filepath.Join(folder, "veto-filter.dll")
}

// wantNothing wants the list as it was, and neither files, service nor sources of events.
func (m *machine) wantNothing(t *testing.T) {
	t.Helper()
	m.wantPackages(t, `scecli\0rassfm`)
	filter, program, source := m.installed()
	for _, file := range []string{filter, program, source} {
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", file, err)
		}
	}
	for _, key := range []string{`Services\veto`, `Services\EventLog\Application\VetoFilter`, `Services\EventLog\Application\veto`} {
		if out, err := output(t, m.command("reg", "query", `HKLM\SYSTEM\CurrentControlSet\`+key)); err == nil {
			t.Errorf("%s is left:\n%s", key, out)
		}
	}
}

// wantVersion wants the files and the service of a version, in audit mode, and one
// entry in the list.
func (m *machine) wantVersion(t *testing.T, dir string) {
	t.Helper()
	m.wantPackages(t, `scecli\0rassfm\0veto-filter`)
	filter, program, source := m.installed()
	compareFiles(t, filepath.Join(dir, "veto-filter.dll"), filter)
	compareFiles(t, filepath.Join(dir, "veto-filter.dll"), source)
	compareFiles(t, filepath.Join(dir, "veto.exe"), program)
	if settings := m.registry(t, filterKey); !strings.Contains(settings, `C:\Program Files\Veto\veto.exe`) {
		t.Errorf("settings: %s", settings)
	}
	m.listening(t, "veto")
	m.status(t, "ok       registered", "ok       switch", "ok       service", "warning  endpoint       ", "in audit mode")
}

// testFailed wants that a first installation which fails leaves nothing.
func (m *machine) testFailed(t *testing.T, msi string) {
	m.install(t, false, "/i", failing(t, msi))
	m.wantNothing(t)
}

func (m *machine) testInstalled(t *testing.T, msi, dir string) {
	config := filepath.Join(m.prefix, "drive_c", "veto test.yaml")
	if err := os.WriteFile(config, []byte("sidecar: {mode: audit}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	m.install(t, true, "/i", msi, `CONFIG=C:\veto test.yaml`)
	m.wantVersion(t, dir)
}

// testUpgraded installs a newer version over the one before, whose settings and
// configuration stay. Wine removes the older one as if for good.
func (m *machine) testUpgraded(t *testing.T, msi, dir string) {
	run(t, m.command("reg", "add", filterKey, "/v", "TimeoutMs", "/t", "REG_DWORD", "/d", "2000", "/f"))
	m.install(t, true, "/i", msi)
	m.wantVersion(t, dir)
	if settings := m.registry(t, filterKey); !strings.Contains(settings, "0x7d0") {
		t.Errorf("settings: %s", settings)
	}
	products := m.registry(t, `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`)
	if n := strings.Count(products, `Uninstall\{`); n != 1 {
		t.Errorf("%d products:\n%s", n, products)
	}
}

// testDowngraded wants that an older version is refused and nothing changes.
func (m *machine) testDowngraded(t *testing.T, msi, dir string) {
	m.install(t, false, "/i", msi)
	m.wantVersion(t, dir)
}
