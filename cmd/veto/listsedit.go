package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// listsEdit is the state that the commands share that change a list.
type listsEdit struct {
	listsCommand
	dryRun bool
	base   uint64
}

// addFlags defines the flags of a change, base if it replaces what there is.
func (l *listsEdit) addFlags(cmd *cobra.Command, base bool) *cobra.Command {
	cmd.Flags().BoolVar(&l.dryRun, "dry-run", false, "change nothing; tell what would, and how many of 10,000 sample passwords would be refused")
	if base {
		cmd.Flags().Uint64Var(&l.base, "base", 0, "refuse if the list has another revision than `N`")
	}
	return cmd
}

// change asks for a change and writes what came of it. A list that is not there
// yet is made if create says so.
func (l *listsEdit) change(cmd *cobra.Command, q request, create bool) error {
	if l.dryRun {
		q.path += "?dry_run=true"
	}
	q.match = "*"
	if l.base > 0 {
		q.match = `"` + strconv.FormatUint(l.base, 10) + `"`
	}
	answer, err := l.call(cmd.Context(), q)
	if create && l.base == 0 && hasStatus(err, http.StatusNotFound) {
		q.match = ""
		answer, err = l.call(cmd.Context(), q)
	}
	if err != nil {
		return err
	}
	if l.dryRun {
		return l.tell(cmd, answer)
	}
	var result changeRow
	return l.write(cmd, answer, &result, func() table {
		return table{cells("REVISION", "TIME", "ACTION", "ACTOR", "ADDED", "REMOVED", "CHANGED", "ENTRIES"), result.cells()}
	})
}

// tell writes what a dry run found. Invalid entries are a failure.
func (l *listsEdit) tell(cmd *cobra.Command, answer []byte) error {
	var found struct {
		Change  *changeRow `json:"change"`
		Invalid []struct{ Place, Detail string }
		Sample  *struct {
			Size         int `json:"size"`
			Before       int `json:"refused_before"`
			After        int `json:"refused_after"`
			NewlyRefused int `json:"newly_refused"`
		}
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		return err
	}
	var failed error
	if len(found.Invalid) > 0 {
		failed = &exitError{code: exitConfig}
	}
	if l.asJSON {
		_, err := cmd.OutOrStdout().Write(append(answer, '\n'))
		if err == nil {
			err = failed
		}
		return err
	}
	out := cmd.OutOrStdout()
	for _, wrong := range found.Invalid {
		fmt.Fprintf(out, "%s: %s\n", printable(wrong.Place), printable(wrong.Detail))
	}
	if c := found.Change; c != nil {
		fmt.Fprintf(out, "would add %d, remove %d and change %d of then %d entries\n", c.Added, c.Removed, c.Changed, c.Entries)
	}
	if s := found.Sample; s != nil {
		fmt.Fprintf(out, "of %d sample passwords %d are refused now, %d then, %d of them newly\n", s.Size, s.Before, s.After, s.NewlyRefused)
	}
	return failed
}

// matchChoice is the choice of where a term has to stand.
func matchChoice() choice {
	return choice{store.Contains.String(), []string{store.Contains.String(), store.Exact.String(), store.Prefix.String(), store.Suffix.String()}}
}

func newListsAdd() *cobra.Command {
	var l listsEdit
	var note, expires string
	var ban bool
	match := matchChoice()
	cmd := l.command("add [flags] NAME TERM...", "add terms to a list", `Add adds terms to a list, which is made if there is none. A term that is there is
given the attributes of the flags.`, "  veto lists add company northwind --note \"new product\" --expires 2027-01-31",
		func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("add takes the name of a list and terms")
			}
			type entry struct {
				Text    string `json:"text"`
				Match   string `json:"match"`
				Ban     bool   `json:"ban,omitempty"`
				Note    string `json:"note,omitempty"`
				Expires string `json:"expires,omitempty"`
			}
			var all []entry
			for _, text := range args[1:] {
				all = append(all, entry{text, match.value, ban, note, expires})
			}
			body, err := json.Marshal(map[string]any{"add": all})
			if err != nil {
				return err
			}
			return l.change(cmd, request{method: http.MethodPatch, path: listPath(args[0], ""), body: body}, true)
		})
	l.addFlags(cmd, false)
	f := cmd.Flags()
	addChoice(cmd, &match, "match", "`WHERE` the term has to stand in a password: contains, exact, prefix or suffix")
	f.BoolVar(&ban, "ban", false, "refuse passwords that hold the term, whatever their score")
	f.StringVar(&note, "note", "", "why: `TEXT`")
	f.StringVar(&expires, "expires", "", "`TIME` or date from which the term is no longer in force")
	return cmd
}

