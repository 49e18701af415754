package model

import "math"

// blame is the reason code that a segment stands for in a low score.
type blame string

const (
	blameNone     blame = ""
	blameTerm     blame = "banned_term"
	blameSubject  blame = "subject_term"
	blameSequence blame = "sequence"
	blameWalk     blame = "keyboard_walk"
	blameRepeat   blame = "repetition"
	blameDate     blame = "date"
)

// unusable is the cost of a segment that counts on the other scale only.
const unusable = math.MaxInt32

// segment is one part of a password with its cost on both scales.
type segment struct {
	start, end      int
	guesses, points int
	blame           blame
}

// segments returns every match and every single character. What begins the
// password costs opening more.
func (m *Model) segments(text []position, words []word, opening int) []segment {
	all := m.parts(text, words)
	for i := range all {
		if all[i].start == 0 && all[i].guesses != unusable {
			all[i].guesses += opening
		}
	}
	return all
}

// parts returns every match and every single character.
func (m *Model) parts(text []position, words []word) []segment {
	characters, joins := m.characterCosts(text), joins(text)
	var all []segment
	if cost, ok := exhausted(text); ok {
		all = append(all, segment{0, len(text), cost, unusable, blameNone})
	}
	for i, p := range text {
		s := segment{i, i + 1, characters[i], 1, blameNone}
		if p.joined {
			s.points = 0
		}
		all = append(all, s)
	}
	for _, w := range words {
		b := blameTerm
		if w.subject {
			b = blameSubject
		}
		for _, o := range m.occurrences(text, w) {
			cost := w.base + o.spelling + caseCost(text[o.start:o.end]) + joins[o.start]
			all = append(all, segment{o.start, o.end, cost, 1, b})
		}
	}
	if m.config.Policy.Entra {
		return all
	}
	for _, h := range append(m.hits(text), m.breachedParts(text)...) {
		cost := h.base + h.spelling + caseCost(text[h.start:h.end]) + joins[h.start]
		all = append(all, segment{h.start, h.end, cost, 1, blameTerm})
	}
	return append(all, m.patterns(text, characters, joins)...)
}

// way is the cheapest way to a position.
type way struct {
	cost int
	// kinds has the kinds of each way that is as cheap, as sets.
	kinds map[kinds]bool
}

// kinds is a set of blames: a map would not do as the key of another.
type kinds [6]bool

var kindsOrder = [...]blame{blameTerm, blameSubject, blameSequence, blameWalk, blameRepeat, blameDate}

func (k kinds) with(b blame) kinds {
	for i, other := range kindsOrder {
		k[i] = k[i] || other == b
	}
	return k
}

// codes returns the blames of the set.
func (k kinds) codes() (codes []string) {
	for i, in := range k {
		if in {
			codes = append(codes, string(kindsOrder[i]))
		}
	}
	return codes
}

// cheapest returns the least cost of a sequence of segments from the start to
// position n, and the kinds in each sequence of that cost.
func cheapest(all []segment, n int, cost func(segment) int) way {
	ways := []way{{0, map[kinds]bool{{}: true}}}
	for end := 1; end <= n; end++ {
		best := way{cost: unusable}
		for _, s := range all {
			if s.end != end || cost(s) == unusable {
				continue
			}
			total := ways[s.start].cost + cost(s)
			if total > best.cost {
				continue
			}
			if total < best.cost {
				best = way{total, map[kinds]bool{}}
			}
			for k := range ways[s.start].kinds {
				best.kinds[k.with(s.blame)] = true
			}
		}
		ways = append(ways, best)
	}
	return ways[n]
}

func guesses(s segment) int { return s.guesses }
func points(s segment) int  { return s.points }
