package engine

import (
	"fmt"
	"slices"
)

// index finds the terms of an engine: those of New, or those it was amended by.
type index struct {
	terms *trie
	// The terms that are found with an edit, both ways; nil if no policy has the
	// profile Default.
	slipForward, slipBackward *trie
	near                      multimap[uint32] // terms, for policies with RefuseNear
}

// needs says what policies need an index for, beside the terms.
type needs struct{ slips, near bool }

func needsOf(policies []ruleset) (n needs) {
	for i := range policies {
		n.slips = n.slips || policies[i].Profile == Default
		n.near = n.near || policies[i].RefuseNear
	}
	return n
}

// needs returns what the index was made for.
func (x *index) needs() needs { return needs{x.slipForward != nil, x.near.starts != nil} }

// newIndex returns the index of terms.
func newIndex(terms []spelled, n needs) (x index) {
	places := order(terms, false, nil)
	x.terms = newTrie(terms, places, false)
	x.terms.candidates = termCandidates(x.terms)
	if n.slips {
		places = slices.DeleteFunc(places, func(p place) bool { return !terms[p.term].slips() })
		x.slipForward = newTrie(terms, places, false)
		x.slipBackward = newTrie(terms, order(terms, true, (*spelled).slips), true)
		x.slipForward.candidates = slipCandidates(x.slipForward)
		x.slipBackward.candidates = slipCandidates(x.slipBackward)
	}
	if n.near {
		x.near = newNear(x.terms)
	}
	return x
}

// appendSpelled folds a term and appends its spellings: one with separators is
// spelled without them, too, and one of another script as it is typed on Latin keys. It
// fails with a *ConfigError.
func appendSpelled(to []spelled, t Term, list uint16, number uint32) ([]spelled, error) {
	runes, err := foldTerm(t)
	if err != nil {
		return nil, err
	}
	s := spelled{runes: runes, rank: t.Rank, term: number, list: list, base: uint16(ownTermCost), traits: traits(t.Match)}
	if t.Rank > 0 {
		s.base = uint16(log2(t.Rank) + listCost)
	}
	if t.Ban {
		s.traits |= traitBan
	}
	to = appendTyped(append(to, s), s, t.Text)
	if !slices.ContainsFunc(runes, isSeparator) {
		return to, nil
	}
	bare := slices.DeleteFunc(slices.Clone(runes), isSeparator)
	if len(bare) >= minWord {
		s.runes = bare
		s.traits |= traitBare
		to = append(to, s)
	}
	return to, nil
}

// foldTerm returns the folded characters of a term. It fails with a *ConfigError.
func foldTerm(t Term) ([]rune, error) {
	runes := make([]rune, 0, len(t.Text))
	f := folder{text: []byte(t.Text)}
	for p, ok := f.next(); ok; p, ok = f.next() {
		runes = append(runes, p.base)
	}
	switch {
	case len(runes) == 0:
		return nil, &ConfigError{"Text", "folds to nothing"}
	case len(runes) > maxTerm:
		return nil, &ConfigError{"Text", fmt.Sprintf("has %d characters, more than %d", len(runes), maxTerm)}
	case t.Match >= matchCount:
		return nil, &ConfigError{"Match", fmt.Sprintf("unknown match %d", t.Match)}
	}
	return runes, nil
}
