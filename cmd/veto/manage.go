package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// remoteCommand is the state that the commands share that show and edit what a
// server has.
type remoteCommand struct {
	connection
	asJSON bool
}

// command returns a command that asks a server, and writes text or JSON. It reads its
// arguments by run.
func (r *remoteCommand) command(use, short, long, example string, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := r.connection.command(use, short, long, example, run)
	cmd.Flags().BoolVar(&r.asJSON, "json", false, "write the answer of the server, which is JSON")
	return cmd
}

// command returns a command that asks a server. It reads its arguments by run.
func (c *connection) command(use, short, long, example string, run func(cmd *cobra.Command, args []string) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Annotations: details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.open(); err != nil {
				return err
			}
			return run(cmd, args)
		},
	}
	c.addFlags(cmd)
	return cmd
}

// write writes an answer as it is, or the table that it makes.
func (r *remoteCommand) write(cmd *cobra.Command, answer []byte, into any, rows func() table) error {
	out := append(answer, '\n')
	if !r.asJSON {
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

// resource is what is edited on a server.
type resource struct {
	noun string // "list" or "policy"
	all  string // path of all
	path func(name, more string) string
	head func() row // of a table of changes
	row  func(*changeRow) row
	// would tells what a change would do.
	would   func(*changeRow) string
	group   string // of commands, "lists" or "policy"
	example string // name of one
}

// remoteEdit is the state that the commands share that change a list or a policy.
type remoteEdit struct {
	remoteCommand
	*resource
	dryRun bool
	base   uint64
}

// addFlags defines the flags of a change, base if it replaces what there is.
func (r *remoteEdit) addFlags(cmd *cobra.Command, base bool) *cobra.Command {
	cmd.Flags().BoolVar(&r.dryRun, "dry-run", false, "change nothing; tell what would, and how many of 10,000 sample passwords would be refused")
	if base {
		cmd.Flags().Uint64Var(&r.base, "base", 0, "refuse if the "+r.noun+" has another revision than `N`")
	}
	return cmd
}

// change asks for a change and writes what came of it. What is not there yet is made
// if create says so.
func (r *remoteEdit) change(cmd *cobra.Command, q request, create bool) error {
	if r.dryRun {
		q.path += "?dry_run=true"
	}
	q.match = "*"
	if r.base > 0 {
		q.match = `"` + strconv.FormatUint(r.base, 10) + `"`
	}
	answer, err := r.call(cmd.Context(), q)
	if create && r.base == 0 && hasStatus(err, http.StatusNotFound) {
		q.match = ""
		answer, err = r.call(cmd.Context(), q)
		if hasStatus(err, http.StatusPreconditionFailed) { // it is there: what was not found is something else
			q.match = "*"
			answer, err = r.call(cmd.Context(), q)
		}
	}
	if err != nil {
		return err
	}
	if r.dryRun {
		return r.tell(cmd, answer)
	}
	var result changeRow
	if err := json.Unmarshal(answer, &result); err != nil {
		return err
	}
	if result.unchanged() && !r.asJSON {
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "nothing changed: revision %d stays\n", result.Revision)
	} else {
		err = r.write(cmd, answer, &result, func() table { return table{r.head(), r.row(&result)} })
	}
	result.warn(cmd.ErrOrStderr())
	return errors.Join(err, result.missing())
}

// tell writes what a dry run found. Invalid entries are a failure.
func (r *remoteEdit) tell(cmd *cobra.Command, answer []byte) error {
	var found struct {
		Change  *changeRow `json:"change"`
		Invalid []struct{ Place, Detail string }
		More    int `json:"invalid_more"`
		Sample  *sampleRow
		Window  *windowRow
	}
	if err := json.Unmarshal(answer, &found); err != nil {
		return err
	}
	var failed error
	if len(found.Invalid) > 0 {
		failed = &exitError{code: exitConfig}
	} else if found.Change != nil {
		found.Change.warn(cmd.ErrOrStderr())
		failed = found.Change.missing()
	}
	if r.asJSON {
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
	if found.More > 0 {
		fmt.Fprintf(out, "and %d more\n", found.More)
	}
	if c := found.Change; c != nil {
		fmt.Fprintln(out, r.would(c))
	}
	if s := found.Sample; s != nil {
		s.tell(out)
	}
	if w := found.Window; w != nil {
		w.tell(out)
	}
	return failed
}

// sampleRow tells how a change judges sample passwords.
type sampleRow struct {
	Size        int `json:"size"`
	Before      int `json:"refused_before"`
	After       int `json:"refused_after"`
	Newly       int `json:"newly_refused"`
	Freed       int `json:"newly_accepted"`
	WouldBefore int `json:"would_refuse_before"`
	WouldAfter  int `json:"would_refuse_after"`
}

// tell writes how many are refused, and how many would be but for audit mode.
func (s *sampleRow) tell(out io.Writer) {
	fmt.Fprintf(out, "of %d sample passwords %d are refused now and %d after the change: %d newly refused, %d newly accepted\n", s.Size, s.Before, s.After, s.Newly, s.Freed)
	if s.WouldBefore+s.WouldAfter > 0 {
		fmt.Fprintf(out, "only because of audit mode %d of them are accepted now and %d after the change\n", s.WouldBefore, s.WouldAfter)
	}
}

// outcomeRow tells what decisions came to.
type outcomeRow struct {
	Decisions, Refused, Known, Found int
	WouldRefuse                      int `json:"would_refuse"`
}

// windowRow tells what the latest decisions have to do with a change.
type windowRow struct {
	From         time.Time
	Total        outcomeRow
	List, Policy *outcomeRow
	Newly        *int `json:"newly_refused"`
	Freed        *int `json:"newly_accepted"`
}

// tell writes what the counters say, and what they don't.
func (w *windowRow) tell(out io.Writer) {
	if w.Total.Decisions == 0 {
		fmt.Fprintf(out, "no decisions since %s, so only the sample tells\n", shortTime(&w.From))
		return
	}
	fmt.Fprintf(out, "of %s since %s %s\n", plural(w.Total.Decisions, "decision"), shortTime(&w.From), &w.Total)
	if w.Policy != nil {
		fmt.Fprintf(out, "of %s by this policy %s\n", plural(w.Policy.Decisions, "decision"), w.Policy)
	}
	if l := w.List; l != nil {
		fmt.Fprintf(out, "of %s whose lists are known %d rest on this one, of which %s\n", plural(l.Known, "decision"), l.Found, l)
	}
	atMost := func(n *int, what string) {
		if n == nil {
			fmt.Fprintf(out, "how many more would have been %s is not known, as passwords are not kept: see the sample\n", what)
		} else {
			fmt.Fprintf(out, "at most %d more would have been %s\n", *n, what)
		}
	}
	atMost(w.Newly, "refused")
	atMost(w.Freed, "accepted")
}

// String tells what came of the decisions.
func (o *outcomeRow) String() string {
	return fmt.Sprintf("%d were refused and %d accepted only because of audit mode", o.Refused, o.WouldRefuse)
}

// newHistory returns the command that tells who changed what.
func (r *resource) newHistory(long string) *cobra.Command {
	var c remoteCommand
	var before uint64
	limit := 100
	cmd := c.command("history [flags] NAME", "tell who changed a "+r.noun, long, "  veto "+r.group+" history "+r.example,
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("history takes the name of one %s", r.noun)
			}
			path := r.path(args[0], "/history?limit="+strconv.Itoa(limit))
			if before > 0 {
				path += "&before=" + strconv.FormatUint(before, 10)
			}
			answer, err := c.call(cmd.Context(), request{method: http.MethodGet, path: path})
			if err != nil {
				return err
			}
			var history struct {
				Changes []changeRow
				Next    string
			}
			err = c.write(cmd, answer, &history, func() table {
				t := table{r.head()}
				for i := range history.Changes {
					t = append(t, r.row(&history.Changes[i]))
				}
				return t
			})
			if err == nil && history.Next != "" {
				cmd.PrintErrf("veto: more with --before %s\n", history.Next)
			}
			return err
		})
	cmd.ValidArgsFunction = c.suggestNames(r.all, false, cobra.ShellCompDirectiveNoFileComp)
	f := cmd.Flags()
	f.IntVar(&limit, "limit", limit, "write at most `N` changes")
	f.Uint64Var(&before, "before", 0, "write changes before revision `N`")
	return cmd
}

