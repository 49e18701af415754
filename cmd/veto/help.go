package main

import (
	"strings"

	"github.com/spf13/cobra"
)

const usageTemplate = `Usage:{{if or (not .HasAvailableSubCommands) .Annotations.alone}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND [flags]{{end}}{{if .HasExample}}

Examples:
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

{{if .Groups}}{{$cmd := .}}{{range $i, $group := .Groups}}{{if $i}}

{{end}}{{.Title}}:{{range $cmd.Commands}}{{if and .IsAvailableCommand (eq .GroupID $group.ID)}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{else}}Commands:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}
`

const helpTemplate = `{{.Long}}

{{.UsageString}}{{with .Annotations.details}}
{{.}}
{{end}}`

// addGroup adds commands under a title of their own.
func addGroup(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, c := range commands {
		c.GroupID = title
		root.AddCommand(c)
	}
}

// details returns the annotation with the sections that end a help text.
func details(sections ...string) map[string]string {
	return map[string]string{"details": strings.Join(sections, "\n\n")}
}

// alone is the annotation of a command that has commands below it and also
// runs by itself.
const alone = "alone"

func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND]",
		Short:             "explain a command",
		Long:              "Help explains veto or one of its commands.",
		RunE:              help,
		ValidArgsFunction: completeCommand,
	}
}

func help(cmd *cobra.Command, args []string) error {
	target, rest, err := cmd.Root().Find(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return knownCommand(target, rest)
	}
	target.InitDefaultHelpFlag()
	return target.Help()
}

// completeCommand offers the commands below the one that args lead to.
func completeCommand(cmd *cobra.Command, args []string, _ string) (names []string, d cobra.ShellCompDirective) {
	d = cobra.ShellCompDirectiveNoFileComp
	above, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, d
	}
	for _, c := range above.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name()+"\t"+c.Short)
		}
	}
	return names, d
}
