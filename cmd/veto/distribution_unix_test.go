//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vetopw/veto/lists/bundle"
	"github.com/vetopw/veto/server/fleet"
)

// shop makes bundles in a folder, as an administrator does.
type shop struct{ dir string }

func newShop(t *testing.T) *shop {
	s := &shop{t.TempDir()}
	s.veto(t, "keygen", "--name", "tests", "-o", "lists.key")
	return s
}

// veto runs a command in the folder.
func (s *shop) veto(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("veto", args...)
	cmd.Dir = s.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("veto %v: %v\n%s", args, err, out)
	}
}

// publish makes a bundle of a list with one word, and of a policy.
func (s *shop) publish(t *testing.T, word, policy string) {
	t.Helper()
	for name, text := range map[string]string{"company.txt": word + "\n", "veto.yaml": policy} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.veto(t, "bundle", "create", "--key", "lists.key", "-o", "share", "company.txt", "veto.yaml")
}

func (s *shop) path(name string) string { return filepath.Join(s.dir, name) }

// machines returns what a server knows, by host.
func machines(t *testing.T, addr string) map[string]fleet.Machine {
	t.Helper()
	answer, err := http.Get("http://" + addr + "/v1/fleet")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var v fleet.View
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	all := map[string]fleet.Machine{}
	for _, m := range v.Machines {
		all[m.Host] = m
	}
	return all
}

// TestDistribution runs a server and a sidecar that follows its bundle: lists and
// policies arrive, change and are withdrawn; a bundle that cannot be used, a
// server that is gone and a restart without it change nothing; the fleet shows.
func TestDistribution(t *testing.T) {
	const minTen, minTwelve = "policies: [{name: everybody, length: {min: 10}}]\n", "policies: [{name: everybody, length: {min: 12}}]\n"
	s := newShop(t)
	config := s.path("server.yaml")
	text := "bundle: {directory: share}\nfleet: {file: fleet.json, expect: [dc9]}\n"
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	serve, _, addr := startServe(t, "--config", config)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host = strings.ToLower(host)
	settings := s.path("sidecar.yaml")
	text = "bundle: {keys: [lists.key.pub], cache: cache, interval: 1s}\nterms: {global: false}\nfleet: {site: Berlin, interval: 1s}\n"
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"--config", settings, "--bundle", "http://" + addr + "/v1/bundle", "--report-to", "http://" + addr}
	p := startSidecar(t, s.path("veto.sock"), nil, args...)
	if got := p.ask(t, "uh8#Kp2!qLzw6R"); got != "undecided unavailable" {
		t.Errorf("before the first bundle: %s", got)
	}
	await(t, func() bool { m := machines(t, addr)[host]; return m.State == fleet.Failing && m.Site == "Berlin" })
	if m := machines(t, addr)["dc9"]; m.State != fleet.Missing {
		t.Errorf("dc9: %+v", m)
	}
	s.publish(t, "zyxtalor", minTen)
	await(t, func() bool { return strings.Contains(p.ask(t, "Zyxtalor12"), "banned_term") })
	if got := p.ask(t, "uh8#Kp2!q"); !strings.Contains(got, "too_short") {
		t.Errorf("the policy of the bundle: %s", got)
	}
	await(t, func() bool {
		m := machines(t, addr)[host]
		return m.State == fleet.OK && m.Bundle == 1 && m.Counts.Change.Rejected > 0
	})

	// What is left out is withdrawn.
	s.publish(t, "quuxorin", minTwelve)
	await(t, func() bool { return strings.Contains(p.ask(t, "Quuxorin12"), "banned_term") })
	if got := p.ask(t, "Zyxtalor12"); strings.Contains(got, "banned_term") {
		t.Errorf("a word that was withdrawn: %s", got)
	}

	// A bundle whose policies cannot be used: create refuses it, so it is made by
	// force, as a newer program might.
	s.force(t)
	await(t, func() bool { return p.logged("bundle refused") })
	if got := p.ask(t, "Quuxorin12"); !strings.Contains(got, "banned_term") {
		t.Errorf("after a bundle without use: %s", got)
	}
	await(t, func() bool {
		m := machines(t, addr)[host]
		return m.State == fleet.Failing && m.Bundle == 2 && m.Error != ""
	})
	fleetCommand := exec.Command("veto", "fleet", "--server", "http://"+addr)
	out, _ := fleetCommand.CombinedOutput()
	if code := fleetCommand.ProcessState.ExitCode(); code != 1 || !strings.Contains(string(out), "2 machines, 1 missing, 1 failing\n") || !strings.Contains(string(out), host) {
		t.Errorf("veto fleet: exit code %d\n%s", code, out)
	}

	// Without the server, and over a restart.
	serve.Process.Kill()
	serve.Wait()
	p.end(t)
	p = startSidecar(t, s.path("veto.sock"), nil, args...)
	began := time.Now()
	await(t, func() bool { return strings.Contains(p.ask(t, "Quuxorin12"), "banned_term") })
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("ready after %v", took)
	}
	p.end(t)
}

