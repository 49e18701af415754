package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	signal.Ignore(syscall.SIGPIPE) // a reader that went away is a write error
	root := newRoot()
	root.SetArgs(args)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return flagError(args, err) })
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		suggestFiles(root)
		plainUsage(root)
	}
	cmd, err := root.ExecuteC()
	return int(report(stderr, cmd.CommandPath(), err))
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "veto",
		Short: "refuse passwords that are easy to guess",
		Long: `Veto decides whether a password may be used, and says why not.

It finds banned words in the spellings that people hide them in, common
passwords, names, keyboard walks, sequences, repetitions and dates, and
estimates how many guesses remain. It needs no network and no configuration.`,
		Example: `  veto check                         ask for a password and judge it
  veto check < passwords.txt         judge one password per line
  veto serve                         answer checks over HTTP on this machine`,
		Args:                       knownCommand,
		RunE:                       missingCommand,
		PersistentPreRunE:          readEnvironment,
		Annotations:                details(environmentHelp, exitHelp()),
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		SilenceUsage:               true,
	}
	root.Version = versionText()
	root.SetVersionTemplate("veto {{.Version}}\n")
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate(helpTemplate)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelp())
	addGroup(root, "Judge passwords", newCheck(), newServe(), newSidecar(), newPolicy(), newConfig())
	addGroup(root, "Lists and breach indexes", newLists(), newStore(), newCompile(), newInspect(), newVerify())
	addGroup(root, "Callers and machines", newToken(), newBundle(), newKeygen(), newFleet(), newReconcile())
	addGroup(root, "This program", newVersion(), newCompletion(), newMan())
	for _, cmd := range commands(root) {
		cmd.Flags().SortFlags = false
	}
	return root
}

// knownCommand refuses an unknown command. It never repeats the word, which
// may be a password.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return usagef("unknown command, did you mean '%s %s'?", cmd.CommandPath(), strings.Join(near, "' or '"))
	}
	return usagef("unknown command")
}

// missingCommand fails, so that a script that forgot the command never takes
// the exit code for an accepted password.
func missingCommand(cmd *cobra.Command, _ []string) error {
	cmd.SetOut(cmd.ErrOrStderr())
	if err := cmd.Help(); err != nil {
		return err
	}
	return &exitError{code: exitUsage}
}

// noArguments refuses arguments without repeating them: one may be a password.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if cmd.Name() == "check" {
		return usagef("check takes no arguments; give passwords on standard input, as in 'veto check < FILE', or when asked")
	}
	if cmd.Flags().Lookup("config") != nil && cmd.Name() == "validate" {
		return usagef("validate takes no arguments; name the configuration by --config FILE")
	}
	return usagef("%s takes no arguments", cmd.Name())
}

// flagError makes a usage error of a flag that does not parse. It repeats neither
// an unknown flag nor a value: either may be a password.
func flagError(args []string, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return usagef("unknown flag in argument %d", 1+slices.IndexFunc(args, func(arg string) bool { return isFlag(arg, unknown) }))
	case errors.As(err, &missing):
		return usagef("--%s needs a value", missing.GetSpecifiedName())
	case errors.As(err, &invalid):
		return usagef("--%s %w", invalid.GetFlag().Name, wrongValue(invalid.GetFlag(), errors.Unwrap(err)))
	}
	return &exitError{exitUsage, err}
}

// isFlag reports whether arg has the unknown flag: --NAME, or letters behind -.
func isFlag(arg string, unknown *pflag.NotExistError) bool {
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		return strings.HasPrefix(arg, "-") && strings.HasSuffix(arg, letters)
	}
	name, _, _ := strings.Cut(arg, "=")
	return name == "--"+unknown.GetSpecifiedName()
}
