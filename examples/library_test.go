//go:build unix

package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestGoLibrary(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin, "go-library"), "zyxtal")
	cmd.Stdin = strings.NewReader(strong + "\nZ1xtal!9\n\n")
	out, err := cmd.CombinedOutput()
	lines := strings.Split(string(out), "\n")
	if err != nil || len(lines) != 4 || lines[0] != "accept" || !strings.Contains(lines[1], "reject; the password contains a banned word") || !strings.Contains(lines[2], "too short") {
		t.Errorf("%v: %q", err, lines)
	}
}

func TestCurl(t *testing.T) {
	need(t, "sh", "curl")
	tokens, token := newTokens(t)
	secret, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	header := filepath.Join(t.TempDir(), "portal.header")
	write(t, header, "Authorization: Bearer "+string(secret))
	url := "http://" + startVeto(t, "--tokens", tokens).addr
	tests := []struct {
		name, password, account, header, url string
		code                                 int
		says                                 string
	}{
		{"accepted", strong, "jdoe", header, url, 0, `"accept"`},
		{"refused", weak, "jdoe", header, url, 1, `"low_score"`},
		{"account", "Wagenknecht-77-v", "wagenknecht", header, url, 1, `"subject_term"`},
		{"escapes", `kiesel "\orgel\" verblasst $(id) %s`, `a"\b`, header, url, 0, `"accept"`},
		{"Unicode", "Жёлудь-𝒳-kiesel-Orgel", "jdoe", header, url, 0, `"accept"`},
		{"control character", "a\tb", "jdoe", header, url, 4, "400"},
		{"empty", "", "jdoe", header, url, 1, `"too_short"`},
		{"no token", strong, "jdoe", "", url, 4, "401"},
		{"stopped", strong, "jdoe", header, "http://" + closedAddr(t), 4, ""},
		{"silent", strong, "jdoe", header, "http://" + silentAddr(t), 4, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command("curl/check.sh", test.account)
			cmd.Env = append(os.Environ(), "VETO_URL="+test.url, "VETO_HEADER="+test.header)
			cmd.Stdin = strings.NewReader(test.password + "\n")
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.says) {
				t.Errorf("code %d, %v: %s", code, err, out)
			}
		})
	}
}