// TestStopped wants the fleet to tell a sidecar that was stopped from one that is
// lost, with its last counts and why it ended, and a stop not to wait for a server
// that hangs.
func TestStopped(t *testing.T) {
	s := newShop(t)
	serve, _, addr := startServe(t, "--no-global")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	host = strings.ToLower(host)
	settings := s.path("sidecar.yaml")
	start := func(interval string, args ...string) *sidecarProcess {
		text := "terms: {global: false}\nfleet: {interval: " + interval + "}\n"
		if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return startSidecar(t, s.path("veto.sock"), nil, append(args, "--config", settings, "--report-to", "http://"+addr)...)
	}
	p := start("1h")
	for range 3 {
		p.ask(t, "abc")
	}
	p.end(t)
	if m := machines(t, addr)[host]; m.State != fleet.Stopped || m.Counts.Change.Rejected != 3 || m.Error != "" || m.Snapshot == "" {
		t.Errorf("%+v", m)
	}
	out, _ := exec.Command("veto", "fleet", "--server", "http://"+addr).CombinedOutput()
	if !strings.Contains(string(out), "1 machine, 1 stopped\n") {
		t.Errorf("veto fleet: %s", out)
	}
	p = start("1h", "--admin-listen", addr) // which is in use
	if err := p.Wait(); err == nil {
		t.Error("it does not need its address")
	}
	if m := machines(t, addr)[host]; m.State != fleet.Stopped || !strings.Contains(m.Error, "in use") {
		t.Errorf("with the cause: %+v", m)
	}
	p = start("1s")
	await(t, func() bool { m := machines(t, addr)[host]; return m.State == fleet.OK })
	serve.Process.Signal(syscall.SIGSTOP)
	if _, err := syscall.Wait4(serve.Process.Pid, nil, syscall.WUNTRACED, nil); err != nil { // until it has stopped
		t.Fatal(err)
	}
	began := time.Now()
	p.end(t)
	if took := time.Since(began); took > 10*time.Second || !p.logged("last report fails") { // 2 s and what a busy machine takes
		t.Errorf("ended after %v\n%s", took, &p.log)
	}
}

// TestStaleBundle tells of a policy that never applies, and has the source of a bundle be gone for longer than stale_after: that
// shows, also after a hangup and a restart, until the source is back.
func TestStaleBundle(t *testing.T) {
	s := newShop(t)
	s.publish(t, "zyxtalor", "policies: [{name: everybody}, {name: admins, groups: [Admins], precedence: 1}]\n")
	settings := s.path("sidecar.yaml")
	text := "bundle: {source: share, keys: [lists.key.pub], cache: cache, interval: 1s}\nterms: {global: false}\nserver: {stale_after: 1h}\nadmin: {listen: '127.0.0.1:0'}\n"
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	begin := func() (p *sidecarProcess, metric func(sample string) bool) {
		p = startSidecar(t, s.path("veto.sock"), nil, "--config", settings)
		admin := "http://" + p.admin(t) + "/metrics"
		return p, func(sample string) bool {
			_, text := get(t, admin)
			return strings.Contains(text, "\n"+sample+"\n")
		}
	}
	p, metric := begin()
	await(t, func() bool {
		return metric("veto_ready 1") && metric("veto_bundle_version 1") && metric("veto_bundle_failing 0")
	})
	if !p.logged("level=WARN msg=\"policies that never apply: filters do not tell groups\" policies=admins") {
		t.Error("nothing was told of a policy that never applies")
	}
	p.end(t)
	manifests, err := filepath.Glob(s.path("cache/1.0/" + bundle.ManifestName))
	if err != nil || len(manifests) != 1 {
		t.Fatalf("manifests %v: %v", manifests, err)
	}
	then := time.Now().Add(-2 * time.Hour)
	if err := errors.Join(os.Chtimes(manifests[0], then, then), os.Rename(s.path("share"), s.path("away"))); err != nil {
		t.Fatal(err)
	}
	p, metric = begin()
	await(t, func() bool { return metric("veto_ready 0") && metric("veto_bundle_failing 1") })
	p.Process.Signal(syscall.SIGHUP)
	await(t, func() bool { return metric("veto_snapshot_swaps_total 2") })
	if !metric("veto_ready 0") || !strings.Contains(p.ask(t, "Zyxtalor12"), "banned_term") {
		t.Error("a hangup made old lists new, or they do not judge any more")
	}
	if err := os.Rename(s.path("away"), s.path("share")); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return metric("veto_ready 1") && metric("veto_bundle_failing 0") })
	p.end(t)
}

// force makes a bundle that is signed well and of no use: its policy is none.
func (s *shop) force(t *testing.T) {
	t.Helper()
	path := s.path("policy.yaml")
	if err := os.WriteFile(path, []byte("policies: [{name: everybody, later: 1}]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	key, err := bundle.OpenSigningKey(s.path("lists.key"))
	if err != nil {
		t.Fatal(err)
	}
	o := bundle.WriteOptions{Keys: []*bundle.SigningKey{key}, Sources: []bundle.Source{{Path: path, Kind: bundle.Policy}}}
	if _, err := bundle.Write(t.Context(), s.path("share"), o); err != nil {
		t.Fatal(err)
	}
}
