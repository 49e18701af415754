package engine

import (
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
			if got != want {
				rt.Fatalf("%v is the word from %d, want %v", got, at, want)
			}
			at = got.end
		}
		end := l.n
		for k := len(runs) - 1; k >= 0 && end > 0; k-- {
			want := runs[k].start
			if want <= core.end || want < minListed {
				want = 0
			}
			if got := l.stem(core.end, end); got != want {
				rt.Fatalf("%d behind %d is the stem of the first %d, want %d", got, core.end, end, want)
			}
			end = want
		}
	})
}
