package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// transcript is a command of a document and the output shown below it.
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

// TestDocs runs the commands of documents. Those of a part that begins with "## "
// run one after the other in one folder.
func TestDocs(t *testing.T) {
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("needs ", tool, ": ", err)
		}
	}
	for _, path := range []string{"README.md", "docs/GETTING_STARTED.md", "docs/MIGRATION.md", "docs/COMPARISON.md"} {
		text, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		if len(transcripts(string(text))) == 0 {
			t.Errorf("%s has no console block", path)
		}
		for part := range strings.SplitSeq(string(text), "\n## ") {
			if all := transcripts(part); len(all) > 0 {
				title, _, _ := strings.Cut(part, "\n")
				t.Run(path+": "+title, func(t *testing.T) { replay(t, all) })
			}
		}
	}
}

// replay runs commands and compares what they write. One that ends with & runs
// until the end of the test; its port is a free one.
func replay(t *testing.T, all []transcript) {
	dir, port := t.TempDir(), ":"+freePort(t)
	for _, s := range all {
		command := strings.NewReplacer("go run ./cmd/veto", "veto", ":8080", port).Replace(s.command)
		background, ok := strings.CutSuffix(command, " &")
		if strings.HasPrefix(background, "veto serve") {
			background += " --listen 127.0.0.1" + port
		}
		cmd := exec.Command("sh", "-c", command)
		if ok {
			cmd = exec.Command("sh", "-c", "exec "+background)
		}
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C", "VETO_SERVER=http://127.0.0.1"+port)
		if ok {
			startListening(t, cmd)
			continue
		}
		out, _ := cmd.CombinedOutput() // refusals are exit code 1
		if got := strings.TrimSpace(string(out)); !s.pattern().MatchString(got) {
			t.Errorf("$ %s\n%s\nthe document shows\n%s", s.command, got, s.output)
		}
	}
}

// startListening starts a server and waits until it says that it listens.
func startListening(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	timer := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	var said strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if said.WriteString(lines.Text() + "\n"); strings.Contains(lines.Text(), "listening") {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return
		}
	}
	t.Fatalf("%s does not listen:\n%s", cmd, said.String())
}

// freePort returns a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
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
