package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/config"
	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
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
	return config.Load(s.config, overrides)
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
	custom, failed := customLists(l)
	breaches, err := lists.OpenBreaches(l.Breached.Files...)
	if err != nil {
		err = fileError(l, "breached.files", -1, err)
	}
	if err := errors.Join(failed, err); err != nil {
		return nil, err
	}
	snapshot, err := lists.Build(lists.Options{NoGlobal: !l.Terms.Global, Custom: custom, Breaches: breaches, Policies: l.Policies})
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return snapshot, nil
}

// customLists returns the lists of words and files. Files of the same base name
// are one list.
func customLists(l *config.Loaded) ([]engine.TermList, error) {
	var custom []engine.TermList
	add := func(name string, terms ...engine.Term) {
		i := slices.IndexFunc(custom, func(l engine.TermList) bool { return l.Name == name })
		if i < 0 {
			i = len(custom)
			custom = append(custom, engine.TermList{Name: name})
		}
		custom[i].Terms = append(custom[i].Terms, terms...)
	}
	var failed []error
	for i, word := range l.Terms.Words {
		term, err := lists.ParseTerm(word)
		if err != nil {
			failed = append(failed, wordError(l, i, err))
		}
		add("custom/term", term)
	}
	for i, path := range l.Terms.Files {
		terms, err := lists.OpenTerms(path)
		if err != nil {
			failed = append(failed, fileError(l, "terms.files", i, err))
		}
		add(lists.CustomPrefix+lists.FileName(path), terms...)
	}
	return custom, errors.Join(failed...)
}

// wordError is about a word of --term, of its variable or of a file.
func wordError(l *config.Loaded, i int, err error) error {
	if flag, ok := strings.CutPrefix(l.Origin("terms.words"), "flag "); ok {
		return usagef("%s: %w", flag, err)
	}
	return placed(l, "terms.words", i, err)
}

// fileError is about a list that a flag or a configuration names. A flag needs no
// mention: the error has the path.
func fileError(l *config.Loaded, key string, i int, err error) error {
	if strings.HasPrefix(l.Origin(key), "flag ") {
		return &exitError{exitConfig, err}
	}
	return placed(l, key, i, err)
}

// placed says where the list is that err is about, and which of its entries.
func placed(l *config.Loaded, key string, i int, err error) error {
	from := l.Origin(key)
	if at := fmt.Sprintf("%s[%d]", key, i); l.Origin(at) != "default" {
		key, from = at, l.Origin(at)
	}
	return &exitError{exitConfig, fmt.Errorf("%s: %s: %w", from, key, err)}
}
