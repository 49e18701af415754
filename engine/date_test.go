package engine

import (
	"testing"

	"pgregory.net/rapid"
)

// Digits from which dates are not looked for offer none.
func TestDateDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([0-9]{1,5}|jan|[Mm]ärz|dec|out|[-./ ]|[a-zé]){1,24}`).Draw(t, "password")
		var s scorer
		s.lat = new(lattice)
		s.lat.load([]byte(text), Default)
		s.dated = s.lat.dateDigits()
		for i := range s.lat.n {
			if !s.lat.is(i, digit) || s.dated.any()>>(uint(i)%setSize)&1 != 0 {
				continue
			}
			for k := range s.ways[:s.lat.n+1] {
				s.ways[k] = way{cheapest: unreached, fewest: unreached}
			}
			for k := range i + 1 { // the name of a month may be in front
				s.ways[k].cheapest, s.ways[k].fewest = 0, 0
			}
			s.dates(i)
			for k := i + 1; k <= s.lat.n; k++ {
				if s.ways[k].fewest != unreached {
					t.Fatalf("a date from %d to %d of %q", i, k, text)
				}
			}
		}
	})
}
