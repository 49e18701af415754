//go:build unix

package helm_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A cluster is an API server with its store. No node runs what it is told.
type cluster struct {
	url, kubeconfig string
}

const bearer = "secret" // of the one user of the cluster

// startCluster runs etcd and kube-apiserver until the test ends.
func startCluster(t *testing.T) cluster {
	t.Helper()
	apiserver, dir := program(t, "KUBE_APISERVER"), t.TempDir()
	etcd, err := exec.LookPath("etcd")
	if err != nil {
		t.Skip("needs etcd: Debian's etcd-server")
	}
	store, peers := "http://"+freeAddr(t), "http://"+freeAddr(t)
	start(t, etcd, "--data-dir", dir, "--listen-client-urls", store, "--advertise-client-urls", store, "--listen-peer-urls", peers, "--log-level", "error")
	certificate, key := certify(t)
	write(t, filepath.Join(dir, "accounts.crt"), certificate)
	write(t, filepath.Join(dir, "accounts.key"), key)
	write(t, filepath.Join(dir, "users.csv"), bearer+",admin,1,system:masters\n")
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	ended := start(t, apiserver, "--etcd-servers", store, "--bind-address", "127.0.0.1", "--secure-port", port, "--cert-dir", dir, "--token-auth-file", filepath.Join(dir, "users.csv"),
		"--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", filepath.Join(dir, "accounts.crt"), "--service-account-signing-key-file", filepath.Join(dir, "accounts.key"),
		"--service-cluster-ip-range", "10.0.0.0/24", "--authorization-mode", "AlwaysAllow", "--disable-admission-plugins", "ServiceAccount")
	c := cluster{url: "https://" + addr, kubeconfig: filepath.Join(dir, "kubeconfig")}
	write(t, c.kubeconfig, fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: '%s', insecure-skip-tls-verify: true}}]
users: [{name: test, user: {token: %s}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
`, c.url, bearer))
	for late := time.After(5 * time.Minute); ; {
		if status, _ := c.ask("GET", "/readyz", "", ""); status == http.StatusOK {
			return c
		}
		select {
		case <-ended:
			t.Fatal("the API server ended")
		case <-late:
			t.Fatal("the API server is not ready in five minutes")
		case <-time.After(time.Second):
		}
	}
}

// start runs the program until the test ends, and tells when it ended before.
func start(t *testing.T, name string, args ...string) (ended <-chan struct{}) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		cmd.Wait()
		close(done)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-done
		log.Close()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("%s: %s", name, text[max(0, len(text)-2000):])
		}
	})
	return done
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask sends a request to the API server; the status is 0 without an answer.
func (c cluster) ask(method, path, kind, body string) (status int, answer string) {
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Content-Type", kind)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}, Timeout: time.Minute}
	response, err := client.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(text)
}

// TestServer installs the chart on a real API server, in a namespace for pods
// that are locked up (the Pod Security Standard "restricted"), upgrades it from
// each set of values to the next and takes it away.
func TestServer(t *testing.T) {
	c := startCluster(t)
	crd, err := os.ReadFile(program(t, "SERVICEMONITOR"))
	if err != nil {
		t.Fatal(err)
	}
	create := func(path, kind, body string) {
		t.Helper()
		if status, answer := c.ask("POST", path, kind, body); status != http.StatusCreated {
			t.Fatalf("status %d: %s", status, answer)
		}
	}
	create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "application/yaml", string(crd))
	create("/api/v1/namespaces", "application/yaml", `{apiVersion: v1, kind: Namespace, metadata: {name: veto, labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/warn: restricted}}}`)
	for _, file := range values(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			out, err := helm(t, "upgrade", "--install", "veto", "veto", "--namespace", "veto", "--kubeconfig", c.kubeconfig, "--values", file)
			if err != nil || strings.Contains(strings.ToLower(out), "warning") {
				t.Fatalf("%v: %s", err, out)
			}
			c.admits(t)
		})
	}
	t.Run("wrong", func(t *testing.T) {
		out, err := helm(t, "upgrade", "veto", "veto", "--namespace", "veto", "--kubeconfig", c.kubeconfig, "--values", "testdata/minimal.yaml", "--skip-schema-validation", "--set", "service.type=Nowhere")
		if err == nil || !strings.Contains(out, "Nowhere") {
			t.Errorf("the API server takes everything: %v: %s", err, out)
		}
	})
	if out, err := helm(t, "uninstall", "veto", "--namespace", "veto", "--kubeconfig", c.kubeconfig); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range []string{"/apis/apps/v1/namespaces/veto/deployments/veto", "/api/v1/namespaces/veto/configmaps/veto", "/api/v1/namespaces/veto/services/veto"} {
		if status, _ := c.ask("GET", path, "", ""); status != http.StatusNotFound {
			t.Errorf("%s: status %d after it was removed", path, status)
		}
	}
}

// admits asks whether the pods of the deployment may run in their namespace.
func (c cluster) admits(t *testing.T) {
	t.Helper()
	status, answer := c.ask("GET", "/apis/apps/v1/namespaces/veto/deployments/veto", "", "")
	var deployment struct {
		Spec struct {
			Template map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(answer), &deployment); status != http.StatusOK || err != nil {
		t.Fatalf("status %d, %v: %s", status, err, answer)
	}
	pod := deployment.Spec.Template
	pod["apiVersion"], pod["kind"], pod["metadata"] = json.RawMessage(`"v1"`), json.RawMessage(`"Pod"`), json.RawMessage(`{"name":"veto"}`)
	body, err := json.Marshal(pod)
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := c.ask("POST", "/api/v1/namespaces/veto/pods?dryRun=All", "application/json", string(body)); status != http.StatusCreated {
		t.Errorf("status %d: %s", status, answer)
	}
}
