package access_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/server/access"
)

// put adds tokens to a file.
func put(t testing.TB, path string, tokens ...access.Token) {
	t.Helper()
	if err := access.EditTokens(path, func(all []access.Token) ([]access.Token, error) { return append(all, tokens...), nil }); err != nil {
		t.Fatal(err)
	}
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.jsonl")
	if _, err := access.ReadTokens(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	first, _ := newToken(t, access.Token{Name: "portal", Scopes: []string{"check", "lists:read"}, Policies: []string{"default"}, Rate: 50, Expires: now.Add(time.Hour)})
	second, secret := newToken(t, access.Token{Name: "other"})
	put(t, path, first)
	put(t, path, second)
	got, err := access.ReadTokens(path)
	if diff := cmp.Diff([]access.Token{first, second}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), secret) || strings.Contains(string(text), secret[5:20]) {
		t.Errorf("the file holds the token: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	broken := errors.New("no")
	if err := access.EditTokens(path, func([]access.Token) ([]access.Token, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := access.EditTokens(path, func(all []access.Token) ([]access.Token, error) { return append(all, first), nil }); err == nil {
		t.Error("the same token twice is no error")
	}
	if again, _ := os.ReadFile(path); string(again) != string(text) {
		t.Errorf("a failed edit changed the file to %s", again)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("files %v", left)
	}
}

func TestFileErrors(t *testing.T) {
	record, _ := newToken(t, access.Token{Name: "portal"})
	path := filepath.Join(t.TempDir(), "tokens.jsonl")
	put(t, path, record)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := string(good)
	replace := func(old, new string) string {
		if !strings.Contains(line, old) {
			t.Fatalf("%s lacks %s", line, old)
		}
		return strings.Replace(line, old, new, 1)
	}
	const canary = "Zx9-kanarienvogel"
	for _, test := range []struct{ text, want string }{
		{line + line, ":2: is the same token, id or name as in line 1"},
		{line + "\n\n" + canary + "\n", ":4: is not a JSON object"},
		{strings.TrimSuffix(line, "\n"), ":1: the line has no end"},
		{line[:len(line)/2], ":1: is not a JSON object"},
		{replace(`"check"`, `"`+canary+`"`), ":1: unknown scope"},
		{replace(`["check"]`, `[]`), ":1: no scope"},
		{replace(`["check"]`, `"check"`), ":1: scopes has a value of another type"},
		{replace(`"portal"`, `"`+canary+`\n"`), ":1: a name has"},
		{replace(`"created":"2026`, `"created":"`+canary), "must be times"},
		{replace(`"sha256":"`, `"sha256":"`+canary), ":1: sha256 must have"},
		{replace(`"sha256"`, `"`+canary+`"`), ":1: is not a JSON object"},
		{replace(`"scopes"`, `"rate":-1,"scopes"`), ":1: rate must be"},
		{replace("}", "} {}"), ":1: is not a JSON object"},
		{"{}\n", ":1: a name has"},
		{"[]\n", ":1: "},
	} {
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := access.ReadTokens(path)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, want %s", test.text, err, test.want)
		}
	}
	for n := range len(line) - 1 { // however it is cut, it is refused
		if err := os.WriteFile(path, good[:n+1], 0o600); err != nil {
			t.Fatal(err)
		}
		if tokens, err := access.ReadTokens(path); n+1 < len(line) && err == nil {
			t.Errorf("cut at %d: %v", n+1, tokens)
		}
	}
}

func TestFileOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has access lists")
	}
	path := filepath.Join(t.TempDir(), "tokens.jsonl")
	record, _ := newToken(t, access.Token{Name: "portal"})
	put(t, path, record)
	for mode, ok := range map[fs.FileMode]bool{0o600: true, 0o644: true, 0o640: true, 0o664: false, 0o606: false, 0o666: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := access.ReadTokens(path); ok && err != nil || !ok && !errors.Is(err, access.ErrWritable) {
			t.Errorf("mode %o: %v", mode, err)
		}
		if ok {
			another, _ := newToken(t, access.Token{Name: fmt.Sprint("n", mode)})
			put(t, path, another)
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("mode %o became %v: %v", mode, info.Mode(), err)
			}
		}
	}
}

// TestEditors wants nothing lost when many edit at the same time.
func TestEditors(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no lock")
	}
	path := filepath.Join(t.TempDir(), "tokens.jsonl")
	var editors sync.WaitGroup
	for i := range 20 {
		editors.Go(func() {
			record, _ := newToken(t, access.Token{Name: fmt.Sprint("n", i)})
			put(t, path, record)
		})
	}
	editors.Wait()
	if all, err := access.ReadTokens(path); err != nil || len(all) != 20 {
		t.Errorf("%d of 20 tokens: %v", len(all), err)
	}
}

// TestFileByLink wants the file behind a link replaced, not the link.
func TestFileByLink(t *testing.T) {
	folder := t.TempDir()
	path, link := filepath.Join(folder, "a", "tokens"), filepath.Join(folder, "link")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	record, _ := newToken(t, access.Token{Name: "a"})
	put(t, path, record)
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	another, _ := newToken(t, access.Token{Name: "b"})
	put(t, link, another)
	if all, err := access.ReadTokens(path); err != nil || len(all) != 2 {
		t.Errorf("%v %v", all, err)
	}
}
