package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/lists/store"
)

// TestDiskFull edits on a file system of 4 MiB until it is full, and goes on when
// there is room again.
func TestDiskFull(t *testing.T) {
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("no file system can be mounted: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(folder, unix.MNT_DETACH) })
	ballast := filepath.Join(folder, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "lists.db")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := edit(t, s, store.Draft{List: "company", Add: entries("Contoso")})
	next := func(n int) store.Draft {
		d := store.Draft{List: "company", Base: c.Revision}
		for i := range 500 {
			d.Add = append(d.Add, store.Entry{Text: fmt.Sprintf("fabrikam%d-%d", n, i)})
		}
		return d
	}
	var full error
	n := 0
	for ; full == nil; n++ {
		var later store.Change
		if later, full = s.Edit(ctx, next(n), nil); full == nil {
			c = later
		}
		if n > 1000 {
			t.Fatal("the file system does not get full")
		}
	}
	if !errors.Is(full, unix.ENOSPC) {
		t.Errorf("error %v, want %v", full, unix.ENOSPC)
	}
	before := texts(t, s, "company", 0)
	if len(before) != c.Entries {
		t.Errorf("%d entries, want %d", len(before), c.Entries)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	c = edit(t, s, next(n))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(path, store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if after := texts(t, s, "company", 0); len(after) != c.Entries || cmp.Diff(before[0], after[0]) != "" {
		t.Errorf("%d entries, want %d", len(after), c.Entries)
	}
}
