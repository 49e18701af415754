// Package wine_test loads the password filter as lsass does, under Wine, beside
// the service it asks and beside pipe servers that fail in every way.
package wine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// version is what the tested filter says of itself.
const version = "1.2.3-test"

// build compiles the filter and its test programs and returns their folder, which
// is kept: the next test has less to do.
func build(t *testing.T) string { return buildVersion(t, version) }

func buildVersion(t *testing.T, version string) string {
	t.Helper()
	for _, tool := range []string{"make", "clang", "ld.lld", "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-windmc"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is missing: the packages clang, lld and mingw-w64 have the compilers for Windows", tool)
		}
	}
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "bin", "wine-"+version))
	if err != nil {
		t.Fatal(err)
	}
	run(t, exec.Command("make", "-s", "-C", "..", "test", "OUT="+dir, "VERSION="+version))
	return dir
}

// buildService compiles cmd/veto for Windows into dir.
func buildService(t *testing.T, dir, version string) string {
	t.Helper()
	path := filepath.Join(dir, "veto.exe")
	cmd := exec.Command("go", "build", "-ldflags", "-X main.version="+version, "-o", path, "../../../cmd/veto")
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	run(t, cmd)
	return path
}

func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := output(t, cmd)
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return out
}

// output runs a command and returns what it wrote, to a file: a pipe stays open
// while services live that Wine starts with it.
func output(t *testing.T, cmd *exec.Cmd) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "output")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = f, f
	failed := cmd.Run()
	f.Close()
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), failed
}
