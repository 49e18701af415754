package engine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRuns compares what parts are told by with runs as they stand one behind another,
// in passwords that fit into a set and in longer ones.
func TestRuns(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aaabcdeÉ日001289!-")), 1, 2*setSize, -1)
	rapid.Check(t, func(rt *rapid.T) {
		var l lattice
		l.load([]byte(text.Draw(rt, "password")), Default)
		var runs, words []part
		core := part{l.n, l.n}
		for start := 0; start < l.n; start = l.end(start) {
			run := part{start, l.end(start)}
			runs = append(runs, run)
			if !l.is(start, letter) {
				continue
			}
			core = part{min(core.start, start), run.end}
			if run.n() >= minListed {
				words = append(words, run)
			}
		}
		if got := l.core(); got != core {
			rt.Fatalf("core %v, want %v", got, core)
		}
		at := core.start
		for _, want := range append(words, part{}) {
			got := l.word(at)
			if got != want && (got.n() != 0 || want.n() != 0 || got.end < l.n) {
				rt.Fatalf("%v is the word from %d, want %v", got, at, want)
			}
			at = got.end
		}
		end, mayMore := l.n, true
		for k := len(runs) - 1; k >= 0 && end > 0; k-- {
			want := runs[k].start
			if want <= core.end || want < minListed {
				want = 0
			}
			got, more := l.stem(core.end, end)
			if got != want || want != 0 && !mayMore {
				rt.Fatalf("%d behind %d is the stem of the first %d, want %d; more %t", got, core.end, end, want, mayMore)
			}
			end, mayMore = want, more
		}
	})
}

// TestEnds wants what runs of any length begin and end with to be asked for, the shorter
// first, and as many keys as fill groups.
func TestEnds(t *testing.T) {
	for end := range 20 {
		for start := range end {
			var a, want asks
			for n := minEnd; n <= maxEnd && n < end-start; n++ {
				want.begin(part{start, start + n}.as(asIs), 1)
				want.begin(part{end - n, end}.as(asIs), 1)
			}
			set := a.beginEnds(part{start, end})
			if set != 1<<want.n-1 || a.n != want.n || !slices.Equal(a.parts[:a.n], want.parts[:a.n]) {
				t.Errorf("run from %d to %d: parts %x, set %b, want %x", start, end, a.parts[:a.n], set, want.parts[:want.n])
			}
		}
	}
	for n := range uint(maxAsks + 1) {
		a := asks{n: n}
		if got := uint(len(a.all())); got%askGroup != 0 || got < n || got >= n+askGroup || got > maxAsks {
			t.Errorf("%d keys for %d parts", got, n)
		}
	}
}
