package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
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
	"strong/rand_12.txt":          "vK3#pQ9!xZw7\n\n", // the second is empty
	"strong/bip39_zh.txt":         "的一是不了人\n",
	"strong/notes.md":             "not a corpus\n",
	"strong_with_term/random.txt": "password-vK3#pQ9!xZw7",
	"other/ignored.txt":           "x\n",
}

func writeSample(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range sample {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
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
		"strong/bip39_zh 1 short, strong/rand_12 2, strong with term/random 1"
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

func TestSummary(t *testing.T) {
	c := &corpora{classes: []class{
		{groupStrong, "a", [][]byte{[]byte("12345678")}},
		{groupStrong, "b", [][]byte{[]byte("12345678")}},
		{groupStrong, "short", [][]byte{[]byte("1234567")}},
	}}
	s := summarize(c, []share{{1, 100}, {0, 300}, {9, 9}})
	if s.mean(groupStrong) != "0.50" || s.most(groupStrong) != "1.0" || s.least(groupStrong) != "0.0" || s.mean(groupLeaks) != "" || s.most(groupLeaks) != "" {
		t.Errorf("summary %v", s)
	}
	if len(s.cells()) != len(summaryHeads) {
		t.Errorf("%d cells under %d heads", len(s.cells()), len(summaryHeads))
	}
}
