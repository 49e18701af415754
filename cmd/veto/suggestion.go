package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/server/access"
)

// suggest tells a shell what can stand where the cursor is.
type suggest = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective)

// askTime is how long a shell waits for the names that a server knows.
const askTime = 2 * time.Second

// suggestFiles makes shells offer files only where a file can stand.
func suggestFiles(root *cobra.Command) {
	for _, cmd := range commands(root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			value, _ := pflag.UnquoteUsage(f)
			if _, known := cmd.GetFlagCompletionFunc(f.Name); !known && !namesFile(value) {
				suggestFor(cmd, f.Name, cobra.NoFileCompletions)
			}
		})
		if cmd.ValidArgsFunction == nil && cmd.ValidArgs == nil && !namesFile(cmd.Use) {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
}

// namesFile reports whether a usage asks for files.
func namesFile(usage string) bool {
	words := strings.FieldsFunc(usage, func(r rune) bool { return r < 'A' || r > 'Z' })
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains([]string{"FILE", "DIR", "PATH", "SOURCE", "LOG"}, word) })
}

// suggestFor makes shells offer what s does for a flag.
func suggestFor(cmd *cobra.Command, flag string, s suggest) {
	if err := cmd.RegisterFlagCompletionFunc(flag, s); err != nil {
		cmd.PrintErrln("veto:", err)
	}
}

// suggestScopes offers the scopes of tokens.
func suggestScopes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return access.ScopeNames(), cobra.ShellCompDirectiveNoFileComp
}

// suggestPolicies offers the policies of the configuration at *path, or the built-in
// ones.
func suggestPolicies(path *string) suggest {
	return func(*cobra.Command, []string, string) (names []string, d cobra.ShellCompDirective) {
		l, err := config.Load(*path, nil)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, p := range l.Policies {
			names = append(names, p.Name)
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// suggest offers the tokens of the file that can be revoked.
func (t *tokenFile) suggest(*cobra.Command, []string, string) (names []string, d cobra.ShellCompDirective) {
	path, err := t.path()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	tokens, _ := access.ReadTokens(path) // what cannot be read has none
	for _, token := range tokens {
		if token.Revoked.IsZero() {
			names = append(names, token.Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// suggestNames offers, as the first argument, the names that the server has at a
// path, "/v1/lists" or "/v1/policies": if edited says so, only what is edited there.
// What may follow is told by the directive.
func (c *connection) suggestNames(path string, edited bool, follows cobra.ShellCompDirective) suggest {
	return func(cmd *cobra.Command, args []string, _ string) (names []string, d cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, follows
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), askTime)
		defer cancel()
		if readEnvironment(cmd, nil) != nil || c.open() != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		answer, err := c.call(ctx, request{method: http.MethodGet, path: path})
		var all struct {
			Lists []struct {
				Name     string
				Writable bool
			}
			Policies []struct{ Name, Source string }
		}
		if err != nil || json.Unmarshal(answer, &all) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, l := range all.Lists {
			if l.Writable || !edited {
				names = append(names, printable(strings.TrimPrefix(l.Name, lists.CustomPrefix)))
			}
		}
		for _, p := range all.Policies {
			if p.Source == "store" || !edited {
				names = append(names, printable(p.Name))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
