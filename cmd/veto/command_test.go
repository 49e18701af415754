package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// withoutJSON are the commands whose output is no result to be read by programs, or
// is in a format of its own.
var withoutJSON = []string{
	"veto serve", "veto sidecar", // run until they are ended
	"veto help", "veto completion", "veto man", "veto config schema", "veto policy import", "veto keygen",
	"veto lists export", "veto store export", // --format
	"veto store check", "veto store backup", "veto token revoke", // the exit code is all
	"veto sidecar install", "veto sidecar remove",
}

// TestCommands wants the same of all commands: examples, exit codes, JSON where there
// is a result, and suggestions other than files where no file can stand.
func TestCommands(t *testing.T) {
	root := newRoot()
	suggestFiles(root)
	for _, cmd := range commands(root) {
		path := cmd.CommandPath()
		if cmd.Hidden {
			continue
		}
		if cmd.Long == "" || cmd.Example == "" && path != "veto help" {
			t.Errorf("%s has no explanation or no example", path)
		}
		codes := strings.Contains(cmd.Annotations["details"], "Exit codes:")
		if simple := []string{"veto help", "veto completion", "veto man", "veto version"}; codes == slices.Contains(simple, path) {
			t.Errorf("%s: exit codes in its help: %v", path, codes)
		}
		if cmd.HasAvailableSubCommands() && cmd.Annotations[alone] == "" {
			continue
		}
		if has := cmd.Flags().Lookup("json") != nil; has == slices.Contains(withoutJSON, path) {
			t.Errorf("%s: --json is there: %v", path, has)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			value, usage := pflag.UnquoteUsage(f)
			if value == "string" || value == "int" || value == "uint" || value == "strings" {
				t.Errorf("%s --%s: the usage %q does not name its value", path, f.Name, usage)
			}
			if _, ok := cmd.GetFlagCompletionFunc(f.Name); ok == namesFile(value) {
				t.Errorf("%s --%s %s: other suggestions than files: %v", path, f.Name, value, ok)
			}
			if err := setFlag(f, "hunter2"); err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s --%s repeats its value: %v", path, f.Name, err)
			}
		})
	}
}
