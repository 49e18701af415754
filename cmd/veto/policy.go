package main

import (
	"bytes"
	"encoding/json"
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
	suggestFor(cmd, "policy", suggestPolicies(&c.source.config))
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
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate [flags]",
		Short: "tell whether the policies are usable",
		Long: `Validate reads the policies of a configuration and compiles them. All mistakes
are reported, with line and path. Lists are not opened; veto config validate
does that, too.`,
		Example: `  veto policy validate --config veto.yaml
  veto policy validate --config veto.yaml --json`,
		Args:        noArguments,
		Annotations: details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := s.load(cmd)
			if err != nil {
				return err
			}
			type line struct {
				Name       string   `json:"name"`
				Mode       string   `json:"mode"`
				Precedence int      `json:"precedence"`
				Groups     []string `json:"groups,omitempty"`
			}
			var all []line
			var text []byte
			for _, p := range l.Policies {
				all = append(all, line{p.Name, p.Mode.String(), p.Precedence, p.Groups})
				text = fmt.Appendf(text, "%s: %s%s\n", p.Name, p.Mode, groupsOf(p))
			}
			return output(cmd, asJSON, all, text)
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
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
	var server remoteCommand
	cmd := &cobra.Command{
		Use:   "show [flags] [NAME]",
		Short: "write the policies as they hold",
		Long: `Show writes policies as YAML with every value, as read back from what checks
run. A comment tells where each value is from, or which clause of a standard the
value of a profile follows. --policy, --group and --profile choose one policy. With
--json it writes a list of policies without comments.

With the NAME of a policy it writes that of a running veto serve instead (--server),
as JSON that put reads, and with --json all that the server tells, its revision
among it.`,
		Example: `  veto policy show --profile asvs
  veto policy show --profile strict --json
  veto policy show --config veto.yaml --group 'Domain Admins'
  veto policy show staff --server https://veto.example.org > staff.json`,
		Annotations:       details(environmentHelp, exitHelp()),
		ValidArgsFunction: server.suggestNames(policiesPath, false, cobra.ShellCompDirectiveNoFileComp),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usagef("show takes the name of at most one policy")
			case len(args) == 0 && cmd.Flags().Changed("server"):
				return usagef("show takes the name of a policy of the server")
			case len(args) == 0:
				return c.show(cmd, server.asJSON)
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
	cmd.Flags().BoolVar(&server.asJSON, "json", false, "write JSON")
	return cmd
}

// show writes the chosen policies of a configuration.
func (c *chooser) show(cmd *cobra.Command, asJSON bool) error {
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
	var documents []json.RawMessage
	for i, p := range l.Policies {
		if chosen != "" && p.Name != chosen {
			continue
		}
		document, err := config.PolicyJSON(p)
		if err != nil {
			return err
		}
		documents = append(documents, document)
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
	return output(cmd, asJSON, documents, out.Bytes())
}
