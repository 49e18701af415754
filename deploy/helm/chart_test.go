//go:build unix

// Package helm_test renders the chart by helm, and has veto judge the
// configuration in it. "make chart" runs it; a real API server comes in by
// "make chart-server".
package helm_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// kubernetes is the oldest that the chart is for.
const kubernetes = "1.26.0"

// program returns the path that the variable holds, or skips the test.
func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("%s names no program: run make chart", variable)
	}
	return path
}

// helm runs it without what the machine has configured for it.
func helm(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(program(t, "HELM"), args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HELM_CONFIG_HOME="+home, "HELM_CACHE_HOME="+home, "HELM_DATA_HOME="+home)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// values are the files in testdata: together they set every key of the chart.
func values(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatal(err, files)
	}
	return files
}

// An object is what the tests look at in a rendered document.
type object struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
}

func objects(t *testing.T, text string) map[string]object {
	t.Helper()
	all := map[string]object{}
	for in := yaml.NewDecoder(strings.NewReader(text)); ; {
		var o object
		err := in.Decode(&o)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if o.Metadata.Name != "veto" {
			t.Errorf("%s is named %q", o.Kind, o.Metadata.Name)
		}
		all[o.Kind] = o
	}
}

func TestRender(t *testing.T) {
	parts := map[string][]string{
		"single.yaml":     {"type: Recreate", "claimName: veto-state", "file: /var/lib/veto/state/lists.db", `host: "veto.example.org"`},
		"everything.yaml": {"trusted_proxies:\n      - 10.244.0.0/16\n      - fd00::/8\n      - 192.0.2.7", "secretName: veto-ingress", "ingressClassName: nginx"},
	}
	kinds := map[string]string{
		"minimal.yaml":    "ConfigMap,Deployment,PodDisruptionBudget,Service",
		"single.yaml":     "ConfigMap,Deployment,Ingress,Service,ServiceMonitor",
		"everything.yaml": "ConfigMap,Deployment,Ingress,PodDisruptionBudget,Service,ServiceMonitor",
	}
	for _, file := range values(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if out, err := helm(t, "lint", "--strict", "--kube-version", kubernetes, "--values", file, "veto"); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			out, err := helm(t, "template", "veto", "--kube-version", kubernetes, "--values", file, "veto")
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			all := objects(t, out)
			var got []string
			for kind := range all {
				got = append(got, kind)
			}
			slices.Sort(got)
			if strings.Join(got, ",") != kinds[filepath.Base(file)] {
				t.Errorf("kinds %v", got)
			}
			for _, part := range parts[filepath.Base(file)] {
				if !strings.Contains(out, part) {
					t.Errorf("no %q", part)
				}
			}
			validate(t, all["ConfigMap"].Data)
		})
	}
}

// validate lays the files of the ConfigMap out with what the pod mounts beside
// them, and asks veto whether it can use them.
func validate(t *testing.T, files map[string]string) {
	t.Helper()
	veto, dir := program(t, "VETO"), t.TempDir()
	mounts := strings.NewReplacer("/etc/veto-access/", dir+"/", "/etc/veto-tls/", dir+"/", "/var/lib/veto/breached/", dir+"/", "/var/lib/veto/state/", dir+"/")
	for name, text := range files {
		write(t, filepath.Join(dir, name), mounts.Replace(text))
	}
	certificate, key := certify(t)
	write(t, filepath.Join(dir, "tls.crt"), certificate)
	write(t, filepath.Join(dir, "tls.key"), key)
	write(t, filepath.Join(dir, "leaked.txt"), "hunter2\n")
	for _, index := range []string{"sha1.veto", "march.veto"} {
		run(t, veto, "compile", "-o", filepath.Join(dir, index), filepath.Join(dir, "leaked.txt"))
	}
	run(t, veto, "token", "new", "--tokens", filepath.Join(dir, "tokens"), "--name", "portal", "--scope", "check")
	if out := run(t, veto, "config", "validate", "--config", filepath.Join(dir, "veto.yaml")); !strings.HasPrefix(out, "ok: ") {
		t.Errorf("%s", out)
	}
}

// certify returns a certificate and its key, as PEM.
func certify(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"veto.default.svc"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, said.Bytes())
	}
	return string(out)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestValues wants every key of values.yaml in the schema and set by a test.
func TestValues(t *testing.T) {
	documented, set := map[string]bool{}, map[string]bool{}
	keys(t, "veto/values.yaml", documented)
	for _, file := range values(t) {
		keys(t, file, set)
	}
	for key := range documented {
		if !set[key] {
			t.Errorf("no test sets %s", key)
		}
	}
}

// keys adds the names of the file's keys, two levels deep.
func keys(t *testing.T, file string, to map[string]bool) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for key, value := range all {
		to[key] = true
		if below, ok := value.(map[string]any); ok && key != "config" {
			for name := range below {
				to[key+"."+name] = true
			}
		}
	}
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name string
		set  []string
		says string
	}{
		{"no credentials", []string{"access.secret="}, "veto token new --tokens tokens"},
		{"unknown key", []string{"replica=3"}, "replica"},
		{"unknown key below", []string{"service.prot=80"}, "prot"},
		{"wrong type", []string{"replicas=many"}, "replicas"},
		{"no port", []string{"service.port=70000"}, "service"},
		{"name of a list", []string{"terms.Own_Words=contoso"}, "Own_Words"},
		{"indexes without a volume", []string{"breached.files={a.veto}"}, "breached.claim"},
		{"index by a path", []string{"breached.claim=c", "breached.files={/a.veto}"}, "breached"},
		{"state of two", []string{"state.claim=c", "replicas=2"}, "replicas to 1"},
		{"proxy by its name", []string{"trustedProxies={ingress.example.org}"}, "trustedProxies"},
		{"ingress with a path", []string{"ingress.hosts={veto.example.org/veto}"}, "ingress"},
		{"monitor without a token", []string{"metrics.serviceMonitor=true"}, "--scope metrics"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := []string{"template", "veto", "veto", "--kube-version", kubernetes, "--values", "testdata/minimal.yaml"}
			for _, s := range test.set {
				args = append(args, "--set", s)
			}
			if out, err := helm(t, args...); err == nil || !strings.Contains(out, test.says) {
				t.Errorf("%v, want %s: %s", err, test.says, out)
			}
		})
	}
}
