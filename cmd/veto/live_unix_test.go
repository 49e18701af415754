//go:build unix

package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestServeReload changes the configuration and a list, and sends a hangup.
func TestServeReload(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("veto.yaml", "terms: {global: false, files: [company.txt]}\n")
	write("company.txt", "Contoso\n")
	cmd, log, addr := startServe(t, "--config", filepath.Join(folder, "veto.yaml"))
	hangup := func(want string) {
		t.Helper()
		cmd.Process.Signal(syscall.SIGHUP)
		for {
			line, err := log.ReadString('\n')
			if err != nil {
				t.Fatalf("no %q in the log: %v", want, err)
			}
			if strings.Contains(line, want) {
				return
			}
		}
	}
	banned := func(body string) bool { return strings.Contains(post(t, addr, body), "banned_term") }
	const contoso, fabrikam = `{"password":"Contoso1"}`, `{"password":"Fabrikam1"}`
	if !banned(contoso) || banned(fabrikam) {
		t.Error("verdicts before the hangup are wrong")
	}
	write("company.txt", "Fabrikam\n")
	hangup("configuration and lists opened again")
	if banned(contoso) || !banned(fabrikam) {
		t.Error("verdicts after the hangup are wrong")
	}
	write("veto.yaml", "terms: {global: false, files: [company.txt]}\nserver: {explain: true}\n")
	hangup("key=server.explain")
	write("company.txt", "ab\n")
	hangup("configuration and lists cannot be opened again")
	if banned(contoso) || !banned(fabrikam) {
		t.Error("verdicts after a failed reload are wrong")
	}
	cmd.Process.Signal(syscall.SIGTERM)
	io.Copy(io.Discard, log)
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// put makes a list by HTTP.
func put(t *testing.T, addr, name, terms string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPut, "http://"+addr+"/v1/lists/"+name, strings.NewReader(terms))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("If-None-Match", "*")
	r.Header.Set("Content-Type", "text/plain")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusCreated {
		t.Fatalf("status %d: %s", resp.StatusCode, text)
	}
}

// TestServeStore kills the server after an edit, and starts another one.
func TestServeStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lists.db")
	cmd, _, addr := startServe(t, "--no-global", "--store", file)
	put(t, addr, "company", "Contoso\n")
	const body = `{"password":"Contoso1"}`
	if verdict := post(t, addr, body); !strings.Contains(verdict, "banned_term") {
		t.Errorf("after the edit: %s", verdict)
	}
	out, _ := exec.Command("veto", "store", "list", "--store", file).CombinedOutput()
	if !strings.Contains(string(out), "in use by another process, such as veto serve") {
		t.Errorf("store in use: %s", out)
	}
	cmd.Process.Kill()
	cmd.Wait()
	copied := file + ".copy"
	for _, step := range []struct{ args, want string }{
		{"list --store " + file, "company  1  revision 1"},
		{"history --store " + file + " company", "create"},
		{"history --store " + file + " custom/company", "create"},
		{"export --store " + file + " company", "Contoso\n"},
		{"export --store " + file + " --format csv --revision 1 company", "Contoso"},
		{"check --store " + file, "undamaged"},
		{"backup --store " + file + " " + copied, ""},
		{"check --store " + copied, "undamaged"},
	} {
		out, err := exec.Command("veto", append([]string{"store"}, strings.Fields(step.args)...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), step.want) {
			t.Errorf("veto store %s: %v, %s", step.args, err, out)
		}
	}
	_, _, addr = startServe(t, "--no-global", "--store", file)
	if verdict := post(t, addr, body); !strings.Contains(verdict, "banned_term") {
		t.Errorf("after the restart: %s", verdict)
	}
}
