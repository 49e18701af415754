package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// matchChoice is the choice of where a term has to stand.
func matchChoice() choice {
	return choice{store.Contains.String(), []string{store.Contains.String(), store.Exact.String(), store.Prefix.String(), store.Suffix.String()}}
}

// listAdd is the state of veto lists add.
type listAdd struct {
	remoteEdit
	note, expires string
	ban           bool
	match         choice
}

func newListsAdd(list *resource) *cobra.Command {
	l := &listAdd{remoteEdit: remoteEdit{resource: list}, match: matchChoice()}
	cmd := l.command("add [flags] NAME TERM...", "add terms to a list", `Add adds terms to a list, which is made if there is none. A term that is there with
this --match keeps what no flag is given for; --ban=false, --note '' and
--expires '' take it away. One that has expired is in force again, without an end
unless --expires gives it a new one.`, "  veto lists add company northwind --note \"new product\" --expires 2027-01-31\n  veto lists add incident bluebird --ban --expires 30d",
		l.run)
	l.addFlags(cmd, false)
	cmd.ValidArgsFunction = l.suggestNames(listsPath, true, cobra.ShellCompDirectiveNoFileComp)
	f := cmd.Flags()
	addChoice(cmd, &l.match, "match", "`WHERE` the term has to stand in a password: contains, exact, prefix or suffix")
	f.BoolVar(&l.ban, "ban", false, "refuse passwords that hold the term, whatever their score")
	f.StringVar(&l.note, "note", "", "why: `TEXT`")
	f.StringVar(&l.expires, "expires", "", "end of its being in force "+expiryHelp+"; left out: the one it has if that is to come, otherwise none")
	return cmd
}

func (l *listAdd) run(cmd *cobra.Command, args []string) error {
	if len(args) < 2 {
		return usagef("add takes the name of a list and terms")
	}
	until, err := parseExpiry(l.expires, time.Now())
	if err != nil {
		return err
	}
	match, err := store.ParseMatch(l.match.value)
	if err != nil {
		return err
	}
	given := func(flag string) bool { return origin(cmd.Flags().Lookup(flag)) != "" }
	var all []store.Entry
	for _, text := range args[1:] {
		e, err := l.present(cmd.Context(), args[0], store.Key{Text: text, Match: match})
		if err != nil {
			return err
		}
		if given("ban") {
			e.Ban = l.ban
		}
		if given("note") {
			e.Note = l.note
		}
		if given("expires") {
			e.Expires = until
		}
		all = append(all, e)
	}
	body, err := json.Marshal(map[string]any{"add": all})
	if err != nil {
		return err
	}
	return l.change(cmd, request{method: http.MethodPatch, path: listPath(args[0], ""), body: body}, true)
}

// present returns the entry of a term with what is kept of the one that is there.
func (l *listAdd) present(ctx context.Context, list string, key store.Key) (store.Entry, error) {
	e := store.Entry{Text: key.Text, Match: key.Match}
	// Of those that begin with the term, the term itself is the first, once for each match.
	values := url.Values{"q": {key.Text}, "prefix": {"true"}, "limit": {strconv.Itoa(len(l.match.allowed))}}
	answer, err := l.call(ctx, request{method: http.MethodGet, path: listPath(list, "?"+values.Encode())})
	if hasStatus(err, http.StatusNotFound) || hasStatus(err, http.StatusForbidden) || key.Text == "" {
		return e, nil // there is none, or who only may write cannot know
	}
	if err != nil {
		return e, err
	}
	var page struct{ Page []json.RawMessage }
	if err := json.Unmarshal(answer, &page); err != nil {
		return e, err
	}
	folded := engine.AppendFold(nil, []byte(key.Text))
	for _, text := range page.Page {
		there, err := store.ParseEntry(text)
		if err != nil {
			return e, err
		}
		if there.Match == key.Match && bytes.Equal(engine.AppendFold(nil, []byte(there.Text)), folded) {
			e.Ban, e.Rank, e.Note = there.Ban, there.Rank, there.Note
			if !there.Expired(time.Now()) {
				e.Expires = there.Expires
			}
		}
	}
	return e, nil
}

func newListsRemove(list *resource) *cobra.Command {
	l := remoteEdit{resource: list}
	match := matchChoice()
	cmd := l.command("remove [flags] NAME TERM...", "remove terms from a list", `Remove removes terms, in any spelling that folds alike, from a list. Those that it
does not have with this --match are told, and exit code 3; the others are gone.`,
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
	cmd.ValidArgsFunction = l.suggestNames(listsPath, true, cobra.ShellCompDirectiveNoFileComp)
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

func newListsImport(list *resource) *cobra.Command {
	l := remoteEdit{resource: list}
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
	l.addFlags(cmd, true)
	cmd.ValidArgsFunction = l.suggestNames(listsPath, true, cobra.ShellCompDirectiveDefault)
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
