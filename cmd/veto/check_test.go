package main

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/vetopw/veto/engine"
)

// Another process may wait for each verdict before it sends a password.
func TestConversation(t *testing.T) {
	stdin, send := io.Pipe()
	receive, stdout := io.Pipe()
	code := make(chan int, 1)
	go func() { code <- run([]string{"check"}, stdin, stdout, io.Discard) }()
	verdicts := bufio.NewReader(receive)
	for range 3 {
		io.WriteString(send, "password\n")
		if line, err := verdicts.ReadString('\n'); !strings.HasPrefix(line, "reject ") || err != nil {
			t.Fatalf("got %q, %v", line, err)
		}
	}
	send.Close()
	if got := <-code; got != int(exitRefused) {
		t.Errorf("exit code %d, want %d", got, exitRefused)
	}
}

func TestStreamOrder(t *testing.T) {
	var in, out bytes.Buffer
	for range 5_000 {
		in.WriteString("password\nq7Vd-x2mK!tz8RwL_y4b\n")
	}
	if code := run([]string{"check"}, &in, &out, io.Discard); code != int(exitRefused) {
		t.Errorf("exit code %d", code)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 10_000 {
		t.Fatalf("%d verdicts, want 10000", len(lines))
	}
	for i, line := range lines {
		if strings.HasPrefix(line, "reject ") != (i%2 == 0) {
			t.Fatalf("verdict %d is %q", i, line)
		}
	}
}

// What an engine left undecided is never accepted.
func TestUndecided(t *testing.T) {
	j := judge{language: languageFor("en")}
	if got := string(j.appendCodes(nil, engine.Verdict{})); got != "reject unavailable\n" {
		t.Errorf("codes: %q", got)
	}
	if got := string(j.appendSentences(nil, engine.Verdict{})); got != "reject\n  The password could not be checked.\n    Your password is not the cause: try again in a few minutes.\n" {
		t.Errorf("sentences: %q", got)
	}
}

// A policy in audit mode accepts and tells what it would have done.
func TestAudit(t *testing.T) {
	policy := engine.DefaultPolicy()
	policy.Mode = engine.Audit
	e, err := engine.New(engine.Config{Policies: []engine.Policy{policy}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		judge judge
		want  string
	}{
		{judge{command: &checkCommand{}}, "accept\n"},
		{judge{command: &checkCommand{}, words: true}, "accept, but when the policy is enforced:\n  The password is too short: it needs at least 8 characters.\n    Four or more uncommon"},
		{judge{command: &checkCommand{explain: true}}, "accept\n  audit: would reject too_short"},
		{judge{command: &checkCommand{json: true}}, `{"decision":"accept","would_decision":"reject","mode":"audit"`},
	} {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		tt.judge.engine, tt.judge.language = e, languageFor("en")
		tt.judge.write(w, []byte("x7"))
		w.Flush()
		if !strings.HasPrefix(out.String(), tt.want) {
			t.Errorf("got %q, want %q", out.String(), tt.want)
		}
		if tt.judge.refused {
			t.Error("counted as refused")
		}
	}
}

func TestScratchWiped(t *testing.T) {
	e, err := engine.New(engine.Config{Policies: []engine.Policy{engine.DefaultPolicy()}})
	if err != nil {
		t.Fatal(err)
	}
	j := judge{command: &checkCommand{explain: true, show: true}, engine: e, language: languageFor("en")}
	j.write(bufio.NewWriter(io.Discard), []byte("Xq7vKz2mCanary"))
	if bytes.Contains(j.line[:cap(j.line)], []byte("Xq7vKz2m")) {
		t.Error("the password is still in the scratch buffer")
	}
}

// Whatever the password, --show commands no terminal, and without it the
// explanation has no character of the password beyond ASCII.
func FuzzExplain(f *testing.F) {
	for _, seed := range []string{"", "Contoso2025!", "東京\u0301\x1b[31m", "\xff\x00ﬁ\u202e🦊", strings.Repeat("abc東", 90)} {
		f.Add([]byte(seed))
	}
	policies := []engine.Policy{engine.DefaultPolicy()}
	terms := []engine.TermList{{Name: "custom/term", Terms: []engine.Term{{Text: "contoso"}}}}
	e, err := engine.New(engine.Config{Policies: policies, Terms: terms})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, password []byte) {
		for _, show := range []bool{false, true} {
			var out bytes.Buffer
			w := bufio.NewWriter(&out)
			j := judge{command: &checkCommand{explain: true, show: show}, engine: e, language: languageFor("en")}
			j.write(w, password)
			w.Flush()
			for _, r := range out.String() {
				if r != '\n' && !unicode.IsPrint(r) || !show && r > 0x7f && !strings.ContainsRune("•…├─┘│└", r) {
					t.Fatalf("show %v: writes %q", show, r)
				}
			}
		}
	})
}
