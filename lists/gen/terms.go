package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// termCount is how many terms are chosen.
const termCount = 10_000

const (
	// foreignFactor is how much more a word counts that is attested in another
	// language than English, but not in English.
	foreignFactor = 4
	// An unattested core of 4 letters must stand alone in the million list down
	// to maxRank4, one of 5 letters down to maxRank5.
	maxRank4 = 2000
	maxRank5 = 20_000
	// fragmentFactor is how many times more a core may weigh that contains an
	// unattested one, or that starts with one attested in foreign lists alone:
	// those hold "mich" and "danie", which here are pieces of names.
	fragmentFactor = 4
	// minCut is the least length of a core that may be a cut word.
	minCut = 6
)

const termsHeader = `# The global list of banned terms, most popular first: the n-th term has rank n.
# Made by lists/gen from the sources in README.md; do not edit.
#
# Candidates are the letter cores of the million most used passwords, weighted
# by rank; words attested in German, Spanish, French, Italian, Polish or
# Portuguese count more; names and calendar words are added. A candidate is left
# out if it has fewer than 4 characters, is a fragment of a more frequent one and
# no word, or costs an attacker no less than the better ranked terms and single
# letters it is made of.
`

func formatTerms(terms []string) []byte {
	var b bytes.Buffer
	b.WriteString(termsHeader)
	for _, t := range terms {
		fmt.Fprintln(&b, t)
	}
	return b.Bytes()
}

// selectTerms returns the terms by rank.
func selectTerms(million []entry, dict *dictionary, chars charModel) []string {
	s := selector{dict: dict, chars: chars, rank: make(map[string]int), alone: make(map[string]uint32)}
	for _, e := range million {
		s.alone[e.folded] = e.rank
	}
	candidates := rankCandidates(complete(tally(million), dict), dict)
	s.measureParts(candidates)
	var terms []string
	for _, c := range candidates {
		if len(terms) == termCount {
			break
		}
		if !s.isWanted(c) {
			continue
		}
		terms = append(terms, c.text)
		s.rank[c.text] = len(terms)
	}
	return terms
}

// complete adds what cut words weigh to the whole ones: an unattested core that
// lacks one or two letters at the end of a word that is attested, or no less
// frequent. Many sites kept only the first eight characters.
func complete(sums map[string]uint64, dict *dictionary) map[string]uint64 {
	whole := make(map[string]string) // by cut core
	for word, w := range sums {
		for cut := len(word) - 2; cut < len(word); cut++ {
			if cut < minCut || !dict.attests(word) && w < sums[word[:cut]] {
				continue
			}
			best := whole[word[:cut]]
			if best == "" || cmp.Or(cmp.Compare(sums[best], w), cmp.Compare(word, best)) < 0 {
				whole[word[:cut]] = word
			}
		}
	}
	out := make(map[string]uint64, len(sums))
	for core, w := range sums {
		if word := whole[core]; word != "" && !dict.attests(core) {
			out[word] += w
		} else {
			out[core] += w
		}
	}
	return out
}

type candidate struct {
	text   string
	weight uint64
}

// rankCandidates merges cores and words of the dictionary by weight, then text.
func rankCandidates(sums map[string]uint64, dict *dictionary) []candidate {
	for word := range dict.foreign {
		if !dict.english[word] {
			sums[word] *= foreignFactor
		}
	}
	for word, w := range dict.weight {
		sums[word] += w
	}
	var out []candidate
	for text, w := range sums {
		if len(text) >= minCore && w > 0 && isTermText(text) {
			out = append(out, candidate{text, w})
		}
	}
	slices.SortFunc(out, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.text, b.text))
	})
	return out
}

// isTermText reports whether text has only letters and digits, and two
// different ones.
func isTermText(text string) bool {
	for _, r := range text {
		if notLetter(r) && (r < '0' || r > '9') {
			return false
		}
	}
	return strings.Trim(text, text[:1]) != ""
}

type selector struct {
	dict  *dictionary
	chars charModel
	alone map[string]uint32 // rank of entries of the million list
	rank  map[string]int    // of accepted terms
	part  map[string]uint64 // greatest weight of the cores a text is part of
	start map[string]uint64 // the same for cores that start with the text
}

// measured is how many candidates are taken as containers of fragments.
const measured = 50_000

func (s *selector) measureParts(candidates []candidate) {
	s.part, s.start = make(map[string]uint64), make(map[string]uint64)
	for _, c := range candidates[:min(measured, len(candidates))] {
		for i := range c.text {
			for j := i + minCore; j <= len(c.text); j++ {
				part := c.text[i:j]
				if part == c.text {
					continue
				}
				s.part[part] = max(s.part[part], c.weight)
				if i == 0 {
					s.start[part] = max(s.start[part], c.weight)
				}
			}
		}
	}
}

func (s *selector) isWanted(c candidate) bool { return s.isWhole(c) && s.isCheaper(c.text) }

// isWhole reports whether a core is a word, or at least more than a fragment.
func (s *selector) isWhole(c candidate) bool {
	rank, alone := s.alone[c.text]
	switch {
	case s.dict.english[c.text]:
		return true
	case s.dict.foreign[c.text]:
		return c.weight*fragmentFactor > s.start[c.text]
	case len(c.text) == 4 && (!alone || rank > maxRank4),
		len(c.text) == 5 && (!alone || rank > maxRank5):
		return false
	}
	return c.weight*fragmentFactor > s.part[c.text]
}

// isCheaper reports whether a guess of the term as such, at the next rank, is
// cheaper than the cheapest way to write it with accepted terms and letters.
func (s *selector) isCheaper(text string) bool {
	own := termCost(len(s.rank) + 1)
	best := make([]int, len(text)+1) // cost of text[:i]
	for end := 1; end <= len(text); end++ {
		best[end] = best[end-1] + s.chars.at(text, end-1)
		for start := 0; start+minCore <= end; start++ {
			if rank := s.rank[text[start:end]]; rank > 0 {
				best[end] = min(best[end], best[start]+termCost(rank))
			}
		}
	}
	return own <= best[len(text)]
}

// termCost is what the engine takes for a term, in 1/16 bit: log2(rank) + 1.
func termCost(rank int) int { return sixteenths(float64(rank)) + 16 }
