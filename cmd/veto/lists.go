package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/lists/store"
)

func newLists() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lists",
		Short: "show and edit the lists of a running server",
		Long: `Lists talks to veto serve, which keeps custom lists in its store (--store) and
judges by them at once. A list is called by its name, with or without custom/.`,
		Example: `  veto lists list
  veto lists add company northwind "contoso spring" --note "project names"
  veto lists import company words.txt --dry-run
  veto lists rollback company 7`,
		Args:        knownCommand,
		RunE:        missingCommand,
		Annotations: details(environmentHelp, exitHelp()),
	}
	cmd.AddCommand(newListsList(), newListsShow(), newListsAdd(), newListsRemove(), newListsImport(), newListsExport(),
		newListsHistory(), newListsRollback(), newListsDelete())
	return cmd
}

// listsCommand is the state that the commands below lists share.
type listsCommand struct {
	remote remote
	asJSON bool
}

// command returns a command that takes the name of a list and, if more is not
// empty, what more says. It reads its arguments by run.
func (l *listsCommand) command(use, short, long, example string, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Annotations:       details(environmentHelp, exitHelp()),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := l.remote.open(); err != nil {
				return err
			}
			return run(cmd, args)
		},
	}
	l.remote.addFlags(cmd)
	cmd.Flags().BoolVar(&l.asJSON, "json", false, "write the answer of the server, which is JSON")
	return cmd
}

// listPath returns the path of a list.
func listPath(name, more string) string {
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		parts = append(parts, url.PathEscape(part))
	}
	return "/v1/lists/" + strings.Join(parts, "/") + more
}

// write writes an answer as it is, or the table that it makes.
func (l *listsCommand) write(cmd *cobra.Command, answer []byte, into any, rows func() table) error {
	out := append(answer, '\n')
	if !l.asJSON {
		if err := json.Unmarshal(answer, into); err != nil {
			return err
		}
		out = nil
		t := rows()
		for widths, i := t.widths(), 0; i < len(t); i++ {
			out = t[i].append(out, widths, palette{})
		}
	}
	_, err := cmd.OutOrStdout().Write(out)
	return err
}

// listRow is what the table of lists tells.
type listRow struct {
	Name, Kind, Author string
	Entries            int
	Revision           uint64
	Updated            *time.Time
	Writable           bool
}

func newListsList() *cobra.Command {
	var l listsCommand
	return l.command("list [flags]", "list all lists", `List writes the name, kind and size of each list in force, and of those that can be
edited the revision, and when and by whom it was last changed.`, "  veto lists list --server https://veto.example.org --token-file security.token",
		func(cmd *cobra.Command, args []string) error {
			if err := noArguments(cmd, args); err != nil {
				return err
			}
			answer, err := l.remote.call(cmd.Context(), request{method: http.MethodGet, path: "/v1/lists"})
			if err != nil {
				return err
			}
			var all struct{ Lists []listRow }
			return l.write(cmd, answer, &all, func() table {
				t := table{cells("NAME", "KIND", "ENTRIES", "REVISION", "UPDATED", "AUTHOR")}
				for _, i := range all.Lists {
					revision, updated := "-", "-"
					if i.Writable {
						revision, updated = strconv.FormatUint(i.Revision, 10), shortTime(i.Updated)
					}
					t = append(t, cells(i.Name, i.Kind, strconv.Itoa(i.Entries), revision, updated, i.Author))
				}
				return t
			})
		})
}

// cells returns a row of plain texts.
func cells(texts ...string) (r row) {
	for _, t := range texts {
		r = append(r, field{plain, printable(t)})
	}
	return r
}

// printable replaces what would move the cursor or the direction of a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

