package entra_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/vetopw/veto/bench/entra"
)

// TestVectors runs the examples that Microsoft's documentation prints.
func TestVectors(t *testing.T) {
	data, err := os.ReadFile("../../testdata/entra.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Threshold int
		Vectors   []struct {
			ID, Password, Decision, Rule string
			Terms, Names                 []string
			Points                       *int
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if file.Threshold != entra.Threshold || len(file.Vectors) == 0 {
		t.Fatalf("%d vectors with threshold %d", len(file.Vectors), file.Threshold)
	}
	for _, v := range file.Vectors {
		r := entra.New(v.Terms).Check(v.Password, v.Names...)
		if r.Accept() != (v.Decision == "accept") {
			t.Errorf("%s: %+v, want %s", v.ID, r, v.Decision)
		}
		if v.Points != nil && r.Points != *v.Points {
			t.Errorf("%s: %d points, want %d", v.ID, r.Points, *v.Points)
		}
		if v.Rule == "edit-distance" && !r.Near || v.Rule == "name" && !r.Name {
			t.Errorf("%s: %+v, want rule %s", v.ID, r, v.Rule)
		}
	}
}

func TestAccept(t *testing.T) {
	c := entra.New([]string{"contoso", "blank", ""})
	for password, want := range map[string]bool{
		"":                false, // no points
		"xkqzv":           true,
		"CONTOSOcontoso":  false,
		"contoso1234":     true, // what the rules miss
		"b1ank":           false,
		"correcthorsebat": true,
	} {
		if got := c.Check(password).Accept(); got != want {
			t.Errorf("%q: accept %v, want %v", password, got, want)
		}
	}
	if !c.Check("p0LL23fb", "Po").Accept() {
		t.Error("a name of two letters was looked for")
	}
}
