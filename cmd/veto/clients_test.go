//go:build unix

package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vetopw/veto/engine"
	"github.com/vetopw/veto/filter"
)

func ntlmOf(password string) []byte { return engine.AppendNTHash(nil, []byte(password)) }

func sha1Of(password string) []byte {
	sum := sha1.Sum([]byte(password))
	return sum[:]
}

// writeIndex compiles an index with ranges of the passwords with their counts.
func writeIndex(t *testing.T, kind filter.Kind, counts map[string]uint32) (path string) {
	t.Helper()
	digest := map[filter.Kind]func(string) []byte{filter.SHA1: sha1Of, filter.NTLM: ntlmOf}[kind]
	var records []filter.Record
	for password, count := range counts {
		r := filter.Record{Count: count}
		copy(r.Digest[:], digest(password))
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b filter.Record) int { return bytes.Compare(a.Digest[:], b.Digest[:]) })
	path = filepath.Join(t.TempDir(), kind.String()+".veto")
	w, err := filter.Create(path, filter.Options{Kind: kind, Ranges: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(records); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestClients has clients of Have I Been Pwned, as npm has them, ask veto serve.
func TestClients(t *testing.T) {
	folder, err := filepath.Abs("../../.cache/npm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "hibp")); err != nil {
		t.Skip("clients are not installed: run make clients")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs node:", err)
	}
	counts := map[string]uint32{"password": 52256179, "P@ssw0rd": 83129, "correct horse battery staple": 1, "Пароль-2024𝒳": 7, "unknown-count-9": 0}
	for i := range 20_000 {
		counts[fmt.Sprint("filler", i)] = uint32(i)
	}
	asked := []string{"password", "P@ssw0rd", "correct horse battery staple", "Пароль-2024𝒳", "unknown-count-9", "qV7#xLp2w!9z", "filler77"}
	hashes := map[string]string{}
	for _, password := range asked {
		hashes[password] = fmt.Sprintf("%X", ntlmOf(password))
	}
	known, err := json.Marshal(hashes)
	if err != nil {
		t.Fatal(err)
	}
	_, _, addr := startServe(t, "--breached", writeIndex(t, filter.NTLM, counts), "--breached", writeIndex(t, filter.SHA1, counts))
	cmd := exec.Command("node", append([]string{"../../testdata/clients/clients.mjs", folder, "http://" + addr}, asked...)...)
	cmd.Env = append(os.Environ(), "NT_HASHES="+string(known))
	cmd.Stderr = new(strings.Builder)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, cmd.Stderr)
	}
	var got struct {
		Results []struct{ Plain, Padded, NTLM, NTLMPadded, PaddedRows, Zxcvbn uint32 }
		Failed  []string
		Refused string
	}
	if err := json.Unmarshal(out, &got); err != nil || len(got.Results) != len(asked) {
		t.Fatalf("%v: %s", err, out)
	}
	for i, password := range asked {
		want, ok := counts[password]
		if ok {
			want = max(want, 1) // an unknown count
		}
		r := got.Results[i]
		if r.Plain != want || r.Padded != want || r.NTLM != want || r.NTLMPadded != want || r.Zxcvbn != want {
			t.Errorf("%s: %+v, want %d", password, r, want)
		}
		if r.PaddedRows < 800 || r.PaddedRows > 1000 {
			t.Errorf("%s: %d padded rows", password, r.PaddedRows)
		}
	}
	if len(got.Failed) > 0 || !strings.Contains(got.Refused, "five hexadecimal digits") {
		t.Errorf("failed %q, refused with %q", got.Failed, got.Refused)
	}
}
