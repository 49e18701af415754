package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vetopw/veto/lists/store"
)

// sample makes a closed store with some history and returns its bytes.
func sample(t *testing.T) (path string, data []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "lists.db")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all []store.Entry
	for i := range 2000 {
		all = append(all, store.Entry{Text: fmt.Sprintf("contoso%d", i), Note: "a note"})
	}
	c := edit(t, s, store.Draft{List: "company", Add: all})
	for i := range 20 {
		c = edit(t, s, store.Draft{List: "company", Base: c.Revision, Add: entries(fmt.Sprintf("fabrikam%d", i)), Remove: []store.Key{{Text: fmt.Sprintf("contoso%d", i*7)}}})
	}
	if _, err := s.EditPolicy(ctx, store.PolicyDraft{Name: "staff", Document: []byte("name: staff\n")}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, data
}

// contents returns everything that a store answers, or why it cannot.
func contents(path string) (string, error) {
	s, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		return "", err
	}
	defer s.Close()
	var out bytes.Buffer
	all, err := s.Lists(ctx)
	if err != nil {
		return "", err
	}
	for _, info := range all {
		fmt.Fprintf(&out, "%+v\n", info)
		if _, err := s.Walk(ctx, info.Name, 0, func(e store.Entry) error {
			fmt.Fprintf(&out, "%+v\n", e)
			return nil
		}); err != nil {
			return "", err
		}
		history, err := s.History(ctx, info.Name, 0, 100)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&out, "%+v\n", history)
	}
	policies, err := s.Policies(ctx)
	fmt.Fprintf(&out, "%+v\n", policies)
	return out.String(), err
}

// slowVariable makes tests take as long as they should.
const slowVariable = "VETO_SLOW"

// TestCorrupt flips bits and cuts the file: what is opened answers as before.
func TestCorrupt(t *testing.T) {
	path, data := sample(t)
	want, err := contents(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	try := func(name string, damaged []byte) {
		t.Helper()
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		have, err := contents(path)
		switch {
		case err == nil && have != want:
			t.Errorf("%s: not found, and answers differ", name)
		case err != nil && !errors.Is(err, store.ErrCorrupt):
			t.Errorf("%s: error %v, want one that wraps ErrCorrupt", name, err)
		case err != nil:
			found++
		}
	}
	random := rand.New(rand.NewPCG(1, 1))
	rounds := 100
	if os.Getenv(slowVariable) != "" {
		rounds = 5000
	}
	for range rounds {
		at := random.IntN(len(data))
		damaged := bytes.Clone(data)
		damaged[at] ^= 1 << random.IntN(8)
		try(fmt.Sprintf("bit of byte %d", at), damaged)
	}
	for page := 0; page < len(data); page += 4096 {
		damaged := bytes.Clone(data)
		clear(damaged[page:min(page+4096, len(data))])
		try(fmt.Sprintf("page %d zeroed", page/4096), damaged)
		if page > 0 {
			try(fmt.Sprintf("cut at %d", page), data[:page])
			try(fmt.Sprintf("cut at %d", page+100), data[:page+100])
		}
	}
	for _, at := range structure(data) {
		damaged := bytes.Clone(data)
		damaged[at/8] ^= 1 << (at % 8)
		try(fmt.Sprintf("bit %d of byte %d", at%8, at/8), damaged)
	}
	if found < rounds/4 {
		t.Errorf("only %d damages were found", found)
	}
}

// structure returns the places, in bits, by which the pages of a store refer to each
// other: their headers and first elements. Of the many pages with entries, and of all
// when tests are quick, they are few.
func structure(data []byte) (all []int) {
	slow := os.Getenv(slowVariable) != ""
	for page := 0; page < len(data); page += 4096 {
		leaf := data[page+8] == 2
		for bit := 0; bit < 80*8; bit++ {
			if slow && !leaf || (slow || !leaf) && bit%61 == page/4096%61 {
				all = append(all, page*8+bit)
			}
		}
	}
	return all
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lists.db")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, o := range []store.Options{{}, {ReadOnly: true}} {
		if _, err := store.Open(path, o); !errors.Is(err, store.ErrLocked) {
			t.Errorf("second one, %+v: %v", o, err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte("no store\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		text: store.ErrCorrupt, empty: store.ErrCorrupt, folder: nil, filepath.Join(folder, "none", "lists.db"): os.ErrNotExist,
	} {
		if _, err := store.Open(path, store.Options{}); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	if _, err := store.Open(folder, store.Options{}); err == nil || !strings.Contains(err.Error(), "is no file; name one") {
		t.Errorf("a folder: %v", err)
	}
	if b, _ := os.ReadFile(text); string(b) != "no store\n" {
		t.Error("a foreign file was changed")
	}
	if left, _ := os.ReadDir(folder); len(left) != 2 {
		t.Errorf("files left: %v", left)
	}
}
