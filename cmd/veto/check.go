package main

import (
	"github.com/spf13/cobra"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// checkCommand is the state of veto check.
type checkCommand struct {
	source    source
	subject   engine.Subject
	operation choice
	null      bool
	json      bool
	explain   bool
	show      bool
	html      string
	language  choice
	server    connection
}

func newCheck() *cobra.Command {
	c := &checkCommand{
		operation: choice{"", []string{engine.Set.String(), engine.Change.String()}},
		language:  choice{"", languageCodes()},
	}
	cmd := &cobra.Command{
		Use:   "check [flags] < PASSWORDS",
		Short: "judge passwords from standard input or the terminal",
		Long: `Check judges each password and writes one line for it, in order:

    accept
    reject CODE[,CODE...]

Passwords come from standard input, one per line, as UTF-8. A line ends with
LF; one CR before it is dropped, as is a byte order mark before the first line.
The last line may lack its end. An empty line is a password of no characters.
With -0 a password ends with NUL instead and everything else belongs to it.
Of a password longer than 64 KiB the beginning is judged: it is too long.

On a terminal check asks for one password without echo and answers in words.
Passwords are never written, unless --show asks for it; the page of --html has
dots in any case. It appears when all passwords have been read, and may replace
such a page, but no other file.

With --server the lists and policies of a running veto serve judge, by its scope
check; explanations take its scope explain, and JSON is as it writes it. Its
declared answer counts where it cannot decide, and the exit code is 4 then.

Spans in JSON and explanations count characters of the password from 0; the
second number is the first character behind. Numbers of guesses are decimal
logarithms: 10^4 is ten thousand guesses.`,
		Example: `  veto check < passwords.txt
  printf 'Contoso2025!\n' | veto check --term contoso
  veto check --breached pwned.veto < passwords.txt
  veto check --explain --account jdoe --name 'Jane Doe' --mail jane.doe@example.com
  veto check --profile entra --json < passwords.txt
  veto check --html explained.html --lang de < passwords.txt
  veto check --config veto.yaml --group 'Domain Admins' < passwords.txt
  veto check --server https://veto.example.org --token-file portal.token < passwords.txt
  printf 'line\nfeed\0second' | veto check -0`,
		Args:        noArguments,
		RunE:        c.run,
		Annotations: details(environmentHelp, exitHelp()),
	}
	c.source.addFlags(cmd)
	c.addServerFlags(cmd)
	c.addSubjectFlags(cmd)
	f := cmd.Flags()
	f.BoolVarP(&c.null, "null", "0", false, "passwords end with NUL, not with a line feed")
	f.BoolVar(&c.json, "json", false, "write one JSON verdict per line, with all that --explain tells")
	f.BoolVar(&c.explain, "explain", false, "draw below each verdict what it rests on")
	f.BoolVar(&c.show, "show", false, "with --explain, write the password instead of dots")
	f.StringVar(&c.html, "html", "", "write the explanations, with dots for the passwords, as a page to `FILE`")
	addChoice(cmd, &c.language, "lang", "`LANGUAGE` for people: en, de, fr, es or ja; if not given that of LC_ALL, LC_MESSAGES or LANG, and English in JSON")
	for _, name := range []string{"show", "html", "server"} {
		f.Lookup(name).Annotations = map[string][]string{flagOnly: {}}
	}
	return cmd
}

func (c *checkCommand) addSubjectFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.subject.Account, "account", "", "logon `NAME` of the account that the password is for")
	f.StringArrayVar(&c.subject.Names, "name", nil, "display, given or family `NAME`; repeatable")
	f.StringVar(&c.subject.Mail, "mail", "", "mail `ADDRESS`")
	f.StringVar(&c.subject.Tenant, "tenant", "", "`NAME` of the organization")
	f.StringArrayVar(&c.subject.Attributes, "attribute", nil, "`TEXT` known of the person: department, city, manager; repeatable")
	f.StringArrayVar(&c.subject.Groups, "group", nil, "`GROUP` of the account, for the choice of a policy; repeatable")
	addChoice(cmd, &c.operation, "operation", "the `OPERATION` that writes the password: set (a reset) or change")
}

// choose makes j judge by a server or by a snapshot, which it returns.
func (c *checkCommand) choose(cmd *cobra.Command, j *judge) (*lists.Snapshot, error) {
	if c.server.server != "" {
		return nil, c.askServer(cmd, j)
	}
	for _, name := range serverFlags {
		if cmd.Flags().Changed(name) {
			return nil, usagef("--%s needs --server", name)
		}
	}
	_, snapshot, err := c.source.build(cmd)
	if err == nil {
		j.engine = snapshot.Engine
	}
	return snapshot, err
}

func (c *checkCommand) run(cmd *cobra.Command, _ []string) error {
	if c.show && !c.explain {
		return usagef("--show needs --explain")
	}
	if c.html != "" {
		if err := sparePage(c.html); err != nil {
			return err
		}
	}
	c.subject.Operation, _ = engine.ParseOperation(c.operation.value)
	j := &judge{command: c, language: languageFor(c.language.value), asked: c.language.value != "", colors: paletteFor(cmd.OutOrStdout())}
	snapshot, err := c.choose(cmd, j)
	if err != nil {
		return err
	}
	if c.html != "" {
		if j.page, err = newHTMLPage(c.html, j.language); err != nil {
			return err
		}
		defer j.page.discard()
	}
	if tty := terminal(cmd.InOrStdin()); tty != nil {
		err = j.ask(tty, cmd.OutOrStdout(), cmd.ErrOrStderr())
	} else {
		err = j.stream(cmd.InOrStdin(), cmd.OutOrStdout())
	}
	if j.page != nil && codeOf(err) <= exitRefused {
		if failed := j.page.close(); failed != nil {
			return failed
		}
	}
	if snapshot == nil {
		return err
	}
	if failed := snapshot.Err(); failed != nil { // passwords were refused for it
		return &exitError{exitConfig, failed}
	}
	return err
}
