package main

import (
	"strings"
	"testing"

	"github.com/vetopw/veto/client"
	"github.com/vetopw/veto/server/fleet"
)

// TestHostileAnswers writes nothing that a server says to the terminal as a command
// or in another direction.
func TestHostileAnswers(t *testing.T) {
	const hostile = "a\x1b[2J\u009b31m\u202eb\r\x07"
	v := fleet.View{States: map[fleet.State]int{}, Machines: []fleet.Machine{{
		State:  hostile,
		Report: fleet.Report{Host: hostile, Site: hostile, Mode: hostile, Error: hostile},
	}}}
	p := &client.Problem{Status: 500, Detail: hostile, Reason: "one\n" + hostile}
	p.Invalid = append(p.Invalid, client.Invalid{}, client.Invalid{Place: hostile, Detail: hostile})
	for name, text := range map[string]string{"fleet": string(appendFleet(nil, v, palette{})), "problem": p.Error()} {
		if strings.ContainsAny(text, "\x1b\u009b\u202e\r\x07") || !strings.Contains(text, "a\ufffd[2J") {
			t.Errorf("%s: %q", name, text)
		}
	}
}
