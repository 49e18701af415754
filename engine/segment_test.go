package engine

import (
	"testing"

	"pgregory.net/rapid"
)

// The parts found in lists of passwords are offered where they begin, each once.
func TestListedFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc := new(scratch)
		sc.lat.n = maxPositions
		sc.score.lat = &sc.lat
		begins := map[int]int{}
		for _, start := range rapid.SliceOfN(rapid.IntRange(0, maxPositions-1), 0, fewListed+1).Draw(t, "starts") {
			begins[start]++
			sc.listed = append(sc.hits[:len(sc.listed)], listed{start: uint16(start), end: uint16(start + 1), kind: KindPassword})
		}
		sc.markListed()
		for i := range sc.lat.n {
			for k := range sc.score.ways {
				sc.score.ways[k] = way{cheapest: unreached, fewest: unreached}
			}
			sc.score.ways[i].cheapest, sc.score.ways[i].fewest = 0, 0
			sc.listedFrom(i)
			offered := sc.score.ways[i+1].fewest != unreached
			if offered != (begins[i] > 0) || sc.heads.has(headListed, i) != offered {
				t.Fatalf("%d begin at %d: offered is %v", begins[i], i, offered)
			}
		}
	})
}
