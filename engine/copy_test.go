package engine

import (
	"testing"

	"pgregory.net/rapid"
)

// TestCopies compares the copies that are found at all distances at once with those
// that are by their definition, over ways of any cost. The letters are on no key, in
// no order, and some share a symbol.
func TestCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		block := rapid.StringOfN(rapid.RuneFrom([]rune("的一是不")), 1, 80, -1)
		text := ""
		for range rapid.IntRange(1, 4).Draw(t, "blocks") {
			text += block.Draw(t, "block")
			at := rapid.IntRange(0, len([]rune(text))-1).Draw(t, "at")
			text += string([]rune(text)[at:])
		}
		var l lattice
		l.load([]byte(text), Default)
		l.half = 0 // a password that is the same twice is no copy
		var got, want scorer
		var p patterns
		got.lat, want.lat = &l, &l
		for end := range l.n + 1 {
			got.ways[end] = way{
				join:     Guesses(rapid.IntRange(0, 600).Draw(t, "join")),
				cheapest: route(rapid.IntRange(0, 3000).Draw(t, "cost")) << routeCost,
				fewest:   route(rapid.IntRange(0, 20).Draw(t, "points")) << routeCost,
			}
		}
		want.ways = got.ways
		p.load(&l)
		for end := 1; end <= l.n; end++ {
			if p.found[(end-1)/setSize].any>>((end-1)%setSize)&1 != 0 {
				p.follow(&got, end)
			}
			want.copies(end)
			if got.ways[end] != want.ways[end] {
				t.Fatalf("%s: up to %d %+v, want %+v", text, end, got.ways[end], want.ways[end])
			}
		}
		if p.wipe(l.n); p != (patterns{}) {
			t.Fatalf("%s: left %+v", text, p)
		}
	})
}

// copies offers all copies that end at a position.
func (s *scorer) copies(end int) {
	for d := 1; d <= maxDistance; d++ {
		most := 0
		for i := end - 1; i >= d && s.lat.cells[i].base == s.lat.cells[i-d].base; i-- {
			most++
		}
		for start := end - most; start <= end-leastOf(d-1); start++ {
			join := s.ways[start].join
			s.relax(end, step{pointStep{start: uint16(start), kind: KindRepeat}, costs{base: repeatCost + log2(uint32(d)), join: join}})
		}
	}
}
