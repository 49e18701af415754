package main

import (
	"fmt"
	"io"
	"strings"
)

// A bound is a target for detection.
type bound struct {
	group string
	class string // only classes whose name holds this
	worst bool   // of the worst class, not of the mean
	value float64
}

// bounds are the targets: at least the value where passwords must be refused,
// at most the value where they must be accepted, in percent.
var bounds = []bound{
	{groupLeaks, "pwdb_top10k", false, 97},
	{groupHoneypot, "", false, 98},
	{groupSamples, "", false, 76},
	{groupRules, "", false, 95},
	{groupRules, "", true, 85},
	{groupSpray, "", false, 99.8},
	{groupCustomRules, "", false, 92},
	{groupCustomSpray, "", false, 100},
	{groupEvasions, "", true, 100},
	{groupStrong, "", false, 0.05},
	{groupStrong, "", true, 0.5},
	{groupWithTerm, "", false, 0.2},
	{groupGenerated, "", false, 0.05},
	{groupGenerated, "", true, 0.5},
}

// printTargets prints which targets the summary meets, and which can't be told
// for want of passwords.
func printTargets(w io.Writer, s summary) {
	for _, b := range bounds {
		chosen := summary{}
		for _, class := range s[b.group] {
			if strings.Contains(strings.ToLower(class.name), b.class) {
				chosen[b.group] = append(chosen[b.group], class)
			}
		}
		if len(chosen[b.group]) == 0 {
			fmt.Fprintf(w, "target %s: no such passwords here\n", b)
			continue
		}
		figure, name := chosen.mean(b.group), ""
		if b.worst {
			figure, name = chosen.worst(b.group).rate(), " in "+chosen.worst(b.group).name
		}
		printTarget(w, b.String(), figure.String()+name, b.met(figure.percent))
	}
	fmt.Fprintln(w)
}

func (b bound) met(percent float64) bool {
	if good(b.group) {
		return percent <= b.value
	}
	return percent >= b.value
}

// String returns the target in words.
func (b bound) String() string {
	text := b.group
	if b.class != "" {
		text += " " + b.class
	}
	if b.worst {
		text += ", each class"
	}
	if good(b.group) {
		return fmt.Sprintf("%s: at most %g %%", text, b.value)
	}
	return fmt.Sprintf("%s: at least %g %%", text, b.value)
}
