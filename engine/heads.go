package engine

import "math/bits"

// heads tells, for each three symbols, hashed, which searches may begin with
// them. At most positions none may: one access to a table that stays in the
// nearest cache ends them all.
type heads struct {
	table [1 << headBits]uint8
	short bool // there are terms of fewer than three letters
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

// add adds the terms of t. If an edit may stand behind the second symbol, the
// third is the term's third or, swapped, fourth one.
func (h *heads) add(t *trie, search uint8) {
	for _, e := range t.entries {
		s := t.spelling(e)
		if len(s) < 3 {
			h.short = true
			continue
		}
		h.table[headHash(s[0], s[1], s[2])] |= search
		if search != headTerm && len(s) > 3 {
			h.table[headHash(s[0], s[1], s[3])] |= search
		}
	}
}

// headSets holds the searches that may begin at each position of a lattice.
type headSets struct {
	onward [maxPositions]uint8     // from a position on
	back   [maxPositions + 1]uint8 // from a boundary back
}

// load looks up every three positions. If skips is set, letters may stand apart.
func (s *headSets) load(h *heads, l *lattice, skips bool) {
	n := l.n
	base := uint8(0)
	if h.short {
		base = headTerm
	}
	for i := range n {
		s.onward[i], s.back[i+1] = base, base
	}
	for i := 0; i+3 <= n; i++ {
		m0, m1, m2 := l.mask[i], l.mask[i+1], l.mask[i+2]
		if (m0&(m0-1))|(m1&(m1-1))|(m2&(m2-1)) == 0 {
			a, b, c := l.own[i], l.own[i+1], l.own[i+2]
			s.onward[i] |= h.table[headHash(a, b, c)]
			s.back[i+3] |= h.table[headHash(c, b, a)]
		} else {
			onward, back := h.any(m0, m1, m2)
			s.onward[i] |= onward
			s.back[i+3] |= back
		}
		if skips && (l.flags[i+1]|l.flags[i+2])&(separator|repeated) != 0 {
			s.onward[i] |= headTerm
		}
	}
}

// any returns what may begin with any of the readings of three positions, and
// of the same from the last to the first.
func (h *heads) any(m0, m1, m2 uint64) (onward, back uint8) {
	for ; m0 != 0; m0 &= m0 - 1 {
		a := symbol(bits.TrailingZeros64(m0))
		for m1 := m1; m1 != 0; m1 &= m1 - 1 {
			b := symbol(bits.TrailingZeros64(m1))
			for m2 := m2; m2 != 0; m2 &= m2 - 1 {
				c := symbol(bits.TrailingZeros64(m2))
				onward |= h.table[headHash(a, b, c)]
				back |= h.table[headHash(c, b, a)]
			}
		}
	}
	return onward, back
}

// wipe clears what a password of n positions left.
func (s *headSets) wipe(n int) {
	clear(s.onward[:n])
	clear(s.back[:n+1])
}
