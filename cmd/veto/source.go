package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

// source is what passwords are judged by: the flags that check and serve share.
type source struct {
	profile  choice
	words    []string
	files    []string
	breached []string
	noGlobal bool
}

func (s *source) addFlags(cmd *cobra.Command) {
	s.profile = choice{engine.Default.String(), []string{engine.Default.String(), engine.Entra.String()}}
	addChoice(cmd, &s.profile, "profile", "judge by the rules of `PROFILE`: default or entra")
	f := cmd.Flags()
	f.StringArrayVar(&s.words, "term", nil, "ban `WORD` in any spelling; repeatable")
	f.StringArrayVar(&s.files, "terms", nil, "ban the words of `FILE`, one per line (lines that start with # are comments), as list custom/FILE; repeatable")
	f.StringArrayVar(&s.breached, "breached", nil, "refuse the passwords of the breach index `FILE`, made by veto compile; repeatable, also for the overlays of an index")
	f.BoolVar(&s.noGlobal, "no-global", false, "judge without the built-in lists")
}

// build makes the snapshot, which without flags is that of veto version.
func (s *source) build() (*lists.Snapshot, error) {
	custom, err := s.custom()
	if err != nil {
		return nil, err
	}
	breaches, err := lists.OpenBreaches(s.breached...)
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	snapshot, err := lists.Build(lists.Options{NoGlobal: s.noGlobal, Custom: custom, Breaches: breaches, Policies: s.policies()})
	if err != nil {
		return nil, &exitError{exitConfig, err}
	}
	return snapshot, nil
}

// policies returns the built-in policies, the chosen one first: it applies to
// who names none. A breach index that is given counts in both.
func (s *source) policies() []engine.Policy {
	all := []engine.Policy{engine.DefaultPolicy(), engine.EntraPolicy()}
	if len(s.breached) > 0 {
		for i := range all {
			all[i].MinBreachCount = engine.DefaultPolicy().MinBreachCount
		}
	}
	if s.profile.value == engine.Entra.String() {
		slices.Reverse(all)
	}
	return all
}

// custom returns the lists of --term and --terms. Files of the same base name
// are one list.
func (s *source) custom() ([]engine.TermList, error) {
	var custom []engine.TermList
	add := func(name string, terms ...engine.Term) {
		i := slices.IndexFunc(custom, func(l engine.TermList) bool { return l.Name == name })
		if i < 0 {
			i = len(custom)
			custom = append(custom, engine.TermList{Name: name})
		}
		custom[i].Terms = append(custom[i].Terms, terms...)
	}
	for _, word := range s.words {
		term, err := lists.ParseTerm(word)
		if err != nil {
			return nil, usagef("--term: %w", err)
		}
		add("custom/term", term)
	}
	for _, path := range s.files {
		terms, err := lists.OpenTerms(path)
		if err != nil {
			return nil, &exitError{exitConfig, err}
		}
		add(lists.CustomPrefix+lists.FileName(path), terms...)
	}
	return custom, nil
}
