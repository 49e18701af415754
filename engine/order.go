package engine

import (
	"cmp"
	"slices"
)

// symbolBits is the size of a symbol.
const symbolBits = 6

// headSymbols is how many symbols a place has: those that fit.
const headSymbols = packedSymbols + 32/symbolBits

// place is a term, as its index, and its first symbols, the very first in the
// highest bits: comparing these spares nearly all accesses to terms.
type place struct {
	head uint64
	more uint32
	term uint32
}

// order returns the terms that are wanted ordered by symbols and then by base. nil
// wants all.
func order(terms []spelled, backward bool, wanted func(*spelled) bool) []place {
	all := make([]place, 0, len(terms))
	for i := range terms {
		if s := &terms[i]; wanted == nil || wanted(s) {
			all = append(all, s.place(uint32(i), backward))
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		if a.more != b.more {
			return cmp.Compare(a.more, b.more)
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

// place returns the place of the term with that index.
func (s *spelled) place(index uint32, backward bool) place {
	p := place{term: index}
	for k := range packedSymbols {
		p.head = p.head<<symbolBits | uint64(s.symbolOrNone(k, backward))
	}
	for k := packedSymbols; k < headSymbols; k++ {
		p.more = p.more<<symbolBits | uint32(s.symbolOrNone(k, backward))
	}
	return p
}

// symbolOrNone returns the k-th symbol from either end, 0 behind the last.
func (s *spelled) symbolOrNone(k int, backward bool) symbol {
	if k >= len(s.runes) {
		return 0
	}
	return s.symbol(k, backward)
}

// compare compares two terms of the same head by all of their symbols.
func (s *spelled) compare(t *spelled, backward bool) int {
	n := min(len(s.runes), len(t.runes))
	for k := min(n, headSymbols); k < n; k++ {
		if a, b := s.symbol(k, backward), t.symbol(k, backward); a != b {
			return cmp.Compare(a, b)
		}
	}
	return cmp.Compare(len(s.runes), len(t.runes))
}
