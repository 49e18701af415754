//go:build unix

package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// keycloakPath returns the class path to compile with: Keycloak's own libraries
// below KEYCLOAK_HOME, or what the test declares of them and Debian's Jackson.
func keycloakPath(t *testing.T, classes string) string {
	t.Helper()
	if home := os.Getenv("KEYCLOAK_HOME"); home != "" {
		return filepath.Join(home, "lib/lib/main/*")
	}
	jackson, _ := filepath.Glob("/usr/share/java/jackson-[adc]*[a-z].jar")
	if len(jackson) < 3 {
		t.Skip("needs Keycloak in KEYCLOAK_HOME, or Debian's libjackson2-databind-java")
	}
	declared, err := filepath.Glob("testdata/keycloak/org/keycloak/*/*.java")
	if err != nil {
		t.Fatal(err)
	}
	build(t, exec.Command("javac", append([]string{"--release", "17", "-Xlint:all", "-Werror", "-d", classes, "testdata/keycloak/org/keycloak/Config.java"}, declared...)...))
	return strings.Join(append(jackson, classes), ":")
}

func build(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestKeycloak builds the jar as the README says, and asks the policy in it as
// Keycloak does.
func TestKeycloak(t *testing.T) {
	slow(t)
	java := need(t, "java", "javac", "jar")
	path := keycloakPath(t, t.TempDir())
	jar, check := filepath.Join(t.TempDir(), "veto-keycloak.jar"), t.TempDir()
	build(t, exec.Command("sh", "keycloak/build.sh", path, jar))
	build(t, exec.Command("javac", "--release", "17", "-cp", path+":"+jar, "-d", check, "testdata/KeycloakCheck.java"))
	tokens, token := newTokens(t)
	guarded := "http://" + startVeto(t, "--tokens", tokens).addr
	tests := []struct {
		name, password, language, url, token string
		person, form                         string // starts of the answers
	}{
		{"accepted", strong, "en", guarded, token, "accepted", "accepted"},
		{"refused", weak, "en-GB", guarded, token, "The password contains a", "The password contains a"},
		{"German", weak, "de", guarded, token, "Das Passwort ", "Das Passwort "},
		{"French", weak, "fr-CA", guarded, token, "Le mot de passe ", "Le mot de passe "},
		{"Spanish", weak, "es", guarded, token, "La contraseña ", "La contraseña "},
		{"Japanese", weak, "ja", guarded, token, "パスワードは", "パスワードは"},
		{"account", "Zimtwald-93-v", "en", guarded, token, "The password contains your name", "The password contains your name"},
		{"name", "Overbeck&1977a", "en", guarded, token, "The password contains your name", "accepted"},
		{"braces and quotes", `{0} "'\ ` + strong, "en", guarded, token, "accepted", "accepted"},
		{"empty", "", "en", guarded, token, "The password is too short", "The password is too short"},
		{"no token", strong, "en", guarded, "", "The password could not be checked", "The password could not be checked"},
		{"stopped", strong, "de", "http://" + closedAddr(t), "", "Das Passwort konnte nicht", "Das Passwort konnte nicht"},
		{"silent", strong, "en", "http://" + silentAddr(t), "", "The password could not be checked", "The password could not be checked"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := []string{"-cp", path + ":" + jar + ":" + check, "-Durl=" + test.url, "KeycloakCheck", test.language}
			if test.token != "" {
				args = append([]string{"-Dtoken-file=" + test.token}, args...)
			}
			cmd := exec.Command(java, args...)
			cmd.Stdin = strings.NewReader(test.password + "\n")
			var log strings.Builder
			cmd.Stderr = &log
			out, err := cmd.Output()
			person, form, _ := strings.Cut(string(out), "\t")
			if err != nil || !strings.HasPrefix(person, test.person) || !strings.HasPrefix(form, test.form) {
				t.Errorf("%v: %q: %s", err, out, log.String())
			}
			if strings.Contains(log.String(), strong) {
				t.Errorf("logged: %s", log.String())
			}
		})
	}
}
