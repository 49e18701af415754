//go:build unix

package bundle_test

import (
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vetopw/veto/lists/bundle"
)

// TestPipe refuses a pipe in the place of a manifest, on which whoever may write to
// the folder could let readers hang for ever.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, bundle.ManifestName), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := bundle.ReadManifest(dir)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("a pipe is a manifest")
		}
	case <-time.After(10 * time.Second):
		t.Error("reading a pipe hangs")
	}
}
