package main

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// transcript is a command of the README and the output shown below it.
type transcript struct {
	command string
	output  string
}

// transcripts returns what the ```console blocks of text show: lines that start
// with "$ " are commands, a \ at the end continues them, and other lines are
// their output.
func transcripts(text string) []transcript {
	var all []transcript
	var inside, more bool
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		command, ok := strings.CutPrefix(line, "$ ")
		switch {
		case !inside:
			inside = line == "```console"
		case line == "```":
			inside, more = false, false
		case more:
			all[len(all)-1].command += "\n" + strings.TrimPrefix(line, "> ")
			more = strings.HasSuffix(line, `\`)
		case ok:
			all = append(all, transcript{command: command})
			more = strings.HasSuffix(line, `\`)
		case len(all) > 0:
			all[len(all)-1].output += line + "\n"
		}
	}
	return all
}

// pattern returns the expression that output has to match: "..." stands for
// anything.
func (s transcript) pattern() *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.TrimSpace(s.output))
	return regexp.MustCompile(`(?s)\A` + strings.ReplaceAll(quoted, `\.\.\.`, `.*`) + `\z`)
}

// The README shows what veto does. Blocks run one after the other in one
// folder.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("needs a shell:", err)
	}
	all := transcripts(string(text))
	if len(all) == 0 {
		t.Fatal("the README has no console block")
	}
	dir := t.TempDir()
	for _, s := range all {
		command := strings.ReplaceAll(s.command, "go run ./cmd/veto", "veto")
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C")
		out, _ := cmd.CombinedOutput() // refusals are exit code 1
		if got := strings.TrimSpace(string(out)); !s.pattern().MatchString(got) {
			t.Errorf("$ %s\n%s\nthe README shows\n%s", s.command, got, s.output)
		}
	}
}

func TestTranscripts(t *testing.T) {
	got := transcripts("```sh\n$ no\n```\n```console\n$ one \\\n> 1\nout...\n\nput\n$ two\n```\nrest\n")
	want := []transcript{{"one \\\n1", "out...\n\nput\n"}, {"two", ""}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Fatalf("got %q", got)
	}
	if p := got[0].pattern(); !p.MatchString("out 7\n\nput") || p.MatchString("out") {
		t.Errorf("pattern %v", p)
	}
}
