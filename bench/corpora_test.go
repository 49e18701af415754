package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sample is a small set of corpora: paths and contents.
var sample = map[string]string{
	"leaked/site_sample.txt":      "password1\nhunter2hunter2\n",
	"leaked/forum_top1k.txt":      "12345678\n",
	"mangled/spray.txt":           "Summer2024!\n",
	"mangled/glob_leet.txt":       "P455w0rd\n",
	"custom/TERMS":                "contoso\nfabrikam\n",
	"custom/cust_spray.txt":       "Contoso2024!\n",
	"custom/cust_leet.txt":        "c0nt0$0!\n",
	"evasion/dotted.txt":          "p.a.s.s.w.o.r.d\n",
	"strong/rand_12.txt":          "vK3#pQ9!xZw7\n\n",
	"strong/bip39_zh.txt":         "的一是不了人\n",
	"strong/notes.md":             "not a corpus\n",
	"strong_with_term/random.txt": "password-vK3#pQ9!xZw7",
}

func writeSample(t *testing.T) string {
	dir := t.TempDir()
	write(t, dir, sample)
	return dir
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func writeArchives(t *testing.T) string {
	dir := t.TempDir()
	for _, folder := range []string{"leaked", "mangled", "custom", "evasion", "strong", "strong_with_term"} {
		f, err := os.Create(filepath.Join(dir, folder+".tar.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		w := tar.NewWriter(z)
		for name, text := range sample {
			if strings.HasPrefix(name, folder+"/") {
				w.WriteHeader(&tar.Header{Name: "./" + name, Typeflag: tar.TypeReg, Size: int64(len(text)), Mode: 0o644})
				w.Write([]byte(text))
			}
		}
		if err := errors.Join(w.Close(), z.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadCorpora(t *testing.T) {
	want := "leaks/forum_top1k 1, breach samples/site_sample 2, rule sets/glob_leet 1, spray/spray 1, " +
		"custom: rules/cust_leet 1, custom: spray/cust_spray 1, evasions/dotted 1, " +
		"strong/bip39_zh 1 short, strong/rand_12 1, strong with term/random 1"
	for kind, dir := range map[string]string{"folders": writeSample(t), "archives": writeArchives(t)} {
		c, err := readCorpora(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, class := range c.classes {
			text := class.group + "/" + class.name + " " + string(rune('0'+len(class.passwords)))
			if class.short() {
				text += " short"
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s: %s\nwant %s", kind, strings.Join(got, ", "), want)
		}
		if strings.Join(c.terms, " ") != "contoso fabrikam" {
			t.Errorf("%s: terms %q", kind, c.terms)
		}
	}
}

func TestNoCorpora(t *testing.T) {
	if _, err := readCorpora(t.TempDir()); !errors.Is(err, errNoCorpora) {
		t.Errorf("an empty folder: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "leaked.tar.gz"), []byte("no archive"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readCorpora(dir); err == nil || errors.Is(err, errNoCorpora) {
		t.Errorf("a broken archive: %v", err)
	}
}

// TestAnyFolder reads sets that are none of ours, as people have them.
func TestAnyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mine")
	write(t, dir, map[string]string{
		"top.txt":                   "password\n",
		"deep/down/honeypot/a.txt":  "\ufeff12345678\r\n\r\nadmin\r\n",
		"leaked/honeypot_ssh.txt":   "root1234\n",
		"strong_ours/notes.txt":     "vK3#pQ9!xZw7",
		"football/TERMS":            " rovers \n",
		".hidden/x.txt":             "\x00",
		"football/.hidden.txt":      "\x00",
		"football/fans.txt":         "rovers2024\n",
		"football/picture.png":      "\x00",
		"leaked/Pwdb_top10k.md.txt": "12345678\n",
	})
	c, err := readCorpora(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, class := range c.classes {
		got = append(got, fmt.Sprintf("%s/%s %q", class.group, class.name, class.passwords))
	}
	want := []string{
		`leaks/Pwdb_top10k.md ["12345678"]`, `honeypot guesses/a ["12345678" "admin"]`, `honeypot guesses/honeypot_ssh ["root1234"]`,
		`football/fans ["rovers2024"]`, `mine/top ["password"]`, `strong_ours/notes ["vK3#pQ9!xZw7"]`,
	}
	if !slices.Equal(got, want) || !slices.Equal(c.terms, []string{"rovers"}) {
		t.Errorf("got  %q, terms %q\nwant %q", got, c.terms, want)
	}
}

// TestUnreadable wants errors that name the file and, where there is one, the
// line, but nothing of what is in it.
func TestUnreadable(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"NUL":   {"good\nsecret\x00\n", "a.txt:2: "},
		"CR":    {"sec\rret\n", "a.txt:1: "},
		"long":  {strings.Repeat("secret", 200), "a.txt:1: "},
		"empty": {"\n\n", "a.txt: "},
	}
	for name, test := range tests {
		dir := t.TempDir()
		write(t, dir, map[string]string{"set/a.txt": test.text})
		_, err := readCorpora(dir)
		if !errors.Is(err, errNotText) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := t.TempDir()
	if err := os.Symlink("nowhere", filepath.Join(dir, "gone.txt")); err != nil {
		t.Skip(err)
	}
	if _, err := readCorpora(dir); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "gone.txt") {
		t.Errorf("a dangling link: %v", err)
	}
}

func TestSummary(t *testing.T) {
	eight := [][]byte{[]byte("12345678")}
	c := &corpora{classes: []class{
		{groupLeaks, "x", eight}, {groupSpray, "y", eight},
		{groupStrong, "a", eight}, {groupStrong, "b", eight}, {groupStrong, "short", [][]byte{[]byte("1234567")}},
	}}
	s := summarize(c, []share{{90, 100}, {30, 60}, {1, 100}, {0, 300}, {9, 9}})
	if got := s.mean(groupStrong); got.percent != 0.5 || math.Abs(got.n-300) > 1e-9 {
		t.Errorf("mean %+v", got)
	}
	if got := s.worst(groupStrong).name + s.worst(groupLeaks).name + s.worst(groupRules).name; got != "ax" {
		t.Errorf("worst classes %q", got)
	}
	if s.attacks() != 70 {
		t.Errorf("attacks %g", s.attacks())
	}
	if s.mean(groupRules).String() != "" {
		t.Errorf("a mean of nothing: %s", s.mean(groupRules))
	}
}
