package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/layout"
)

var made = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// program builds a small program for the platform, with a bill of materials.
func program(t *testing.T, goos, arch string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "veto-"+goos+"-"+arch)
	source := filepath.Join(t.TempDir(), "main.go")
	write(t, source, "package main\n\nfunc main() {}\n")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, source)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write(t, path+".cdx.json", "{}")
	return path
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestArchive(t *testing.T) {
	t.Chdir("../..")
	programs := []string{program(t, "linux", "amd64"), program(t, "linux", "arm64")}
	var archives [2][]byte
	for i := range archives {
		out := filepath.Join(t.TempDir(), "veto-image.tar")
		if err := pack(out, "example.org/veto", "1.2", made, programs); err != nil {
			t.Fatal(err)
		}
		archives[i], _ = os.ReadFile(out)
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("two archives of the same programs differ")
	}
	dir := t.TempDir()
	for name, content := range entries(t, bytes.NewReader(archives[0])) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), string(content))
	}
	testLayout(t, dir)
}

func testLayout(t *testing.T, dir string) {
	t.Helper()
	path, err := layout.FromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	top, err := path.ImageIndex()
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := top.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 || manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "example.org/veto:1.2" {
		t.Fatalf("%v: %+v", err, manifest)
	}
	index, err := top.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	images, err := index.IndexManifest()
	if err != nil || len(images.Manifests) != 2 {
		t.Fatalf("%v: %+v", err, images)
	}
	for i, arch := range []string{"amd64", "arm64"} {
		image, err := index.Image(images.Manifests[i].Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil || config.Architecture != arch || images.Manifests[i].Platform.Architecture != arch {
			t.Errorf("%v: %s is for %+v", err, arch, config)
		}
		if user := config.Config.User; user != "65532:65532" {
			t.Errorf("user %s", user)
		}
		layers, err := image.Layers()
		if err != nil || len(layers) != 1 {
			t.Fatalf("%v: %d layers", err, len(layers))
		}
		files, err := layers[0].Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		testFiles(t, entries(t, files))
	}
}

func testFiles(t *testing.T, files map[string][]byte) {
	t.Helper()
	for _, name := range []string{"usr/bin/veto", "etc/passwd", "usr/share/doc/veto/LICENSE", "usr/share/doc/veto/veto.cdx.json", "var/lib/veto/"} {
		if _, ok := files[name]; !ok {
			t.Errorf("%s is missing", name)
		}
	}
	rest, certificates := files["etc/ssl/certs/ca-certificates.crt"], 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			t.Error(err)
		}
		certificates++
	}
	if certificates < 50 || len(rest) != 0 {
		t.Errorf("%d authorities, then %d bytes", certificates, len(rest))
	}
}

// entries returns the content of a tar's files and folders by name, all of the
// same time.
func entries(t *testing.T, r io.Reader) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.Equal(made) {
			t.Errorf("%s is of %s", h.Name, h.ModTime)
		}
		if files[h.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Chdir("../..")
	bare := program(t, "linux", "amd64")
	if err := os.Remove(bare + ".cdx.json"); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, program, says string }{
		{"windows", program(t, "windows", "amd64"), "images hold programs for linux"},
		{"no program", "LICENSE", "LICENSE"},
		{"absent", "absent", "absent"},
		{"without its bill of materials", bare, "cdx.json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := pack(filepath.Join(t.TempDir(), "a.tar"), "veto", "1", made, []string{test.program})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %s", err, test.says)
			}
		})
	}
}
