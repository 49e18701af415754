package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
)

func splitWords(text string) [][]byte {
	var all [][]byte
	for _, word := range strings.Fields(text) {
		all = append(all, []byte(word))
	}
	return all
}

// TestRequired compares each judge's own answers with its guesses: the points
// on the curves must lie on them.
func TestRequired(t *testing.T) {
	snapshot, err := newSnapshot([]string{"contoso"})
	if err != nil {
		t.Fatal(err)
	}
	judges, err := newJudges(snapshot.Engine, []string{"contoso"}, true)
	if err != nil {
		t.Fatal(err)
	}
	passwords := splitWords("password Summer2024! contoso99 vK3#pQ9!xZw7 c0rrecthorse short tr0ub4dor&3 hunter2hunter2 zqkvxwjy pässwörd")
	estimating := 0
	for _, j := range judges {
		opinions, err := j.judge(passwords)
		if errors.Is(err, errMissing) {
			t.Logf("%s: %v", j.name, err)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", j.name, err)
		}
		if !opinions[0].refused || opinions[3].refused {
			t.Errorf("%s: %+v of a frequent password, %+v of a random one", j.name, opinions[0], opinions[3])
		}
		if j.required == 0 {
			continue
		}
		estimating++
		for i, o := range opinions {
			if o.refused != (o.always || o.guesses < j.required) {
				t.Errorf("%s: %q: %+v, required %g", j.name, passwords[i], o, j.required)
			}
		}
	}
	if estimating < 2 {
		t.Errorf("only %d judges estimate guesses", estimating)
	}
}

// TestDefaultRules holds the reasons that count whatever the score against all
// reasons for which the policy default refuses.
func TestDefaultRules(t *testing.T) {
	snapshot, err := newSnapshot(nil)
	if err != nil {
		t.Fatal(err)
	}
	judge := byDefault(snapshot.Engine)
	for _, password := range []string{"1234567", strings.Repeat("vK3#pQ9!xZw7", 30), "vK3#pQ9!\x01xZw7", "vK3#pQ9!\xffxZw7"} {
		if o := judge([]byte(password)); o.refused != (o.always || o.guesses < engine.DefaultPolicy().RequiredGuesses.Log10()) {
			t.Errorf("%q: %+v", password, o)
		}
	}
}

// fake puts a program into the only folder of the search path.
func fake(t *testing.T, program, script string) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+"/usr/bin"+string(os.PathListSeparator)+"/bin")
	if err := os.WriteFile(filepath.Join(dir, program), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestTools(t *testing.T) {
	tests := map[string]struct{ script, want string }{
		"in order": {`while read -r p; do case $p in *!) echo "$p: OK";; *) echo "$p: it is too: simple";; esac; done`, ""},
		"fewer":    {`read -r p; echo "$p: OK"`, "1 answers to 3 passwords"},
		"more":     {`while read -r p; do echo "$p: OK"; done; echo "x: OK"`, "more answers than the 3"},
		"another":  {`while read -r p; do echo "x$p: OK"; done`, "answer 1: not understood"},
		"failing":  {`echo "no dictionary" >&2; exit 1`, "no dictionary"},
	}
	for name, test := range tests {
		fake(t, "cracklib-check", test.script)
		opinions, err := byCracklib(splitWords("one two! three"))
		switch {
		case test.want != "":
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %q", name, err, test.want)
			}
		case err != nil || !opinions[0].refused || opinions[1].refused || !opinions[2].refused:
			t.Errorf("%s: %+v, %v", name, opinions, err)
		}
	}
}

// TestMissing wants absent programs to be told from failing ones.
func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, program := range []string{"node", "cc", "pwqcheck-or-another"} {
		if _, err := find(program, "package x"); !errors.Is(err, errMissing) || !strings.Contains(err.Error(), "package x") {
			t.Errorf("%s: %v", program, err)
		}
	}
	c := &corpora{classes: []class{{groupSpray, "x", splitWords("Summer2024!")}}}
	absent := judge{name: "absent", judge: byNode("zxcvbn", zxcvbnScript, nil)}
	present := judge{name: "present", judge: each(func([]byte) opinion { return opinion{refused: true} })}
	results, err := askAll([]judge{present, absent}, c, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	printJudges(&b, results)
	printQuality(&b, c, results, false)
	for _, want := range []string{"- absent: not installed: Node.js", "| absent: not installed |", "| 100.0 (20.7-100.0) |                       |"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
}

func TestAsk(t *testing.T) {
	c := &corpora{classes: []class{{groupSpray, "a", splitWords("1 2 3 4 5")}, {groupSpray, "b", splitWords("6")}, {groupSpray, "c", splitWords("7 8 9")}}}
	for sample, want := range map[int]string{0: "12345|6|789", 2: "13|6|78", 9: "12345|6|789"} {
		j := judge{slow: true, judge: each(func(p []byte) opinion { return opinion{guesses: float64(p[0])} })}
		opinions, err := j.ask(c, sample)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, class := range opinions {
			text := ""
			for _, o := range class {
				text += string(rune(o.guesses))
			}
			got = append(got, text)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("sample %d: %q, want %q", sample, got, want)
		}
	}
}

func TestTargets(t *testing.T) {
	s := summary{
		groupLeaks:    {{"phpbb", share{1, 2}}, {"Pwdb_top10k", share{99, 100}}},
		groupEvasions: {{"dotted", share{10, 10}}, {"spaced", share{9, 10}}},
		groupStrong:   {{"a", share{0, 500}}, {"b", share{3, 1000}}},
	}
	var b strings.Builder
	printTargets(&b, s)
	for _, want := range []string{
		"target leaks pwdb_top10k: at least 97 %: 99.0 (94.6-99.82), met\n",
		"target honeypot guesses: at least 98 %: no such passwords here\n",
		"target evasions, each class: at least 100 %: 90.0 (59.6-98.2) in spaced, MISSED\n",
		"target strong: at most 0.05 %: 0.15",
		"target strong, each class: at most 0.5 %: 0.30 (0.10-0.88) in b, met\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, &b)
		}
	}
}
