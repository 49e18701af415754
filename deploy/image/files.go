package main

import (
	"archive/tar"
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	nonroot     = 65532 // user and group, the number that distroless images have made usual
	home        = "/var/lib/veto"
	authorities = "/etc/ssl/certs/ca-certificates.crt"
	documents   = "/usr/share/doc/veto/"
)

// rootFiles returns the tar of all files of the image: the program, its bill of
// materials, which lies beside it, and documents of the tree, whose root is the
// working directory.
func rootFiles(program string, made time.Time) ([]byte, error) {
	binary, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	w := &rootWriter{tar: tar.NewWriter(&buffer), made: made}
	w.file("/usr/bin/veto", binary, 0o755)
	w.file(authorities, webAuthorities(), 0o644)
	w.file("/etc/passwd", fmt.Appendf(nil, "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:%d:%d:veto:%s:/sbin/nologin\n", nonroot, nonroot, home), 0o644)
	w.file("/etc/group", fmt.Appendf(nil, "root:x:0:\nnonroot:x:%d:\n", nonroot), 0o644)
	w.copy(documents+"LICENSE", "LICENSE")
	w.copy(documents+"lists.md", "lists/data/README.md")
	w.copy(documents+"veto.cdx.json", program+".cdx.json")
	w.folder(home, 0o700, nonroot) // so that a new volume there is its own
	return buffer.Bytes(), errors.Join(w.err, w.tar.Close())
}

// webAuthorities are Mozilla's, as PEM; bundles and reports go by HTTPS.
func webAuthorities() []byte {
	text := bytes.NewBufferString("# Mozilla's root certificates, by golang.org/x/crypto/x509roots. MPL-2.0: https://mozilla.org/MPL/2.0/\n")
	for root := range bundle.Roots() {
		if root.Constraint == nil { // a file of PEM can state none
			pem.Encode(text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
		}
	}
	return text.Bytes()
}

// A rootWriter writes files with the folders above them. The first error stays.
type rootWriter struct {
	tar  *tar.Writer
	made time.Time
	seen map[string]bool
	err  error
}

func (w *rootWriter) copy(name, source string) {
	content, err := os.ReadFile(source)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.file(name, content, 0o644)
}

func (w *rootWriter) file(name string, content []byte, mode int64) {
	w.folder(path.Dir(name), 0o755, 0)
	w.entry(tar.Header{Typeflag: tar.TypeReg, Name: name[1:], Mode: mode, Size: int64(len(content))}, content)
}

// folder writes the folder and those above it, once.
func (w *rootWriter) folder(name string, mode int64, owner int) {
	if name == "/" || w.seen[name] {
		return
	}
	w.folder(path.Dir(name), 0o755, 0)
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	w.seen[name] = true
	w.entry(tar.Header{Typeflag: tar.TypeDir, Name: name[1:] + "/", Mode: mode, Uid: owner, Gid: owner}, nil)
}

func (w *rootWriter) entry(h tar.Header, content []byte) {
	if w.err != nil {
		return
	}
	h.ModTime, h.Format = w.made, tar.FormatUSTAR
	if w.err = w.tar.WriteHeader(&h); w.err == nil {
		_, w.err = w.tar.Write(content)
	}
}
