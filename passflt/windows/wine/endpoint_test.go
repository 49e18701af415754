package wine_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEndpoint runs the tests of the pipe that package local has for Windows.
func TestEndpoint(t *testing.T) {
	m := newMachine(t)
	path := filepath.Join(t.TempDir(), "local.exe")
	compile := exec.Command("go", "test", "-c", "-o", path, "../../../server/local")
	compile.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	run(t, compile)
	out, err := output(t, m.command(path, "-test.v", "-test.run=^TestPipe$", "-test.timeout=2m"))
	if err != nil || !strings.Contains(out, "--- PASS: TestPipe") {
		t.Errorf("%v\n%s", err, out)
	}
}
