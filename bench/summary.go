package main

import (
	"cmp"
	"slices"
)

// A summary holds the refused shares of the classes by group. Classes that are
// too short for any policy are left out.
type summary map[string][]namedShare

type namedShare struct {
	name string
	share
}

func summarize(c *corpora, shares []share) summary {
	s := summary{}
	for i := range c.classes {
		if class := &c.classes[i]; !class.short() {
			s[class.group] = append(s[class.group], namedShare{class.name, shares[i]})
		}
	}
	return s
}

// mean returns the mean of the group's classes, each of the same weight.
func (s summary) mean(group string) rate {
	var shares []share
	for _, class := range s[group] {
		shares = append(shares, class.share)
	}
	return meanRate(shares)
}

// worst returns the class of the group that is judged worst.
func (s summary) worst(group string) namedShare {
	byRate := func(a, b namedShare) int { return cmp.Compare(a.percent(), b.percent()) }
	switch {
	case len(s[group]) == 0:
		return namedShare{}
	case good(group):
		return slices.MaxFunc(s[group], byRate)
	}
	return slices.MinFunc(s[group], byRate)
}

// attacks returns the mean over the groups that must be refused, in percent.
func (s summary) attacks() float64 { return s.over(false) }

// rejects returns the mean over the groups that must be accepted, in percent.
func (s summary) rejects() float64 { return s.over(true) }

func (s summary) over(accepted bool) float64 {
	var means []float64
	for group := range s {
		if good(group) == accepted {
			means = append(means, s.mean(group).percent)
		}
	}
	slices.Sort(means) // the sum must not depend on the order of the map
	return mean(means)
}

// groupsOf returns the groups of the corpora in their order.
func groupsOf(c *corpora) []string {
	var present []string
	for _, class := range c.classes {
		if !slices.Contains(present, class.group) {
			present = append(present, class.group)
		}
	}
	return present
}

// shares counts the refused of each class.
func shares(opinions [][]opinion, refused func(opinion) bool) []share {
	counts := make([]share, len(opinions))
	for i, class := range opinions {
		counts[i].n = len(class)
		for _, o := range class {
			if refused(o) {
				counts[i].k++
			}
		}
	}
	return counts
}
