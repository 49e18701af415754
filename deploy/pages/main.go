// Pages copies the documents that packages carry into a folder of their own. Their
// paths stay, so that links between them hold; links to the rest of the tree lead to
// the project's site.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

const site = "https://github.com/vetopw/veto"

// carried are the files and folders of the tree that are copied.
var carried = []string{"README.md", "CHANGELOG.md", "SECURITY.md", "docs", "bench/results", "lists/data/README.md", "server/console/LICENSES"}

var (
	// relative is the end of a link to a path, with its heading.
	relative = regexp.MustCompile(`\]\(([^()\s:#]+)(#[^()\s]*)?\)`)
	release  = regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+$`)
)

func main() {
	tree := flag.String("tree", ".", "root of the source")
	version := flag.String("version", "", "version of the packages; links of a release lead to its source, others to the newest")
	out := flag.String("o", "", "folder to write")
	flag.Parse()
	if flag.NArg() > 0 || *out == "" {
		fmt.Fprintln(os.Stderr, "usage: pages [-tree FOLDER] [-version VERSION] -o FOLDER")
		os.Exit(2)
	}
	ref := "main"
	if release.MatchString(*version) {
		ref = *version
	}
	if err := write(*tree, *out, ref); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func write(tree, out, ref string) error {
	source := os.DirFS(tree)
	for _, root := range carried {
		err := fs.WalkDir(source, root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			return copyFile(source, name, filepath.Join(out, filepath.FromSlash(name)), ref)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func copyFile(source fs.FS, name, to, ref string) error {
	content, err := fs.ReadFile(source, name)
	if err != nil {
		return err
	}
	if path.Ext(name) == ".md" {
		text, err := relink(source, name, string(content), ref)
		if err != nil {
			return err
		}
		content = []byte(text)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// relink turns links of a document to what is not carried into those of the site,
// where the source of ref is.
func relink(source fs.FS, name, text, ref string) (string, error) {
	var failed error
	text = relative.ReplaceAllStringFunc(text, func(link string) string {
		m := relative.FindStringSubmatch(link)
		target := path.Join(path.Dir(name), m[1])
		if isCarried(target) {
			return link
		}
		info, err := fs.Stat(source, target)
		if err != nil {
			failed = fmt.Errorf("%s: link to %s: %w", name, m[1], err)
			return link
		}
		kind := "blob"
		if info.IsDir() {
			kind = "tree"
		}
		return fmt.Sprintf("](%s/%s/%s/%s%s)", site, kind, ref, target, m[2])
	})
	return text, failed
}

func isCarried(target string) bool {
	for _, root := range carried {
		if target == root || strings.HasPrefix(target, root+"/") {
			return true
		}
	}
	return false
}
