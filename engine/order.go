package engine

import (
	"cmp"
	"slices"
)

// order returns the terms, as their indexes, ordered by symbols and then by base.
// Comparing the first symbols in one word spares nearly all accesses to terms.
func order(terms []spelled, backward bool) []keyed {
	all := make([]keyed, len(terms))
	for i := range terms {
		all[i] = keyed{terms[i].head(backward), uint32(i)}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		s, t := &terms[a.term], &terms[b.term]
		return cmp.Or(s.compare(t, backward), cmp.Compare(s.base, t.base), cmp.Compare(a.term, b.term))
	})
	return all
}

// symbol returns the k-th symbol from either end.
func (s *spelled) symbol(k int, backward bool) symbol {
	if backward {
		k = len(s.runes) - 1 - k
	}
	return symbolOf(s.runes[k])
}

// head returns the first symbols, the very first in the highest bits.
func (s *spelled) head(backward bool) (head uint64) {
	for k := range packedSymbols {
		head <<= 6
		if k < len(s.runes) {
			head |= uint64(s.symbol(k, backward))
		}
	}
	return head
}

// compare compares two terms of the same head by all of their symbols.
func (s *spelled) compare(t *spelled, backward bool) int {
	n := min(len(s.runes), len(t.runes))
	for k := min(n, packedSymbols); k < n; k++ {
		if a, b := s.symbol(k, backward), t.symbol(k, backward); a != b {
			return cmp.Compare(a, b)
		}
	}
	return cmp.Compare(len(s.runes), len(t.runes))
}
