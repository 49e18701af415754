package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/lists"
)

func TestCodes(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want exitCode
	}{
		{nil, exitOK},
		{errRefused, exitRefused},
		{usagef("wrong"), exitUsage},
		{fmt.Errorf("read: %w", usagef("wrong")), exitUsage},
		{&engine.ConfigError{Field: "Policies"}, exitConfig},
		{fmt.Errorf("build: %w", &lists.SourceError{Detail: "empty"}), exitConfig},
		{io.ErrClosedPipe, exitFailure},
		{errInterrupted, exitFailure},
	} {
		var out bytes.Buffer
		if got := report(&out, "veto check", tt.err); got != tt.want {
			t.Errorf("%v: exit code %d, want %d", tt.err, got, tt.want)
		}
		silent := tt.err == nil || errors.Is(tt.err, errRefused)
		if message := out.String(); silent != (message == "") || !silent && !strings.HasPrefix(message, "veto: ") {
			t.Errorf("%v: message %q", tt.err, message)
		}
	}
}

// The table is what help and manual tell.
func TestExitHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"check", "--help"}, {"serve", "--help"}} {
		var out bytes.Buffer
		if code := run(args, nil, &out, io.Discard); code != 0 {
			t.Errorf("%v: exit code %d", args, code)
		}
		for code, meaning := range exitTable {
			if line := fmt.Sprintf("\n    %d  %s\n", code, meaning); meaning == "" || !strings.Contains(out.String(), line) {
				t.Errorf("%v: no line %q", args, line)
			}
		}
	}
	page := string(newPage(newRoot()))
	for code, meaning := range exitTable {
		if item := fmt.Sprintf(".TP\n%d\n%s\n", code, escape(meaning)); !strings.Contains(page, item) {
			t.Errorf("manual: no item %q", item)
		}
	}
}
