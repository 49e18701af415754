package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// The groups of the evaluation corpora: what is averaged over. A folder that
// is none of them is a group of its own, named like the folder.
const (
	groupLeaks       = "leaks"
	groupHoneypot    = "honeypot guesses"
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
	groupLeaks, groupHoneypot, groupSamples, groupRules, groupSpray, groupCustomRules, groupCustomSpray,
	groupEvasions, groupStrong, groupWithTerm,
}

// groupOf returns the group of a class by its folder and name.
func groupOf(folder, name string) string {
	spray := strings.Contains(name, "spray")
	switch {
	case strings.Contains(folder, "honeypot"), folder == "leaked" && strings.Contains(name, "honeypot"):
		return groupHoneypot
	case folder == "leaked" && strings.Contains(name, "sample"):
		return groupSamples
	case folder == "leaked":
		return groupLeaks
	case folder == "mangled" && spray:
		return groupSpray
	case folder == "mangled":
		return groupRules
	case folder == "custom" && spray:
		return groupCustomSpray
	case folder == "custom":
		return groupCustomRules
	case folder == "evasion":
		return groupEvasions
	case folder == "strong_with_term":
		return groupWithTerm
	}
	return folder
}

// good reports whether the group's passwords must be accepted.
func good(group string) bool { return strings.HasPrefix(group, groupStrong) }

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

var errNoCorpora = errors.New("no passwords found: want files SET/NAME.txt or SET.tar.gz, one password a line")

// readCorpora reads every NAME.txt at any depth below dir and within archives
// NAME.tar.gz, one password a line; the folder of a file tells its group. Files
// named TERMS hold custom terms. A folder wins over the archive of the same
// name. Hidden files and folders and empty lines are left out.
func readCorpora(dir string) (*corpora, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	c := &corpora{}
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != dir && strings.HasPrefix(e.Name(), "."):
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		case e.IsDir():
			return nil
		}
		return c.readFile(name)
	})
	if err != nil {
		return nil, err
	}
	if len(c.classes) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, errNoCorpora)
	}
	slices.SortStableFunc(c.classes, func(a, b class) int {
		return cmp.Or(cmp.Compare(rank(a.group), rank(b.group)), cmp.Compare(a.group, b.group), cmp.Compare(a.name, b.name))
	})
	return c, nil
}

// rank orders the groups: first what must be refused, ours before others.
func rank(group string) int {
	i := slices.Index(groups, group)
	if i < 0 {
		i = len(groups)
	}
	if good(group) {
		i += len(groups) + 1
	}
	return i
}

// readFile adds a file that holds passwords, terms or an archive of them.
func (c *corpora) readFile(name string) error {
	if folder, ok := strings.CutSuffix(name, ".tar.gz"); ok {
		if _, err := os.Stat(folder); err == nil {
			return nil
		}
		return c.readArchive(name)
	}
	if !wanted(name) {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return c.add(name, data)
}

// termsFile is the name of a file of custom terms.
const termsFile = "TERMS"

func wanted(name string) bool {
	return filepath.Base(name) == termsFile || filepath.Ext(name) == ".txt"
}

// add adds a file's lines. The last two elements of its path matter.
func (c *corpora) add(name string, data []byte) error {
	lines, err := readLines(name, data)
	if err != nil {
		return err
	}
	if filepath.Base(name) == termsFile {
		for _, line := range lines {
			c.terms = append(c.terms, string(bytes.TrimSpace(line)))
		}
		return nil
	}
	folder, base := filepath.Base(filepath.Dir(name)), strings.TrimSuffix(filepath.Base(name), ".txt")
	c.classes = append(c.classes, class{groupOf(folder, base), base, lines})
	return nil
}

// maxLine is the longest line that all judges take: cracklib-check reads 1023
// bytes.
const maxLine = 1000

var errNotText = errors.New("not a text of passwords")

// readLines splits a text into its lines without ends, leaving out empty ones.
func readLines(name string, data []byte) ([][]byte, error) {
	var lines [][]byte
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case len(line) > maxLine:
			return nil, fmt.Errorf("%s:%d: %w: more than %d bytes", name, n, errNotText, maxLine)
		case bytes.ContainsAny(line, "\x00\r"):
			return nil, fmt.Errorf("%s:%d: %w: holds a NUL or CR", name, n, errNotText)
		case len(line) > 0:
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s: %w: no line holds anything", name, errNotText)
	}
	return lines, nil
}
