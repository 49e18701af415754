package main

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// archive writes the index as a tar of an OCI image layout with one tag.
func archive(w io.Writer, index v1.ImageIndex, tag string, made time.Time) error {
	dir, err := os.MkdirTemp("", "veto-image")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	if err := path.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": tag})); err != nil {
		return err
	}
	out := tar.NewWriter(w)
	if err := tarFolder(out, os.DirFS(dir), made); err != nil {
		return err
	}
	return out.Close()
}

// tarFolder writes all files of the folder by name, all of the same time.
func tarFolder(w *tar.Writer, folder fs.FS, made time.Time) error {
	return fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}
		h := tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: made, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(&h); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		_, err = w.Write(content)
		return err
	})
}
