//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestSidecarFolder puts indexes into the watched folder of a sidecar: they hold
// without a hangup, a torn one changes nothing but what operators see, and those
// that are gone are not kept mapped.
func TestSidecarFolder(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	indexes := filepath.Join(folder, "indexes")
	if err := os.Mkdir(indexes, 0o700); err != nil {
		t.Fatal(err)
	}
	compile := func(password string) {
		t.Helper()
		source := write("leak.txt", password+"\n")
		out, err := exec.Command("veto", "compile", "--format", "passwords", "-o", filepath.Join(indexes, "leak.veto"), source).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	config := write("veto.yaml", "terms: {global: false}\nbreached: {folder: indexes}\nreload: {watch: 100ms}\n")
	p := startSidecar(t, filepath.Join(folder, "veto.sock"), nil, "--config", config, "--admin-listen", "127.0.0.1:0")
	refused := func(password string) bool { return strings.Contains(p.ask(t, password), "breached") }
	last := ""
	for i := range 20 {
		next := fmt.Sprintf("uh8#Kp2!qLzw6R-%d", i)
		compile(next)
		await(t, func() bool { return refused(next) })
		if last != "" && refused(last) {
			t.Fatalf("index %d: the one before holds, too", i)
		}
		last = next
	}
	torn := write("indexes/torn.veto", "VETO, but no more")
	admin := "http://" + p.admin(t)
	await(t, func() bool {
		_, text := get(t, admin+"/readyz")
		return strings.HasPrefix(text, "ready with the lists before")
	})
	if _, text := get(t, admin+"/metrics"); !strings.Contains(text, "\nveto_snapshot_failing 1\n") || !refused(last) {
		t.Errorf("with a torn index: %s", text)
	}
	os.Remove(torn)
	await(t, func() bool { _, text := get(t, admin+"/readyz"); return text == "ready\n" })
	if runtime.GOOS != "linux" {
		return
	}
	mapped, changes := 0, 0
	await(t, func() bool { // new snapshots allocate, so that garbage is collected
		changes++
		write("veto.yaml", fmt.Sprintf("terms: {global: false, words: [zorblatt%d]}\nbreached: {folder: indexes}\nreload: {watch: 100ms}\n", changes))
		before := p.count("lists loaded")
		p.Process.Signal(syscall.SIGHUP)
		await(t, func() bool { return p.count("lists loaded") > before })
		maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		mapped = strings.Count(string(maps), "leak.veto")
		return mapped <= 10
	})
	if mapped < 1 {
		t.Error("no index is mapped")
	}
}

// TestSidecarSlowReload reads a list from a pipe into which nobody writes, as from
// a share that is gone: checks are answered meanwhile, systemd is told so, and the
// process ends when it is to.
func TestSidecarSlowReload(t *testing.T) {
	folder := t.TempDir()
	terms := filepath.Join(folder, "company.txt")
	if err := os.WriteFile(terms, []byte("zyxtal\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	systemd := newSystemd(t)
	p := startSidecar(t, filepath.Join(folder, "veto.sock"), []string{"NOTIFY_SOCKET=" + systemd.path, "WATCHDOG_USEC=100000"}, "--no-global", "--terms", terms)
	hang := func() {
		t.Helper()
		os.Remove(terms)
		if err := syscall.Mkfifo(terms, 0o600); err != nil {
			t.Fatal(err)
		}
		p.Process.Signal(syscall.SIGHUP)
	}
	hang()
	for range 5 {
		systemd.receive(t, "WATCHDOG=1")
		if got := p.ask(t, "Zyxtal1"); !strings.Contains(got, "banned_term") {
			t.Errorf("while a list is read: %s", got)
		}
	}
	before := p.count("lists loaded")
	if err := os.WriteFile(terms, []byte("quuxor\n"), 0o600); err != nil { // the reader goes on
		t.Fatal(err)
	}
	await(t, func() bool { return p.count("lists loaded") > before })
	if got := p.ask(t, "Quuxor1"); !strings.Contains(got, "banned_term") {
		t.Errorf("after the list: %s", got)
	}
	hang()
	systemd.receive(t, "WATCHDOG=1")
	p.end(t)
	systemd.receive(t, "STOPPING=1")
}