func newListsRemove() *cobra.Command {
	var l listsEdit
	match := matchChoice()
	cmd := l.command("remove [flags] NAME TERM...", "remove terms from a list", `Remove removes terms, in any spelling that folds alike, from a list.`,
		"  veto lists remove company northwind",
		func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("remove takes the name of a list and terms")
			}
			var all []map[string]string
			for _, text := range args[1:] {
				all = append(all, map[string]string{"text": text, "match": match.value})
			}
			body, err := json.Marshal(map[string]any{"remove": all})
			if err != nil {
				return err
			}
			return l.change(cmd, request{method: http.MethodPatch, path: listPath(args[0], ""), body: body}, false)
		})
	l.addFlags(cmd, false)
	addChoice(cmd, &match, "match", "`WHERE` the terms have to stand: contains, exact, prefix or suffix")
	return cmd
}

// kinds are the media types of the formats.
var kinds = map[string]string{"txt": "text/plain", "csv": "text/csv", "json": "application/json"}

// listImport reads a file that becomes a list.
type listImport struct {
	format, match choice
	ban           bool
}

// read returns the body of a request and its media type. Plain text becomes JSON
// if its entries have attributes.
func (i *listImport) read(cmd *cobra.Command, path string) (body []byte, kind string, err error) {
	if body, err = readList(cmd, path); err != nil {
		return nil, "", err
	}
	format := i.format.value
	if format == "" {
		format = strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	}
	if kind = kinds[format]; kind == "" {
		kind = kinds["txt"]
	}
	if !i.ban && i.match.value == store.Contains.String() {
		return body, kind, nil
	}
	if kind != kinds["txt"] {
		return nil, "", usagef("--ban and --match are for text; CSV and JSON have them for each entry")
	}
	body, err = i.attributes(body, path)
	return body, kinds["json"], err
}

// attributes returns plain text as JSON in which each entry has the attributes of
// the flags. Lines that are no terms are refused here, where their number is known.
func (i *listImport) attributes(text []byte, path string) ([]byte, error) {
	list, err := store.Read(bytes.NewReader(text), store.Plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	match, err := store.ParseMatch(i.match.value)
	if err != nil {
		return nil, err
	}
	for n := range list.Entries {
		e := &list.Entries[n]
		if _, err := lists.ParseTerm(e.Text); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, list.Place(n), err)
		}
		e.Ban, e.Match = i.ban, match
	}
	return json.Marshal(list.Entries)
}

func newListsImport() *cobra.Command {
	var l listsEdit
	i := listImport{format: choice{"", formatNames()}, match: matchChoice()}
	cmd := l.command("import [flags] NAME FILE", "replace a list by a file", `Import makes what the file holds the whole list, which is made if there is none:
text, one term a line; CSV with a line of names of columns, of which text has to
be one; or JSON. The ending of the file's name tells which, text otherwise. For -
it is standard input. Nothing is changed unless all of it is valid.`,
		"  veto lists import company words.txt --dry-run\n  veto lists import company company.csv --base 7\n  veto lists import never opfcont.txt --ban",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("import takes the name of a list and a file")
			}
			body, kind, err := i.read(cmd, args[1])
			if err != nil {
				return err
			}
			return l.change(cmd, request{method: http.MethodPut, path: listPath(args[0], ""), kind: kind, body: body}, true)
		})
	cmd.ValidArgsFunction = nil
	l.addFlags(cmd, true)
	addChoice(cmd, &i.format, "format", "read `FORMAT`, whatever the file is called: "+strings.Join(formatNames(), ", "))
	addChoice(cmd, &i.match, "match", "`WHERE` the terms of a text have to stand in a password: contains, exact, prefix or suffix")
	cmd.Flags().BoolVar(&i.ban, "ban", false, "refuse passwords that hold a term of the text, whatever their score")
	return cmd
}

// maxListBytes is what a server takes.
const maxListBytes = 50 << 20

// readList reads a file with a list, or standard input.
func readList(cmd *cobra.Command, path string) ([]byte, error) {
	in := cmd.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	body, err := io.ReadAll(io.LimitReader(in, maxListBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(body) > maxListBytes {
		return nil, &exitError{exitConfig, fmt.Errorf("%s: is larger than %d MiB, the most that a server takes", path, maxListBytes>>20)}
	}
	return body, nil
}

func newListsRollback() *cobra.Command {
	var l listsEdit
	cmd := l.command("rollback [flags] NAME REVISION", "go back to an old state of a list", `Rollback makes the list as it was at a revision its newest one. A list that was
deleted is there again.`, "  veto lists rollback company 7",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("rollback takes the name of a list and a revision")
			}
			revision, err := strconv.ParseUint(args[1], 10, 63)
			if err != nil || revision == 0 {
				return usagef("rollback takes a revision, a number that history tells")
			}
			body := fmt.Appendf(nil, `{"revision":%d}`, revision)
			return l.change(cmd, request{method: http.MethodPost, path: listPath(args[0], "/rollback"), body: body}, true)
		})
	return l.addFlags(cmd, true)
}

func newListsDelete() *cobra.Command {
	var l listsEdit
	cmd := l.command("delete [flags] NAME", "delete a list", `Delete removes a list. Its history stays, and rollback brings it back.`,
		"  veto lists delete company --base 7",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("delete takes the name of one list")
			}
			return l.change(cmd, request{method: http.MethodDelete, path: listPath(args[0], "")}, false)
		})
	return l.addFlags(cmd, true)
}
