package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/vetopw/veto/engine"
)

// The files of OpenPasswordFilter, which it keeps in the folder OPF of SYSVOL
// (github.com/jephthai/OpenPasswordFilter, OPFService).
const (
	opfWhole   = "opfmatch.txt"  // whole passwords
	opfParts   = "opfcont.txt"   // parts of passwords
	opfRegexes = "opfregex.txt"  // expressions, without case, of any part
	opfGroups  = "opfgroups.txt" // whose members alone are judged
)

// ImportOpenPasswordFilter makes a configuration of the files of OpenPasswordFilter
// in folder, which is called dir in the configuration and in errors. Lists of words
// stay files. The policy has the rules of the profile default besides. The error is
// Errors and names file and line, or one of reading.
func ImportOpenPasswordFilter(folder fs.FS, dir string) (Imported, error) {
	in := Imported{Policy: engine.DefaultPolicy()}
	in.Policy.Name, in.Policy.RefuseNear, in.Policy.RefuseSubject = "openpasswordfilter", true, true
	found := false
	for _, name := range []string{opfWhole, opfParts, opfRegexes, opfGroups} {
		lines, ok, err := readLines(folder, name, path.Join(dir, name))
		if err != nil {
			return Imported{}, err
		}
		found = found || ok
		if len(lines) == 0 {
			continue
		}
		switch name {
		case opfRegexes:
			if err := in.expressions(lines, path.Join(dir, name)); err != nil {
				return Imported{}, err
			}
		case opfGroups:
			in.note("%s limits the filter to members of groups; here everybody is judged. Where callers tell groups, which controllers do not, write groups: and precedence: of the policy", name)
		default:
			in.Files = append(in.Files, path.Join(dir, name))
		}
	}
	if !found {
		return Imported{}, Errors{{File: dir, Detail: "has none of " + strings.Join([]string{opfWhole, opfParts, opfRegexes, opfGroups}, ", ") + `; name the folder OPF of SYSVOL`}}
	}
	in.note("paths in terms.files are relative to this file; words are found in any spelling")
	in.note("a word inside a strong password does not refuse it; to refuse it always: veto lists import --ban NAME %s", path.Join(dir, opfParts))
	in.note("whole passwords are refused up to one edit away")
	in.note("the rules of the profile default hold as well; score: {mode: off} takes its estimate of guesses out")
	if err := in.Policy.Validate(); err != nil {
		return Imported{}, Errors{{File: dir, Detail: err.Error()}}
	}
	return in, nil
}

// expressions reads regular expressions that passwords must not match.
func (i *Imported) expressions(lines []numbered, file string) error {
	var errs Errors
	for _, l := range lines {
		x, err := caseless(l.text, false)
		if err != nil {
			errs = append(errs, &Error{File: file, Line: l.line, Detail: err.Error()})
		}
		i.Policy.Expressions = append(i.Policy.Expressions, x)
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// numbered is a line of a file.
type numbered struct {
	line int
	text string
}

// readLines returns the lines of a file that are not blank, and whether there is
// such a file, which errors call shown.
func readLines(folder fs.FS, name, shown string) (lines []numbered, found bool, err error) {
	data, err := fs.ReadFile(folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("config: import %s: %w", shown, err)
	}
	plain, err := decodeText(data, shown)
	if err != nil {
		return nil, false, err
	}
	line := 0
	for text := range strings.Lines(string(plain)) {
		line++
		if text = strings.TrimRight(text, "\r\n"); strings.TrimSpace(text) != "" {
			lines = append(lines, numbered{line, text})
		}
	}
	return lines, true, nil
}
