package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/lists/store"
)

// storeCommand is the state of the commands that read a store.
type storeCommand struct {
	store, config string
	format        choice
	revision      uint64
	json, expired bool
}

func newStore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "read the store of edited lists while no server uses it",
		Long: `Store reads the file that veto serve --store keeps lists and policies in. While a
server runs, the file is its own: veto lists asks the server.`,
		Example: `  veto store list --store lists.db
  veto store export --store lists.db --format csv company > company.csv
  veto store backup --store lists.db lists-copy.db`,
		Args:        knownCommand,
		RunE:        missingCommand,
		Annotations: details(environmentHelp, exitHelp()),
	}
	var c storeCommand
	cmd.AddCommand(c.list(), c.history(), c.export(), c.check(), c.backup())
	for _, sub := range cmd.Commands() {
		f := sub.Flags()
		f.StringVar(&c.store, "store", "", "read the store in `FILE`")
		f.StringVar(&c.config, "config", "", "read the store that the configuration in `FILE` names")
		sub.Annotations = details(environmentHelp, exitHelp())
	}
	return cmd
}

// open opens the store, without changing it.
func (c *storeCommand) open() (*store.File, error) {
	path := c.store
	if path == "" {
		l, err := config.Load(c.config, nil)
		if err != nil {
			return nil, err
		}
		path = l.Store.File
	}
	if path == "" {
		return nil, usagef("no store is named: use --store FILE, or --config FILE with store.file")
	}
	s, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return s, nil
}

// suggest offers the names of the lists.
func (c *storeCommand) suggest(cmd *cobra.Command, args []string, _ string) (names []string, d cobra.ShellCompDirective) {
	d = cobra.ShellCompDirectiveNoFileComp
	if len(args) > 0 || readEnvironment(cmd, nil) != nil {
		return nil, d
	}
	s, err := c.open()
	if err != nil {
		return nil, d
	}
	defer s.Close()
	all, _ := s.Lists(cmd.Context()) // what cannot be read has none
	for _, i := range all {
		names = append(names, i.Name)
	}
	return names, d
}

// named runs read on the open store and the only argument, a list with or without
// custom/.
func (c *storeCommand) named(what string, read func(cmd *cobra.Command, s *store.File, name string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usagef("%s takes one %s", cmd.Name(), what)
		}
		s, err := c.open()
		if err != nil {
			return err
		}
		defer s.Close()
		return read(cmd, s, strings.TrimPrefix(args[0], lists.CustomPrefix))
	}
}

func (c *storeCommand) list() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list [flags]",
		Short: "tell which lists there are",
		Long:  `List tells name, entries and last change of each list.`,
		Example: `  veto store list --store lists.db
  veto store list --config veto.yaml --json`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.open()
			if err != nil {
				return err
			}
			defer s.Close()
			all, err := s.Lists(cmd.Context())
			if err != nil {
				return &exitError{exitConfig, err}
			}
			t := table{}
			for _, i := range all {
				t = append(t, row{{plain, i.Name}, {plain, fmt.Sprint(i.Entries)}, {plain, "revision " + fmt.Sprint(i.Revision)}, {plain, i.Updated.Format(time.RFC3339)}, {plain, i.Author}})
			}
			return output(cmd, c.json, all, t.appendIndented(nil))
		},
	}
	cmd.Flags().BoolVar(&c.json, "json", false, "write JSON")
	return cmd
}

func (c *storeCommand) history() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "history [flags] NAME",
		Short:             "tell who changed a list, when and how",
		Long:              `History tells the changes of a list, newest first, also of a deleted one.`,
		Example:           `  veto store history --store lists.db company`,
		ValidArgsFunction: c.suggest,
		RunE: c.named("NAME", func(cmd *cobra.Command, s *store.File, name string) error {
			all, err := s.History(cmd.Context(), name, 0, store.DefaultKeep)
			if err != nil {
				return &exitError{exitConfig, err}
			}
			t := table{}
			for _, h := range all {
				counts := fmt.Sprintf("%d added, %d removed, %d changed", h.Added, h.Removed, h.Changed)
				t = append(t, row{{plain, "revision " + fmt.Sprint(h.Revision)}, {plain, h.Time.Format(time.RFC3339)}, {plain, string(h.Action)}, {plain, counts}, {plain, h.Actor}})
			}
			return output(cmd, c.json, all, t.appendIndented(nil))
		}),
	}
	cmd.Flags().BoolVar(&c.json, "json", false, "write JSON")
	return cmd
}

func (c *storeCommand) export() *cobra.Command {
	c.format = choice{string(store.Plain), formatNames()}
	cmd := &cobra.Command{
		Use:   "export [flags] NAME",
		Short: "write a list",
		Long: `Export writes a list as it is, or as it was at a revision that history tells of.
Text has neither bans nor ends, so terms that have expired are left out of it.`,
		Example: `  veto store export --store lists.db --format csv company > company.csv
  veto store export --store lists.db --revision 7 company`,
		ValidArgsFunction: c.suggest,
		RunE: c.named("NAME", func(cmd *cobra.Command, s *store.File, name string) error {
			info, err := s.List(cmd.Context(), name)
			if err != nil && c.revision == 0 {
				return &exitError{exitConfig, err}
			}
			info.Name = name
			w, err := store.NewWriter(cmd.OutOrStdout(), store.Format(c.format.value), info)
			if err != nil {
				return err
			}
			if !c.expired {
				w.AsOf = time.Now()
			}
			if _, err := s.Walk(cmd.Context(), name, c.revision, w.Write); err != nil {
				return &exitError{exitConfig, err}
			}
			return w.Close()
		}),
	}
	addChoice(cmd, &c.format, "format", "write `FORMAT`: "+strings.Join(formatNames(), ", "))
	cmd.Flags().Uint64Var(&c.revision, "revision", 0, "write the list as it was at revision `NUMBER`")
	cmd.Flags().BoolVar(&c.expired, "expired", false, expiredUsage)
	return cmd
}

func (c *storeCommand) check() *cobra.Command {
	return &cobra.Command{
		Use:   "check [flags]",
		Short: "tell whether the store is undamaged",
		Long: `Check reads all of the store, as veto serve does when it starts. If it is damaged,
move it aside and put a copy in its place that veto store backup made, or start
without one and read with veto lists import what veto store export wrote.`,
		Example: `  veto store check --store lists.db`,
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.open()
			if err != nil {
				return err
			}
			defer s.Close()
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: undamaged\n", s.Path())
			return err
		},
	}
}

func (c *storeCommand) backup() *cobra.Command {
	return &cobra.Command{
		Use:     "backup [flags] FILE",
		Short:   "copy the store",
		Long:    `Backup writes a copy of the store to a new FILE.`,
		Example: `  veto store backup --store lists.db lists-copy.db`,
		RunE: c.named("FILE", func(cmd *cobra.Command, s *store.File, path string) error {
			return s.Backup(cmd.Context(), path)
		}),
	}
}
