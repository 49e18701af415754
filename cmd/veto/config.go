package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists"
)

func newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "validate, show and describe the configuration",
		Long: `Config works on the configuration, a YAML file that --config names. Values of
flags hold before those of the environment, those before the file's, and those
before the defaults. docs/CONFIG.md has all keys.`,
		Example: `  veto config validate --config veto.yaml
  veto config show --config veto.yaml
  veto config schema > veto.schema.json`,
		Args:        knownCommand,
		RunE:        missingCommand,
		Annotations: details(exitHelp()),
	}
	cmd.AddCommand(newConfigValidate(), newConfigShow(), newConfigSchema())
	return cmd
}

func newConfigValidate() *cobra.Command {
	var s serveCommand
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate [flags]",
		Short: "tell whether the configuration is usable",
		Long: `Validate reads the configuration, opens all lists and compiles all policies, as
veto serve would, and tells what they make. All mistakes of the configuration are
reported, with line and path. It warns of values that hardly are what was meant, of
policies that refuse nothing, as their mode or that of all their rules is off or
audit, and of policies with groups in the configuration of a sidecar, where they
never apply.`,
		Example: `  veto config validate --config veto.yaml
  veto config validate --config veto.yaml --json | jq -r .snapshot`,
		Args:        noArguments,
		Annotations: details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := s.source.load(cmd)
			if err != nil {
				return err
			}
			entry, failed := openEntrance(l, nil)
			if failed == nil {
				_, failed = newServer(l, nil, nil, nil, entry)
			}
			snapshot, err := s.source.open(l)
			if err := errors.Join(failed, err); err != nil {
				return err
			}
			made := struct {
				Policies int      `json:"policies"`
				Lists    int      `json:"lists"`
				Snapshot string   `json:"snapshot"`
				Warnings []string `json:"warnings,omitempty"`
			}{len(l.Policies), countTerms(snapshot), snapshot.ID, l.Warnings()}
			if s.source.config == "" {
				cmd.PrintErrln("veto: no --config is given: these are the values of flags, environment and defaults")
			}
			for _, warning := range made.Warnings {
				cmd.PrintErrln("veto: warning:", warning)
			}
			return output(cmd, asJSON, made, fmt.Appendf(nil, "ok: %s, %s, snapshot %s\n", plural(made.Policies, "policy"), plural(made.Lists, "list"), made.Snapshot))
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// countTerms counts the lists of a snapshot that are not the model of
// characters.
func countTerms(s *lists.Snapshot) (n int) {
	for _, l := range s.Lists {
		if l.Kind != "characters" {
			n++
		}
	}
	return n
}

func newConfigShow() *cobra.Command {
	var s serveCommand
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show [flags]",
		Short: "write the values that hold and where each is from",
		Long: `Show writes the configuration that veto serve would run with the same flags,
with every value. A comment tells where each is from: a flag, a variable, a line of the
file, a profile, or the default.`,
		Example: `  veto config show --config veto.yaml
  veto config show --json | jq '.[] | select(.origin != "default")'`,
		Args:        noArguments,
		Annotations: details(environmentHelp, exitHelp()),
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := s.source.load(cmd)
			if err != nil {
				return err
			}
			text, err := l.Show()
			if err != nil {
				return err
			}
			return output(cmd, asJSON, l.Settings(), text)
		},
	}
	s.addFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON list of keys, values and origins")
	return cmd
}

func newConfigSchema() *cobra.Command {
	return &cobra.Command{
		Use:         "schema",
		Short:       "write the JSON Schema of the configuration",
		Long:        "Schema writes the JSON Schema (draft 2020-12) of veto.yaml, for editors that complete\nand check it.",
		Example:     `  veto config schema > veto.schema.json`,
		Args:        noArguments,
		Annotations: details(exitHelp()),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Schema())
			return err
		},
	}
}
