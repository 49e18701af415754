package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shells maps the shells to what writes their completion script.
var shells = map[string]func(root *cobra.Command, out io.Writer) error{
	"bash":       func(root *cobra.Command, out io.Writer) error { return root.GenBashCompletionV2(out, true) },
	"zsh":        (*cobra.Command).GenZshCompletion,
	"fish":       func(root *cobra.Command, out io.Writer) error { return root.GenFishCompletion(out, true) },
	"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
}

func newCompletion() *cobra.Command {
	names := slices.Sorted(maps.Keys(shells))
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "write the completion script of a shell",
		Long:  "Completion writes a script that makes the shell complete veto's commands and\nflags. SHELL is " + strings.Join(names, ", ") + ". That of bash needs the package\nbash-completion.",
		Example: `  source <(veto completion bash)
  veto completion zsh > "${fpath[1]}/_veto"
  veto completion fish > ~/.config/fish/completions/veto.fish
  veto completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || shells[args[0]] == nil {
				return usagef("completion takes one of %s", strings.Join(names, ", "))
			}
			return shells[args[0]](cmd.Root(), cmd.OutOrStdout())
		},
	}
}

// plainUsage takes the quotes around the names of values from the usage of all
// flags: shells show them as they are.
func plainUsage(root *cobra.Command) {
	for _, cmd := range commands(root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	}
}
