package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
	"github.com/vetopw/veto/live"
)

// source is what passwords are judged by: the flags that commands share, each
// of which stands for keys of the configuration.
type source struct {
	config   string
	profile  choice
	words    []string
	files    []string
	breached []string
	noGlobal bool
	settings []setting
}

// setting is what a flag stands for: the value of one key or of several.
type setting struct {
	flag  string
	value func() any
	keys  []string
}

func (s *source) addFlags(cmd *cobra.Command) {
	s.profile = choice{engine.Default.String(), config.Profiles()}
	f := cmd.Flags()
	f.StringVar(&s.config, "config", "", "read the configuration in `FILE`, such as veto.yaml")
	addChoice(cmd, &s.profile, "profile", "judge by the built-in rules of `PROFILE`: "+strings.Join(config.Profiles(), ", "))
	f.StringArrayVar(&s.words, "term", nil, "ban `WORD` in any spelling; repeatable")
	f.StringArrayVar(&s.files, "terms", nil, "ban the words of `FILE`, one per line (lines that start with # are comments), as list custom/FILE; repeatable")
	f.StringArrayVar(&s.breached, "breached", nil, "refuse the passwords of the breach index `FILE`, made by veto compile; repeatable, also for the overlays of an index")
	f.BoolVar(&s.noGlobal, "no-global", false, "judge without the built-in lists")
	s.settings = append(s.settings,
		setting{"profile", s.builtIn, []string{"policies"}},
		setting{"term", func() any { return s.words }, []string{"terms.words"}},
		setting{"terms", func() any { return s.files }, []string{"terms.files"}},
		setting{"breached", func() any { return s.breached }, []string{"breached.files"}},
		setting{"no-global", func() any { return !s.noGlobal }, []string{"terms.global"}},
	)
}

// builtIn returns the policies of --profile as a configuration has them: the
// chosen one first, as it applies to who names none.
func (s *source) builtIn() any {
	var all []any
	for _, p := range config.BuiltIn(s.profile.value) {
		all = append(all, map[string]any{"name": p.Name, "profile": p.Name})
	}
	return all
}

// load returns the configuration: flags over environment over file over
// defaults.
func (s *source) load(cmd *cobra.Command) (*config.Loaded, error) {
	var overrides []config.Override
	for _, set := range s.settings {
		from := origin(cmd.Flags().Lookup(set.flag))
		for _, key := range set.keys {
			if from != "" {
				overrides = append(overrides, config.Override{Key: key, Value: set.value(), Origin: from})
			}
		}
	}
	l, err := config.Load(s.config, overrides)
	return l, settingError(err)
}

// settingError makes errors that are about flags alone those of a wrong usage.
func settingError(err error) error {
	all, ok := errors.AsType[config.Errors](err)
	if !ok {
		return err
	}
	var lines []string
	for _, e := range all {
		flag, ok := strings.CutPrefix(e.Path, "flag ")
		if !ok || e.File != "" {
			return err
		}
		lines = append(lines, flag+": "+e.Detail)
	}
	return usagef("%s", strings.Join(lines, "\n"))
}

// build makes the snapshot, which without flags is that of veto version.
func (s *source) build(cmd *cobra.Command) (*config.Loaded, *lists.Snapshot, error) {
	l, err := s.load(cmd)
	if err != nil {
		return nil, nil, err
	}
	snapshot, err := s.open(l)
	return l, snapshot, err
}

// open makes the snapshot of a configuration. Errors of all lists are reported.
func (s *source) open(l *config.Loaded) (*lists.Snapshot, error) {
	snapshot, err := live.Compile(l)
	if err != nil {
		return nil, sourceError(err)
	}
	return snapshot, nil
}

// sourceError is about the lists that flags or a configuration name. A flag that
// names a file needs no mention: the error has the path.
func sourceError(err error) error {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		var errs []error
		for _, err := range all.Unwrap() {
			errs = append(errs, sourceError(err))
		}
		return errors.Join(errs...)
	}
	if placed, ok := errors.AsType[*live.PlacedError](err); ok {
		flag, isFlag := strings.CutPrefix(placed.Origin, "flag ")
		switch {
		case isFlag && strings.HasPrefix(placed.Key, "terms.words"):
			return usagef("%s: %w", flag, placed.Err)
		case isFlag:
			err = placed.Err
		}
	}
	return &exitError{exitConfig, err}
}
