package engine

import "math/bits"

// heads tells, for each three symbols, hashed, which searches may begin with
// them. At most positions none may: one access to a table that stays in the
// nearest cache ends them all.
type heads struct {
	table [1 << headBits]uint8
	four  [1 << headBits]uint8 // the same for four symbols
	// onward and back have, for each first symbol, the set of second ones of the
	// searches in that direction.
	onward, back [64]uint64
	short        bool // there are terms of fewer than three letters
	three        bool // there are terms of three letters
}

// headBits is the binary logarithm of the size of the table, 32 KB: the 10,000
// terms of the global list take a tenth of it.
const headBits = 15

// The searches.
const (
	headTerm         = 1 << iota // terms, onward or reversed
	headSlipForward              // terms with an edit, onward
	headSlipBackward             // the same from their end
)

func headHash(a, b, c symbol) uint32 {
	return (uint32(a)<<12 | uint32(b)<<6 | uint32(c)) * 2654435769 >> (32 - headBits)
}

func headHash4(a, b, c, d symbol) uint32 {
	return (uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(d)) * 2654435769 >> (32 - headBits)
}

// add adds the terms of t. If an edit may stand behind the second symbol, the
// third is the term's third or, swapped, fourth one.
func (h *heads) add(t *trie, search uint8) {
	for _, e := range t.entries {
		s := t.spelling(e)
		if len(s) < 3 {
			h.short = true
			continue
		}
		if search != headSlipBackward {
			h.onward[s[0]] |= 1 << s[1]
		}
		if search != headSlipForward {
			h.back[s[0]] |= 1 << s[1]
		}
		h.table[headHash(s[0], s[1], s[2])] |= search
		if len(s) == 3 {
			h.three = true
			continue
		}
		h.four[headHash4(s[0], s[1], s[2], s[3])] |= search
		if search != headTerm {
			h.table[headHash(s[0], s[1], s[3])] |= search
			h.four[headHash4(s[0], s[1], s[2], s[4])] |= search
			h.four[headHash4(s[0], s[1], s[3], s[2])] |= search
		}
	}
}

// headSets holds the searches that may begin at each position of a lattice.
type headSets struct {
	onward [maxPositions]uint8     // from a position on
	back   [maxPositions + 1]uint8 // from a boundary back
}

// load looks up every three positions; s is empty before. If skips is set,
// letters may stand apart.
func (s *headSets) load(h *heads, l *lattice, skips bool) {
	n := l.n
	for i := 0; h.short && i < n; i++ {
		s.onward[i], s.back[i+1] = headTerm, headTerm
	}
	for i := 0; i+3 <= n; i++ {
		m0, m1, m2 := l.mask[i], l.mask[i+1], l.mask[i+2]
		a, b, c := l.own[i], l.own[i+1], l.own[i+2]
		if (m0&(m0-1))|(m1&(m1-1))|(m2&(m2-1)) != 0 {
			s.onward[i] |= h.any(&h.onward, m0, m1, m2)
			s.back[i+3] |= h.any(&h.back, m2, m1, m0)
		} else {
			if h.onward[a&63]&m1 != 0 {
				s.onward[i] |= h.narrow(h.table[headHash(a, b, c)], l, [3]symbol{a, b, c}, i+3, i+4)
			}
			if h.back[c&63]&m1 != 0 {
				s.back[i+3] |= h.narrow(h.table[headHash(c, b, a)], l, [3]symbol{c, b, a}, i-1, i-2)
			}
		}
		if skips && (l.flags[i+1]|l.flags[i+2]|l.flags[min(i+3, n-1)])&(separator|repeated) != 0 {
			s.onward[i] |= headTerm
		}
	}
}

// narrow returns those of the searches for which position next may go on, or, if
// an edit is behind the third letter, the one behind it. It does not ask about
// positions of several readings.
func (h *heads) narrow(searches uint8, l *lattice, s [3]symbol, next, behind int) uint8 {
	if searches == 0 {
		return 0
	}
	found := uint8(0)
	if h.three {
		found = headTerm
	}
	for k, i := range [2]int{next, behind} {
		if i < 0 || i >= l.n {
			break
		}
		if m := l.mask[i]; m&(m-1) != 0 {
			return searches
		}
		f := h.four[headHash4(s[0], s[1], s[2], l.own[i])]
		if k > 0 {
			f &^= headTerm
		}
		found |= f
	}
	return searches & found
}

// any returns the searches that may begin with a reading of three positions;
// seconds has what may follow each first symbol.
func (h *heads) any(seconds *[64]uint64, m0, m1, m2 uint64) (searches uint8) {
	for ; m0 != 0; m0 &= m0 - 1 {
		a := symbol(bits.TrailingZeros64(m0))
		for m := m1 & seconds[a&63]; m != 0; m &= m - 1 {
			b := symbol(bits.TrailingZeros64(m))
			for m := m2; m != 0; m &= m - 1 {
				searches |= h.table[headHash(a, b, symbol(bits.TrailingZeros64(m)))]
			}
		}
	}
	return searches
}

// wipe clears what a password of n positions left.
func (s *headSets) wipe(n int) {
	clear(s.onward[:n])
	clear(s.back[:n+1])
}
