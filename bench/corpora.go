package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// The groups of the evaluation corpora: columns of the table of qualities.
const (
	groupLeaks       = "leaks"
	groupSamples     = "breach samples"
	groupRules       = "rule sets"
	groupSpray       = "spray"
	groupCustomRules = "custom: rules"
	groupCustomSpray = "custom: spray"
	groupEvasions    = "evasions"
	groupStrong      = "strong"
	groupWithTerm    = "strong with term"
)

var groups = []string{
	groupLeaks, groupSamples, groupRules, groupSpray, groupCustomRules, groupCustomSpray,
	groupEvasions, groupStrong, groupWithTerm,
}

// groupOf returns the group of a file in one of the corpora's folders, or ""
// for one that is none of ours.
func groupOf(folder, name string) string {
	switch folder {
	case "leaked":
		if strings.Contains(name, "sample") {
			return groupSamples
		}
		return groupLeaks
	case "mangled":
		if strings.Contains(name, "spray") {
			return groupSpray
		}
		return groupRules
	case "custom":
		if strings.Contains(name, "spray") {
			return groupCustomSpray
		}
		return groupCustomRules
	case "evasion":
		return groupEvasions
	case "strong":
		return groupStrong
	case "strong_with_term":
		return groupWithTerm
	}
	return ""
}

// good reports whether the group's passwords must be accepted.
func good(group string) bool { return group == groupStrong || group == groupWithTerm }

// A class is one file of passwords.
type class struct {
	group, name string
	passwords   [][]byte
}

// short reports whether most of the class is too short for any policy here.
func (c *class) short() bool {
	n := 0
	for _, p := range c.passwords {
		if utf8.RuneCount(p) < minLength {
			n++
		}
	}
	return 2*n > len(c.passwords)
}

const minLength = 8

// corpora are the evaluation corpora and the custom terms that go with them.
type corpora struct {
	classes []class // by group, then name
	terms   []string
}

var errNoCorpora = errors.New("no corpora found")

// readCorpora reads NAME/*.txt and NAME.tar.gz below dir, one password a line.
// A folder wins over the archive of the same name.
func readCorpora(dir string) (*corpora, error) {
	c := &corpora{}
	for _, folder := range []string{"leaked", "mangled", "custom", "evasion", "strong", "strong_with_term"} {
		err := c.readFolder(dir, folder)
		if errors.Is(err, os.ErrNotExist) {
			err = c.readArchive(filepath.Join(dir, folder+".tar.gz"))
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	if len(c.classes) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, errNoCorpora)
	}
	slices.SortStableFunc(c.classes, func(a, b class) int {
		if d := slices.Index(groups, a.group) - slices.Index(groups, b.group); d != 0 {
			return d
		}
		return strings.Compare(a.name, b.name)
	})
	return c, nil
}

func (c *corpora) readFolder(dir, folder string) error {
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, folder, e.Name()))
		if err != nil {
			return err
		}
		c.add(folder, e.Name(), data)
	}
	return nil
}

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
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		c.add(path.Base(path.Dir(path.Clean(h.Name))), path.Base(h.Name), data)
	}
}

func (c *corpora) add(folder, file string, data []byte) {
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	if folder == "custom" && file == "TERMS" {
		for _, line := range lines {
			c.terms = append(c.terms, string(bytes.TrimSpace(line)))
		}
		return
	}
	name, isText := strings.CutSuffix(file, ".txt")
	if group := groupOf(folder, name); group != "" && isText {
		c.classes = append(c.classes, class{group, name, lines})
	}
}
