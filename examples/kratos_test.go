//go:build unix

package examples_test

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestKratos registers accounts with a real Kratos.
func TestKratos(t *testing.T) {
	kratos := need(t, "kratos")
	dir := t.TempDir()
	newIdentities(t).write(t, dir)
	veto := startVeto(t, append(breached(t, "hunter2-hunter2"), "--certificate", filepath.Join(dir, "cert.pem"), "--key", filepath.Join(dir, "key.pem"))...)
	config, err := os.ReadFile("kratos/kratos.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, upstream string
		strong         int // status
	}{{"up", veto.addr, http.StatusOK}, {"stopped", closedAddr(t), http.StatusBadGateway}} {
		t.Run(test.name, func(t *testing.T) {
			local := filepath.Join(t.TempDir(), "kratos.yml")
			write(t, local, strings.Replace(string(config), "127.0.0.1:8443", test.upstream, 1))
			public, admin := closedAddr(t), closedAddr(t)
			cmd := exec.Command(kratos, "serve", "--dev", "--config", "kratos/testdata/base.yml", "--config", local)
			cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(dir, "clients.pem"),
				"SERVE_PUBLIC_HOST=127.0.0.1", "SERVE_PUBLIC_PORT="+port(public), "SERVE_ADMIN_HOST=127.0.0.1", "SERVE_ADMIN_PORT="+port(admin),
				"SERVE_PUBLIC_BASE_URL=http://"+public+"/")
			var log strings.Builder
			cmd.Stdout, cmd.Stderr = &log, &log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				cmd.Process.Kill()
				cmd.Wait()
				if t.Failed() {
					t.Log(log.String())
				}
			}()
			await(t, public)
			if status, text := register(t, public, "a@example.org", strong); status != test.strong {
				t.Errorf("strong: status %d: %s", status, text)
			}
			if test.strong != http.StatusOK {
				return
			}
			if status, text := register(t, public, "b@example.org", "hunter2-hunter2"); status != http.StatusBadRequest || !strings.Contains(text, "data breaches") {
				t.Errorf("breached: status %d: %s", status, text)
			}
		})
	}
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}

// register makes an account by Kratos' flow for programs.
func register(t *testing.T, addr, mail, password string) (status int, text string) {
	t.Helper()
	status, text = ask(t, http.DefaultClient, "GET", "http://"+addr+"/self-service/registration/api", "", "")
	var flow struct{ ID string }
	if err := json.Unmarshal([]byte(text), &flow); err != nil || flow.ID == "" {
		t.Fatalf("status %d: %s", status, text)
	}
	body, err := json.Marshal(map[string]any{"method": "password", "password": password, "traits": map[string]string{"email": mail}})
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, http.DefaultClient, "POST", "http://"+addr+"/self-service/registration?flow="+flow.ID, string(body), "")
}
