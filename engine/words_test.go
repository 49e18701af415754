package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPasses compares the words of fields with those that are taken if no field is
// passed over.
func TestPasses(t *testing.T) {
	field := rapid.OneOf(
		rapid.StringOfN(rapid.RuneFrom([]rune("aabcdeEFGHIjk019 .-_")), 0, 24, -1),
		rapid.StringMatching(`[A-Fa-f]{1,8}[ .][A-Fa-f]{0,8}[ .]?[a-e]?`),
		rapid.StringN(0, 8, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("xyz ")), maxFieldBytes-3, maxFieldBytes+3, -1),
	)
	passed := 0
	rapid.Check(t, func(rt *rapid.T) {
		profile := rapid.SampledFrom([]Profile{Default, Entra}).Draw(rt, "profile")
		readable := uint64(0)
		for _, s := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 7), rapid.IntRange(0, symbolWide)), 0, 40).Draw(rt, "readable") {
			readable |= 1 << s
		}
		some, all := words{profile: profile, readable: readable}, words{profile: profile, readable: readable}
		for _, text := range rapid.SliceOfN(field, 1, 6).Draw(rt, "fields") {
			used := all.used
			some.field(text)
			if text != "" {
				all.read(text)
			}
			if some.longest < all.longest && all.used > used {
				passed++
			}
		}
		if some.used != all.used || some.n != all.n || some.short != all.short || some.firsts != all.firsts || some.lasts != all.lasts || some.beyond != all.beyond {
			rt.Fatalf("%d words of %d characters, want %d of %d", some.n, some.used, all.n, all.used)
		}
		for i, want := range all.list[:all.n] {
			if got := some.list[i]; got.at != want.at || got.packed != want.packed || !slices.Equal(got.syms, want.syms) || !slices.Equal(got.wide, want.wide) {
				rt.Fatalf("word %d is %v, want %v", i, got, want)
			}
		}
	})
	if passed == 0 {
		t.Error("no field was passed over")
	}
}
