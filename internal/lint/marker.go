package lint

import (
	"bytes"
	"io/fs"
	"path"
	"slices"
)

// written are the endings of files that people write beside Go.
var written = []string{".go", ".md", ".yaml", ".yml", ".json", ".txtar", ".sh", ".c", ".h", ".mod", ".sum", ".js", ".ts", ".tsx", ".css", ".html", ""}

// checkMarkers finds what a merge left unresolved.
func checkMarkers(tree fs.FS) ([]Finding, error) {
	var findings []Finding
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "bin" || name != "." && name[0] == '.' || path.Base(name) == "node_modules"):
			return fs.SkipDir
		case !d.Type().IsRegular() || !slices.Contains(written, path.Ext(name)):
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		n := 0
		for line := range bytes.Lines(text) {
			n++
			if bytes.HasPrefix(line, []byte("<<<<<<< ")) || bytes.HasPrefix(line, []byte(">>>>>>> ")) {
				findings = append(findings, Finding{name, n, "marker", "unresolved merge"})
			}
		}
		return nil
	})
	return findings, err
}