// newRollback returns the command that goes back to a revision.
func (r *resource) newRollback(long string) *cobra.Command {
	e := remoteEdit{resource: r}
	cmd := e.command("rollback [flags] NAME REVISION", "go back to an old state of a "+r.noun, long, "  veto "+r.group+" rollback "+r.example+" 7",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("rollback takes the name of a %s and a revision", r.noun)
			}
			revision, err := strconv.ParseUint(args[1], 10, 63)
			if err != nil || revision == 0 {
				return usagef("rollback takes a revision, a number that history tells")
			}
			body := fmt.Appendf(nil, `{"revision":%d}`, revision)
			return e.change(cmd, request{method: http.MethodPost, path: r.path(args[0], "/rollback"), body: body}, true)
		})
	cmd.ValidArgsFunction = e.suggestNames(r.all, true, cobra.ShellCompDirectiveNoFileComp)
	return e.addFlags(cmd, true)
}

// newDelete returns the command that deletes one.
func (r *resource) newDelete(long string) *cobra.Command {
	e := remoteEdit{resource: r}
	cmd := e.command("delete [flags] NAME", "delete a "+r.noun, long, "  veto "+r.group+" delete "+r.example+" --base 7",
		func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("delete takes the name of one %s", r.noun)
			}
			return e.change(cmd, request{method: http.MethodDelete, path: r.path(args[0], "")}, false)
		})
	cmd.ValidArgsFunction = e.suggestNames(r.all, true, cobra.ShellCompDirectiveNoFileComp)
	return e.addFlags(cmd, true)
}
