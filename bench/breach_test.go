package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestBreach(t *testing.T) {
	veto := filepath.Join(t.TempDir(), "veto.exe")
	build := exec.Command("go", "build", "-o", veto, "./cmd/veto")
	build.Dir = ".."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"| naive Go, once ", "| veto compile --ranges ", "| FastFilter/xorfilter BinaryFuse16 ", "| SHA-1 + veto, batches of 16 "}},
		{[]string{"-ntlm", "-pipe"}, []string{"| veto compile from a pipe ", "| veto, batches of 16 "}},
	} {
		var stdout, stderr bytes.Buffer
		folder := t.TempDir()
		args := append([]string{"breach", "-keys", "20000", "-rounds", "1", "-imports", "1", "-misses", "5000",
			"-veto", veto, "-hibp", "", "-dir", folder}, test.args...)
		if code := run(args, &stdout, &stderr); code != 0 {
			t.Fatalf("%q: code %d\n%s\n%s", test.args, code, &stdout, &stderr)
		}
		for _, want := range append(test.want, "20000 hashes of the set asked: 0 not found, 0 with", "\n5000 other digests asked: 0 found") {
			if !strings.Contains(stdout.String(), want) {
				t.Errorf("%q: without %q\n%s", test.args, want, &stdout)
			}
		}
		if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
			t.Errorf("%q: left in the folder: %v, %v", test.args, left, err)
		}
	}
}

// TestImportErrors wants a failing importer to be an error, and its source to
// end.
func TestImportErrors(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m := importer{command: []string{self, importNaive, filepath.Join(t.TempDir(), "absent")}, stdin: []string{self, "hashes", "-keys", "100000"}}
	if _, err := compareImporters(t.Context(), []importer{m}, 1); err == nil || !strings.Contains(err.Error(), "absent") {
		t.Errorf("got %v", err)
	}
	if err := importNaively(strings.NewReader("00112233445566778899AABBCCDDEEFF00112233:x\n")); err == nil {
		t.Error("a count that is none was taken")
	}
}

func TestSearchTook(t *testing.T) {
	const found = "loading table of contents: x\nsearch took 0.02ms\nneedle = 5A:-1\nfound  = 5A:3\n"
	if m := searchTook.FindStringSubmatch(found); m == nil || m[1] != "0.02" {
		t.Errorf("got %q", m)
	}
	if searchTook.MatchString("search took 1e-3ms\nneedle = 5A:-1\nnot found\n") {
		t.Error("takes a miss for a hit")
	}
}
