package model

import "math/big"

// parallels returns what a span costs as keys parallel to those before it: to
// those d positions before, and to those in front read backward.
func parallels(k keyboard, text []position, start, end int) (bases []int) {
	span := text[start:end]
	if len(span) < 3 || end > 128 || !k.walks(span) {
		return nil
	}
	for d := 3; d <= min(16, start); d++ {
		if turns, ok := k.parallel(span, text[start-d:]); ok {
			bases = append(bases, parallelStart+k.cost+turn*turns+log2(big.NewInt(int64(d))))
		}
	}
	if len(span) > min(16, start) {
		return bases
	}
	var mirrored []position
	for i := range span {
		mirrored = append(mirrored, text[start-1-i])
	}
	if turns, ok := k.parallel(span, mirrored); ok {
		bases = append(bases, parallelStart+k.cost+turn*turns)
	}
	return bases
}

// walks reports whether the first three positions are on keys that touch.
func (k keyboard) walks(span []position) bool {
	_, one := k.step(span[0].base, span[1].base)
	_, two := k.step(span[1].base, span[2].base)
	return one && two
}

// parallel reports whether the keys of a span are all as far from those of other,
// and how often it changes whether shift is as there.
func (k keyboard) parallel(span, other []position) (turns int, ok bool) {
	type offset struct{ row, column int }
	var first offset
	var shifted bool
	if !k.walks(other) {
		return 0, false
	}
	for i := range span {
		a, here := k.keys[span[i].base]
		b, there := k.keys[other[i].base]
		if !here || !there {
			return 0, false
		}
		v := offset{a.row - b.row, a.column - b.column}
		shift := (a.shifted || span[i].capital) != (b.shifted || other[i].capital)
		if i == 0 {
			first, shifted = v, shift
		}
		if v != first {
			return 0, false
		}
		if shift != shifted {
			turns++
		}
		shifted = shift
	}
	return turns, true
}
