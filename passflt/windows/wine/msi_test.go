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

// installer builds the installer of the machine's programs.
func (m *machine) installer(t *testing.T) string {
	t.Helper()
	for _, tool := range []string{"wixl", "msibuild", "msiinfo"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing: the packages wixl and msitools have it", tool)
		}
	}
	run(t, exec.Command("make", "-s", "-C", "..", "package", "OUT="+m.dir, "VERSION="+version))
	return filepath.Join(m.dir, "veto.msi")
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
	at := map[string]int{}
	for _, row := range rows(t, msi, "InstallExecuteSequence") {
		if len(row) == 3 {
			at[row[0]], _ = strconv.Atoi(row[2])
		}
	}
	for _, order := range [][]string{
		{"RemoveExistingProducts", "InstallInitialize", "StopServices", "Unregister", "RemoveFiles"},
		{"InstallFiles", "UndoRegister", "Register", "InstallFinalize"},
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

func TestInstaller(t *testing.T) {
	m := newMachine(t)
	msi := m.installer(t)
	testInstallerTables(t, msi)
	run(t, m.command("reg", "add", lsa, "/v", "Notification Packages", "/t", "REG_MULTI_SZ", "/d", `scecli\0rassfm`, "/f"))
	time.Sleep(10 * time.Second) // Wine starts no service for some seconds after its first boot
	files := []string{
		filepath.Join(m.system(), "veto-filter.dll"),
		filepath.Join(m.prefix, "drive_c", "Program Files", "Veto", "veto.exe"),
		filepath.Join(m.prefix, "drive_c", "Program Files", "Veto", "veto-filter.dll"),
	}
	config := filepath.Join(m.prefix, "drive_c", "veto test.yaml")
	if err := os.WriteFile(config, []byte("sidecar: {mode: audit}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	run(t, m.command("msiexec", "/i", msi, "/qn", `CONFIG=C:\veto test.yaml`))
	m.wantPackages(t, `scecli\0rassfm\0veto-filter`)
	compareFiles(t, filepath.Join(m.dir, "veto-filter.dll"), files[0])
	compareFiles(t, m.service, files[1])
	if settings := m.registry(t, filterKey); !strings.Contains(settings, `C:\Program Files\Veto\veto.exe`) {
		t.Errorf("settings: %s", settings)
	}
	m.listening(t, "veto")
	m.status(t, "ok       registered", "ok       service", "warning  endpoint       ", "in audit mode")
	run(t, m.command("msiexec", "/x", msi, "/qn"))
	m.wantPackages(t, `scecli\0rassfm`)
	for _, file := range files {
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", file, err)
		}
	}
}
