package main

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReproducible makes the data once more and compares it with what is embedded.
// VETO_LISTS_CACHE names the folder that fetch.sh filled.
func TestReproducible(t *testing.T) {
	from := os.Getenv("VETO_LISTS_CACHE")
	if from == "" {
		from = "../../.cache/lists"
	}
	if _, err := os.Stat(filepath.Join(from, millionInput.path)); err != nil {
		t.Skip("the sources are not there; see make lists")
	}
	out := t.TempDir()
	if err := generate(from, out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"terms.txt", "passwords.bin", "chars.bin"} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join("../data", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from the embedded file", name)
		}
	}
}

// TestInputs compares the digests of the sources with the data's README, and
// the packages with fetch.sh.
func TestInputs(t *testing.T) {
	readme, err := os.ReadFile("../data/README.md")
	if err != nil {
		t.Fatal(err)
	}
	fetch, err := os.ReadFile("../data/fetch.sh")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for word := range strings.FieldsSeq(string(fetch)) {
		if name, version, ok := strings.Cut(strings.TrimPrefix(word, "@"), "@"); ok && !strings.Contains(word, "'") {
			folders = append(folders, strings.ReplaceAll(name, "/", "-")+"-"+version)
		}
	}
	inputs := []input{millionInput, zxcvbnInput}
	for _, l := range slices.Concat(englishLists, foreignLists) {
		inputs = append(inputs, l.input)
	}
	for _, in := range inputs {
		if !strings.Contains(string(readme), "| `"+in.path+"` | `"+in.sha256+"` |") {
			t.Errorf("README.md lacks %s with its digest", in.path)
		}
		if folder, _, _ := strings.Cut(in.path, "/"); !slices.Contains(folders, folder) {
			t.Errorf("fetch.sh lacks %s", folder)
		}
	}
}

func TestWrongInput(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), []byte("y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (input{"x", strings.Repeat("0", 64)}).read(dir); err == nil || !strings.HasPrefix(err.Error(), "x: has SHA-256 ") {
		t.Errorf("got %v", err)
	}
	var stderr strings.Builder
	if code := run([]string{"-from", dir}, io.Discard, &stderr); code != 4 || stderr.Len() == 0 {
		t.Errorf("exit code %d, %q", code, &stderr)
	}
	if code := run(nil, io.Discard, io.Discard); code != 2 {
		t.Errorf("exit code %d without a source, want 2", code)
	}
}

func TestTally(t *testing.T) {
	sums := tally([]entry{
		{"password", 1}, {"!password1!", 16}, {"p4ssw0rd", 81}, {"love2dance", 256}, {"love", 625},
		{"1qaz2wsx", 3000}, {"2wsx3edc", 3001}, {"abc", 2}, {"123456", 3}, {"jack1", 4}, {"b1ack", 5}, {"black", 6},
	})
	want := map[string]uint64{
		"password": weight(1) + weight(16) + weight(81),
		"love":     weight(256) + weight(625),
		"dance":    weight(256),
		"1qaz2wsx": weight(3000),
		"jack":     weight(4),
		"black":    weight(5) + weight(6),
	}
	if len(sums) != len(want) {
		t.Errorf("got %v", sums)
	}
	for core, w := range want {
		if sums[core] != w {
			t.Errorf("%s weighs %d, want %d", core, sums[core], w)
		}
	}
}

func TestComplete(t *testing.T) {
	dict := &dictionary{english: map[string]bool{"swordfish": true, "andrea": true, "andreas": true}, foreign: map[string]bool{}}
	got := complete(map[string]uint64{"swordfish": 5, "swordfis": 7, "starcraf": 3, "starcraft": 4, "qwerty": 9, "qwertyu": 2, "andrea": 3, "andreas": 4}, dict)
	want := map[string]uint64{"swordfish": 12, "starcraft": 7, "qwerty": 9, "qwertyu": 2, "andrea": 3, "andreas": 4}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
	for word, w := range want {
		if got[word] != w {
			t.Errorf("%s weighs %d, want %d", word, got[word], w)
		}
	}
}

func TestSixteenths(t *testing.T) {
	for x := 1.0; x < 1e7; x *= 1.0037 {
		if got, want := sixteenths(x), math.Log2(x)*16; math.Abs(float64(got)-want) > 0.51 {
			t.Errorf("%v: got %d, want %v", x, got, want)
		}
	}
	for n := range 20 {
		if got := sixteenths(float64(int(1) << n)); got != n*16 {
			t.Errorf("2^%d: got %d", n, got)
		}
	}
}

func TestTrainChars(t *testing.T) {
	m := trainChars([]entry{{"aba", 1}, {"abc", 2}, {"abd", 3}, {"abe", 4}, {"x!!!", 5}})
	for _, g := range groups {
		var p float64
		for c := g.from; c < g.to; c++ {
			cost := m.cost[(1*classes+2)*classes+c] // after "ab"
			p += math.Exp2(-float64(cost) / 16)
		}
		if p < 0.9 || p > 1.1 {
			t.Errorf("probabilities of classes %d to %d sum to %v", g.from, g.to-1, p)
		}
	}
	if likely, other := m.at("aba", 2), m.at("abz", 2); likely >= other {
		t.Errorf("a after ab costs %d, z %d", likely, other)
	}
}
