package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
)

func newPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "validate, show, try out, import and edit policies",
		Long: `Policy works on the rules for groups of accounts: validate, show, test and import
on those of a configuration, or without one on the built-in profiles; list, show
NAME, put, delete, history, rollback and simulate on those of a running veto serve.`,
		Example: `  veto policy validate --config veto.yaml
  veto policy show --profile nist
  veto policy test --config veto.yaml --group Staff passwords.txt
  veto policy import lithnet settings.reg > veto.yaml
  veto policy put staff.yaml --dry-run --server https://veto.example.org`,
		Args:        knownCommand,
		RunE:        missingCommand,
		Annotations: details(exitHelp()),
	}
	policy := newPolicyResource()
	cmd.AddCommand(newPolicyValidate(), newPolicyShow(), newPolicyTest(), newPolicyImport(), newPolicyList(), newPolicyPut(policy),
		policy.newDelete(`Delete removes the policy that is stored on a server. If its configuration has one
of the name, that is in force again. The history stays, and rollback brings it back.`),
		policy.newHistory(`History writes the versions of a policy that is edited on a server, newest first:
when, who, and what was done. A deleted policy has one too.`),
		policy.newRollback(`Rollback makes a policy as it was at a revision its newest one. A policy that was
deleted is there again.`),
		newPolicySimulate())
	return cmd
}

// chooser is the choice of one policy, as by a subject.
type chooser struct {
	source source
	name   string
	groups []string
}

func (c *chooser) addFlags(cmd *cobra.Command) {
	c.source.addFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&c.name, "policy", "", "the policy of this `NAME`")
	f.StringArrayVar(&c.groups, "group", nil, "the policy that holds for members of `GROUP`; repeatable")
}

// subject returns a subject that the chosen policy is for.
func (c *chooser) subject(l *config.Loaded) (engine.Subject, error) {
	for _, p := range l.Policies {
		if c.name == "" || p.Name == c.name {
			return engine.Subject{Policy: c.name, Groups: c.groups}, nil
		}
	}
	var names []string
	for _, p := range l.Policies {
		names = append(names, p.Name)
	}
	return engine.Subject{}, usagef("--policy must be one of %s", strings.Join(names, ", "))
}

func newPolicyValidate() *cobra.Command {
	var s source
	cmd := &cobra.Command{
		Use:   "validate [flags]",
		Short: "tell whether the policies are usable",
		Long: `Validate reads the policies of a configuration and compiles them. All mistakes
are reported, with line and path. Lists are not opened; veto config validate
does that, too.`,
		Example:     `  veto policy validate --config veto.yaml`,
		Args:        noArguments,
		Annotations: details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := s.load(cmd)
			if err != nil {
				return err
			}
			for _, p := range l.Policies {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %s%s\n", p.Name, p.Mode, groupsOf(p)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	s.addFlags(cmd)
	return cmd
}

func groupsOf(p engine.Policy) string {
	if len(p.Groups) == 0 {
		return ""
	}
	return fmt.Sprintf(", precedence %d, for %s", p.Precedence, strings.Join(p.Groups, ", "))
}

func newPolicyShow() *cobra.Command {
	var c chooser
	var server connection
	cmd := &cobra.Command{
		Use:   "show [flags] [NAME]",
		Short: "write the policies as they hold",
		Long: `Show writes policies as YAML with every value, as read back from what checks
run. A comment tells where each value is from, or which clause of a standard the
value of a profile follows. --policy, --group and --profile choose one policy.

With the NAME of a policy it writes that of a running veto serve instead (--server),
as JSON that put reads.`,
		Example: `  veto policy show --profile asvs
  veto policy show --config veto.yaml --group 'Domain Admins'
  veto policy show staff --server https://veto.example.org > staff.json`,
		Annotations:       details(environmentHelp, exitHelp()),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usagef("show takes the name of at most one policy")
			case len(args) == 0 && cmd.Flags().Changed("server"):
				return usagef("show takes the name of a policy of the server")
			case len(args) == 0:
				return c.show(cmd)
			}
			for _, flag := range []string{"config", "profile", "term", "terms", "breached", "no-global", "policy", "group"} {
				if cmd.Flags().Changed(flag) {
					return usagef("NAME is that of a policy of the server; --%s shows one of a configuration or profile, without NAME", flag)
				}
			}
			return showPolicy(cmd, &server, args[0])
		},
	}
	server.addFlags(cmd)
	c.addFlags(cmd)
	return cmd
}

func (c *chooser) show(cmd *cobra.Command) error {
	l, err := c.source.load(cmd)
	if err != nil {
		return err
	}
	subject, err := c.subject(l)
	if err != nil {
		return err
	}
	chosen := ""
	if c.name != "" || len(c.groups) > 0 {
		e, err := engine.New(engine.Config{Policies: l.Policies})
		if err != nil {
			return &exitError{exitConfig, err}
		}
		chosen = e.Check(nil, subject).Policy
	} else if origin(cmd.Flags().Lookup("profile")) != "" {
		chosen = c.source.profile.value
	}
	var out bytes.Buffer
	for i, p := range l.Policies {
		if chosen != "" && p.Name != chosen {
			continue
		}
		if out.Len() > 0 {
			out.WriteString("---\n")
		}
		text, err := config.ShowPolicy(p, func(path string) string {
			from := l.Origin(fmt.Sprintf("policies[%d].%s", i, path))
			if profile, ok := strings.CutPrefix(from, "profile "); ok && config.Source(profile, path) != "" {
				return config.Source(profile, path)
			}
			return from
		})
		if err != nil {
			return err
		}
		out.Write(text)
	}
	_, err = cmd.OutOrStdout().Write(out.Bytes())
	return err
}
