package server_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/vetopw/veto/server"
)

// consoleSources hold what console/dist is made of.
const consoleSources = "console/web"

// TestConsoleIsBuilt compares the sources with what build.mjs said it made the
// bundle of.
func TestConsoleIsBuilt(t *testing.T) {
	files, err := os.ReadDir(consoleSources + "/src")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"package-lock.json", "build.mjs"}
	for _, f := range files {
		names = append(names, "src/"+f.Name())
	}
	sum := sha256.New()
	for _, name := range names {
		text, err := os.ReadFile(path.Join(consoleSources, name))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(sum, name+"\x00"+string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))+"\x00")
	}
	want, err := os.ReadFile("console/dist/sources.sha256")
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != strings.TrimSpace(string(want)) {
		t.Errorf("console/dist is not made of these sources: run make console")
	}
}

// TestConsoleLicenses wants those of the libraries beside what contains them.
func TestConsoleLicenses(t *testing.T) {
	text, err := os.ReadFile("console/LICENSES")
	if err != nil {
		t.Fatal(err)
	}
	lock, err := os.ReadFile(consoleSources + "/package.json")
	if err != nil {
		t.Fatal(err)
	}
	_, used, _ := strings.Cut(string(lock), `"dependencies"`)
	used, _, _ = strings.Cut(used, "}")
	for line := range strings.Lines(used) {
		if name, version, ok := strings.Cut(strings.Trim(line, " \n,"), ": "); ok && version != "{" {
			want := strings.Trim(name, `"`) + " " + strings.Trim(version, `"`)
			if !strings.Contains(string(text), want) {
				t.Errorf("console/LICENSES does not have %q", want)
			}
		}
	}
}

// maxConsole is what the whole page may weigh on its way.
const maxConsole = 100 << 10 // bytes

func TestConsole(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	b := s.browser(t)
	weight := 0
	for file, kind := range map[string]string{
		"/": "text/html; charset=utf-8", "/?a=b": "text/html; charset=utf-8", "/console/app.js": "text/javascript; charset=utf-8",
		"/console/style.css": "text/css; charset=utf-8", "/console/icon.svg": "image/svg+xml",
	} {
		plain := b.ask(t, "GET", file, "", "Accept-Encoding: identity")
		packed := b.ask(t, "GET", file, "", "Accept-Encoding: gzip, br")
		for name, want := range map[string]string{
			"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache", "Vary": "Accept-Encoding", "Referrer-Policy": "no-referrer",
		} {
			if plain.Header.Get(name) != want || packed.Header.Get(name) != want {
				t.Errorf("%s: %s is %q and %q, want %q", file, name, plain.Header.Get(name), packed.Header.Get(name), want)
			}
		}
		policy := plain.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %s", file, policy)
		}
		if plain.StatusCode != 200 || plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" || packed.ContentLength <= 0 || packed.ContentLength >= plain.ContentLength+20 {
			t.Errorf("%s: %d, %d bytes of %d as %q", file, plain.StatusCode, packed.ContentLength, plain.ContentLength, packed.Header.Get("Content-Encoding"))
		}
		if again := b.ask(t, "GET", file, "", "If-None-Match: "+plain.Header.Get("ETag")); again.StatusCode != 304 {
			t.Errorf("%s: %d for a known tag", file, again.StatusCode)
		}
		if file != "/?a=b" {
			weight += int(packed.ContentLength)
		}
	}
	if weight > maxConsole {
		t.Errorf("the console weighs %d bytes", weight)
	}
	for _, file := range []string{"/console/", "/console/none", "/console/../console.go", "/console/sources.sha256", "/console/src/app.tsx"} {
		if got := b.ask(t, "GET", file, "").StatusCode; got != 404 && got != 400 {
			t.Errorf("%s: %d", file, got)
		}
	}
	off := start(t, server.Config{NoConsole: true}, server.DefaultLimits(), newEngine(t, "s")).browser(t)
	if got := off.ask(t, "GET", "/", "").StatusCode; got != 404 {
		t.Errorf("without the console: %d", got)
	}
}

// TestConsoleIsPacked unpacks what is sent.
func TestConsoleIsPacked(t *testing.T) {
	s := start(t, server.Config{}, server.DefaultLimits(), newEngine(t, "s"))
	b := s.browser(t)
	b.ask(t, "GET", "/console/app.js", "", "Accept-Encoding: gzip")
	_, packed, _ := strings.Cut(b.seen.String(), "\x1f\x8b")
	r, err := gzip.NewReader(strings.NewReader("\x1f\x8b" + packed))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("console/dist/app.js")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("app.js is not what was built (%v)", err)
	}
}
