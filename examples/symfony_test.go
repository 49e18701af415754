//go:build unix

package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestSymfony(t *testing.T) {
	php := need(t, "php")
	if exec.Command(php, "-r", "exit((@include 'Symfony/Component/Validator/autoload.php') && (@include 'Symfony/Component/HttpClient/autoload.php') ? 0 : 1);").Run() != nil {
		t.Skip("needs Debian's php-symfony-validator and php-symfony-http-client")
	}
	tokens, token := newTokens(t)
	args := breached(t, "hunter2", "Пароль-2024")
	open := "http://" + startVeto(t, args...).addr
	guarded := "http://" + startVeto(t, append(args, "--tokens", tokens)...).addr
	tests := []struct {
		name, password, url, token string
		code                       int
		says                       string
	}{
		{"breached", "hunter2", open, "", 1, "leaked in a data breach"},
		{"Cyrillic", "Пароль-2024", open, "", 1, "leaked in a data breach"},
		{"not breached", strong, open, "", 0, ""},
		{"with token", "hunter2", guarded, token, 1, "leaked in a data breach"},
		{"not breached, with token", strong, guarded, token, 0, ""},
		{"without token", strong, guarded, "", 4, "needs a credential"},
		{"stopped", strong, "http://" + closedAddr(t), "", 4, "check.php:"},
		{"silent", strong, "http://" + silentAddr(t), "", 4, "check.php:"},
		{"no index", strong, "http://" + startVeto(t).addr, "", 4, "no breach index"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command(php, "symfony/check.php")
			cmd.Env = append(os.Environ(), "VETO_URL="+test.url, "VETO_TOKEN_FILE="+test.token)
			cmd.Stdin = strings.NewReader(test.password + "\n")
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.says) || strings.Contains(string(out), strong) {
				t.Errorf("code %d, %v: %s", code, err, out)
			}
		})
	}
}

// TestSymfonyFramework boots an application with the configuration of the example.
func TestSymfonyFramework(t *testing.T) {
	php := need(t, "php")
	if exec.Command(php, "-r", "exit((@include 'Symfony/Bundle/FrameworkBundle/autoload.php') && (@include 'Symfony/Component/Yaml/autoload.php') ? 0 : 1);").Run() != nil {
		t.Skip("needs Debian's php-symfony-framework-bundle and php-symfony-yaml")
	}
	example, err := os.ReadFile("symfony/validator.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, password, addr string
		code                 int
		says                 string
	}{
		{"breached", "hunter2", startVeto(t, breached(t, "hunter2")...).addr, 1, "leaked in a data breach"},
		{"not breached", strong, startVeto(t, breached(t, "hunter2")...).addr, 0, ""},
		{"stopped", strong, closedAddr(t), 4, "symfony_app.php:"},
		{"silent", strong, silentAddr(t), 4, "symfony_app.php:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "validator.yaml")
			write(t, config, strings.Replace(string(example), "127.0.0.1:8080", test.addr, 1))
			cmd := exec.Command(php, "testdata/symfony_app.php", config)
			cmd.Stdin = strings.NewReader(test.password + "\n")
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(out), test.says) || strings.Contains(string(out), strong) {
				t.Errorf("code %d, %v: %s", code, err, out)
			}
		})
	}
}