func shortTime(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func newListsShow() *cobra.Command {
	var l listsCommand
	var query, cursor string
	var revision uint64
	limit := 100
	cmd := l.command("show [flags] NAME", "show entries of a list", `Show writes entries of a list in the order of their folded texts, with --find
those that hold a text in any spelling that folds alike. What follows behind the
limit is told on standard error.`,
		"  veto lists show company --find contoso",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("show takes the name of one list")
			}
			values := url.Values{"limit": {strconv.Itoa(limit)}}
			for name, value := range map[string]string{"q": query, "cursor": cursor} {
				if value != "" {
					values.Set(name, value)
				}
			}
			if revision > 0 {
				values.Set("revision", strconv.FormatUint(revision, 10))
			}
			answer, err := l.remote.call(cmd.Context(), request{method: http.MethodGet, path: listPath(args[0], "?"+values.Encode())})
			if err != nil {
				return err
			}
			var page struct {
				Page []struct {
					Text, Match, Note, Author string
					Ban                       bool
					Expires                   string
				}
				Next string
			}
			err = l.write(cmd, answer, &page, func() table {
				t := table{cells("TEXT", "MATCH", "BAN", "EXPIRES", "AUTHOR", "NOTE")}
				for _, e := range page.Page {
					ban := "-"
					if e.Ban {
						ban = "yes"
					}
					t = append(t, cells(e.Text, e.Match, ban, e.Expires, e.Author, e.Note))
				}
				return t
			})
			if err == nil && page.Next != "" {
				cmd.PrintErrf("veto: more with --cursor %s\n", page.Next)
			}
			return err
		})
	f := cmd.Flags()
	f.StringVar(&query, "find", "", "show entries that hold `TEXT`")
	f.Uint64Var(&revision, "revision", 0, "show the list as it was at revision `N`")
	f.IntVar(&limit, "limit", limit, "show at most `N` entries")
	f.StringVar(&cursor, "cursor", "", "show what follows `CURSOR`, which a page before told")
	return cmd
}

func newListsExport() *cobra.Command {
	var l listsCommand
	var revision uint64
	format := choice{string(store.JSON), formatNames()}
	cmd := l.command("export [flags] NAME", "write a whole list", `Export writes a list to standard output: as JSON or CSV, which import reads back as
the same, or as text, one term a line.`, "  veto lists export company --format csv > company.csv",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("export takes the name of one list")
			}
			path := listPath(args[0], "/export?format="+format.value)
			if revision > 0 {
				path += "&revision=" + strconv.FormatUint(revision, 10)
			}
			resp, err := l.remote.send(cmd.Context(), request{method: http.MethodGet, path: path})
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(cmd.OutOrStdout(), resp.Body)
			return err
		})
	addChoice(cmd, &format, "format", "write `FORMAT`: "+strings.Join(formatNames(), ", "))
	cmd.Flags().Uint64Var(&revision, "revision", 0, "write the list as it was at revision `N`")
	return cmd
}

func formatNames() (names []string) {
	for _, f := range store.Formats() {
		names = append(names, string(f))
	}
	return names
}

func newListsHistory() *cobra.Command {
	var l listsCommand
	var before uint64
	limit := 100
	cmd := l.command("history [flags] NAME", "tell who changed a list", `History writes the changes of a list, newest first: when, who, and how many entries
came, went and changed. A deleted list has one too.`, "  veto lists history company",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("history takes the name of one list")
			}
			path := listPath(args[0], "/history?limit="+strconv.Itoa(limit))
			if before > 0 {
				path += "&before=" + strconv.FormatUint(before, 10)
			}
			answer, err := l.remote.call(cmd.Context(), request{method: http.MethodGet, path: path})
			if err != nil {
				return err
			}
			var history struct {
				Changes []changeRow
				Next    string
			}
			err = l.write(cmd, answer, &history, func() table {
				t := table{cells("REVISION", "TIME", "ACTION", "ACTOR", "ADDED", "REMOVED", "CHANGED", "ENTRIES")}
				for _, c := range history.Changes {
					t = append(t, c.cells())
				}
				return t
			})
			if err == nil && history.Next != "" {
				cmd.PrintErrf("veto: more with --before %s\n", history.Next)
			}
			return err
		})
	f := cmd.Flags()
	f.IntVar(&limit, "limit", limit, "write at most `N` changes")
	f.Uint64Var(&before, "before", 0, "write changes before revision `N`")
	return cmd
}

// changeRow is what a line about a change tells.
type changeRow struct {
	Revision                         uint64
	Time                             *time.Time
	Action, Actor                    string
	Added, Removed, Changed, Entries int
}

func (c *changeRow) cells() row {
	return cells(strconv.FormatUint(c.Revision, 10), shortTime(c.Time), c.Action, c.Actor,
		strconv.Itoa(c.Added), strconv.Itoa(c.Removed), strconv.Itoa(c.Changed), strconv.Itoa(c.Entries))
}
