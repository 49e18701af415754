//go:build unix

package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestDjango has Django's validate_password use the validator.
func TestDjango(t *testing.T) {
	python := ""
	for _, candidate := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(candidate, "-c", "import django").Run() == nil {
			python = candidate
		}
	}
	if python == "" {
		t.Skip("needs django: Debian's python3-django")
	}
	tokens, token := newTokens(t)
	validate := func(url string) (answers [][]string) {
		t.Helper()
		asked, err := json.Marshal([]string{strong, weak, "Overbeck&1977a"})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(python, "testdata/django_check.py")
		cmd.Env = append(os.Environ(), "PYTHONPATH=python", "PYTHONDONTWRITEBYTECODE=1", "VETO_URL="+url, "VETO_TOKEN_FILE="+token)
		cmd.Stdin = strings.NewReader(string(asked))
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || strings.Contains(stderr.String(), strong) {
			t.Fatalf("%v: %s", err, &stderr)
		}
		if err := json.Unmarshal(out, &answers); err != nil || len(answers) != 3 {
			t.Fatalf("%v: %s", err, out)
		}
		return answers
	}
	up := validate("http://" + startVeto(t, "--tokens", tokens).addr)
	if len(up[0]) != 0 {
		t.Errorf("strong: %q", up[0])
	}
	if text := strings.Join(up[1], "\n"); !strings.Contains(text, "low_score: Ist zu leicht zu erraten. Machen Sie es länger") {
		t.Errorf("weak: %q", up[1])
	}
	if text := strings.Join(up[2], "\n"); !strings.Contains(text, "subject_term:") {
		t.Errorf("name: %q", up[2])
	}
	for _, refused := range validate("http://" + closedAddr(t)) {
		if len(refused) != 1 || !strings.HasPrefix(refused[0], "unavailable:") {
			t.Errorf("stopped: %q", refused)
		}
	}
}
