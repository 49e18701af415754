//go:build unix

package local_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vetopw/veto/server/local"
)

func TestListen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "veto.sock")
	for _, test := range []struct {
		access local.Access
		mode   fs.FileMode
	}{{local.Access{}, 0o600}, {local.Access{Users: []uint32{1}}, 0o666}, {local.Access{Groups: []uint32{1}}, 0o666}} {
		ln, err := local.Listen(path, test.access)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode() != fs.ModeSocket|test.mode {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if _, err := local.Listen(path, test.access); !errors.Is(err, local.ErrInUse) {
			t.Errorf("a second one: %v", err)
		}
		if c, err := net.Dial("unix", path); err != nil {
			t.Errorf("the socket of a living one: %v", err)
		} else {
			c.Close()
		}
		if err := ln.Close(); err != nil {
			t.Error(err)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

// TestListenStale wants that the socket of a dead process is replaced, and that
// of any living one stays.
func TestListenStale(t *testing.T) {
	path := filepath.Join(t.TempDir(), "veto.sock")
	other, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := local.Listen(path, local.Access{}); !errors.Is(err, local.ErrInUse) {
		t.Errorf("a foreign server: %v", err)
	}
	other.SetUnlinkOnClose(false)
	other.Close()
	ln, err := local.Listen(path, local.Access{})
	if err != nil {
		t.Fatalf("a dead socket: %v", err)
	}
	ln.Close()
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Listen(path, local.Access{}); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "precious" {
		t.Error("the file is gone")
	}
}

func TestListenFolder(t *testing.T) {
	top := t.TempDir()
	make := func(name string, mode fs.FileMode, owner int) string {
		path := filepath.Join(top, name)
		os.MkdirAll(path, 0o755)
		if err := errors.Join(os.Chown(path, owner, -1), os.Chmod(path, mode)); err != nil {
			t.Skip(err)
		}
		return path
	}
	self := os.Geteuid()
	make("open/inner", 0o755, self)
	make("shared/inner", 0o755, self)
	for name, test := range map[string]struct {
		folder string
		ok     bool
	}{
		"private":         {make("private", 0o700, self), true},
		"for the group":   {make("group", 0o775, self), false},
		"for everybody":   {make("everybody", 0o777, self), false},
		"sticky":          {make("sticky", 0o777|fs.ModeSticky, self), false},
		"below open":      {make("open", 0o777, self) + "/inner", false},
		"below sticky":    {make("shared", 0o777|fs.ModeSticky, self) + "/inner", true},
		"without parents": {top + "/no/such", false},
	} {
		ln, err := local.Listen(filepath.Join(test.folder, "veto.sock"), local.Access{})
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			ln.Close()
		}
	}
	if self == 0 {
		if _, err := local.Listen(make("foreign", 0o755, nobody)+"/veto.sock", local.Access{}); err == nil {
			t.Error("a folder of another user")
		}
	}
	if _, err := local.Listen("/"+strings.Repeat("x", 120), local.Access{}); err == nil || !strings.Contains(err.Error(), "shorter") {
		t.Errorf("a long path: %v", err)
	}
}
