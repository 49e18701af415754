package durable_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/vetopw/veto/internal/durable"
)

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"one", "two"} {
		if err := durable.Write(path, 0o600, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if stat, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && stat.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", stat, err)
	}
	if err := durable.Write(filepath.Join(dir, "nosuch", "file"), 0o600, nil); err == nil {
		t.Error("a file in no folder")
	}
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "in"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := durable.Write(folder, 0o600, nil); err == nil {
		t.Error("a folder is replaced")
	}
	if all, _ := os.ReadDir(dir); len(all) != 2 {
		t.Errorf("something is left behind: %v", all)
	}
}
