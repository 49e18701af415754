package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestScratch(t *testing.T) {
	dir, failure := t.TempDir(), errors.New("failure")
	err := scratch(dir, func(_ context.Context, folder string) error {
		if filepath.Dir(folder) != dir {
			t.Errorf("%s is not in %s", folder, dir)
		}
		return errors.Join(failure, os.WriteFile(filepath.Join(folder, "file"), nil, 0o600))
	})
	if left, _ := os.ReadDir(dir); err == nil || err.Error() != "failure" || len(left) > 0 {
		t.Errorf("%v, left behind: %v", err, left)
	}
}

// TestInterrupt interrupts subcommands as soon as they have made a folder and later,
// while they work or wait for a program that does not end.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no interrupts")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	sleep := filepath.Join(t.TempDir(), "veto")
	if err := os.WriteFile(sleep, []byte("#!/bin/sh\nexec sleep 60\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	const later = 300 * time.Millisecond
	for _, test := range []struct {
		later time.Duration // than the folder is made
		args  []string
	}{
		{0, []string{"engine"}}, {later, []string{"engine"}}, {0, []string{"live"}}, {later, []string{"live"}},
		{0, []string{"breach", "-veto", sleep}}, {later, []string{"breach", "-keys", "1000", "-veto", sleep}},
		{later, []string{"memory", "-terms", "1", "-veto", sleep}}, {later, []string{"sidecars", "-veto", sleep}},
		{0, []string{serveVeto}}, {later, []string{serveAudited}}, {later, []string{serveLocal}},
	} {
		args := test.args
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c := exec.Command(self, args...)
			c.Env = append(os.Environ(), "TMPDIR="+dir)
			stdin, err := c.StdinPipe() // a server runs until it ends
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			var said strings.Builder
			c.Stderr = &said
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			made := false
			for end := time.Now().Add(30 * time.Second); !made && time.Now().Before(end); time.Sleep(time.Millisecond) {
				folders, _ := os.ReadDir(dir)
				made = len(folders) > 0
			}
			time.Sleep(test.later)
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Error(err)
			}
			_ = c.Wait()
			if left, _ := os.ReadDir(dir); !made || len(left) > 0 {
				t.Errorf("made something: %v, left behind: %v\n%s", made, left, &said)
			}
		})
	}
}
