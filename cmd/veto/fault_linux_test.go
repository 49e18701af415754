package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vetopw/veto/server/audit"
)

// TestServeDiskFull fills the disk of a server that refuses what it cannot record:
// no verdict and no edit then, the answer declared for each operation; with room
// again everything goes on, nothing that was acknowledged is lost, and nothing that
// was not is in force.
func TestServeDiskFull(t *testing.T) {
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no file system can be mounted: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(folder, unix.MNT_DETACH) })
	config := filepath.Join(folder, "veto.yaml")
	text := "terms: {global: false}\nstore: {file: lists.db}\naudit: {file: audit.jsonl, full: refuse, queue: 1000}\noperations: {set: {unavailable: reject}, change: {unavailable: accept}}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, log, addr := startServe(t, "--config", config)
	rest := make(chan []byte, 1)
	go func() {
		all, _ := io.ReadAll(log)
		rest <- all
	}()
	base := "http://" + addr
	words := []string{"zorbitania", "quelfendorp", "mirwandelux"} // none is another one misspelt
	edit := func(n int) (int, string) {
		condition := "If-Match: *"
		if n == 0 {
			condition = "If-None-Match: *"
		}
		status, _, answer := send(t, "PATCH", base+"/v1/lists/company", `{"add":["`+words[n]+`"]}`, condition)
		return status, string(answer)
	}
	check := func(operation string) (int, string) {
		status, _, answer := send(t, "POST", base+"/v1/check", `{"password":"Zx9-kanarienvogel","operation":"`+operation+`"}`)
		return status, string(answer)
	}
	if status, answer := edit(0); status != http.StatusCreated {
		t.Fatalf("status %d: %s", status, answer)
	}
	ballast := filepath.Join(folder, "ballast")
	fill(t, ballast)
	batch := `{"checks":[` + strings.Repeat(`{"password":"x"},`, 99) + `{"password":"x"}]}`
	await(t, func() bool { // what waits to be written is bounded
		status, _, _ := send(t, "POST", base+"/v1/check:batch", batch)
		return status == http.StatusServiceUnavailable
	})
	await(t, func() bool { // the room that was left for less than a batch
		status, _ := check("set")
		return status == http.StatusServiceUnavailable
	})
	for operation, want := range map[string]string{"set": "reject", "change": "accept"} {
		if status, answer := check(operation); status != http.StatusServiceUnavailable || !strings.Contains(answer, `"decision":"`+want+`"`) {
			t.Errorf("%s on a full disk: status %d: %s", operation, status, answer)
		}
	}
	if status, answer := edit(1); status/100 != 5 {
		t.Errorf("edit on a full disk: status %d: %s", status, answer)
	}
	if _, text := get(t, base+"/metrics"); !strings.Contains(text, "\nveto_audit_write_errors_total{output=\"file\"} ") || strings.Contains(text, "\nveto_audit_write_errors_total{output=\"file\"} 0\n") {
		t.Error("metrics tell of no failed write")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { status, _ := check("set"); return status == http.StatusOK })
	if n := entriesOf(t, base+"/v1/lists/company"); n != 1 {
		t.Errorf("%d entries, want the one that was acknowledged", n)
	}
	if verdict := post(t, addr, `{"password":"`+words[1]+`"}`); strings.Contains(verdict, "banned_term") {
		t.Errorf("an edit that failed is in force: %s", verdict)
	}
	if status, answer := edit(2); status != http.StatusOK {
		t.Errorf("edit with room again: status %d: %s", status, answer)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	text = string(<-rest)
	if err := cmd.Wait(); err != nil || strings.Contains(text, "kanarienvogel") || !strings.Contains(text, "no space left on device") {
		t.Errorf("%v, log %s", err, text)
	}
	if _, err := audit.Verify(filepath.Join(folder, "audit.jsonl")); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command("veto", "store", "check", "--store", filepath.Join(folder, "lists.db")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
}

// TestServeBrokenReload sends hangups with configurations and lists that cannot be
// used while others check: every verdict is that of the last good ones.
func TestServeBrokenReload(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const good = "terms: {files: [company.txt]}\n"
	write("veto.yaml", good)
	write("company.txt", "fabrikamov\n")
	cmd, log, addr := startServe(t, "--config", filepath.Join(folder, "veto.yaml"))
	failures, successes := make(chan struct{}, 100), make(chan struct{}, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			line, err := log.ReadString('\n')
			switch {
			case err != nil:
				return
			case strings.Contains(line, "configuration and lists cannot be opened again"):
				failures <- struct{}{}
			case strings.Contains(line, "configuration and lists opened again"):
				successes <- struct{}{}
			}
		}
	}()
	var clients sync.WaitGroup
	var over atomic.Bool
	for range 4 {
		clients.Go(func() {
			for !over.Load() {
				status, _, verdict := send(t, "POST", "http://"+addr+"/v1/check", `{"password":"Fabrikamov#2031x"}`)
				if status != http.StatusOK || !strings.Contains(string(verdict), "banned_term") {
					t.Errorf("status %d: %s", status, verdict)
					return
				}
			}
		})
	}
	broken := []struct{ config, terms string }{
		{"terms: {files: [company.txt]\n", "fabrikamov\n"},                           // no YAML
		{"terms: {file: [company.txt]}\n", "fabrikamov\n"},                           // a key that there is not
		{"terms: {files: [gone.txt]}\n", "fabrikamov\n"},                             // no such list
		{good, "fabrikamov\nab\n"},                                                   // a term too short
		{good + "policies: [{name: a, patterns: {denied: ['(']}}]\n", "quelfendo\n"}, // no expression
		{good + "breached: {files: [company.txt]}\n", "quelfendo\n"},                 // no index
	}
	for round := range 3 {
		for i, b := range broken {
			write("veto.yaml", b.config)
			write("company.txt", b.terms)
			cmd.Process.Signal(syscall.SIGHUP)
			select {
			case <-failures:
			case <-successes:
				t.Errorf("round %d: configuration %d can be used", round, i)
			}
		}
		write("veto.yaml", good)
		write("company.txt", fmt.Sprintf("fabrikamov\nround%d\n", round))
		cmd.Process.Signal(syscall.SIGHUP)
		<-successes
	}
	over.Store(true)
	clients.Wait()
	if verdict := post(t, addr, `{"password":"Round2xx"}`); !strings.Contains(verdict, "banned_term") {
		t.Errorf("the last good list is not in force: %s", verdict)
	}
	if _, text := get(t, "http://"+addr+"/metrics"); !strings.Contains(text, "\nveto_snapshot_failing 0\n") {
		t.Error("a failure is told after a success")
	}
	cmd.Process.Signal(syscall.SIGTERM)
	<-done
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
