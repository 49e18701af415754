//go:build unix

package examples_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const proxyName = "veto.example.org"

// proxies are the programs in front of Veto. Their configuration is the one of
// the example, with other addresses and files.
var proxies = []struct {
	name, program, config string
	args                  func(config, dir string) []string
	log                   string // file with what it says
}{
	{"nginx", "nginx", "nginx/veto.conf", func(config, dir string) []string {
		return []string{"-p", dir, "-c", config, "-g", "daemon off;"}
	}, "error.log"},
	{"caddy", "caddy", "caddy/Caddyfile", func(config, _ string) []string {
		return []string{"run", "--config", config, "--adapter", "caddyfile"}
	}, ""},
}

func TestProxies(t *testing.T) {
	tokens, token := newTokens(t)
	secret, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	authorization := "Bearer " + strings.TrimSpace(string(secret))
	for _, proxy := range proxies {
		t.Run(proxy.name, func(t *testing.T) {
			program := need(t, proxy.program)
			dir := t.TempDir()
			write(t, filepath.Join(dir, "veto.yaml"), "server: {trusted_proxies: [127.0.0.1]}\n")
			veto := startVeto(t, append(breached(t, "hunter2"), "--tokens", tokens, "--config", filepath.Join(dir, "veto.yaml"))...)
			ids := newIdentities(t)
			ids.write(t, dir)
			addr := closedAddr(t)
			config := filepath.Join(dir, "config")
			upstream, connections := relay(t, veto.addr)
			write(t, config, configure(t, proxy.config, dir, addr, upstream))
			var said bytes.Buffer
			cmd := exec.Command(program, proxy.args(config, dir)...)
			cmd.Stdout, cmd.Stderr = &said, &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			stop := func() {
				cmd.Process.Signal(os.Interrupt)
				cmd.Wait()
			}
			defer stop()
			await(t, addr)
			testProxy(t, addr, ids, authorization)
			testAddress(t, veto, ids.from("127.0.0.2", addr))
			if n := connections.Load(); n > 5 {
				t.Errorf("%d connections to Veto: they are not kept", n)
			}
			stop()
			if proxy.log != "" {
				text, _ := os.ReadFile(filepath.Join(dir, proxy.log))
				said.Write(text)
			}
			for _, never := range []string{strong, weak, "temporary file", authorization} {
				if strings.Contains(said.String(), never) {
					t.Errorf("logged: %s", said.String())
				}
			}
		})
	}
}

// configure returns the configuration of the example for this machine. Each
// replacement has to be in it.
func configure(t *testing.T, name, dir, addr, upstream string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(addr)
	config := string(text)
	replace := func(old, new string) {
		if !strings.Contains(config, old) {
			t.Fatalf("%s does not have %q", name, old)
		}
		config = strings.ReplaceAll(config, old, new)
	}
	replace("/etc/veto/tls/", dir+"/")
	replace("127.0.0.1:8080", upstream)
	if strings.HasSuffix(name, ".conf") {
		replace("listen 443 ssl", "listen "+addr+" ssl")
		replace("/var/log/nginx/veto.log", dir+"/access.log")
		return fmt.Sprintf("pid %[1]s/pid;\nerror_log %[1]s/error.log warn;\nevents {}\nhttp {\nclient_body_temp_path %[1]s/body;\nproxy_temp_path %[1]s/proxy;\n"+
			"fastcgi_temp_path %[1]s/f;\nuwsgi_temp_path %[1]s/u;\nscgi_temp_path %[1]s/s;\n%[2]s}\n", dir, config)
	}
	replace("\n"+proxyName+" {", "\n"+proxyName+":"+port+" {\n\tbind 127.0.0.1")
	replace("\tadmin off\n", "\tadmin off\n\tauto_https disable_redirects\n")
	return config
}

func testProxy(t *testing.T, addr string, ids identities, authorization string) {
	t.Helper()
	client := ids.browser(addr, true)
	base := "https://" + proxyName
	if a := post(t, client, base+"/v1/check", strong, "Authorization", authorization); a.Status != 200 || a.Decision != "accept" {
		t.Errorf("strong: %+v", a)
	}
	if a := post(t, client, base+"/v1/check", weak, "Authorization", authorization, "Accept-Language", "fr"); a.Decision != "reject" || a.Reasons[len(a.Reasons)-1].Message != "est trop facile à deviner" {
		t.Errorf("weak: %+v", a)
	}
	if a := post(t, client, base+"/v1/check", strong); a.Status != http.StatusUnauthorized {
		t.Errorf("without token: %+v", a)
	}
	request, err := http.NewRequest("POST", base+"/v1/check", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ids.browser(addr, false).Do(request); err == nil && r.StatusCode != http.StatusBadRequest {
		t.Errorf("without certificate: %s", r.Status)
	}
	testBatch(t, client, base, authorization)
	testRanges(t, client, base, authorization)
}

// testAddress has Veto tell who asked without a credential: who asked the proxy,
// whatever else that one says.
func testAddress(t *testing.T, veto *process, client *http.Client) {
	t.Helper()
	a := post(t, client, "https://"+proxyName+"/v1/check", strong, "Authorization", "Bearer veto_wrong", "X-Forwarded-For", "203.0.113.9")
	if a.Status != http.StatusUnauthorized || !strings.Contains(veto.log(), "address=127.0.0.2") || strings.Contains(veto.log(), "203.0.113.9") {
		t.Errorf("%+v: %s", a, veto.log())
	}
}

// testBatch sends more than fits the usual buffer of a proxy.
func testBatch(t *testing.T, client *http.Client, base, authorization string) {
	t.Helper()
	type check struct {
		Password string `json:"password"`
	}
	checks := make([]check, 1000)
	for i := range checks {
		checks[i].Password = strings.Repeat(strong, 30)
	}
	body, err := json.Marshal(map[string][]check{"checks": checks})
	if err != nil {
		t.Fatal(err)
	}
	status, text := ask(t, client, "POST", base+"/v1/check:batch", string(body), authorization)
	if n := strings.Count(text, `"decision"`); status != 200 || n != 1000 {
		t.Errorf("batch of %d bytes: status %d, %d verdicts", len(body), status, n)
	}
	if status, _ := ask(t, client, "GET", base+"/metrics", "", authorization); status != http.StatusNotFound {
		t.Errorf("metrics: status %d", status)
	}
}

// testRanges asks often, so that connections which are not kept are seen.
func testRanges(t *testing.T, client *http.Client, base, authorization string) {
	t.Helper()
	for range 50 {
		if status, text := ask(t, client, "GET", base+"/range/F3BBB", "", authorization); status != 200 || !strings.Contains(text, "D66A63D4BF1747940578EC3D0103530E21D:1") {
			t.Fatalf("range: status %d: %s", status, text)
		}
	}
}

// relay returns an address that is connected to the other one, and how often it
// was.
func relay(t *testing.T, to string) (addr string, connections *atomic.Int64) {
	t.Helper()
	connections = new(atomic.Int64)
	l := listen(t)
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go join(from, to)
		}
	}()
	return l.Addr().String(), connections
}

func join(from net.Conn, to string) {
	defer from.Close()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	go io.Copy(server, from)
	io.Copy(from, server)
}

func ask(t *testing.T, client *http.Client, method, url, body, authorization string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(all)
}

func await(t *testing.T, addr string) {
	t.Helper()
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("nobody listens on %s", addr)
}
