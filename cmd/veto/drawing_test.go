package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vetopw/veto/engine"
)

func segment(kind engine.Kind, start, end int, bits float64) engine.Segment {
	g := engine.Guesses(bits * 64)
	return engine.Segment{Kind: kind, Span: engine.Span{Start: start, End: end}, Guesses: g, Base: g}
}

func explanation(characters int, segments ...engine.Segment) *engine.Explanation {
	x := &engine.Explanation{Characters: characters, Segments: segments}
	for _, s := range segments {
		x.Score.Guesses += s.Guesses
	}
	x.Score.RequiredGuesses = engine.GuessesLog10(10)
	return x
}

func TestDrawing(t *testing.T) {
	term := segment(engine.KindTerm, 0, 7, 1)
	term.List, term.Spelling, term.Join = "custom/company", 128, 64
	term.Guesses += term.Spelling + term.Join
	finding := engine.Finding{Reason: engine.BannedTerm, List: "custom/company", Span: engine.Span{Start: 0, End: 7}}

	three := explanation(12, term, segment(engine.KindDate, 7, 11, 7), segment(engine.KindChar, 11, 12, 6))
	three.Findings = []engine.Finding{finding, {Reason: engine.LowScore}}
	points := explanation(9, term, segment(engine.KindChar, 7, 8, 6), segment(engine.KindChar, 8, 9, 6))
	points.Score = engine.Score{Points: 3, RequiredPoints: 5}
	points.Tallies = []engine.Tally{{Kind: engine.KindTerm, List: "custom/company", Span: engine.Span{Start: 0, End: 7}, Points: 1}, {Span: engine.Span{Start: 7, End: 8}, Points: 1}, {Span: engine.Span{Start: 8, End: 9}, Points: 1}}
	ligature := explanation(3, segment(engine.KindWalk, 0, 2, 4), segment(engine.KindWalk, 1, 3, 4))
	gap := explanation(5, segment(engine.KindWalk, 0, 2, 4), segment(engine.KindWalk, 3, 5, 4))
	long := explanation(90, segment(engine.KindChar, 0, 26, 90), segment(engine.KindRepeat, 26, 90, 4))
	empty := explanation(0)
	empty.Findings = []engine.Finding{{Reason: engine.TooShort}}

	for _, tt := range []struct {
		name     string
		x        *engine.Explanation
		password string
		want     string
	}{
		{"three parts", three, "", `
  banned_term  0-7  custom/company  contains a banned word
  low_score                         is too easy to guess

  ••••••••••••
  ├─────┘├──┘│
  │      │   └─ 11-12  character                  10^1.80
  │      └───── 7-11   date                       10^2.11
  └──────────── 0-7    term       custom/company  10^1.20  = 0.30 base + 0.60 spelling + 0.30 join
                       sum                        10^5.11  10^10.00 required

`},
		{"points", points, "", `

  •••••••••
  ├─────┘├┘
  │      └── 7-9  characters                  2 points
  └───────── 0-7  term        custom/company  1 point
                  sum                         3 points  5 required

`},
		{"wide characters", explanation(7, segment(engine.KindChar, 0, 1, 6), segment(engine.KindChar, 1, 2, 6), segment(engine.KindWalk, 2, 6, 4), segment(engine.KindRepeat, 6, 7, 4)), "東京1234é", `

  東京1234é
  ├──┘├──┘│
  │   │   └─ 6-7  repeat      10^1.21
  │   └───── 2-6  walk        10^1.20
  └───────── 0-2  characters  10^3.61
                  sum         10^6.02  10^10.00 required

`},
		{"marks, controls, bytes", explanation(5, segment(engine.KindWalk, 0, 5, 4)), "a\u0301\x1b\u200d\xff", `

  a◌́���
  ├───┘
  └───── 0-5  walk  10^1.20
              sum   10^1.20  10^10.00 required

`},
		{"shared character", ligature, "", `

  •••
  0-2  walk  10^1.20
  1-3  walk  10^1.20
       sum   10^2.40  10^10.00 required

`},
		{"gap", gap, "", `

  •••••
  ├┘ ├┘
  │  └── 3-5  walk  10^1.20
  └───── 0-2  walk  10^1.20
              sum   10^2.40  10^10.00 required

`},
		{"long parts", long, "", `

  ••••••••••••…••••••••••••••••••••••••…••••••••••••
  ├───────────────────────┘├───────────────────────┘
  │                        └───────────────────────── 26-90  repeat      10^1.20
  └────────────────────────────────────────────────── 0-26   characters  10^27.09
                                                             sum         10^28.29  10^10.00 required

`},
		{"nothing", empty, "", `
  too_short  is too short

`},
	} {
		d := drawing{x: tt.x, words: languageFor("en")}
		if tt.password != "" {
			d.password = []byte(tt.password)
		}
		if diff := cmp.Diff(strings.TrimPrefix(tt.want, "\n"), string(d.append(nil))); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// Numbers of parts add up to the sum that is written.
func TestLedger(t *testing.T) {
	var l ledger
	sum := 0
	for g := range engine.Guesses(500) {
		sum += l.addGuesses(g)
		if want := toHundredths(l.total); sum != want {
			t.Fatalf("parts add up to %d, sum is %d", sum, want)
		}
	}
}

// A threshold reads as the number it was made from, one unit less does not.
func TestHundredths(t *testing.T) {
	for decade := range 300 {
		g := engine.GuessesLog10(float64(decade))
		if got := toHundredths(g); got != decade*100 {
			t.Errorf("10^%d reads %s", decade, hundredths(got))
		}
		if got := toHundredths(g - 1); decade > 0 && got >= decade*100 {
			t.Errorf("one unit below 10^%d reads %s", decade, hundredths(got))
		}
	}
}
