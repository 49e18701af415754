//go:build unix

package examples_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPWM sends what PWM 2.0.7 sends: PwmPasswordRuleValidator builds the body,
// RestClientHelper the request.
func TestPWM(t *testing.T) {
	tokens, token := newTokens(t)
	p := startPortal(t, exec.Command(filepath.Join(bin, "pwm")), "http://"+startVeto(t, "--tokens", tokens).addr, "VETO_TOKEN_FILE="+token)
	down := startPortal(t, exec.Command(filepath.Join(bin, "pwm")), "http://"+closedAddr(t))
	template, err := os.ReadFile("pwm/testdata/request.json")
	if err != nil {
		t.Fatal(err)
	}
	recorded := func(password string) string {
		return strings.Replace(string(template), "PASSWORD", password, 1)
	}
	tests := []struct {
		name, addr, body, language string
		want                       string // start of the answer
	}{
		{"accepted", p.addr, recorded(strong), "en", `{"error":false}`},
		{"refused", p.addr, recorded(weak), "en-US", `{"error":true,"errorMessage":"The password contains`},
		{"German", p.addr, recorded(weak), "de", `{"error":true,"errorMessage":"Das Passwort `},
		{"French", p.addr, recorded(weak), "fr-CA", `{"error":true,"errorMessage":"Le mot de passe `},
		{"Spanish", p.addr, recorded(weak), "es", `{"error":true,"errorMessage":"La contraseña `},
		{"Japanese", p.addr, recorded(weak), "ja", `{"error":true,"errorMessage":"パスワードは`},
		{"account", p.addr, recorded("Zimtwald-93-v"), "en", `{"error":true,"errorMessage":"The password contains your name, account`},
		{"name", p.addr, recorded("Overbeck&1977a"), "en", `{"error":true,"errorMessage":"The password contains your name, account`},
		{"no user yet", p.addr, `{"password":"` + strong + `","policy":{}}`, "", `{"error":false}`},
		{"empty", p.addr, recorded(""), "en", `{"error":true,"errorMessage":"The password is too short`},
		{"no password", p.addr, `{"policy":{}}`, "en", `{"error":true,"errorMessage":"The password could not be checked`},
		{"no JSON", p.addr, `{"password":"` + weak, "en", `{"error":true,"errorMessage":"The password could not be checked`},
		{"stopped", down.addr, recorded(strong), "en", `{"error":true,"errorMessage":"The password could not be checked`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := string(pwmAnswer(t, "http://"+test.addr+"/pwcheck", test.body, test.language))
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
	for _, text := range []string{p.log(), down.log()} {
		if strings.Contains(text, strong) || strings.Contains(text, weak) {
			t.Errorf("a password is logged: %s", text)
		}
	}
}

func TestPWMLoopback(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin, "pwm"))
	cmd.Env = append(os.Environ(), "LISTEN=0.0.0.0:0")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "not a loopback address") {
		t.Errorf("%v: %s", err, out)
	}
}

func pwmAnswer(t *testing.T, url, body, language string) []byte {
	t.Helper()
	request, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json; charset=UTF-8")
	request.Header.Set("Accept", "application/json")
	if language != "" {
		request.Header.Set("Content-Language", language)
	}
	return read(t, request, http.StatusOK)
}
