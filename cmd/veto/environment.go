package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const environmentHelp = `Every flag but --show, --html and the --server of check has an environment
variable that is used when the flag is not given: VETO_ and the flag's name in
capitals, with _ for -, such as VETO_PROFILE=entra or VETO_NO_GLOBAL=true.
Repeatable flags take a list, separated like PATH:
VETO_TERMS=company.txt:products.txt (on Windows with ;).`

// flagOnly marks a flag that the environment cannot set.
const flagOnly = "flag-only"

// readEnvironment sets the flags that were not given from their variables.
// A VETO_ variable that no command knows is a mistake, which would make checks
// weaker without a word.
func readEnvironment(cmd *cobra.Command, _ []string) error {
	failed := refuseSecrets(cmd.Flags())
	if failed == nil {
		failed = knownVariables(cmd.Root())
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name := variable(f)
		value := os.Getenv(name)
		if f.Changed || value == "" || failed != nil || f.Name == "help" || f.Annotations[flagOnly] != nil {
			return
		}
		if err := setFlag(f, value); err != nil {
			failed = usagef("%s %w", name, err)
		}
		f.Annotations = withOrigin(f.Annotations, "environment "+name)
	})
	return failed
}

// fromElsewhere is the annotation of a flag whose value is not from the command
// line; it tells where from.
const fromElsewhere = "from"

func withOrigin(annotations map[string][]string, origin string) map[string][]string {
	all := map[string][]string{fromElsewhere: {origin}}
	maps.Copy(all, annotations)
	return all
}

// origin returns where the value of a flag is from, or "" for its default.
func origin(f *pflag.Flag) string {
	if f.Changed {
		return "flag --" + f.Name
	}
	return strings.Join(f.Annotations[fromElsewhere], "")
}

// variable returns the environment variable of a flag.
func variable(f *pflag.Flag) string {
	return "VETO_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// knownVariables refuses a VETO_ variable that is none of any command's flags.
func knownVariables(root *cobra.Command) error {
	known := map[string]bool{}
	for _, cmd := range commands(root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Annotations[flagOnly] == nil {
				known[variable(f)] = true
			}
		})
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "VETO_") && os.Getenv(name) != "" && !known[name] {
			return usagef("%s is no setting of veto; see veto help", name)
		}
	}
	return nil
}

// commands returns the command and all below it.
func commands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		all = append(all, commands(c)...)
	}
	return all
}

func setFlag(f *pflag.Flag, value string) error {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.Replace(slices.DeleteFunc(filepath.SplitList(value), func(s string) bool { return s == "" }))
	}
	if err := f.Value.Set(value); err != nil {
		return wrongValue(f, err)
	}
	return nil
}

// typeNames says what flags of a type of pflag take.
var typeNames = map[string]string{
	"bool": "true or false", "int": "a whole number", "uint32": "a whole number from 0", "uint64": "a whole number from 0",
	"float64": "a number", "duration": "a time such as 90s or 15m",
}

// wrongValue says what the flag takes. An error of pflag repeats the value, which
// may be a password.
func wrongValue(f *pflag.Flag, err error) error {
	if name, ok := typeNames[f.Value.Type()]; ok {
		return fmt.Errorf("must be %s", name)
	}
	return err
}

// choice is a flag that takes one of a few words.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return "string" }

func (c *choice) Set(value string) error {
	if !slices.Contains(c.allowed, value) {
		return fmt.Errorf("must be %s", alternatives(c.allowed))
	}
	c.value = value
	return nil
}

// alternatives returns words as a sentence names them: a, b or c.
func alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// complete offers the words to the shell.
func (c *choice) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.allowed, cobra.ShellCompDirectiveNoFileComp
}

// addChoice defines the flag on cmd.
func addChoice(cmd *cobra.Command, c *choice, name, usage string) {
	cmd.Flags().Var(c, name, usage)
	suggestFor(cmd, name, c.complete)
}
