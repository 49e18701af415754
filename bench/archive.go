package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// readArchive adds the files of a tar.gz as if they lay beside it.
func (c *corpora) readArchive(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if h.Typeflag != tar.TypeReg || !wanted(h.Name) {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("read %s: %s: %w", name, h.Name, err)
		}
		if err := c.add(filepath.Join(filepath.Dir(name), h.Name), data); err != nil {
			return err
		}
	}
}
