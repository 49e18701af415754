package main

import (
	"fmt"
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
	list := newListResource()
	cmd.AddCommand(newListsList(), newListsShow(), newListsAdd(list), newListsRemove(list), newListsImport(list), newListsExport(),
		list.newHistory(`History writes the changes of a list, newest first: when, who, and how many entries
came, went and changed. A deleted list has one too.`),
		list.newRollback(`Rollback makes the list as it was at a revision its newest one. A list that was
deleted is there again.`),
		list.newDelete(`Delete removes a list. Its history stays, and rollback brings it back.`))
	return cmd
}

func newListResource() *resource {
	return &resource{
		noun: "list", group: "lists", all: listsPath, path: listPath, example: "company",
		head: func() row {
			return cells("REVISION", "TIME", "ACTION", "ACTOR", "ADDED", "REMOVED", "CHANGED", "ENTRIES")
		},
		row: func(c *changeRow) row {
			return cells(append(c.first(), strconv.Itoa(c.Added), strconv.Itoa(c.Removed), strconv.Itoa(c.Changed), strconv.Itoa(c.Entries))...)
		},
		would: func(c *changeRow) string {
			return fmt.Sprintf("would add %d, remove %d and change %d; the list would have %s", c.Added, c.Removed, c.Changed, plural(c.Entries, "entry"))
		},
	}
}

const listsPath = "/v1/lists"

// listPath returns the path of a list.
func listPath(name, more string) string {
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		parts = append(parts, url.PathEscape(part))
	}
	return listsPath + "/" + strings.Join(parts, "/") + more
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
	var l remoteCommand
	return l.command("list [flags]", "list all lists", `List writes the name, kind and size of each list in force, and of those that can be
edited the revision, and when and by whom it was last changed.`, "  veto lists list --server https://veto.example.org --token-file security.token",
		func(cmd *cobra.Command, args []string) error {
			if err := noArguments(cmd, args); err != nil {
				return err
			}
			answer, err := l.call(cmd.Context(), request{method: http.MethodGet, path: listsPath})
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

func newListsShow() *cobra.Command {
	var l remoteCommand
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
			answer, err := l.call(cmd.Context(), request{method: http.MethodGet, path: listPath(args[0], "?"+values.Encode())})
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
					if at, err := time.Parse(time.RFC3339, e.Expires); err == nil && at.Before(time.Now()) {
						e.Expires += " (past)"
					}
					t = append(t, cells(e.Text, e.Match, ban, e.Expires, e.Author, e.Note))
				}
				return t
			})
			switch {
			case err != nil || l.asJSON:
			case page.Next != "":
				cmd.PrintErrf("veto: more with --cursor %s\n", page.Next)
			case page.Page == nil:
				cmd.PrintErrln("veto: this list comes with the program or from an index, and is not shown")
			}
			return err
		})
	cmd.ValidArgsFunction = l.suggestNames(listsPath, false, cobra.ShellCompDirectiveNoFileComp)
	f := cmd.Flags()
	f.StringVar(&query, "find", "", "show entries that hold `TEXT`")
	f.Uint64Var(&revision, "revision", 0, "show the list as it was at revision `N`")
	f.IntVar(&limit, "limit", limit, "show at most `N` entries")
	f.StringVar(&cursor, "cursor", "", "show what follows `CURSOR`, which a page before told")
	return cmd
}

func newListsExport() *cobra.Command {
	var l connection
	var revision uint64
	var expired bool
	format := choice{string(store.JSON), formatNames()}
	cmd := l.command("export [flags] NAME", "write a whole list", `Export writes a list to standard output: as JSON or CSV, which import reads back as
the same, or as text, one term a line. Text has neither bans nor ends, so terms that
have expired are left out of it. A list of the server's configuration is written as
it is in force.`, "  veto lists export company --format csv > company.csv",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("export takes the name of one list")
			}
			path := listPath(args[0], "/export?format="+format.value)
			if revision > 0 {
				path += "&revision=" + strconv.FormatUint(revision, 10)
			}
			if expired {
				path += "&expired=true"
			}
			resp, err := l.send(cmd.Context(), request{method: http.MethodGet, path: path})
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(cmd.OutOrStdout(), resp.Body)
			return err
		})
	cmd.ValidArgsFunction = l.suggestNames(listsPath, false, cobra.ShellCompDirectiveNoFileComp)
	addChoice(cmd, &format, "format", "write `FORMAT`: "+strings.Join(formatNames(), ", "))
	cmd.Flags().Uint64Var(&revision, "revision", 0, "write the list as it was at revision `N`")
	cmd.Flags().BoolVar(&expired, "expired", false, expiredUsage)
	return cmd
}

const expiredUsage = "also write terms that have expired as text; JSON and CSV have them always"

func formatNames() (names []string) {
	for _, f := range store.Formats() {
		names = append(names, string(f))
	}
	return names
}
