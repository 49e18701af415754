package main

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

// multi returns strings as REG_MULTI_SZ without what ends the list.
func multi(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

func TestParsePackages(t *testing.T) {
	for _, test := range []struct {
		data []byte
		want []string
	}{
		{nil, nil},
		{multi("\x00"), nil},
		{multi("\x00\x00"), nil},
		{multi("scecli\x00rassfm\x00\x00"), []string{"scecli", "rassfm"}},
		{multi("scecli\x00rassfm\x00"), []string{"scecli", "rassfm"}},
		{multi("scecli\x00rassfm\x00\x00\x00\x00"), []string{"scecli", "rassfm"}},
		{multi("scecli\x00rassfm"), []string{"scecli", "rassfm"}},
		{multi(" odd name \x00Größe🔑\x00\x00"), []string{" odd name ", "Größe🔑"}},
	} {
		got, err := parsePackages(test.data)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, %v, want %q", test.data, got, err, test.want)
		}
	}
	for name, data := range map[string][]byte{
		"odd length":             {'a', 0, 0, 0, 0},
		"entry behind the end":   multi("scecli\x00\x00rassfm\x00\x00"),
		"empty entry first":      multi("\x00scecli\x00\x00"),
		"lone surrogate":         {0x00, 0xd8, 0, 0, 0, 0},
		"replaced by U+FFFD":     append(multi("scecli\x00"), 0x3d, 0xd8, 'a', 0, 0, 0, 0, 0),
		"nothing but an odd end": {0},
	} {
		if got, err := parsePackages(data); !errors.Is(err, errPackages) {
			t.Errorf("%s: %q, %v, want errPackages", name, got, err)
		}
	}
}

func TestEditPackages(t *testing.T) {
	before := []string{"scecli", "rassfm"}
	added, changed := addPackage(before, filterName)
	if want := []string{"scecli", "rassfm", filterName}; !changed || !slices.Equal(added, want) {
		t.Errorf("added: %q, %v", added, changed)
	}
	if again, changed := addPackage([]string{"scecli", strings.ToUpper(filterName)}, filterName); changed || len(again) != 2 {
		t.Errorf("added twice: %q", again)
	}
	if same, changed := removePackage(before, filterName); changed || !slices.Equal(same, before) {
		t.Errorf("removed without being there: %q", same)
	}
}

// TestEditPackagesOthers checks that entries of others stay, in their order,
// whatever they are called.
func TestEditPackagesOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		others := rapid.SliceOf(rapid.StringMatching(`[a-zA-Z\-]{1,12}|`+filterName+`.{1,3}`)).Draw(t, "others")
		others = slices.DeleteFunc(others, func(p string) bool { return strings.EqualFold(p, filterName) })
		at := rapid.IntRange(0, len(others)).Draw(t, "at")
		removed, changed := removePackage(slices.Insert(slices.Clone(others), at, filterName), filterName)
		if !changed || !slices.Equal(removed, others) {
			t.Errorf("%q without ours: %q", others, removed)
		}
		added, _ := addPackage(others, filterName)
		if back, _ := removePackage(added, filterName); !slices.Equal(back, others) {
			t.Errorf("%q, added and removed: %q", others, back)
		}
	})
}
